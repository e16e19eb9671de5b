"""The S3 worker meets a destination that is not as its profile says: it learns, goes on, and the profile is right afterwards."""
from s3_peers import Peers
from tc import MIB, RigCase, wait_until

FILES = {"large.bin": 12 * MIB + 1, "more/large.bin": 6 * MIB, "small.txt": 77, "zero": 0}


class Way(RigCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.peers = Peers(cls.rig)
        cls.addClassCleanup(cls.peers.close)
        cls.api = cls.rig.api()

    def profile(self, **order) -> int:
        self.bucket = self.rig.s3.make_bucket()
        return self.api.s3_profile(self.bucket, **order)

    def s3(self, profile: int) -> dict:
        return self.api.must("GET", f"/api/storage/profiles/{profile}")["s3"]

    def wait_learned(self, what: str, profile: int, wanted) -> None:
        """The worker stores what it has learned, if need be when the job is over."""
        wait_until(f"the profile has {what}", lambda: wanted(self.s3(profile)), 30)

    def wait_offset(self, profile: int, seconds: int) -> None:
        self.wait_learned(f"the offset {seconds}", profile, lambda s3: abs(s3["clockOffsetSeconds"] - seconds) <= 10)

    def upload(self, profile: int, files=None) -> dict:
        torrent = self.rig.make_torrent("way", files or FILES)
        job = self.api.create_job(torrent, profile)
        done = self.api.wait_job(job, "COMPLETED")
        self.rig.check_upload(self.bucket, torrent, job)
        self.assertEqual(self.rig.platform.sql(
            f"select attempts from job_phases where job_id = {job} and phase = 'upload'"), [["0"]], "not even an attempt")
        return done

    def test_a_wrong_region(self):
        profile = self.profile(s3Region="mars-north-1", skipTest=True)
        self.upload(profile)
        self.wait_learned("the region", profile, lambda s3: s3["region"] == "us-east-1")

    def test_another_clock(self):
        endpoint, set_offset = self.peers.skewed(5400)
        profile = self.profile(endpoint=endpoint, skipTest=True)
        self.assertEqual(self.s3(profile)["clockOffsetSeconds"], 0)
        self.upload(profile)
        self.wait_offset(profile, 5400)
        set_offset(-5400)  # what is stored has become wrong as well
        self.upload(profile)
        self.wait_offset(profile, -5400)
        set_offset(0)
        self.upload(profile, {"one.bin": 6 * MIB})
        self.wait_learned("no offset", profile, lambda s3: s3["clockOffsetSeconds"] == 0)

    def test_the_clock_changes_in_the_middle_and_the_worker_dies(self):
        endpoint, set_offset = self.peers.skewed(0)
        profile = self.profile(endpoint=endpoint)
        torrent = self.rig.make_torrent("way", {"large.bin": 60 * MIB})
        self.rig.seeder.limit(6 * MIB)
        job = self.api.create_job(torrent, profile)
        wait_until("bytes have arrived", lambda: self.api.job(job)["bytesUploaded"] or self.rig.s3.uploads(self.bucket))
        set_offset(86400)
        before = self.rig.platform.kill("s3-worker")
        self.rig.seeder.limit(0)
        self.rig.platform.wait_running("s3-worker", before)
        self.api.wait_job(job, "COMPLETED")
        self.rig.check_upload(self.bucket, torrent, job)
        self.wait_offset(profile, 86400)

    def test_a_certificate_of_its_own(self):
        endpoint, ca = self.peers.tls()
        profile = self.profile(endpoint=endpoint, s3CaCertificate=ca)
        done = self.upload(profile)
        self.assertEqual({f["path"]: f["verifiedBy"] for f in done["files"]}["large.bin"], "etag-multipart")

    def test_without_it_the_job_waits_with_the_reason(self):
        endpoint, ca = self.peers.tls()
        profile = self.profile(endpoint=endpoint, skipTest=True)
        torrent = self.rig.make_torrent("way", {"one.bin": 6 * MIB})
        job = self.api.create_job(torrent, profile)
        wait_until("the job says why it waits", lambda: "Add its CA certificate to the storage profile." in str(
            self.api.job(job)["waiting"]))
        self.api.must("PATCH", f"/api/storage/profiles/{profile}", {"s3CaCertificate": ca})
        self.api.wait_job(job, "COMPLETED")
        self.rig.check_upload(self.bucket, torrent, job)

    def test_a_service_without_multipart_gets_whole_files(self):
        profile = self.profile(preset="fastly")
        done = self.upload(profile)
        self.assertEqual({f["verifiedBy"] for f in done["files"]}, {"etag-md5"})

    def test_parts_are_as_large_as_the_service_wants(self):
        profile = self.profile(preset="storj")
        done = self.upload(profile, {"large.bin": 70 * MIB})
        self.assertEqual([f["verifiedBy"] for f in done["files"]], ["etag-multipart"])
        key = next(iter(self.rig.s3.keys(self.bucket)))
        etag = self.rig.s3.client.head_object(Bucket=self.bucket, Key=key)["ETag"]
        self.assertTrue(etag.strip('"').endswith("-2"), etag)
