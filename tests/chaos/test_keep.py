"""KEEP_LOCAL=hours:N: the bytes of a completed job stay so long, and then they go."""
import shutil

from ready import ReadyCase, Upload
from second import free_ports
from tc import MIB, wait_until

KEEP = {"KEEP_LOCAL": "hours:1"}


class Keep(ReadyCase):
    def upload(self, torrent, minutes: int, beside: Upload | None = None) -> Upload:
        """A job that was completed so many minutes ago; on the volume of the one beside it."""
        upload = Upload(self, "S3", torrent, "keep", **KEEP)
        if beside:
            upload.folder, upload.volume = beside.folder, beside.volume
        upload.make()
        upload.finish()
        upload.check()
        self.older(upload, minutes)
        return upload

    def older(self, upload: Upload, minutes: int) -> None:
        self.rig.platform.sql(f"update jobs set completed_at = now() - interval '{minutes} min' where id = {upload.job}")

    def start_torrent_worker(self, folder) -> None:
        """The one that deletes, for this volume only."""
        for path in (folder, *folder.rglob("*")):
            if self.rig.platform.owner:
                shutil.chown(path, self.rig.platform.owner)
        worker = self.rig.platform.own("torrent-worker", "keep-torrent", TORRENT_DOWNLOAD_PATH=str(folder),
                                       TORRENT_LISTEN=f"127.0.0.1:{free_ports(1)[0]}", **KEEP)
        self.addCleanup(worker.wait)
        self.addCleanup(worker.kill)

    def there(self, upload: Upload) -> bool:
        return (upload.folder / str(upload.job) / upload.torrent.name / "a.bin").exists()

    def told(self, upload: Upload) -> list[list[str]]:
        """What the timeline says of the local files, from the completion on."""
        return self.rig.platform.sql("select coalesce(metadata->>'localFiles', metadata->>'deleted', metadata::text) from job_status_history "
                                     f"where job_id = {upload.job} and to_status = 'COMPLETED' order by id")

    def test_hours(self):
        torrent = self.content("kept", {"a.bin": 2 * MIB, "sub/b.txt": 5})
        young = self.upload(torrent, 58)
        old = self.upload(torrent, 61, beside=young)
        self.start_torrent_worker(young.folder)
        wait_until("the old one's bytes are gone", lambda: not self.there(old))
        wait_until("its row says so", lambda: len(self.told(old)) == 2)
        # Who looked at the volume saw the young one first, and left it.
        self.assertTrue(self.there(young))
        self.assertEqual(self.told(young), [["kept for 1 h"]])
        self.older(young, 61)
        wait_until("the young one's bytes are gone", lambda: not self.there(young))
        wait_until("its row says so", lambda: len(self.told(young)) == 2)
        self.assertEqual(self.rig.platform.sql(f"select distinct local_state from jobs where id in ({young.job}, {old.job})"), [["deleted"]])
