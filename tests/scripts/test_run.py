"""docker/run.sh against a docker of our own that notes what it is asked: what is checked, kept, generated and printed."""
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
# `run` starts what answers the health check; `container inspect` knows the container of the file "old".
DOCKER = """#!/bin/sh
echo "$@" >>calls
case $1 in
info) [ ! -e no-daemon ] ;;
pull) [ ! -e no-registry ] ;;
container) case $* in *Running*) [ ! -e dies ] && echo true || echo false ;; *) [ -e old ] && echo sha256:older ;; esac ;;
rm) rm old ;;
run) [ -e dies ] || { %s server.py >/dev/null 2>&1 & echo $! >pid; } ;;
logs) echo "the last words" ;;
esac
"""
SERVER = """
import http.server
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health/ready" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", %d), Ready).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Run(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.web, self.api = free_port(), free_port()
        (self.folder / "bin").mkdir()
        docker = self.folder / "bin/docker"
        docker.write_text(DOCKER % sys.executable)
        docker.chmod(0o755)
        (self.folder / "server.py").write_text(SERVER % self.api)
        self.addCleanup(self.end_server)

    def end_server(self) -> None:
        pid = self.folder / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), 9)

    def run_sh(self, **settings) -> subprocess.CompletedProcess:
        return subprocess.run([PROJECT / "docker/run.sh"], cwd=self.folder, capture_output=True, text=True, timeout=120, env={
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "WEB_PORT": str(self.web), "API_PORT": str(self.api), **settings})

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def test_a_first_start(self):
        done = self.run_sh()
        self.assertEqual(done.returncode, 0, done.stderr)
        env = self.folder / ".env"
        self.assertEqual(env.stat().st_mode & 0o777, 0o600)
        login = dict(line.split("=", 1) for line in env.read_text().splitlines() if not line.startswith("#"))
        self.assertEqual(len(login["ADMIN_PASSWORD"]), 20)
        for said in (login["ADMIN_EMAIL"], login["ADMIN_PASSWORD"], f"http://localhost:{self.web}"):
            self.assertIn(said, done.stdout)
        [run] = [c for c in self.calls() if c.startswith("run ")]
        for wanted in ("--stop-timeout 400", "--read-only", "--cap-drop ALL", "no-new-privileges", "--env-file .env", "-p 6881:6881/udp",
                       "-v torrencloud-pgdata:/data/postgres", f"-p {self.web}:{self.web}", f"-e WEB_PORT={self.web}"):
            self.assertIn(wanted, run)

    def test_an_update_drains_the_old_one_and_keeps_settings(self):
        (self.folder / ".env").write_text("ADMIN_EMAIL=me@example.com\nADMIN_PASSWORD=mine and long\n")
        (self.folder / "old").touch()
        (self.folder / "no-registry").touch()
        done = self.run_sh()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.folder / ".env").read_text(), "ADMIN_EMAIL=me@example.com\nADMIN_PASSWORD=mine and long\n")
        self.assertIn("mine and long", done.stdout)
        calls = self.calls()
        stop = calls.index("stop -t 400 torrencloud")
        self.assertLess(next(i for i, c in enumerate(calls) if c.startswith("pull ")), stop)
        self.assertLess(stop, next(i for i, c in enumerate(calls) if c.startswith("run ")))
        self.assertIn("tag sha256:older torrentclou:previous", calls)

    def test_what_cannot_work_says_so(self):
        (self.folder / "dies").touch()
        done = self.run_sh()
        self.assertEqual(done.returncode, 1)
        self.assertIn("the last words", done.stderr)
        self.assertIn("did not become healthy", done.stderr)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", self.web))
            taken.listen()
            done = self.run_sh()
            self.assertEqual((done.returncode, f"port {self.web} is taken" in done.stderr), (1, True), done.stderr)
        (self.folder / "no-daemon").touch()
        self.assertIn("does not answer", self.run_sh().stderr)
