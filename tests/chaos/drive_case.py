"""What the suites of the Drive destination share: an account of its own for each test, and how its Drive must look."""
import uuid

from tc import MIB, RigCase, Torrent, wait_until

FOLDER = "application/vnd.google-apps.folder"
SESSION_FROM = 4 * MIB + 1  # the smallest file that gets a resumable session
AGAIN_MOST = 8 * MIB  # what may be sent again of a file that was interrupted


def folders_of(paths) -> list[str]:
    """Every folder above these paths."""
    found = set()
    for path in paths:
        parts = path.split("/")[:-1]
        found |= {"/".join(parts[:n + 1]) for n in range(len(parts))}
    return sorted(found)


class DriveCase(RigCase):
    def setUp(self) -> None:
        super().setUp()
        self.google, self.api = self.rig.google, self.rig.api()
        self.google.reset()
        self.addCleanup(self.google.reset)
        self.email = f"{uuid.uuid4().hex[:10]}@example.org"
        self.profile = self.rig.drive_profile(self.api, self.email)

    def start(self, name: str, files=None, selection: list[str] | None = None) -> tuple[Torrent, int]:
        torrent = self.rig.make_torrent(name, files)
        return torrent, self.api.create_job(torrent, self.profile, selection)

    def session(self, **wanted) -> dict | None:
        """The last session that is so: session(state="open")."""
        return next((s for s in reversed(self.google.sessions(self.email)) if wanted.items() <= s.items()), None)

    def wait_stored(self, least: int) -> dict:
        """An open session holds so many bytes, and not all."""
        return wait_until(f"{least} bytes are stored in a session", lambda: next(
            (s for s in self.google.sessions(self.email) if s["state"] == "open" and least <= s["stored"] < s["size"]), None),
            120, 0.05)

    def kill(self) -> None:
        pid = self.rig.platform.kill("gdrive-worker")
        self.rig.platform.wait_running("gdrive-worker", other_than=pid)

    def timeline(self, job: int) -> list[dict]:
        return self.api.must("GET", f"/api/jobs/{job}/timeline?pageSize=100")["items"]

    def attempts(self, job: int) -> list[str]:
        return self.rig.platform.sql(f"select attempts, crashes from job_phases where job_id = {job} and phase = 'upload'")[0]

    def wait_waiting(self, job: int, code: str) -> dict:
        """The job waits for this, with a sentence, and says so by its status once the download is over."""
        waiting = self.api.wait_job(job, until=lambda j: j["status"] == "UPLOAD_RETRY" and j["waiting"])
        self.assertEqual(waiting["waiting"]["code"], code)
        self.assertRegex(waiting["waiting"]["sentence"], r"^[A-Z].{20,}\.$")
        return waiting

    def check(self, torrent: Torrent, *jobs: int, paths=None, renamed: dict[str, str] | None = None,
              complaints: list[str] | None = None, killed: bool = False) -> None:
        """Drive holds exactly the selected files of these jobs, byte for byte, in exactly their folders, each once; no upload
        is open, and nothing was asked for in a way that Google would only warn about. Nobody has listed.
        killed: at a moment of chance, when a session may have been opened whose address nobody learnt; no byte went there."""
        wanted = {torrent.key(job, (renamed or {}).get(p, p)): (str(size), digest, str(job))
                  for job in jobs for p, (size, digest) in torrent.files.items() if paths is None or p in paths}
        found = self.google.files(self.email)
        files = [f for f in found if f["mimeType"] != FOLDER]
        self.assertEqual(sorted(f["path"] for f in files), sorted(wanted), "each once")
        self.assertEqual({f["path"]: (f["size"], f["sha256Checksum"], f["appProperties"]["tcJob"]) for f in files}, wanted)
        for f in files:
            self.assertEqual(f["appProperties"]["tcSha256"], f["sha256Checksum"])
            self.assertTrue(f["appProperties"]["tcFile"].isdigit(), f)
        self.assertEqual(sorted(f["path"] for f in found if f["mimeType"] == FOLDER), folders_of(wanted), "each once")
        self.assertEqual([s for s in self.google.sessions(self.email) if s["state"] == "open" and (s["stored"] or not killed)], [])
        state = self.google.state()
        self.assertEqual(state["complaints"], complaints or [])
        self.assertNotIn("list", state["places"])

    def check_sent_again(self, most: int = AGAIN_MOST) -> None:
        """Of no file did much more arrive than its size."""
        for f in self.google.files(self.email):
            self.assertLessEqual(f["received"] - int(f.get("size", 0)), most, f)
