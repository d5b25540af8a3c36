"""What time and memory grow with: harness/bench/growth [--rounds N] [--only captures,keytables,groups,scenarios]
[--out FILE]

  captures    decode, diff and observe, of 1,000 to 1,000,000 packets; --packets 10000000 for more
  keytables   keytable check, of 100 to 1,000,000 rows
  groups      a link of MRKMP, of 2 to 2,000 routers (karpspec_bench)
  scenarios   loading 10 to 10,000 of them

Installs what is missing (harness/packages bench), builds, and runs every size several times; the least time counts, of
processors, so that what else this machine does counts little, and the most memory. Prints, in Markdown, the exponents
that fit best: 1 is in proportion to the size. Ends with 1 where one is more than --tolerance, which n log n is not at
these sizes, or where what has to stream needs memory that grows. The inputs are made in TMPDIR, 1 GB of them."""

import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True

import measuring  # noqa: E402  (nothing is to be left beside the sources)
from growing.subjects import ALL  # noqa: E402
from measuring import figure  # noqa: E402


def arguments():
    parser = measuring.parser("growth", __doc__, ALL)
    parser.add_argument("--rounds", type=int, default=3, help="how often each size is run (3)")
    parser.add_argument("--packets", type=int, default=10**6, help="of the largest capture (1000000)")
    parser.add_argument("--rows", type=int, default=10**6, help="of the largest key table (1000000)")
    parser.add_argument("--scenarios", type=int, default=10**4, help="at most (10000)")
    parser.add_argument("--tolerance", type=float, default=1.15, help="for an exponent of time (1.15)")
    parser.add_argument("--jobs", type=int, help="of the build")
    options = measuring.chosen(parser, ALL)
    if options.rounds < 1 or options.packets < 1000 or options.rows < 100 or options.scenarios < 10:
        parser.error("--rounds: at least 1; --packets: 1000; --rows: 100; --scenarios: 10")
    return options


def cell(number):
    return "" if number is None else f"{number:.2f}"


def tables(subject):
    lines = [f"## {subject.title}", ""]
    lines += [f"{note}\n" for note in subject.notes]
    lines += ["| | exponent of time | between the two largest | exponent of memory |", "|---|---|---|---|"]
    lines += [f"| {one.name}, of {one.unit} | {cell(one.time_exponent())} | {cell(one.last_exponent())} | "
              f"{cell(one.memory_exponent())} |" for one in subject.series]
    for one in subject.series:
        lines += ["", *table(one)]
    return "\n".join(lines) + "\n"


def table(series):
    sizes = sorted(series.costs)
    rows = [(series.judged_by, series.costs), ("seconds", series.seconds), ("MB", series.megabytes)]
    yield f"| {series.name}, {series.unit} | " + " | ".join(f"{size:,}" for size in sizes) + " |"
    yield "|---" * (1 + len(sizes)) + "|"
    for heading, values in rows:
        if values:
            yield f"| {heading} | " + " | ".join(figure(values[size]) for size in sizes) + " |"


def measure(options, build, folder):
    report = measuring.Report(options.out)
    versions = {**measuring.own_versions(build), "rounds": options.rounds}
    report.say(measuring.head("What time and memory grow with", versions, options.note))
    troubles = []
    for name in options.only:
        place = folder / name
        place.mkdir()
        subject = ALL[name](options, build, place)
        try:
            subject.prepare()
            for number in range(1, options.rounds + 1):
                print(f"{name}: round {number} of {options.rounds}", file=sys.stderr, flush=True)
                subject.play()
        except (measuring.Failed, OSError, ValueError, KeyError, subprocess.SubprocessError) as why:
            troubles.append(f"{name}: FAILED: {type(why).__name__}: {why}")
            continue
        report.say(tables(subject))
        troubles += [trouble for one in subject.series for trouble in one.troubles(options.tolerance)]
    report.say("\n".join(f"- {trouble}" for trouble in troubles) if troubles else
               f"No time grows with more than the power {options.tolerance}, and what streams stays within its memory.")
    return 1 if troubles else 0


def main():
    options = arguments()
    targets = [target for name in options.only for target in ALL[name].targets]
    return measuring.measured("growth", options, targets, measure, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
