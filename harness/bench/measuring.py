"""What compare, growth and scaling have in common: arguments, running commands and knowing what they cost, the machine,
tables."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Unavailable(Exception):
    """Something cannot be measured here, and why: no failure."""


class Failed(Exception):
    """Something that should have been measured went wrong."""


class Cost:
    """What a command took: seconds, seconds of processors, the most memory in MB; and what it printed. Less memory than
    this program has itself when it starts the command, some 16 MB, is not seen."""

    def __init__(self, seconds, usage, output):
        self.seconds = seconds
        self.processor_seconds = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss / 1024
        self.output = output


def run(command, good=(0,), keep_output=False, env=None, cwd=None):
    """Runs COMMAND to its end. Failed where it ends with what is not in GOOD."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as output:
        began = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=said, cwd=cwd,
                                 stdout=output if keep_output else subprocess.DEVNULL,
                                 env={**os.environ, **(env or {})})
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.monotonic() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in good:
            said.seek(0)
            last = said.read().decode(errors="replace")[-2000:].strip()
            raise Failed(f"{' '.join(command)[:200]}: ended with {child.returncode}: {last}")
        output.seek(0)
        return Cost(seconds, usage, output.read().decode(errors="replace"))


def run_json(command, **options):
    return json.loads(run(command, keep_output=True, **options).output)


def said_by(command):
    """The first line that COMMAND prints, for the name of a version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return "unknown"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if lines else "unknown"


def debian_version(package):
    """Of an installed package; "" where it is not installed."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}", package], capture_output=True,
                          text=True, check=False)
    return done.stdout[3:].strip() if done.stdout.startswith("ii ") else ""


def must_have(program, package):
    if not shutil.which(program):
        raise Unavailable(f"there is no {program} (harness/packages bench installs {package})")


def install(group):
    """Gets Debian's packages; whoever may not install goes on with what there is."""
    done = subprocess.run([ROOT / "harness" / "packages", group], check=False)
    if done.returncode != 0:
        print("not all packages are there; what needs them is left out", file=sys.stderr, flush=True)


def build(targets, jobs):
    """Builds TARGETS in build/release and returns that folder."""
    print(f"building {', '.join(targets)}", file=sys.stderr, flush=True)
    subprocess.run(["cmake", "--preset", "release", "-DKARPSPEC_TESTS=ON"], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "release", *(["--parallel", str(jobs)] if jobs else []), "--target",
                    *targets], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ROOT / "build" / "release"


def parser(name, about, known):
    """Of the arguments of harness/bench/NAME, with those that all have; KNOWN is what --only chooses from."""
    out = argparse.ArgumentParser(prog=f"harness/bench/{name}", description=about,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    out.add_argument("--only", default=",".join(known), metavar="NAMES", help="some of them, with commas between")
    out.add_argument("--out", type=pathlib.Path, metavar="FILE", help="Markdown file for the tables")
    out.add_argument("--build", type=pathlib.Path, metavar="DIR",
                     help="take the programs from here: nothing is installed and nothing built")
    out.add_argument("--note", default="", help="a line for the report: what else the machine did, say")
    return out


def chosen(arguments, known):
    """What ARGUMENTS, of parser(), were given, with a list for --only."""
    options = arguments.parse_args()
    options.only = options.only.split(",")
    if unknown := set(options.only) - set(known):
        arguments.error(f"--only: unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    return options


def measured(name, options, targets, measure, jobs=None):
    """Has MEASURE(options, build, folder) do it, with the programs of --build or TARGETS built here by JOBS, and a
    folder that is removed. Its exit status, or 130 after Ctrl-C."""
    os.umask(0o077)  # keys are among what is written
    end_as_asked()
    try:
        if options.build:
            programs = options.build.resolve()
        else:
            install("bench")
            # karpspec itself in any case: it tells the version.
            programs = build(sorted({"karpspec", *targets}), jobs)
        with tempfile.TemporaryDirectory(prefix=f"karpspec-{name}-") as folder:
            return measure(options, programs, pathlib.Path(folder))
    except KeyboardInterrupt:
        print(f"{name}: ended before its time; what it had made is removed", file=sys.stderr)
        return 130


def end_as_asked():
    """SIGTERM ends the program as Ctrl-C does, so that what it has made is removed."""

    def stop(_number, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def own_versions(programs):
    """Of ours in the folder PROGRAMS, for head()."""
    return {"karpspec": said_by([programs / "karpspec", "--version"]),
            "commit": said_by(["git", "-C", ROOT, "describe", "--always", "--dirty"])}


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def head(title, versions, note):
    """The heading of a report: when and where it was measured, and with what."""
    system = said_by(["sh", "-c", ". /etc/os-release; echo $PRETTY_NAME"])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    lines = [f"# {title}", "", f"- date: {now}",
             f"- machine: {processor()}, {os.cpu_count()} processors, {memory:.0f} GB, {system}, "
             f"Linux {platform.release()}",
             f"- load when it began: {os.getloadavg()[0]:.1f}"]
    lines += [f"- {name}: {version}" for name, version in versions.items()]
    if note:
        lines.append(f"- {note}")
    return "\n".join(lines) + "\n"


def figure(value):
    """Three digits that count."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def spread(values):
    """Minimum, median and maximum, as cells of a table."""
    return " | ".join(figure(value) for value in (min(values), statistics.median(values), max(values)))


def middle(values):
    """The median, and between what it stands, as one cell."""
    if not values:
        return ""
    low, high = figure(min(values)), figure(max(values))
    return figure(statistics.median(values)) + ("" if low == high else f" ({low} to {high})")


class Report:
    """Prints, and writes what was printed to a file."""

    def __init__(self, path):
        self.path = path
        self.text = ""

    def say(self, text):
        print(text, flush=True)
        self.text += text + "\n"
        # Written as it comes, so that a run that is ended leaves what it has found.
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.text)
