"""One refresh of a token, however many processes want it."""
import concurrent.futures

from drive_case import FOLDER
from ready import ReadyCase, Upload
from tc import MIB, wait_until

WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"


class Tokens(ReadyCase):
    def test_two_processes_share_a_refresh(self):
        torrent = self.content("shared token", {"a.bin": 5 * MIB, "b.txt": 5})
        first, second = (Upload(self, "DRIVE", torrent, f"token-{n}", token_life_s=1) for n in range(2))
        second.profile, second.place = first.profile, first.place
        for upload in (first, second):
            upload.make()
        # The one that asks gets its answer when the other stands in line.
        self.rig.google.order(token={"do": "delay", "seconds": 6})
        self.addCleanup(self.rig.google.order)
        asked = self.rig.google.state()["places"]["token"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            ends = [pool.submit(upload.finish) for upload in (first, second)]
            wait_until("the other process waits for it", lambda: self.rig.platform.sql(WAITING) == [["1"]])
            for end in ends:
                end.result()
        self.assertEqual(self.rig.google.state()["places"]["token"], asked + 1)
        found = {f["path"]: f["sha256Checksum"] for f in self.rig.google.files(first.place) if f["mimeType"] != FOLDER}
        self.assertEqual(found, {key: digest for upload in (first, second) for key, (_, digest) in upload.keys().items()})
