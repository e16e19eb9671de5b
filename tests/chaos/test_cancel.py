"""Cancel in every phase: bytes stop, nothing is left at the store or on disk, the timeline says so; and start again."""
import json

from tc import MIB, RigCase, wait_until


class Cancel(RigCase):
    def gone_from_disk(self, job: int) -> bool:
        return not [f for f in self.rig.platform.files_on_disk() if f.startswith(f"{job}/")]

    def test_in_the_download(self):
        rig, api = self.rig, self.rig.api()
        torrent = rig.make_torrent("cancelled down", {"a.bin": 32 * MIB})
        bucket = rig.s3.make_bucket()
        rig.seeder.limit(2 * MIB)
        job = api.create_job(torrent, api.s3_profile(bucket))
        api.wait_job(job, until=lambda j: j["bytesDownloaded"] > MIB)
        self.assertEqual(api.post(f"/api/jobs/{job}/cancel").status, 200)
        self.assertEqual(api.job(job)["status"], "CANCELLED")
        wait_until("the disk is free", lambda: self.gone_from_disk(job), 30)
        wait_until("no peer is served", lambda: rig.seeder.rate() == 0, 30)
        wait_until("the timeline tells what was deleted", lambda: any(
            e["fromStatus"] == e["toStatus"] == "CANCELLED"
            for e in api.must("GET", f"/api/jobs/{job}/timeline?pageSize=50")["items"]), 30)
        # And again, from the start.
        rig.seeder.limit(0)
        self.assertEqual(api.post(f"/api/jobs/{job}/retry").status, 200)
        api.wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)

    def test_in_the_upload(self):
        rig, api = self.rig, self.rig.api()
        torrent = rig.make_torrent("cancelled up", {"0.txt": 5, "a.bin": 32 * MIB, "b.bin": 12 * MIB})
        bucket = rig.s3.make_bucket()
        rig.throttle.limit(3 * MIB)
        job = api.create_job(torrent, api.s3_profile(bucket))
        wait_until("a file has arrived and a multipart upload is open",
                   lambda: rig.s3.keys(bucket) and rig.s3.uploads(bucket) and api.job(job)["files"][0]["state"] == "done", 120)
        self.assertEqual(api.post(f"/api/jobs/{job}/cancel").status, 200)
        wait_until("no multipart upload is open", lambda: not rig.s3.uploads(bucket), 60)
        wait_until("the disk is free", lambda: self.gone_from_disk(job), 30)
        self.assertEqual(api.job(job)["status"], "CANCELLED")
        wait_until("all sessions are closed", lambda: rig.platform.sql(
            f"select count(*) from upload_sessions where job_id = {job} and state in ('init', 'open', 'aborting')") == [["0"]], 30)
        told = wait_until("the timeline tells what was cleaned", lambda: [m for m in (json.loads(
            e["metadataJson"] or "{}") for e in api.must("GET", f"/api/jobs/{job}/timeline?pageSize=50")["items"]) if "cleaned" in m], 30)
        self.assertEqual(len(told), 1, "once, for all of them")
        self.assertIn("1 finished file stays at the destination", told[0]["cleaned"])
        self.assertRegex(told[0]["cleaned"], "^[12] unfinished uploads? aborted, ")
        self.assertEqual(list(rig.s3.keys(bucket)), [f"torrents/{job}/cancelled up/0.txt"])
        # What the relay still holds flows off; then nothing moves any more.
        seen = []
        wait_until("the bytes have stopped", lambda: seen.append(rig.throttle.state()["sent"]) or (
            len(seen) > 1 and seen[-1] == seen[-2]), 30, every=1)
