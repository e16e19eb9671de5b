"""What workers count for /metrics: the bytes of a job, and nothing less after they were killed."""
from prometheus import scrape
from tc import MIB, RigCase, wait_until


class Counters(RigCase):
    def test_transfers_are_counted_through_a_kill(self):
        api = self.rig.api()
        before = scrape(api)
        torrent = self.rig.make_torrent("counted", {"a.bin": 12 * MIB, "b.bin": 5})
        self.rig.throttle.limit(2 * MIB)
        job = api.create_job(torrent, api.s3_profile(self.rig.s3.make_bucket()))

        def moved(name: str, job_type: str):
            metrics = scrape(api)
            metrics.never_less_than(before)
            return metrics if metrics.total(name, job_type=job_type) > before.total(name, job_type=job_type) else None

        # In the middle of the upload; a download that is killed at its last byte has nothing more to count.
        api.wait_job(job, "UPLOADING")
        wait_until("the download's end is counted", lambda: moved("torreclou_download_duration_seconds_count", "torrent_download"))
        before_kill = wait_until("bytes went up", lambda: moved("torreclou_upload_total_bytes_total", "s3_upload"))
        for worker in ("torrent-worker", "s3-worker"):
            self.rig.platform.wait_running(worker, other_than=self.rig.platform.kill(worker))
            scrape(api).never_less_than(before_kill)
        self.rig.throttle.limit(0)
        api.wait_job(job, "COMPLETED")
        after = wait_until("the upload's end is counted", lambda: moved("torreclou_upload_duration_seconds_count", "s3_upload"))
        after.never_less_than(before_kill)

        def grown(name: str, **labels) -> float:
            return after.total(name, **labels) - before.total(name, **labels)

        self.assertGreaterEqual(grown("torreclou_download_total_bytes_total", job_type="torrent_download"), torrent.size)
        self.assertGreaterEqual(grown("torreclou_upload_total_bytes_total", job_type="s3_upload"), torrent.size)
        self.assertGreaterEqual(grown("torreclou_download_speed_bytes_per_second_count", job_type="torrent_download"), 1)
        self.assertEqual(grown("torrentclou_phase_ends_total", outcome="done", phase="upload"), 1)
        self.assertGreater(after.total("process_cpu_seconds_total", service="torreclou-s3-worker"), 0)
