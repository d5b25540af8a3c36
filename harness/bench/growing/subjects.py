"""What grows: captures, key tables, scenarios and groups, and what is done to each."""

import os
import random
import shutil

from measuring import ROOT, Failed, run, run_json

from growing.fit import Series


def powers(least, most):
    sizes = []
    size = least
    while size <= most:
        sizes.append(size)
        size *= 10
    return sizes


class Subject:
    name = ""
    title = ""
    targets = ("karpspec",)

    def __init__(self, options, build, folder):
        self.options, self.build, self.folder = options, build, folder
        self.series = []
        self.notes = []

    def prepare(self):
        """Makes the inputs of every size."""

    def play(self):
        """One round of all sizes."""

    def measure(self, series, size, command, good=(0,)):
        """SIZE None: an input that is next to nothing, for what every run costs."""
        cost = run(command, good=good)
        if size is None:
            series.start = min(cost.processor_seconds, series.start or cost.processor_seconds)
        else:
            series.add(size, cost.processor_seconds, cost.seconds, cost.megabytes)


class Captures(Subject):
    name = "captures"
    title = "Captures"
    targets = ("karpspec", "karpspec_large_capture")
    golden = ROOT / "pcaps" / "rkmp-new-protocol"
    per_sa = 200

    def prepare(self):
        self.sizes = powers(1000, self.options.packets)
        for size in [8, self.per_sa, *self.sizes]:
            run([self.build / "karpspec_large_capture", self.golden, self.folder / str(size), size, self.per_sa])
        # What each IKE SA is to be like.
        made = self.folder / "each.transcript.yaml"
        run([self.build / "karpspec", "diff", self.capture(self.per_sa), made, "--keys", self.keys(self.per_sa),
             "--update"])
        made.write_text(made.read_text().replace("fields: all\n", "fields: all\nconversations: each\n", 1))
        self.each = made
        # The opener remembers 4,096 IKE SAs and the judge 2,048 (observer/opener.h, judge.h), which is some 200 MB of
        # what `observe` knows of them; the keys of all are read first, and those of ten million packets are more.
        more = 0 if max(self.sizes) <= 10**6 else 128
        self.series = [Series("decode", "packets", 128 + more),
                       Series("diff, each conversation", "packets", 192 + more),
                       Series("observe", "packets", 384 + more)]
        self.notes.append(f"Made of pcaps/{self.golden.name}, {self.per_sa} packets to an IKE SA, each with its keys.")

    def capture(self, size):
        return self.folder / f"{size}.pcapng"

    def keys(self, size):
        return self.folder / f"{size}.keys"

    def play(self):
        decode, diff, observe = self.series
        for size in [None, *self.sizes]:
            capture, keys = self.capture(size or 8), self.keys(size or 8)
            program = self.build / "karpspec"
            self.measure(decode, size, [program, "decode", capture, "--keys", keys])
            # Eight packets are not the whole of one conversation, and the last exchange, repeated, takes key IDs
            # that are taken: both are found.
            self.measure(diff, size, [program, "diff", capture, self.each, "--keys", keys], good=(0, 1))
            self.measure(observe, size, [program, "observe", capture, "--keys", keys], good=(0, 1))


class KeyTables(Subject):
    name = "keytables"
    title = "Key tables"

    def prepare(self):
        self.sizes = powers(100, self.options.rows)
        for size in [2, *self.sizes]:
            self.write(size)
        # 96 MB for sorting, the rules and the row (suites/keytable-guide.md).
        self.series = [Series("keytable check", "rows", 160)]
        self.notes.append("YAML, two keys of OSPFv2 on each interface, one after the other, none of them wrong.")

    def table(self, size):
        return self.folder / f"{size}.yaml"

    def write(self, size):
        drawn = random.Random(size)
        with open(os.open(self.table(size), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as out:
            out.write("rows:\n")
            for row in range(size):
                year = 2026 + row % 2
                out.write(f"  - AdminKeyName: key-{row}\n    LocalKeyName: \"{row % 2 + 1}\"\n    Peers: link\n"
                          f"    Interfaces: [eth{row // 2}]\n    Protocol: ospfv2\n    KDF: none\n"
                          f"    AlgID: hmac-sha-256\n    Key: {drawn.randbytes(32).hex()}\n    Direction: both\n"
                          f"    SendLifetimeStart: {year}0101000000Z\n    SendLifetimeEnd: {year + 1}0101000000Z\n"
                          f"    AcceptLifetimeStart: {year - 1}1231000000Z\n"
                          f"    AcceptLifetimeEnd: {year + 1}0102000000Z\n")

    def play(self):
        for size in [None, *self.sizes]:
            self.measure(self.series[0], size, [self.build / "karpspec", "keytable", "check", self.table(size or 2)])


class Scenarios(Subject):
    name = "scenarios"
    title = "Scenarios"
    model = ROOT / "suites" / "rfc5996" / "1.2" / "responder" / "auth-answer.yaml"
    # What scenarios are loaded with. There are no faults: they name scenarios that are not there.
    beside = ("requirements", "schema", "protocols", "credentials", "setups", "fragments", "defaults.yaml",
              "profile.yaml", "profile.md")

    def prepare(self):
        self.sizes = powers(10, self.options.scenarios)
        for size in [1, *self.sizes]:
            suites = self.suites(size)
            (suites / "faults").mkdir(parents=True)
            for name in self.beside:
                (suites / name).symlink_to(ROOT / "suites" / name)
            folder = suites / self.model.parent.relative_to(ROOT / "suites")
            folder.mkdir(parents=True)
            for number in range(size):
                shutil.copy(self.model, folder / f"copy-{number}.yaml")
        self.series = [Series("list tests", "scenarios")]
        self.notes.append(f"Copies of suites/{self.model.relative_to(ROOT / 'suites')} in a folder of suites with the "
                          "requirements there are; `list tests` loads and checks them all.")

    def suites(self, size):
        return self.folder / str(size)

    def play(self):
        for size in [None, *self.sizes]:
            self.measure(self.series[0], size, [self.build / "karpspec", "--suites", self.suites(size or 1), "list",
                                                "tests"])


class Groups(Subject):
    name = "groups"
    title = "Groups of MRKMP"
    targets = ("karpspec_bench",)
    parts = ("elect", "reboot", "fail_over", "peace")

    def prepare(self):
        self.of_messages = {part: Series(f"{part}: messages", "routers", judged_by="messages") for part in self.parts}
        self.of_time = {part: Series(f"{part}: time", "messages heard") for part in self.parts}
        self.series = [*self.of_messages.values(), *self.of_time.values()]
        self.notes.append("`karpspec_bench`: a message to the group is heard by every router, so that what is to grow "
                          "in proportion is the messages with the routers, and the time with the messages that are "
                          "heard.")

    def play(self):
        names = "|".join(self.parts)
        found = run_json([self.build / "karpspec_bench", f"--benchmark_filter=^({names})/", "--benchmark_format=json"])
        for one in found["benchmarks"]:
            if one.get("run_type") == "aggregate":
                continue
            part, size = one["name"].split("/")[:2]
            if one.get("error_occurred"):
                raise Failed(f"{one['name']}: {one.get('error_message')}")
            messages = one["advertisements"] + one["updates"] + one["requests"]
            self.of_messages[part].add(int(size), messages)
            # What takes less is the program's first steps and the clock's.
            if one["cpu_time"] > 0.5:
                self.of_time[part].add(int(one["heard"]), one["cpu_time"] / 1000, one["real_time"] / 1000)


ALL = {subject.name: subject for subject in (Captures, KeyTables, Groups, Scenarios)}
