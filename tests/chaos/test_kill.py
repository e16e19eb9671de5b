"""kill -9 in the middle: the job goes on inside the file, completes once, and the timeline tells it."""
import pathlib
import subprocess
import tempfile

from tc import MIB, ODD_FILES, RigCase, wait_until


class Kill(RigCase):
    def timeline(self, api, job):
        page = api.must("GET", f"/api/jobs/{job}/timeline?pageSize=100")
        return [(entry["fromStatus"], entry["toStatus"], entry["source"]) for entry in page["items"]]

    def kill(self, program: str) -> None:
        pid = self.rig.platform.kill(program)
        self.rig.platform.wait_running(program, other_than=pid)

    def test_torrent_and_s3_worker_die_in_one_job(self):
        rig, api = self.rig, self.rig.api()
        torrent = rig.make_torrent("killed twice", {"large.bin": 40 * MIB, "sub/small.txt": 5000, "sub/empty": 0})
        bucket = rig.s3.make_bucket()
        profile = api.s3_profile(bucket)
        rig.seeder.limit(4 * MIB)
        job = api.create_job(torrent, profile)
        api.wait_job(job, until=lambda j: j["bytesDownloaded"] > 4 * MIB)
        self.kill("torrent-worker")
        rig.seeder.limit(0)
        rig.throttle.limit(6 * MIB)
        # In the middle of a multipart upload: parts are acknowledged, not all of them.
        upload = wait_until("parts at the store", lambda: next(
            (u for u in rig.s3.uploads(bucket) if 2 <= len(rig.s3.parts(bucket, *u)) < 7), None), 120)
        self.kill("s3-worker")
        rig.throttle.limit(0)
        done = api.wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)
        self.assertEqual(done["bytesUploaded"], torrent.size)
        steps = self.timeline(api, job)
        self.assertIn(("DOWNLOADING", "QUEUED", "Recovery"), steps)
        self.assertIn(("UPLOADING", "PENDING_UPLOAD", "Recovery"), steps)
        self.assertEqual(steps[-1], ("UPLOADING", "COMPLETED", "Worker"))
        self.assertEqual([s for s in steps if s[1] == "COMPLETED"], steps[-1:])
        # It went on inside the file: the same multipart upload, and no part that was there was sent again.
        sessions = rig.platform.sql(f"select upload_id, state from upload_sessions where job_id = {job}")
        self.assertEqual(sessions, [[upload[1], "completed"]])

    def check_proof(self, api, bucket: str, job: int) -> None:
        """What the store gives back is what the manifest says, as a person would see to it: sha256sum -c in a copy."""
        proof = api.must("GET", f"/api/jobs/{job}/manifest")
        listed = api.get(f"/api/jobs/{job}/manifest?format=sha256sum").body
        self.assertTrue(proof["complete"])
        with tempfile.TemporaryDirectory() as copy:
            for f in proof["files"]:
                self.assertEqual(f"{proof['destination']}/{f['path']}", f"{bucket}/{f['remoteKey']}")
                to = pathlib.Path(copy, f["path"])
                to.parent.mkdir(parents=True, exist_ok=True)
                self.rig.s3.client.download_file(bucket, f["remoteKey"], str(to))
            checked = subprocess.run(["sha256sum", "-c", "--strict", "-"], input=listed, cwd=copy, capture_output=True)
        self.assertEqual((checked.returncode, checked.stdout.count(b": OK\n")), (0, len(proof["files"])), checked)

    def test_local_bytes_are_gone_after_completion(self):
        rig, api = self.rig, self.rig.api()
        torrent = rig.make_torrent("leaves nothing", {**ODD_FILES, "-rf": 9, "a.bin": 2 * MIB})
        bucket = rig.s3.make_bucket()
        job = api.create_job(torrent, api.s3_profile(bucket))
        api.wait_job(job, "COMPLETED")
        wait_until("the downloads folder is empty", lambda: not [
            f for f in rig.platform.files_on_disk() if f.startswith(f"{job}/")])
        self.check_proof(api, bucket, job)

    def test_stopped_worker_gives_the_upload_back(self):
        """SIGTERM is no failure: no attempt is counted and the upload goes on where it was."""
        rig, api = self.rig, self.rig.api()
        torrent = rig.make_torrent("drained", {"large.bin": 30 * MIB})
        bucket = rig.s3.make_bucket()
        rig.throttle.limit(5 * MIB)
        job = api.create_job(torrent, api.s3_profile(bucket))
        wait_until("parts at the store", lambda: any(
            rig.s3.parts(bucket, key, upload) for key, upload in rig.s3.uploads(bucket)), 120)
        rig.platform.stop("s3-worker")
        api.wait_job(job, "PENDING_UPLOAD")
        rig.platform.start("s3-worker")
        rig.throttle.limit(0)
        api.wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)
        self.assertIn(("UPLOADING", "PENDING_UPLOAD", "System"), self.timeline(api, job))
        attempts = rig.platform.sql(f"select attempts, crashes from job_phases where job_id = {job} and phase = 'upload'")
        self.assertEqual(attempts, [["0", "0"]])
