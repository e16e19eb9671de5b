"""What everything stands on goes away for a while: Redis forgets, PostgreSQL restarts, the store does not answer."""
from tc import MIB, RigCase, wait_until


class Outage(RigCase):
    def start(self, name: str, files):
        api, bucket = self.rig.api(), self.rig.s3.make_bucket()
        torrent = self.rig.make_torrent(name, files)
        return api, bucket, torrent, api.s3_profile(bucket)

    def finish(self, api, job, bucket, torrent):
        done = api.wait_job(job, "COMPLETED")
        self.rig.check_upload(bucket, torrent, job)
        return done

    def test_redis_is_flushed_in_the_middle_of_a_download(self):
        api, bucket, torrent, profile = self.start("flushed", {"a.bin": 24 * MIB, "b.bin": MIB})
        self.rig.seeder.limit(8 * MIB)
        job = api.create_job(torrent, profile)
        api.wait_job(job, until=lambda j: j["bytesDownloaded"] > 4 * MIB)
        self.assertEqual(self.rig.platform.redis("FLUSHALL"), "OK")
        self.rig.seeder.limit(0)
        self.finish(api, job, bucket, torrent)

    def test_redis_is_flushed_before_anyone_looked(self):
        api, bucket, torrent, profile = self.start("never queued", {"a.bin": MIB})
        self.rig.platform.stop("torrent-worker")
        job = api.create_job(torrent, profile)
        self.assertEqual(self.rig.platform.redis("FLUSHALL"), "OK")
        self.rig.platform.start("torrent-worker")
        self.finish(api, job, bucket, torrent)

    def test_postgresql_restarts_in_the_middle_of_a_job(self):
        api, bucket, torrent, profile = self.start("restarted", {"a.bin": 32 * MIB, "b.bin": MIB})
        self.rig.seeder.limit(8 * MIB)
        job = api.create_job(torrent, profile)
        api.wait_job(job, until=lambda j: j["bytesDownloaded"] > 4 * MIB)
        self.rig.platform.stop("postgres")
        self.rig.platform.start("postgres")
        self.rig.seeder.limit(0)
        wait_until("the API answers again", lambda: api.get(f"/api/jobs/{job}").status == 200)
        for _ in range(20):  # a write, whichever of its processes takes it: nobody has to press a button twice
            self.assertEqual(api.request("DELETE", "/api/auth/api-keys/2147483647").status, 404)
        self.rig.throttle.limit(10 * MIB)
        api.wait_job(job, until=lambda j: j["bytesUploaded"] > 4 * MIB)
        self.rig.platform.stop("postgres")
        self.rig.platform.start("postgres")
        self.rig.throttle.limit(0)
        wait_until("the API answers again", lambda: api.get(f"/api/jobs/{job}").status == 200)
        self.finish(api, job, bucket, torrent)

    def test_an_absent_store_is_waited_for(self):
        """Not an attempt: the job says what it waits for, and goes on by itself."""
        api, bucket, torrent, profile = self.start("store away", {"a.bin": 16 * MIB})
        self.rig.throttle.limit(MIB)
        job = api.create_job(torrent, profile)
        api.wait_job(job, until=lambda j: j["bytesUploaded"] > 0)
        with self.rig.throttle.away():
            waiting = api.wait_job(job, until=lambda j: j["status"] == "UPLOAD_RETRY" and j["waiting"])
            self.assertEqual(waiting["waiting"]["code"], "endpoint")
            self.assertTrue(waiting["waiting"]["sentence"])
            self.assertTrue(waiting["waiting"]["since"].endswith("Z"))
        self.rig.throttle.limit(0)
        done = self.finish(api, job, bucket, torrent)
        self.assertIsNone(done["waiting"])
        attempts = self.rig.platform.sql(
            f"select attempts from job_phases where job_id = {job} and phase = 'upload'")
        self.assertEqual(attempts, [["0"]])
