"""TLS by TLS_CERT and TLS_KEY: an instance of its own beside the rig's, with the same programs."""
import http.client
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

from tc import PROJECT, Rig


def free_ports(n: int) -> list[int]:
    out = subprocess.run([sys.executable, str(PROJECT / "tests/rig/free_ports.py"), str(n)], capture_output=True, text=True, check=True)
    return [int(p) for p in out.stdout.split()]


class Tls(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.app = Rig().platform.var / "app"
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tc-tls.", dir="/tmp"))
        cls.folder.chmod(0o711)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.make_certificate("good")
        cls.web, cls.api, cls.plain, cls.peer = free_ports(4)
        cls.addClassCleanup(cls.platform, "down")
        done = cls.platform("up")
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)

    @classmethod
    def make_certificate(cls, name: str) -> None:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", cls.folder / f"{name}.key", "-out", cls.folder / f"{name}.crt"], check=True, capture_output=True)

    @classmethod
    def platform(cls, verb: str, **changed) -> subprocess.CompletedProcess:
        settings = {"VAR_DIR": cls.folder / "var", "APP_DIR": cls.app, "ENV_FILE": "/dev/null", "BIND_ADDRESS": "127.0.0.1",
                    "WEB_PORT": cls.web, "API_PORT": cls.api, "HTTP_PORT": cls.plain, "TORRENT_LISTEN": f"127.0.0.1:{cls.peer}",
                    "ADMIN_EMAIL": "a@example.com", "ADMIN_PASSWORD": "a long enough password", "TORRENT_DHT": "false",
                    "TORRENT_LSD": "false", "TORRENT_PORT_MAPPING": "false", "API_FAST_CHILDREN": 1, "API_EDGE_CHILDREN": 1,
                    "TLS_CERT": cls.folder / "good.crt", "TLS_KEY": cls.folder / "good.key", **changed}
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LANG")}
        return subprocess.run([str(PROJECT / "scripts/platform.sh"), verb], env={**keep, **{k: str(v) for k, v in settings.items()}},
                              capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)

    def trusting(self, name: str = "good") -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.folder / f"{name}.crt")

    def ask(self, port: int, method: str, path: str, body: str | None = None, **headers):
        c = http.client.HTTPSConnection("127.0.0.1", port, context=self.trusting(), timeout=60)
        self.addCleanup(c.close)
        c.request(method, path, body, headers)
        answer = c.getresponse()
        answer.body = answer.read()
        return answer

    def test_both_ports_speak_tls_and_say_so(self):
        for port, path, status in ((self.web, "/", 200), (self.web, "/api/health", 200), (self.api, "/api/health/ready", 200),
                                   (self.web, "/api/nothing", 404), (self.api, "/nothing", 404), (self.api, "/api/jobs", 401)):
            answer = self.ask(port, "GET", path)
            self.assertEqual((answer.status, answer.headers["Strict-Transport-Security"]), (status, "max-age=31536000"), path)

    def test_the_cookie_is_secure(self):
        answer = self.ask(self.web, "POST", "/api/auth/login", '{"email":"a@example.com","password":"a long enough password"}',
                          **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn("; Secure", answer.headers["Set-Cookie"])
        self.assertIn("HttpOnly; SameSite=Strict", answer.headers["Set-Cookie"])

    def test_plain_http_is_redirected(self):
        for port, where in ((self.web, f"https://localhost:{self.web}"), (self.api, f"https://localhost:{self.api}"),
                            (self.plain, f"https://localhost:{self.web}")):
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            self.addCleanup(c.close)
            c.request("GET", "/jobs?x=1", headers={"Host": f"localhost:{port}"})
            answer = c.getresponse()
            self.assertEqual((answer.status, answer.headers["Location"]), (308, f"{where}/jobs?x=1"))
            self.assertIsNone(answer.headers["Set-Cookie"])

    def test_old_protocols_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            with socket.create_connection(("127.0.0.1", self.web), 30) as s, self.assertRaises((ssl.SSLError, ConnectionError)):
                context.wrap_socket(s)
        context = self.trusting()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", self.web), 30) as s, context.wrap_socket(s, server_hostname="localhost") as t:
            self.assertEqual(t.version(), "TLSv1.2")
            self.assertRegex(t.cipher()[0], "^ECDHE-.*(GCM|CHACHA20)")

    def test_a_renewed_certificate(self):
        self.make_certificate("renewed")
        done = self.platform("up", TLS_CERT=self.folder / "renewed.crt", TLS_KEY=self.folder / "renewed.key")
        self.assertEqual(done.returncode, 0, done.stderr)
        try:
            def served() -> str:
                with socket.create_connection(("127.0.0.1", self.web), 30) as s, \
                        self.trusting("renewed").wrap_socket(s, server_hostname="localhost") as t:
                    return dict(x[0] for x in t.getpeercert()["subject"])["commonName"]

            for _ in range(100):
                try:
                    self.assertEqual(served(), "renewed")
                    break
                except ssl.SSLError:
                    pass
            self.assertEqual(served(), "renewed")
        finally:
            self.assertEqual(self.platform("up").returncode, 0)

    def test_bad_files_are_listed_before_anything_starts(self):
        self.make_certificate("other")
        (self.folder / "rubbish").write_text("rubbish")
        f = self.folder
        for changed, sentence in (({"TLS_KEY": ""}, "TLS_KEY: TLS_CERT and TLS_KEY belong together"),
                                  ({"TLS_CERT": ""}, "TLS_CERT: TLS_CERT and TLS_KEY belong together"),
                                  ({"TLS_CERT": f / "nothing"}, "nothing cannot be read"),
                                  ({"TLS_CERT": f}, "cannot be read"),
                                  ({"TLS_CERT": f / "rubbish"}, "is no certificate in PEM"),
                                  ({"TLS_KEY": f / "rubbish"}, "is no private key in PEM"),
                                  ({"TLS_KEY": f / "other.key"}, "is not the key of the certificate"),
                                  ({"TLS_CERT": "", "TLS_KEY": ""}, "HTTP_PORT: without TLS_CERT and TLS_KEY"),
                                  ({"HTTP_PORT": self.web}, "HTTP_PORT: "), ({"HTTP_PORT": "x"}, "HTTP_PORT: ")):
            done = self.platform("up", VAR_DIR=f / "bad", **changed)
            self.assertEqual(done.returncode, 78, (changed, done.stdout, done.stderr))
            self.assertIn(sentence, done.stderr)
            self.assertIn("nothing was started", done.stderr)
            self.assertFalse((f / "bad/postgres").exists())
