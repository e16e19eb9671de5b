"""Weather: every answer about a create or a completion is lost once, and a third of all requests is refused. The faults come from a
seed or strike each file, so that a run can be repeated. LONG=1: 1,000 lost answers of each kind."""
import concurrent.futures
import os

from ready import PROGRAMS, ReadyCase, Upload
from tc import MIB

LONG = os.environ.get("LONG") == "1"
FILES = 1000 if LONG else 10  # of each kind
FOLDERS = 5
EVER = 10**9
# Two kinds of files: sent by one request, and by a multipart upload or a session.
SMALL = {"S3_SINGLE_PUT_BYTES": "100", "GDRIVE_SMALL_BYTES": "100", "S3_LANES": "8", "GDRIVE_LANES": "8"}


class Storm(ReadyCase):
    def carry(self, torrent, log: str, **settings: str) -> dict[str, Upload]:
        """The same files to both destinations, side by side, at the first attempt."""
        uploads = {who: Upload(self, who, torrent, log, **settings) for who in PROGRAMS}
        self.order()

        def one(upload: Upload) -> None:
            upload.make()
            upload.finish(3000 if LONG else 120)
            attempts = self.rig.platform.sql(f"select attempts from job_phases where job_id = {upload.job} and phase = 'upload'")
            self.assertEqual(attempts, [["0"]])

        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(one, uploads.values()))
        return uploads

    def order(self) -> None:
        self.rig.google.order(**self.drive_orders)
        self.faulty.order(**self.s3_orders)
        self.addCleanup(self.rig.google.order)
        self.addCleanup(self.faulty.order)

    def test_every_answer_is_lost_once(self):
        lost = {"do": "cut_answer", "each": True, "times": EVER}
        self.drive_orders = {place: lost for place in ("create", "multipart", "start", "put")}
        self.s3_orders = {"each": True, "create_lost": 1, "put_lost": 1, "complete_lost": 1}
        torrent = self.content("lost answers", {
            f"{n % FOLDERS}/{kind}-{n}.bin": size + n % 50 for n in range(FILES) for kind, size in (("small", 1), ("large", 3000))})
        for upload in self.carry(torrent, "lost", **SMALL).values():
            upload.check(sessions_left=FILES)
        struck = self.faulty.state()["struck"]
        self.assertEqual({kind: struck[kind] for kind in ("create_lost", "complete_lost")},
                         {"create_lost": FILES, "complete_lost": FILES})
        self.assertEqual(struck["put_lost"], 2 * FILES, "small files, and parts")
        cut = self.rig.google.state()["cut"]
        self.assertEqual({place: cut.count(place) for place in ("multipart", "start", "put")},
                         {"multipart": FILES, "start": FILES, "put": FILES})
        self.assertGreaterEqual(cut.count("create"), FOLDERS)

    def test_a_third_of_all_requests_is_refused(self):
        places = ("about", "ids", "create", "get", "multipart", "start", "put", "status")
        self.drive_orders = {place: [{"do": word, "percent": 16, "seed": seed, "times": EVER} for seed, word in enumerate(("429", "503"))]
                             for place in places}
        self.s3_orders = {"slow_down": 30, "seed": 4}
        torrent = self.content("refused", {**{f"{n}.bin": 6 * MIB + n for n in range(3)}, **{f"s/{n}.txt": n for n in range(12)}})
        for upload in self.carry(torrent, "refused").values():
            upload.check()
        self.assertGreater(self.faulty.state()["struck"]["slow_down"], 5)
