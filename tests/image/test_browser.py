"""The main job in a browser (tests/e2e/walk.test.mjs), against a container as it comes up on fresh volumes."""
import os
import subprocess

from container import Case, Container
from tc import PROJECT


class Browser(Case):
    def test_from_the_printed_login_to_the_bucket(self):
        one = Container(self, self.volumes(), PROGRESS_EVENT_MS=500, PROGRESS_DB_MS=500)
        one.healthy()
        email, password = one.login()
        done = subprocess.run([PROJECT / "tests/e2e/run.sh", "walk.test.mjs"], capture_output=True, text=True, timeout=600, env={
            **os.environ, "PLATFORM_URL": f"http://localhost:{one.web}", "PLATFORM_EMAIL": email, "PLATFORM_PASSWORD": password})
        print(done.stdout, flush=True)
        self.assertEqual(done.returncode, 0, done.stderr)
