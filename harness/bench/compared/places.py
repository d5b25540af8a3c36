"""Network namespaces with a cable between them, and programs in them: what it takes to have a daemon of another
distribution's package beside ours without touching this machine's network."""

import os
import subprocess
import time

from measuring import Failed, Unavailable, must_have

DEVICE = "198.18.0.1"  # of the range for benchmarks, RFC 2544
LOADERS = [f"198.18.1.{number}" for number in range(1, 17)]

# Mounts are the program's own and go with it. The root is only read, so that it may be anybody's.
PRIVATE_ROOT = """
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 folder=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$folder" "$root/mnt"
exec chroot "$root" env -i PATH=$PATH "$@"
"""


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


class Cable:
    """A namespace for the load, one for the responder, and a cable between them."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Unavailable("needs root, for network namespaces")
        must_have("ip", "iproute2")
        # Named as karpspec's own are, which sweeps up after one that was killed.
        self.load, self.device = (f"karpspec-{os.getpid()}-bench-{end}" for end in ("load", "device"))
        self.made = []
        try:
            for name in (self.load, self.device):
                ip("netns", "add", name)
                self.made.append(name)
                ip("-n", name, "link", "set", "lo", "up")
            ip("link", "add", "name", "load", "netns", self.load, "type", "veth", "peer", "name", "device", "netns",
               self.device)
            ip("-n", self.device, "addr", "add", f"{DEVICE}/16", "dev", "device")
            for address in LOADERS:
                ip("-n", self.load, "addr", "add", f"{address}/16", "dev", "load")
            ip("-n", self.device, "link", "set", "device", "up")
            ip("-n", self.load, "link", "set", "load", "up")
        except Failed as why:
            self.remove()
            raise Unavailable(f"no network namespaces: {why}") from why
        except BaseException:
            self.remove()
            raise

    def remove(self):
        for name in self.made:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)
        self.made = []

    def at_load(self, command):
        return ["ip", "netns", "exec", self.load, *command]

    def at_device(self, command):
        return ["ip", "netns", "exec", self.device, *command]

    def flush(self):
        """What a daemon that was killed has left in its kernel."""
        for what in ("state", "policy"):
            subprocess.run(["ip", "-n", self.device, "xfrm", what, "flush"], check=False, stderr=subprocess.DEVNULL)

    def kernel_has_esp(self):
        try:
            ip("-n", self.device, "xfrm", "state", "add", "src", "198.51.100.1", "dst", "198.51.100.2", "proto", "esp",
               "spi", "0x100", "mode", "tunnel", "enc", "cbc(aes)", "0x" + "0" * 31 + "1", "auth", "hmac(sha1)",
               "0x" + "0" * 39 + "1")
        except Failed:
            return False
        self.flush()
        return True


class Program:
    """A daemon in the responder's namespace. It dies with this program, whatever ends that."""

    def __init__(self, cable, command, root=None, folder=None, log=None, piped=False):
        self.cable, self.root, self.folder = cable, root, folder
        self.log = log
        with open(log, "ab") as out:
            self.child = subprocess.Popen(self.within(command), stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                                          stdout=subprocess.PIPE if piped else out, stderr=out, text=True,
                                          start_new_session=True)

    def within(self, command):
        words = ["setpriv", "--pdeathsig", "KILL", *map(str, command)]
        if self.root:
            words = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "sh", "-c",
                     PRIVATE_ROOT, "sh", str(self.root), str(self.folder), *map(str, command)]
        return self.cable.at_device(words)

    def tell(self, command):
        """Runs a command of the daemon's beside it."""
        done = subprocess.run(self.within(command), capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failed(f"{command[-1]}: {done.returncode}: {(done.stdout + done.stderr).strip()[-1000:]}")
        return done.stdout

    def wait_until(self, ready, what, seconds=20):
        end = time.monotonic() + seconds
        while not ready():
            if self.child.poll() is not None or time.monotonic() > end:
                raise Failed(f"{what} does not come up; its log ends with: {self.last_words()}")
            time.sleep(0.02)

    def has_logged(self, text):
        return text in self.log.read_text(errors="replace")

    def last_words(self):
        return " | ".join(self.log.read_text(errors="replace").strip().splitlines()[-5:])

    def has_children(self):
        """Whether a process that it has begun still runs."""
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as stat:
                    if int(stat.read().rsplit(")", 1)[1].split()[1]) == self.child.pid:
                        return True
            except OSError:
                continue
        return False

    def processor_seconds(self):
        """Of all its threads, in user space and in the kernel."""
        nanoseconds = 0
        for thread in os.listdir(f"/proc/{self.child.pid}/task"):
            with open(f"/proc/{self.child.pid}/task/{thread}/schedstat", encoding="ascii") as stat:
                nanoseconds += int(stat.read().split()[0])
        return nanoseconds / 1e9

    def alive(self):
        return self.child.poll() is None

    def end(self):
        # At once: an orderly end would send a Delete for each of the IKE SAs.
        self.child.kill()
        self.child.wait()
        for stream in (self.child.stdin, self.child.stdout):
            if stream:
                stream.close()
        self.cable.flush()
