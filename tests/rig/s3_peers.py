"""S3 servers that are harder to reach than the rig's own: behind a certificate of their own, or with another clock. Both are
the rig's Swift underneath, so that what goes through them is seen by rig.s3.

    peers = Peers(rig)              # in setUpClass
    cls.addClassCleanup(peers.close)
    endpoint, ca = peers.tls()
    endpoint, set_offset = peers.skewed(7200)
"""
import pathlib
import socket
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

from tc import PROJECT, Rig, wait_until

FAKES = PROJECT / "tests/fakes"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Peers:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=rig.folder))
        self.started: list[subprocess.Popen] = []

    def close(self) -> None:
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait()
            if process.stdout:
                process.stdout.close()

    def openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

    def authority(self, name: str) -> str:
        """A certificate authority that nobody knows: its certificate as PEM."""
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                     "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        return (self.folder / f"{name}.pem").read_text()

    def certificate(self, authority: str, name: str, address: str) -> None:
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text(f"subjectAltName=IP:{address}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                     "-CAcreateserial", "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def tls(self, address: str = "127.0.0.1") -> tuple[str, str]:
        """The S3 server behind TLS with a certificate for this address: endpoint and the CA that has signed it."""
        name = f"server{len(self.started)}"
        ca = self.authority(f"ca{len(self.started)}")
        self.certificate(f"ca{len(self.started)}", name, address)
        process = subprocess.Popen(
            [sys.executable, str(FAKES / "tls_relay.py"), str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key"),
             str(urllib.parse.urlsplit(self.rig["S3_DIRECT"]).port)], stdout=subprocess.PIPE, text=True)
        self.started.append(process)
        return f"https://127.0.0.1:{process.stdout.readline().strip()}", ca

    def skewed(self, seconds: int):
        """The S3 server with a clock that is so far ahead: endpoint and a function that sets it anew."""
        port, offset = free_port(), self.folder / f"clock{len(self.started)}"

        def set_offset(value: int) -> None:
            new = offset.with_suffix(".new")
            new.write_text(str(value))
            new.replace(offset)

        set_offset(seconds)
        log = open(self.folder / "skewed.log", "ab")
        self.started.append(subprocess.Popen(
            [sys.executable, str(FAKES / "skewed_swift.py"), str(self.rig.folder), str(offset), str(port)],
            stdout=log, stderr=log))
        log.close()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def answers():
            try:
                return opener.open(f"http://127.0.0.1:{port}/healthcheck", timeout=5).read() == b"OK"
            except OSError:
                return False

        wait_until("the server with another clock answers", answers)
        return f"http://127.0.0.1:{port}", set_offset
