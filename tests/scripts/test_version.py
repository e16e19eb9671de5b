"""scripts/version.sh: the tag names the last commit outside static/ and the last one inside, and the day of the later one."""
import os
import pathlib
import subprocess
import tempfile
import unittest

VERSION = pathlib.Path(__file__).resolve().parents[2] / "scripts/version.sh"


class Version(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, when: str = "2026-01-01T00:00:00Z") -> str:
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "a"), ("EMAIL", "a@example.com"), ("DATE", when))}
        return subprocess.run(["git", *arguments], cwd=self.folder, env={**os.environ, **who}, check=True, capture_output=True,
                              text=True).stdout.strip()

    def commit(self, path: str, when: str) -> str:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(when)
        self.git("add", "-A")
        self.git("commit", "-qm", path, when=when)
        return self.git("rev-parse", "HEAD")[:7]

    def version(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([VERSION, *arguments], env={**os.environ, "GIT_WORK_TREE": str(self.folder)},
                              capture_output=True, text=True)

    def test_each_side_has_its_own_last_commit(self):
        self.commit("lib/a.c", "2026-01-02T12:00:00Z")
        web = self.commit("static/index.html", "2026-01-03T12:00:00Z")
        back = self.commit("lib/static/b.c", "2026-02-04T23:30:00-05:00")
        self.assertEqual(self.version().stdout, f"2026.02.05-{back}-{web}\n")
        web = self.commit("static/src/c.ts", "2026-02-06T01:00:00+05:00")
        self.assertEqual(self.version().stdout, f"2026.02.05-{back}-{web}\n")
        self.assertEqual(self.version("HEAD~2").returncode, 0)

    def test_half_a_history_is_refused(self):
        self.commit("lib/a.c", "2026-01-02T12:00:00Z")
        refused = self.version()
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("is the history complete?", refused.stderr)
