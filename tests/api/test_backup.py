"""torrentclou-backup: written while the platform works, restored into an empty instance of its own, which then opens what the
first one has sealed."""
import os
import subprocess
import tarfile

from second import Second
from tc import PROJECT, Api, MIB, RigCase


class Backup(RigCase):
    def backup(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(PROJECT / "scripts/torrentclou-backup"), *arguments], capture_output=True, text=True, timeout=300,
                              env={**os.environ, "VAR_DIR": self.rig["VAR_DIR"]}, stdin=subprocess.DEVNULL)

    def test_into_an_empty_instance(self):
        rig, api = self.rig, self.rig.api()
        torrent = rig.make_torrent("backed up", {"large.bin": 12 * MIB, "small.txt": 5000})
        bucket = rig.s3.make_bucket()
        profile = api.s3_profile(bucket, "the profile")
        rig.seeder.limit(MIB)
        running = api.create_job(torrent, profile)
        api.wait_job(running, until=lambda job: job["bytesDownloaded"] > 0)
        file = rig.folder / "backup.tar"
        done = self.backup("create", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(api.job(running)["status"], "DOWNLOADING")
        self.check_damage(file)
        api.must("POST", f"/api/jobs/{running}/cancel")
        api.wait_job(running, "CANCELLED")
        rig.seeder.limit(0)

        other = Second(self, rig, ADMIN_EMAIL="", ADMIN_PASSWORD="", LEASE_MS=2000, HEARTBEAT_MS=400, RECOVER_INTERVAL_MS=500,
                       RECOVER_GRACE_MS=1500, REQUEUE_AFTER_MS=1500, TORRENT_UTP="false", TORRENT_SAME_IP_PEERS="true")
        done = other.run("platform.sh", "up")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = other.run("torrentclou-backup", "restore", str(file))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        theirs = Api(rig, f"http://127.0.0.1:{other.api}")
        theirs.login()
        self.assertEqual([p["profileName"] for p in theirs.must("GET", "/api/storage/profiles") if p["id"] == profile], ["the profile"])
        # The stored key opens, and the job that was on its way goes on, here without its bytes.
        theirs.wait_job(running, "COMPLETED")
        rig.check_upload(bucket, torrent, running)
        # What it holds now is not given up by mistake.
        done = other.run("torrentclou-backup", "restore", str(file))
        self.assertEqual(done.returncode, 78)
        self.assertIn("not empty", done.stderr)
        # A key from outside that is another one could open nothing.
        done = other.run("platform.sh", "up", CREDENTIALS_KEY="ab" * 32)
        self.assertNotEqual(done.returncode, 0)

    def check_damage(self, file) -> None:
        done = self.backup("check", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        whole = file.read_bytes()
        with tarfile.open(file) as tar:
            start = tar.getmember("database.dump").offset_data
        bad = file.with_name("bad.tar")
        bad.write_bytes(whole[:start + 4000] + bytes([whole[start + 4000] ^ 1]) + whole[start + 4001:])
        done = self.backup("check", str(bad))
        self.assertEqual((done.returncode, "damaged" in done.stderr), (65, True), done.stderr)
        bad.write_bytes(whole[:start + 4000])
        self.assertEqual(self.backup("check", str(bad)).returncode, 65)
