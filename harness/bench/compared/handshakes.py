"""Handshakes a second of three responders under one initiator, which is ours (karpspec_load)."""

from measuring import Failed, Unavailable, run_json

from compared.part import Part, Ratio
from compared.places import DEVICE, LOADERS, Cable
from compared.responders import ALL, suite_of

PRIMITIVES = "OpenSSL's primitives"


def repeated(found):
    """Worth a column only where something was lost."""
    return {"repeated": found["retransmitted"]} if found["retransmitted"] else {}


class Handshakes(Part):
    name = "handshakes"
    title = "Handshakes: IKE_SA_INIT and IKE_AUTH with a preshared key"
    targets = ("karpspec", "karpspec-dut", "karpspec_load", "karpspec_primitives", "karpspec_esp_stand_in")
    cable = None
    responders = ()

    def prepare(self):
        self.cable = Cable()
        self.responders = [kind(self.cable, self.options.group, self.build, self.folder) for kind in ALL]
        for responder in self.responders:
            try:
                responder.prepare()
            except Unavailable as why:
                self.missing[responder.name] = str(why)
            except Failed as why:
                self.broken[responder.name] = str(why)
        self.responders = [one for one in self.responders if one.name not in {**self.missing, **self.broken}]
        self.notes.append(
            f"{suite_of(self.options.group)}, {self.options.handshakes:,} handshakes after "
            f"{self.warm_up()} that are not counted, each responder started anew every time. \"A processor\" divides "
            "by the time that the responder's own threads had, so that neither the initiator nor others on the "
            "machine count; a handshake of the primitives is what OpenSSL's calls for it take on one processor.")
        if not self.cable.kernel_has_esp():
            self.notes.append("This kernel has no ESP: for the daemons a preloaded library consents in its stead "
                              "(containers/roots/esp_stand_in.c), which costs them less than a kernel would.")

    def warm_up(self):
        return max(20, self.options.handshakes // 20)

    def versions(self):
        return {responder.name: responder.version() for responder in self.responders}

    def contenders(self):
        out = {self.label(responder.name, at_a_time): self.loaded(responder, at_a_time)
               for at_a_time in self.options.outstanding for responder in self.responders}
        return {**out, PRIMITIVES: self.primitives}

    @staticmethod
    def label(name, at_a_time):
        return f"{name}, {at_a_time} at a time"

    def loaded(self, responder, at_a_time):
        def measure():
            program = responder.start()
            try:
                before = program.processor_seconds()
                sources = LOADERS[:max(2, min(at_a_time, len(LOADERS)))]
                found = run_json(self.cable.at_load([
                    self.build / "karpspec_load", f"{DEVICE}:500", suite_of(self.options.group),
                    self.options.handshakes, at_a_time, self.warm_up(), *sources]), good=(0, 1))
                if found["failed"] or not program.alive():
                    raise Failed(f"{self.label(responder.name, at_a_time)}: {found['failed']} handshakes failed "
                                 f"({found['why']}); {program.last_words()}")
                if found["children"] != found["handshakes"]:
                    raise Failed(f"{responder.name}: it refuses children; {program.last_words()}")
                used = program.processor_seconds() - before
            finally:
                program.end()
            return {"rate": found["handshakes"] / found["seconds"],
                    "each": (found["handshakes"] + self.warm_up()) / used,
                    "latency": found["median_ms"], "late": found["p99_ms"],
                    "initiator": found["own_processor_seconds"] / found["seconds"] * 100, **repeated(found)}
        return measure

    def primitives(self):
        found = run_json([self.build / "karpspec_primitives", self.options.group, "2"])
        return {"each": found["per_second"]}

    def figures(self):
        return {"rate": "handshakes/s", "each": "handshakes/s a processor", "latency": "ms, the median one",
                "late": "ms, all but 1%", "initiator": "% of a processor that the initiator had",
                **({"repeated": "requests sent again"} if any(key == "repeated" for found in self.rounds
                                                              for _, key in found) else {})}

    def ratios(self):
        out = []
        for at_a_time in self.options.outstanding:
            ours = self.label("karpspec", at_a_time)
            for other in ("strongSwan", "libreswan"):
                theirs = self.label(other, at_a_time)
                out.append(Ratio(f"karpspec to {theirs}: handshakes/s", (ours, "rate"), (theirs, "rate"), 2))
                out.append(Ratio(f"karpspec to {theirs}: a processor", (ours, "each"), (theirs, "each")))
            out.append(Ratio(f"{ours}, a processor, to {PRIMITIVES}", (ours, "each"), (PRIMITIVES, "each"), 0.8))
        return out

    def close(self):
        if self.cable:
            self.cable.remove()
