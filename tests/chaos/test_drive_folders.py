"""Where in a Drive the files go: a folder that the profile names, also in a shared drive; and folders that a person deletes."""
import uuid

from drive_case import FOLDER, DriveCase
from tc import MIB, wait_until


class Named(DriveCase):
    def setUp(self) -> None:
        super().setUp()
        self.email = f"{uuid.uuid4().hex[:10]}@example.org"
        self.google.order(consent={"do": "as", "full": True})
        self.profile = self.rig.drive_profile(self.api, self.email)
        self.google.order()

    def choose(self, folder: str) -> None:
        self.api.must("PATCH", f"/api/storage/profiles/{self.profile}", {"gdriveFolder": folder})

    def uploaded(self) -> dict[str, str]:
        return {f["path"]: f["sha256Checksum"] for f in self.google.files(self.email) if f["mimeType"] != FOLDER}

    def test_a_folder_of_a_shared_drive(self):
        drive = self.google.foreign("Team", members=[self.email])
        films = self.google.foreign("Films / new", parent=drive)
        self.choose(f"https://drive.google.com/drive/folders/{films}")
        self.google.quota(self.email, 1)  # My Drive is full, which does not matter here
        torrent, job = self.start("shared", {"a/one.bin": 6 * MIB, "b.txt": 5})
        done = self.api.wait_job(job, "COMPLETED")
        below = {torrent.key(job, p).removeprefix("torrents/"): digest for p, (_, digest) in torrent.files.items()}
        self.assertEqual(self.uploaded(), {f"Drive/Films / new/{path}": digest for path, digest in below.items()})
        self.assertEqual({f["driveId"] for f in self.google.files(self.email)}, {drive})
        keys = {row[0] for row in self.rig.platform.sql(f"select remote_key from job_files where job_id = {job}")}
        self.assertEqual(keys, {f"Films _ new/{path}" for path in below})
        self.assertEqual({f["verifiedBy"] for f in done["files"]}, {"sha256"})
        self.assertEqual(self.google.state()["complaints"], [])

        # The folder goes: the next job fails and says why; with another folder it goes on.
        self.google.trash(films)
        torrent, job = self.start("shared again", {"c.txt": 7})
        self.assertIn("in the trash", self.api.wait_job(job, "UPLOAD_FAILED")["errorMessage"])
        self.choose(drive)
        self.assertEqual(self.api.post(f"/api/jobs/{job}/retry").status, 200)
        self.api.wait_job(job, "COMPLETED")
        self.assertIn(f"Drive/{torrent.key(job, 'c.txt').removeprefix('torrents/')}", self.uploaded())


class Deleted(DriveCase):
    def folder(self, name: str) -> str:
        return wait_until(f"the folder {name}", lambda: next(
            (f["id"] for f in self.google.files(self.email) if f["path"].endswith(name) and f["mimeType"] == FOLDER), None), 120, 0.05)

    def test_while_jobs_upload(self):
        """A folder of one job, then the app's own, which two jobs use. What was done is gone, as the person wished; the rest
        arrives, once, in folders that are there once."""
        torrents = [self.rig.make_torrent(f"deleted {n}", {**{f"{d}/{i}.bin": 5 * MIB for d in "xy" for i in range(4)}, "z.txt": 5})
                    for n in range(2)]
        self.google.limit(4 * MIB)
        jobs = [self.api.create_job(t, self.profile) for t in torrents]
        wanted = {t.key(j, p): digest for t, j in zip(torrents, jobs) for p, (_, digest) in t.files.items()}
        gone = self.google.delete(self.folder(f"{jobs[0]}/{torrents[0].name}/x"))
        self.wait_stored(2 * MIB)
        gone += self.google.delete(self.folder("torrents"))
        self.google.limit(0)
        for job in jobs:
            self.api.wait_job(job, "COMPLETED")
        found = self.google.files(self.email)
        paths = [f["path"] for f in found]
        self.assertEqual(sorted(paths), sorted(set(paths)), "each once")
        self.assertEqual({f["path"]: f["sha256Checksum"] for f in found if f["mimeType"] != FOLDER},
                         {path: digest for path, digest in wanted.items() if path not in gone})
        self.assertLess(len(gone), len(wanted))
        self.assertEqual(self.google.state()["complaints"], [])
        for job in jobs:
            self.assertEqual(self.attempts(job), ["0", "0"])
