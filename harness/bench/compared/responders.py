"""The three responders, each told the same: one suite, one preshared key for one pair of names whatever the address,
no cookies, no timers, no log but of what goes wrong, ESP children of the same kind."""

import json
import os
import shutil
import subprocess

from measuring import ROOT, Failed, Unavailable, said_by

from compared.places import DEVICE, Program

OWN, PEER = "device.example", "tester.example"
SECRET = "a preshared key of one pair of routers"

# What each calls AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256 with the group.
GROUPS = {"ECP_256": ("ecp256", "dh19"), "CURVE25519": ("curve25519", "dh31"), "MODP_2048": ("modp2048", "modp2048")}


def suite_of(group):
    return f"AES_CBC-128/HMAC_SHA2_256_128/HMAC_SHA2_256/{group}"


def write_secret(path, text):
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(text)


class Responder:
    name = ""

    def __init__(self, cable, group, build, folder):
        self.cable, self.group, self.build = cable, group, build
        self.folder = folder / self.name
        self.folder.mkdir()
        self.log = self.folder / "log"

    def prepare(self):
        """Makes what every start needs. Failed: it cannot be had."""

    def version(self):
        raise NotImplementedError

    def start(self):
        """A Program that takes requests at DEVICE, port 500."""
        raise NotImplementedError


class Karpspec(Responder):
    name = "karpspec"

    def version(self):
        return said_by([self.build / "karpspec-dut", "--version"]).removeprefix("karpspec-dut ")

    def start(self):
        program = Program(self.cable, [self.build / "karpspec-dut", "--control", "stdio", "--listen", f"{DEVICE}:500"],
                          log=self.log, piped=True)
        try:
            self.configure(program)
        except BaseException:
            program.end()
            raise
        return program

    def configure(self, program):
        peer = {"name": "tester", "identity": {"type": "ID_FQDN", "value": PEER}, "auth": "psk", "psk": SECRET,
                "address": "198.18.1.1", "port": 500, "child": "esp"}
        params = {"identity": {"type": "ID_FQDN", "value": OWN}, "ike_proposals": [suite_of(self.group)],
                  "cookies": "never", "peers": [peer], "timers": {"half_open_limit": 1000}}
        print(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "configure", "params": params}),
              file=program.child.stdin, flush=True)
        answer = program.child.stdout.readline()
        if '"result"' not in answer:
            raise Failed(f"karpspec-dut answers {answer.strip()!r}; {program.last_words()}")


class Daemon(Responder):
    """One of a root of its own."""

    package = ""

    def prepare(self):
        made = subprocess.run([ROOT / "containers" / "roots" / "build", self.name.lower()], capture_output=True,
                              text=True, check=False)
        if made.returncode != 0:
            raise Unavailable(f"its root cannot be made: {made.stderr.strip()[-500:]}")
        self.root = made.stdout.strip().splitlines()[-1]
        self.stand_in = not self.cable.kernel_has_esp()
        if self.stand_in:
            shutil.copy(self.build / "karpspec_esp_stand_in.so", self.folder / "stand_in.so")

    def version(self):
        shown = subprocess.run(["dpkg-query", f"--admindir={self.root}/var/lib/dpkg", "-W", "-f", "${Version}",
                                self.package], capture_output=True, text=True, check=False).stdout.strip()
        return f"{shown} ({self.package})"

    def run(self, command, settings=()):
        environment = [*settings, *(["LD_PRELOAD=/mnt/stand_in.so"] if self.stand_in else [])]
        self.log.write_text("")
        return Program(self.cable, ["env", *environment, *command], self.root, self.folder, self.log)

    def start(self):
        program = self.begin()
        try:
            self.load(program)
        except BaseException:
            program.end()
            raise
        return program


