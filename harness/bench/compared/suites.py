"""Verdicts a second: all of our suites against the embedded device, and a tester that opens a connection per test."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import time

from measuring import Failed, Unavailable, debian_version, must_have, run

from compared.part import Part, Ratio

OURS, ONE, OTHER = "karpspec run --dut embedded", "karpspec run --dut embedded --jobs 1", "testssl"
SEARCHED = ("tlsfuzzer", "tlslite", "h2spec", "sslyze", "packetdrill", "ike", "conformance", "compliance")
# What testssl's file has beside verdicts.
NO_VERDICTS = ("engine_problem", "service", "scanTime", "DROWN_hint")


class Suites(Part):
    name = "suites"
    title = "Suites: verdicts a second"
    targets = ("karpspec",)
    server = None

    def prepare(self):
        self.notes.append(
            "No conformance tester of IKE or TLS is among Debian 12's packages (searched with `apt-cache search` for "
            f"{', '.join(SEARCHED)}; litmus and fluster, which it finds, judge WebDAV and codecs, and none of them "
            "opens a connection per test). The nearest is testssl.sh: it judges a TLS server check by check, each over "
            "connections of its own, here `openssl s_server` on loopback, by its checks of protocols, vulnerabilities "
            "and tolerance. Its verdicts and ours are not the same work: the ratio says what a test costs that brings "
            "its own connection in real time, not who is the better.")
        try:
            must_have("testssl", "testssl.sh")
            must_have("openssl", "openssl")
        except Unavailable as why:
            self.missing[OTHER] = str(why)
            return
        self.serve()

    def serve(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-keyout", key, "-out", certificate])
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.server = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-key", key,
                                        "-cert", certificate, "-www"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 10
        while self.connections() is None:
            if self.server.poll() is not None or time.monotonic() > end:
                raise Failed("openssl s_server does not come up")
            time.sleep(0.1)

    def connections(self):
        """How many the server has accepted so far, this one too; None: it does not answer."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as plain, context.wrap_socket(plain) as tls:
                tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
                page = b""
                while part := tls.recv(65536):
                    page += part
        except OSError:
            return None
        found = re.search(rb"(\d+) server accepts", page)
        return int(found.group(1)) if found else None

    def versions(self):
        return {"testssl.sh": debian_version("testssl.sh") or "none"}

    def contenders(self):
        return {OURS: lambda: self.ours([]), ONE: lambda: self.ours(["--jobs", "1"]), OTHER: self.others}

    def ours(self, more):
        out = self.folder / "run"
        shutil.rmtree(out, ignore_errors=True)
        cost = run([self.build / "karpspec", "run", "--dut", "embedded", "--seed", "1", "--out", out, *more])
        tests = json.loads((out / "results.json").read_text())["tests"]
        judged = sum(1 for test in tests if test["verdict"] in ("pass", "fail", "inconclusive"))
        return {"rate": judged / cost.seconds, "each": judged / cost.processor_seconds, "verdicts": judged,
                "seconds": cost.seconds}

    def others(self):
        out = self.folder / "testssl.json"
        out.unlink(missing_ok=True)
        before = self.connections()
        # Its exit status counts what it finds.
        cost = run(["testssl", "--quiet", "--color", "0", "--nodns", "none", "--warnings", "off", "--protocols",
                    "--vulnerable", "--grease", "--jsonfile", out, f"127.0.0.1:{self.port}"], good=range(0, 128),
                   cwd=self.folder)
        found = [one for one in json.loads(out.read_text()) if one["id"] not in NO_VERDICTS]
        if not found:
            raise Failed("testssl has given no verdict")
        return {"rate": len(found) / cost.seconds, "each": len(found) / cost.processor_seconds,
                "verdicts": len(found), "seconds": cost.seconds,
                "connections": (self.connections() or 0) - (before or 0) - 1}

    def figures(self):
        return {"rate": "verdicts/s", "each": "verdicts/s a processor", "verdicts": "verdicts", "seconds": "s",
                "connections": "connections"}

    def ratios(self):
        return [Ratio(f"{OURS} to {OTHER}", (OURS, "rate"), (OTHER, "rate")),
                Ratio(f"{ONE} to {OTHER}", (ONE, "rate"), (OTHER, "rate")),
                Ratio(f"{ONE} to {OTHER}: a processor", (ONE, "each"), (OTHER, "each"))]

    def as_markdown(self):
        text = super().as_markdown()
        if seconds := self.of(OURS, "seconds"):
            best = min(seconds)
            text += f"\nThe aim for all suites is 5 s: {'reached' if best <= 5 else 'not reached'} at best.\n"
        return text

    def close(self):
        if self.server:
            self.server.kill()
            self.server.wait()
