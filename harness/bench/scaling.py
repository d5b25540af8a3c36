"""What a second job saves: harness/bench/scaling [--jobs N] [--rounds N] [--only bound,run,prove,diff] [--out FILE]

  bound  work that shares nothing, by so many processes: what the machine itself gives
  run    all suites against the embedded device
  prove  all faults of the reference device
  diff   a large capture against the transcript of each conversation, and against its own whole transcript

Installs what is missing (harness/packages bench), builds, and plays each with one job and with N (2), in turns; and N
of it apart, at once and with one job each, which share nothing: what two processors are worth to such work differs with
the memory and caches that it needs. Prints, in Markdown, seconds by the clock, the ratio of the least ones, which what
else the machine does disturbs least, that of each pair (minimum, median and maximum), and by the median what those
apart give, how much of that ours did in the same round, how many processors N jobs kept busy (what is missing there is
waiting), and how many times the processors' seconds of one job they took (what is more than 1 is that the same takes
longer). What they print is compared too: it must not depend on the jobs. Ends with 1 where it does. Wants a machine
with nothing else to do."""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import measuring  # noqa: E402  (nothing is to be left beside the sources)
from measuring import ROOT, figure, run, spread  # noqa: E402

GOLDEN = ROOT / "pcaps" / "rkmp-new-protocol"
PER_SA = 200
SHORT = 3  # seconds
OF_ITS_OWN = "of-its-own"  # in a command: what differs between two that run at once


def arguments():
    parser = measuring.parser("scaling", __doc__, COMMANDS)
    parser.add_argument("--jobs", type=int, default=2, help="beside one job (2)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is played, what is short thrice that (5)")
    parser.add_argument("--packets", type=int, default=100_000, help="of the capture (100000)")
    options = measuring.chosen(parser, COMMANDS)
    if options.rounds < 1 or options.jobs < 2 or options.packets < PER_SA:
        parser.error(f"--rounds: at least 1; --jobs: 2; --packets: {PER_SA}")
    return options


def of_bound(_options, _build, _folder):
    return [("the bound: digests, by processes", [sys.executable, pathlib.Path(__file__), "--share-nothing"])]


def share_nothing(jobs):
    """A fixed number of digests, by JOBS processes."""
    block, digests = bytes(1 << 20), 4800
    for _ in range(jobs):
        if os.fork() == 0:
            for _ in range(digests // jobs):
                hashlib.sha256(block).digest()
            os._exit(0)
    return max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(jobs))


def of_run(_options, build, folder):
    return [("run, all suites", [build / "karpspec", "run", "--seed", 1, "--force", "--out", folder / OF_ITS_OWN])]


def of_prove(_options, build, _folder):
    return [("prove, all faults", [build / "karpspec", "prove"])]


def of_diff(options, build, folder):
    program = build / "karpspec"
    for packets in (PER_SA, options.packets):
        run([build / "karpspec_large_capture", GOLDEN, folder / str(packets), packets, PER_SA])
        run([program, "diff", folder / f"{packets}.pcapng", folder / f"{packets}.transcript.yaml", "--keys",
             folder / f"{packets}.keys", "--update"])
    each = folder / "each.transcript.yaml"
    one = (folder / f"{PER_SA}.transcript.yaml").read_text()
    each.write_text(one.replace("fields: all\n", "fields: all\nconversations: each\n", 1))
    capture, keys = folder / f"{options.packets}.pcapng", folder / f"{options.packets}.keys"
    whole = folder / f"{options.packets}.transcript.yaml"
    return [(f"diff, {options.packets:,} packets, each conversation", [program, "diff", capture, each, "--keys", keys]),
            (f"diff, {options.packets:,} packets, the whole transcript",
             [program, "diff", capture, whole, "--keys", keys])]


COMMANDS = {"bound": of_bound, "run": of_run, "prove": of_prove, "diff": of_diff}


def played(name, command, options):
    """The row of COMMAND, and whether it said the same with any number of jobs."""
    seconds = {1: [], options.jobs: []}
    apart, share, busy, more = [], [], [], []
    said = set()
    rounds = options.rounds
    while len(busy) < rounds:
        print(f"{name}: round {len(busy) + 1} of {rounds}", file=sys.stderr, flush=True)
        costs = []
        for jobs, taken in seconds.items():
            costs.append(run([*copy_of(command, 0), "--jobs", jobs], keep_output=True))
            taken.append(costs[-1].seconds)
            said.add(without_times(costs[-1].output))
        one, several = costs
        busy.append(several.processor_seconds / several.seconds)
        more.append(several.processor_seconds / one.processor_seconds)
        apart.append(options.jobs * one.seconds / seconds_apart(command, options.jobs))
        share.append(one.seconds / several.seconds / apart[-1])
        if len(busy) == 1 and one.seconds < SHORT:
            rounds *= 3  # the machine may be slow for so long that all rounds are
    ratios = [one / several for one, several in zip(*seconds.values())]
    cells = [figure(min(taken)) for taken in seconds.values()]
    least = figure(min(seconds[1]) / min(seconds[options.jobs]))
    cells += [least, spread(ratios), *(figure(statistics.median(row)) for row in (apart, share, busy, more))]
    return f"| {name} | {' | '.join(cells)} |", len(said) == 1


def copy_of(command, number):
    return [str(word).replace(OF_ITS_OWN, f"copy-{number}") for word in command]


def seconds_apart(command, count):
    """Until COUNT of COMMAND, with one job each, have ended that began at once."""
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        list(threads.map(lambda number: run([*copy_of(command, number), "--jobs", 1]), range(count)))
    return time.monotonic() - began


def without_times(text):
    return re.sub(r"\b[0-9.]+ (s|min)\b", "", text)


def measure(options, build, folder):
    report = measuring.Report(options.out)
    versions = {**measuring.own_versions(build), "rounds": options.rounds}
    report.say(measuring.head("What a second job saves", versions, options.note))
    report.say(f"| | s, 1 job, least | s, {options.jobs} jobs, least | ratio of these | of pairs, least | median "
               f"| most | {options.jobs} apart | of that | busy | takes |\n"
               "|---|---|---|---|---|---|---|---|---|---|---|")
    ended = 0
    for name in options.only:
        place = folder / name
        place.mkdir()
        for title, command in COMMANDS[name](options, build, place):
            row, same = played(title, command, options)
            report.say(row)
            if not same:
                report.say(f"\n{title}: what it prints depends on the jobs\n")
                ended = 1
    return ended


def main():
    if sys.argv[1:3] == ["--share-nothing", "--jobs"]:
        return share_nothing(int(sys.argv[3]))
    options = arguments()
    try:
        return measuring.measured("scaling", options, ["karpspec_large_capture"], measure)
    except (measuring.Failed, subprocess.SubprocessError, OSError) as why:
        print(f"scaling: {why}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
