"""The S3 server loses answers, lies and breaks off: the upload still arrives once, compared, with nothing left behind."""
from faulty import Faulty
from tc import MIB, RigCase


class S3Faults(RigCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.faulty = Faulty(cls.rig)
        cls.addClassCleanup(cls.faulty.end)

    def upload(self, **wish) -> dict:
        """A job under these faults; how each of its files was verified."""
        api, bucket = self.rig.api(), self.rig.s3.make_bucket()
        torrent = self.rig.make_torrent(f"faults {' '.join(wish)}", {
            "large.bin": 12 * MIB + 1, "more/large.bin": 6 * MIB, "more/one.bin": MIB, "small.txt": 77, "zero": 0})
        profile = api.s3_profile(bucket, endpoint=self.faulty.url)
        self.addCleanup(self.faulty.order)
        self.faulty.order(**wish)
        job = api.create_job(torrent, profile)
        done = api.wait_job(job, "COMPLETED")
        struck = self.faulty.state()["struck"]
        self.faulty.order()
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
