"""What a second job saves: harness/bench/scaling [--jobs N] [--rounds N] [--only run,prove] [--out FILE]

  run    all suites against the embedded device
  prove  all faults of the reference device

Installs what is missing (harness/packages bench), builds, and plays each with one job and with N (2), in turns. Prints,
in Markdown, seconds by the clock and the ratio of each pair: its minimum, median and maximum. What they print is
compared too: it must not depend on the jobs. Ends with 1 where it does. Wants a machine with nothing else to do."""

import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True

import measuring  # noqa: E402  (nothing is to be left beside the sources)
from measuring import figure, run, spread  # noqa: E402


def arguments():
    parser = measuring.parser("scaling", __doc__, COMMANDS)
    parser.add_argument("--jobs", type=int, default=2, help="beside one job (2)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is played (5)")
    options = measuring.chosen(parser, COMMANDS)
    if options.rounds < 1 or options.jobs < 2:
        parser.error("--rounds: at least 1; --jobs: 2")
    return options


def of_run(build, folder):
    return "run, all suites", [build / "karpspec", "run", "--seed", 1, "--force", "--out", folder / "out"]


def of_prove(build, _folder):
    return "prove, all faults", [build / "karpspec", "prove"]


COMMANDS = {"run": of_run, "prove": of_prove}


def played(name, command, options):
    """The row of COMMAND, and whether it said the same with any number of jobs."""
    seconds = {1: [], options.jobs: []}
    said = set()
    for number in range(options.rounds):
        print(f"{name}: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        for jobs, taken in seconds.items():
            cost = run([*command, "--jobs", jobs], keep_output=True)
            taken.append(cost.seconds)
            said.add(without_times(cost.output))
    ratios = [one / several for one, several in zip(*seconds.values())]
    cells = [figure(min(taken)) for taken in seconds.values()]
    return f"| {name} | {' | '.join(cells)} | {spread(ratios)} |", len(said) == 1


def without_times(text):
    return re.sub(r"\b[0-9.]+ (s|min)\b", "", text)


def measure(options, build, folder):
    report = measuring.Report(options.out)
    versions = {**measuring.own_versions(build), "rounds": options.rounds}
    report.say(measuring.head("What a second job saves", versions, options.note))
    report.say(f"| | s, 1 job, least | s, {options.jobs} jobs, least | ratio, least | median | most |\n"
               "|---|---|---|---|---|---|")
    ended = 0
    for name in options.only:
        place = folder / name
        place.mkdir()
        title, command = COMMANDS[name](build, place)
        row, same = played(title, command, options)
        report.say(row)
        if not same:
            report.say(f"\n{title}: what it prints depends on the jobs\n")
            ended = 1
    return ended


def main():
    options = arguments()
    try:
        return measuring.measured("scaling", options, [], measure)
    except (measuring.Failed, subprocess.SubprocessError) as why:
        print(f"scaling: {why}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
