"""What every part of compare is: contenders that do the same work in turns, and the ratios between them."""

import statistics
import subprocess

from measuring import Failed, Unavailable, figure, middle, spread


class Ratio:
    """OF / TO in the same round. AIM: what the ratio should come to at least, where there is one."""

    def __init__(self, name, of, to, aim=None):
        self.name, self.of, self.to, self.aim = name, of, to, aim


class Part:
    name = ""
    title = ""
    # Built before anything is measured.
    targets = ()

    def __init__(self, options, build, folder):
        self.options, self.build, self.folder = options, build, folder
        self.missing = {}  # contender: why it is left out
        self.broken = {}   # contender: why it failed
        self.notes = []
        self.rounds = []   # of each round: (contender, figure's name) -> value

    def prepare(self):
        """Makes what the rounds need. Unavailable: the part cannot run here."""

    def versions(self):
        return {}

    def contenders(self):
        """Name -> what measures it once and gives figures by their names."""
        raise NotImplementedError

    def figures(self):
        """Figure's name -> its heading in the table, in the order of the columns."""
        raise NotImplementedError

    def ratios(self):
        return []

    def close(self):
        """Removes what prepare() has made."""

    def play(self):
        """One round: every contender in turn."""
        found = {}
        for name, measure in self.contenders().items():
            if name in self.missing or name in self.broken:
                continue
            try:
                for key, value in measure().items():
                    found[name, key] = value
            except Unavailable as why:
                self.missing[name] = str(why)
            except (Failed, OSError, ValueError, KeyError, subprocess.SubprocessError) as why:
                self.broken[name] = f"{type(why).__name__}: {why}"
        self.rounds.append(found)

    def of(self, contender, key):
        return [found[contender, key] for found in self.rounds if (contender, key) in found]

    def as_markdown(self):
        lines = [f"## {self.title}", ""]
        lines += [f"{note}\n" for note in self.notes]
        lines += ["| median (least to most) | " + " | ".join(self.figures().values()) + " |",
                  "|---" * (1 + len(self.figures())) + "|"]
        for contender in self.contenders():
            cells = [middle(self.of(contender, key)) for key in self.figures()]
            if any(cells):
                lines.append(f"| {contender} | " + " | ".join(cells) + " |")
        compared = [(ratio, self.values_of(ratio)) for ratio in self.ratios()]
        if any(values for _, values in compared):
            lines += ["", "| ratio | minimum | median | maximum | aim |", "|---|---|---|---|---|"]
            lines += [f"| {ratio.name} | {spread(values)} | {verdict(ratio, values)} |" for ratio, values in compared
                      if values]
        lines += [f"\nLeft out: {contender}: {why}" for contender, why in self.missing.items()]
        lines += [f"\nFAILED: {contender}: {why}" for contender, why in self.broken.items()]
        return "\n".join(lines) + "\n"

    def values_of(self, ratio):
        """Round by round, so that what disturbs the machine disturbs both."""
        return [found[ratio.of] / found[ratio.to] for found in self.rounds
                if ratio.of in found and found.get(ratio.to, 0) > 0]


def verdict(ratio, values):
    if ratio.aim is None:
        return ""
    reached = statistics.median(values) >= ratio.aim
    return f"{figure(ratio.aim)}: {'reached' if reached else 'not reached'}"


__all__ = ["Failed", "Part", "Ratio", "Unavailable"]
