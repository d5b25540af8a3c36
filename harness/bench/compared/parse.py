"""Parsing of messages: our decoder, libtins and Scapy, on the messages of the golden captures."""

import pathlib

from measuring import ROOT, Unavailable, debian_version, run, run_json

from compared.part import Part, Ratio

# Debian's own: where another Python is first in PATH, it does not know python3-scapy.
PYTHON = "/usr/bin/python3"
OURS, FRAMES, TINS, SCAPY = "karpspec", "libtins to UDP, then karpspec", "libtins to UDP", "Scapy"
SECONDS = "1.5"


class Parse(Part):
    name = "parse"
    title = "Parsing messages"
    targets = ("karpspec_parse_rates",)

    def prepare(self):
        captures = sorted((ROOT / "pcaps").glob("*.pcapng"))
        self.messages = self.folder / "messages"
        gathered = run([self.build / "karpspec_parse_rates", "gather", self.messages, *captures], keep_output=True)
        self.notes.append(f"The {int(gathered.output):,} messages of the {len(captures)} captures of pcaps/, whole, "
                          "again and again, by the seconds of one processor; what is encrypted stays closed for all. "
                          "libtins knows nothing of IKE: it ends at the payload of UDP, and shows what comes before "
                          "IKE.")
        if not debian_version("python3-scapy") or not pathlib.Path(PYTHON).exists():
            self.missing[SCAPY] = "python3-scapy is not installed (harness/packages bench)"

    def versions(self):
        return {"Scapy": debian_version("python3-scapy") or "none",
                "libtins": debian_version("libtins-dev") or "unknown"}

    def contenders(self):
        program = self.build / "karpspec_parse_rates"
        scapy = ROOT / "harness" / "bench" / "compared" / "scapy_rate.py"
        return {OURS: lambda: self.rate([program, "ours", self.messages, SECONDS]),
                FRAMES: lambda: self.rate([program, "frames", self.messages, SECONDS]),
                TINS: lambda: self.rate([program, "tins", self.messages, SECONDS]),
                SCAPY: lambda: self.rate([PYTHON, scapy, self.messages, SECONDS])}

    @staticmethod
    def rate(command):
        found = run_json(command)
        if not found["messages"]:
            raise Unavailable("there were no messages")
        return {"rate": found["per_second"], "unreadable": found["unreadable"]}

    def figures(self):
        return {"rate": "messages/s", "unreadable": "messages that could not be read"}

    def ratios(self):
        return [Ratio(f"{OURS} to {SCAPY}", (OURS, "rate"), (SCAPY, "rate"), 20),
                Ratio(f"{FRAMES}, to {TINS} alone", (FRAMES, "rate"), (TINS, "rate"))]

    def as_markdown(self):
        text = super().as_markdown()
        if rates := self.of(OURS, "rate"):
            best = max(rates)
            text += f"\nThe aim is 1,000,000 messages/s: {'reached' if best >= 1e6 else 'not reached'} at best.\n"
        return text
