"""The S3 server loses answers, lies and breaks off: the upload still arrives once, compared, with nothing left behind."""
import json
import pathlib
import subprocess
import sys
import urllib.parse
import urllib.request

from tc import MIB, RigCase

PROXY = pathlib.Path(__file__).resolve().parent.parent / "fakes/faulty_s3.py"


class S3Faults(RigCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        upstream = urllib.parse.urlsplit(cls.rig["S3_DIRECT"]).port
        cls.proxy = subprocess.Popen([sys.executable, str(PROXY), str(upstream)], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end_proxy)
        cls.endpoint = f"http://127.0.0.1:{cls.proxy.stdout.readline().strip()}"

    @classmethod
    def end_proxy(cls) -> None:
        cls.proxy.terminate()
        cls.proxy.wait()
        cls.proxy.stdout.close()

    def faults(self, **wish) -> dict:
        body = json.dumps(wish).encode() if wish else None
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"{self.endpoint}/_faults", body, method="PUT" if wish else "GET")
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)["struck"]

    def upload(self, **wish) -> dict:
        """A job under these faults; how each of its files was verified."""
        api, bucket = self.rig.api(), self.rig.s3.make_bucket()
        torrent = self.rig.make_torrent(f"faults {' '.join(wish)}", {
            "large.bin": 12 * MIB + 1, "more/large.bin": 6 * MIB, "more/one.bin": MIB, "small.txt": 77, "zero": 0})
        profile = api.s3_profile(bucket, endpoint=self.endpoint)
        self.addCleanup(self.faults, nothing=0)
        self.faults(**wish)
        job = api.create_job(torrent, profile)
        done = api.wait_job(job, "COMPLETED")
        struck = self.faults()
        self.faults(nothing=0)
        for name in wish:
            self.assertIn(name, struck, "the fault did not strike: this test proves nothing")
        self.rig.check_upload(bucket, torrent, job)
        # Passing faults are dealt with inside the attempt, and every upload's row is closed.
        self.assertEqual(self.rig.platform.sql(
            f"select attempts from job_phases where job_id = {job} and phase = 'upload'"), [["0"]])
        self.assertEqual(self.rig.platform.sql(
            f"select count(*) from upload_sessions where job_id = {job} and state in ('init', 'open', 'aborting')"), [["0"]])
        return {f["path"]: f["verifiedBy"] for f in done["files"]}

    def test_lost_and_false_answers_are_settled(self):
        verified = self.upload(create_lost=1, put_lost=3, complete_lost=1, complete_error=1)
        self.assertEqual(verified["large.bin"], "etag-multipart")
        self.assertEqual(verified["small.txt"], "etag-md5")
        self.assertEqual(verified["zero"], "etag-md5")

    def test_what_arrived_damaged_is_sent_again(self):
        verified = self.upload(part_etag_wrong=2, object_etag_wrong=2, cut_body=1, etag_wrong=1)
        self.assertEqual(verified["large.bin"], "etag-multipart")
        self.assertEqual(verified["more/one.bin"], "etag-md5")

    def test_a_server_with_a_formula_of_its_own_is_verified_by_parts(self):
        self.assertEqual(self.upload(etag_wrong=99)["large.bin"], "part-etags")

    def test_throttling_only_slows_down(self):
        self.upload(slow_down=40)