class Strongswan(Daemon):
    name = "strongSwan"
    package = "charon-systemd"
    settings = ("STRONGSWAN_CONF=/mnt/strongswan.conf", "SWANCTL_DIR=/mnt/swanctl")

    def prepare(self):
        super().prepare()
        # Its table of IKE SAs has one row unless told otherwise: with thousands of them it would measure that. The
        # plugins are those that IKEv2 needs; the default ones take packets away from the interface.
        (self.folder / "strongswan.conf").write_text("""charon-systemd {
  load = random nonce x509 constraints pubkey pem openssl kdf hmac gcm curve25519 kernel-netlink socket-default vici
  plugins { vici { socket = unix:///mnt/vici } }
  filelog { log { path = stderr
    default = 0 } }
  journal { default = -1 }
  install_routes = no
  install_virtual_ip = no
  send_vendor_id = no
  dos_protection = no
  ikesa_table_size = 4096
  ikesa_table_segments = 16
}
swanctl { load = random openssl }
""")
        folder = self.folder / "swanctl"
        folder.mkdir()
        write_secret(folder / "swanctl.conf", f"""connections {{ load {{
  version = 2
  local_addrs = {DEVICE}
  remote_addrs = %any
  proposals = aes128-sha256-prfsha256-{GROUPS[self.group][0]}
  unique = never
  mobike = no
  fragmentation = no
  send_certreq = no
  rekey_time = 0
  over_time = 0
  dpd_delay = 0
  local {{ auth = psk
    id = {OWN} }}
  remote {{ auth = psk
    id = {PEER} }}
  children {{ load {{ esp_proposals = aes128-sha256
    rekey_time = 0
    life_time = 0
    rand_time = 0 }} }}
}} }}
secrets {{ ike-load {{ id-1 = {OWN}
  id-2 = {PEER}
  secret = "{SECRET}" }} }}
""")

    def begin(self):
        (self.folder / "vici").unlink(missing_ok=True)
        return self.run(["/usr/sbin/charon-systemd"], self.settings)

    def load(self, program):
        program.wait_until((self.folder / "vici").exists, "charon")
        program.tell(["env", *self.settings, "/usr/sbin/swanctl", "--load-all", "--uri", "unix:///mnt/vici"])


class Libreswan(Daemon):
    name = "libreswan"
    package = "libreswan"

    def prepare(self):
        super().prepare()
        (self.folder / "ipsec.conf").write_text(f"""config setup
  uniqueids=no
  dnssec-enable=no
  ddos-mode=unlimited
  listen={DEVICE}

conn load
  ikev2=insist
  authby=secret
  left={DEVICE}
  leftid=@{OWN}
  right=%any
  rightid=@{PEER}
  ike=aes128-sha2_256-{GROUPS[self.group][1]}
  esp=aes128-sha2_256
  pfs=no
  esn=no
  narrowing=yes
  mobike=no
  fragmentation=no
  rekey=no
  leftupdown=%disabled
  auto=ignore
""")
        write_secret(self.folder / "ipsec.secrets", f'@{OWN} @{PEER} : PSK "{SECRET}"\n')
        (self.folder / "nss-empty").mkdir()
        made = self.run(["/usr/bin/certutil", "-N", "-d", "sql:/mnt/nss-empty", "--empty-password"])
        if made.child.wait() != 0:
            raise Failed(f"no key database for pluto: {made.last_words()}")

    def begin(self):
        for name in ("nss", "run"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / "nss-empty", self.folder / "nss")
        (self.folder / "run").mkdir()
        return self.run(["/usr/libexec/ipsec/pluto", "--nofork", "--stderrlog", "--config", "/mnt/ipsec.conf",
                         "--secretsfile", "/mnt/ipsec.secrets", "--nssdir", "/mnt/nss", "--rundir", "/mnt/run"])

    def load(self, program):
        # It runs an addconn of its own, which makes it listen; until that has ended it may reload what it has.
        program.wait_until(lambda: program.has_logged("loading secrets from"), "pluto")
        program.wait_until(lambda: not program.has_children(), "pluto")
        program.tell(["/usr/libexec/ipsec/addconn", "--ctlsocket", "/mnt/run/pluto.ctl", "--config", "/mnt/ipsec.conf",
                      "load"])


ALL = (Karpspec, Strongswan, Libreswan)
