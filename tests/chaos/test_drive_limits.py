"""What an account takes: what it has room for, and 750 GB in 24 hours by our count and by Google's. The job
waits, says until when, and goes on by itself."""
import datetime

from drive_case import DriveCase
from tc import MIB, wait_until

DAY = 750 * 10**9


class Room(DriveCase):
    def test_a_job_that_does_not_fit_sends_nothing(self):
        """Though its first file would fit. Full is what the account's other programs have made it."""
        self.google.quota(self.email, 100 * MIB, other=95 * MIB)
        torrent, job = self.start("no room", {"fits.txt": 50, "large.bin": 6 * MIB})
        waiting = self.wait_waiting(job, "quota")["waiting"]
        self.assertIn("5.2 MB are free, 6.3 MB are needed", waiting["sentence"])
        self.assertEqual(self.google.files(self.email), [], "not one byte, not one folder")
        self.google.quota(self.email, None, other=95 * MIB)  # an account without a limit
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        self.assertEqual(self.attempts(job), ["0", "0"], "not an attempt")


class Day(DriveCase):
    def used(self, ago: str, size: int) -> None:
        """The account has sent so much, so long ago."""
        self.rig.platform.sql(f"insert into drive_usage values ('{self.email}', now() - interval '{ago}', {size})")

    def until(self, job: int) -> float:
        """Seconds that the job still waits."""
        at = (self.api.job(job)["waiting"] or {}).get("nextActionAt")
        return (datetime.datetime.fromisoformat(at.replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
                ).total_seconds() if at else 0

    def test_the_next_file_waits_for_room(self):
        """Until the clock time at which the oldest hour is over."""
        self.used("24 hours 30 minutes", 20 * MIB)
        self.used("3 hours", DAY - 30 * MIB)
        torrent, job = self.start("day", {"one.bin": 5 * MIB, "other.bin": 8 * MIB})
        waiting = wait_until("one has arrived, the other waits", lambda: self.until(job) > 60 and self.api.job(job)["waiting"], 120)
        self.assertEqual(waiting["code"], "day_limit")
        self.assertIn("750.0 GB", waiting["sentence"])
        self.assertTrue(1500 < self.until(job) < 1802, f"{waiting}: when the oldest hour is over")
        self.assertEqual(sum(f["name"].endswith(".bin") for f in self.google.files(self.email)), 1)
        # Half an hour later:
        self.rig.platform.sql(f"update drive_usage set hour = hour - interval '30 minutes' where account = '{self.email}'")
        self.rig.platform.sql(f"update job_phases set next_retry_at = now() where job_id = {job} and phase = 'upload'")
        done = self.api.wait_job(job, "COMPLETED")
        self.assertIsNone(done["waiting"])
        self.check(torrent, job)
        self.assertEqual(self.attempts(job), ["0", "0"], "not an attempt")
        self.assertEqual(self.rig.platform.sql(
            f"select sum(bytes) from drive_usage where account = '{self.email}' and hour > now() - interval '2 hours'"),
            [[str(13 * MIB)]], "what arrived was counted, once")

    def test_by_googles_count(self):
        """New files are refused, everything else is answered."""
        self.google.order(multipart={"do": "userRateLimitExceeded", "times": 999})
        torrent, job = self.start("refused", {"a.txt": 5})
        waiting = self.wait_waiting(job, "day_limit")["waiting"]
        self.assertIn(self.email, waiting["sentence"])
        seen = self.google.state()["places"]["multipart"]
        wait_until("it tries again from time to time", lambda: self.google.state()["places"]["multipart"] > seen)
        self.google.order()
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        self.assertEqual(self.attempts(job), ["0", "0"])
