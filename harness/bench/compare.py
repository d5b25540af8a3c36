"""karpspec beside others, on the same work, on this machine, in one run: harness/bench/compare [--rounds N]
[--only handshakes,decode,parse,suites] [--out FILE]

  handshakes  our responder, strongSwan's charon and libreswan's pluto under one initiator, which is ours, and what
              OpenSSL's primitives allow (as root, in network namespaces)
  decode      a capture with its keys: karpspec decode and tshark -V
  parse       messages: our decoder, libtins and Scapy
  suites      verdicts a second: ours against the embedded device, and a tester that opens a connection per test

Installs what is missing (harness/packages bench), builds, and plays the parts' contenders in turns, round by round, so
that what else this machine does disturbs all alike. Prints tables in Markdown, of the ratios too, with minimum, median
and maximum, and writes them to FILE. What cannot run here is named with its reason. Ends with 1 where a part failed."""

import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True

import measuring  # noqa: E402  (nothing is to be left beside the sources)
from compared.decode import Decode  # noqa: E402
from compared.handshakes import Handshakes  # noqa: E402
from compared.parse import Parse  # noqa: E402
from compared.responders import GROUPS  # noqa: E402
from compared.suites import Suites  # noqa: E402

PARTS = {part.name: part for part in (Handshakes, Decode, Parse, Suites)}


def arguments():
    parser = measuring.parser("compare", __doc__, PARTS)
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender plays (5)")
    parser.add_argument("--group", choices=sorted(GROUPS), default="ECP_256", help="of Diffie-Hellman (ECP_256)")
    parser.add_argument("--handshakes", type=int, default=1000, help="of a contender in a round (1000)")
    parser.add_argument("--outstanding", default="1,8,32", help="how many handshakes at a time (1,8,32)")
    parser.add_argument("--packets", type=int, default=100_000, help="of the capture to decode (100000)")
    parser.add_argument("--jobs", type=int, help="of the build")
    options = measuring.chosen(parser, PARTS)
    try:
        options.outstanding = [int(number) for number in options.outstanding.split(",")]
    except ValueError:
        parser.error("--outstanding: expected numbers with commas between")
    if options.rounds < 1 or options.handshakes < 1 or min(options.outstanding) < 1:
        parser.error("--rounds, --handshakes, --outstanding: at least 1")
    return options


class Comparison:
    def __init__(self, options, build, folder):
        self.options, self.build, self.folder = options, build, folder
        self.parts, self.left_out, self.failed = [], {}, {}

    def prepare(self):
        for name in self.options.only:
            folder = self.folder / name
            folder.mkdir()
            part = PARTS[name](self.options, self.build, folder)
            self.parts.append(part)
            self.try_to(part, part.prepare)

    def try_to(self, part, do):
        """Does it, or remembers why PART is over."""
        try:
            do()
        except measuring.Unavailable as why:
            self.left_out[part.name] = str(why)
        except (measuring.Failed, OSError, ValueError, KeyError, subprocess.SubprocessError) as why:
            self.failed[part.name] = f"{type(why).__name__}: {why}"

    def is_on(self, part):
        return part.name not in self.left_out and part.name not in self.failed

    def play(self):
        for number in range(1, self.options.rounds + 1):
            for part in self.parts:
                if self.is_on(part):
                    print(f"round {number} of {self.options.rounds}: {part.name}", file=sys.stderr, flush=True)
                    self.try_to(part, part.play)

    def close(self):
        for part in self.parts:
            part.close()

    def report(self):
        report = measuring.Report(self.options.out)
        versions = {**measuring.own_versions(self.build), "OpenSSL": measuring.debian_version("libssl3") or "unknown"}
        for part in self.parts:
            if part.rounds:
                versions.update(part.versions())
        versions["rounds"] = self.options.rounds
        report.say(measuring.head("karpspec beside others", versions, self.options.note))
        for part in self.parts:
            if any(part.rounds) or part.broken:
                report.say(part.as_markdown())
            if part.name in self.left_out:
                report.say(f"## {part.title}\n\nNot run: {self.left_out[part.name]}\n")
            if part.name in self.failed:
                report.say(f"{part.title}: FAILED: {self.failed[part.name]}\n")


def measure(options, build, folder):
    comparison = Comparison(options, build, folder)
    try:
        comparison.prepare()
        comparison.play()
        comparison.report()
    finally:
        comparison.close()
    return 1 if comparison.failed or any(part.broken for part in comparison.parts) else 0


def main():
    options = arguments()
    targets = [target for name in options.only for target in PARTS[name].targets]
    return measuring.measured("compare", options, targets, measure, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
