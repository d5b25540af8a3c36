"""A capture decoded with its keys: `karpspec decode` and `tshark -V`."""

from measuring import ROOT, Failed, Unavailable, debian_version, must_have, run, said_by

from compared.part import Part, Ratio

OURS, TSHARK, OURS_JSON, TSHARK_JSON = "karpspec decode", "tshark -V", "karpspec decode --json", "tshark -T json"


class Decode(Part):
    name = "decode"
    title = "Decoding a capture, with decryption"
    targets = ("karpspec", "karpspec_large_capture")
    golden = "rkmp-new-protocol"

    def prepare(self):
        self.base = self.folder / "capture"
        run([self.build / "karpspec_large_capture", ROOT / "pcaps" / self.golden, self.base, self.options.packets,
             200])
        self.keys = self.base.with_suffix(".keys")
        self.home = self.folder / "wireshark"
        self.home.mkdir()
        (self.home / "ikev2_decryption_table").write_bytes(self.keys.read_bytes())
        megabytes = self.base.with_suffix(".pcapng").stat().st_size / 1e6
        self.notes.append(f"{self.options.packets:,} packets made of pcaps/{self.golden}, {megabytes:.1f} MB, 200 to "
                          "an IKE SA, every one with its keys. All is written to /dev/null.")
        try:
            must_have("tshark", "tshark")
        except Unavailable as why:
            self.missing[TSHARK] = self.missing[TSHARK_JSON] = str(why)
            return
        # Without the keys it would have less to do.
        first = run(["tshark", "-V", "-c", "4", "-r", self.base.with_suffix(".pcapng")], keep_output=True,
                    env={"WIRESHARK_CONFIG_DIR": str(self.home)}).output
        if "Decrypted Data" not in first:
            raise Failed("tshark does not decrypt the capture")

    def versions(self):
        return {"tshark": debian_version("tshark") or said_by(["tshark", "--version"])}

    def contenders(self):
        capture = self.base.with_suffix(".pcapng")
        ours = [self.build / "karpspec", "decode", capture, "--keys", self.keys]
        return {OURS: lambda: self.cost(ours), TSHARK: lambda: self.cost(["tshark", "-V", "-r", capture]),
                OURS_JSON: lambda: self.cost([*ours, "--json"]),
                TSHARK_JSON: lambda: self.cost(["tshark", "-T", "json", "-r", capture])}

    def cost(self, command):
        cost = run(command, env={"WIRESHARK_CONFIG_DIR": str(self.home)})
        return {"rate": self.options.packets / cost.seconds, "each": self.options.packets / cost.processor_seconds,
                "megabytes": cost.megabytes}

    def figures(self):
        return {"rate": "packets/s", "each": "packets/s a processor", "megabytes": "MB at most"}

    def ratios(self):
        return [Ratio(f"{OURS} to {TSHARK}: packets/s", (OURS, "rate"), (TSHARK, "rate"), 10),
                Ratio(f"{OURS} to {TSHARK}: a processor", (OURS, "each"), (TSHARK, "each")),
                Ratio(f"{OURS_JSON} to {TSHARK_JSON}: packets/s", (OURS_JSON, "rate"), (TSHARK_JSON, "rate")),
                Ratio(f"{TSHARK} to {OURS}: MB", (TSHARK, "megabytes"), (OURS, "megabytes"))]
