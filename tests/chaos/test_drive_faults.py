"""Google refuses, breaks off, lies and forgets: the upload still arrives once, compared; or the job says what it waits for."""
import json
import os

from drive_case import DriveCase
from tc import MIB, wait_until

FILES = {"large.bin": 12 * MIB + 1, "sub/other.bin": 6 * MIB, "sub/small.txt": 77, "zero": 0}
LARGE = "large.bin"
LONG = os.environ.get("LONG") == "1"


class Faults(DriveCase):
    def upload(self, files=None, complaints=None, **orders) -> dict:
        """A job under these orders, all of which are carried out; it completes within its first attempt."""
        self.google.order(**orders)
        torrent, job = self.start(f"faults {' '.join(orders)}", files or FILES)
        done = self.api.wait_job(job, "COMPLETED")
        self.assertEqual(self.google.unstruck(), [], "a fault did not strike: this test proves nothing")
        self.google.order()
        self.check(torrent, job, complaints=complaints)
        self.assertEqual(self.attempts(job), ["0", "0"])
        self.assertEqual(self.rig.platform.sql(
            f"select count(*) from upload_sessions where job_id = {job} and state in ('init', 'open')"), [["0"]])
        return done


class Pass(Faults):
    """What passes by itself."""

    def test_server_errors(self):
        self.upload(ids={"do": "500"}, create=[{"do": "503"}, {"do": "500", "skip": 1}], multipart=[{"do": "500"}, {"do": "503"}],
                    start={"do": "500"}, put=[{"do": "503", "after": 4 * MIB}, {"do": "500", "after": 3 * MIB}],
                    status={"do": "503"})
        self.check_sent_again()

    def test_requests_for_patience(self):
        slow = {"do": "429", "retry_after": 1}
        self.upload(create=slow, multipart=slow, start=[slow, {"do": "429"}], put={**slow, "after": 2 * MIB}, status=slow)
        self.check_sent_again()

    def test_each_limit_of_the_rate(self):
        for word in ("userRateLimitExceeded", "rateLimitExceeded"):
            self.google.reset()
            self.profile = self.rig.drive_profile(self.api, f"{word}.{self.email}")
            self.email = f"{word}.{self.email}"
            self.upload(create={"do": word}, multipart={"do": word}, start={"do": word, "times": 2})

    def test_broken_connections(self):
        self.upload(put=[{"do": "cut", "after": 5 * MIB}, {"do": "cut", "after": 3 * MIB}], multipart={"do": "cut", "times": 2},
                    create={"do": "cut", "times": 2}, status={"do": "cut", "times": 2}, start={"do": "cut", "times": 2})
        self.check_sent_again()

    def test_a_deaf_server(self):
        self.upload(put={"do": "hang", "after": 3 * MIB, "seconds": 30}, start={"do": "hang", "seconds": 30})
        self.check_sent_again()

    def test_answers_that_are_none(self):
        self.upload(ids={"do": "not_json"}, create={"do": "not_json"}, start={"do": "not_json"}, multipart={"do": "not_json"})

    def test_a_slow_server(self):
        self.upload({"large.bin": 6 * MIB}, put={"do": "slow", "rate": MIB})
        self.assertEqual(self.google.state()["places"]["put"], 1, "slow is not stalled")

    def test_part_of_a_request_is_kept(self):
        self.upload({"large.bin": 12 * MIB + 1}, put=[{"do": "keep", "bytes": 5 * MIB + 1000}, {"do": "keep", "bytes": 300_000}])

    def test_nothing_of_a_request_is_kept(self):
        self.upload({"large.bin": 12 * MIB + 1}, put=[{"do": "cut", "after": 6 * MIB}, {"do": "lose"}], status={"do": "lose"})


class Lost(Faults):
    """It was done, but the answer was lost. libcurl itself repeats a call whose kept connection ends so."""

    LOST = {"do": "cut_answer", "times": 2}

    def test_of_a_folder(self):
        self.upload(create={**self.LOST, "times": 4})

    def test_of_a_small_file(self):
        self.upload(multipart=self.LOST)

    def test_of_the_last_bytes(self):
        self.upload({"large.bin": 12 * MIB}, put={"do": "cut_answer"})
        self.assertEqual(self.google.state()["places"]["status"], 1, "asking is enough")
        self.check_sent_again(0)

    def test_of_a_new_session(self):
        """A session that nobody knows stays open until it expires; its file is not made."""
        self.google.order(start=self.LOST)
        torrent, job = self.start("lost start", {"large.bin": 6 * MIB})
        self.api.wait_job(job, "COMPLETED")
        self.assertEqual(self.google.unstruck(), [])
        found = [f for f in self.google.files(self.email) if f["name"] == LARGE]
        self.assertEqual([f["sha256Checksum"] for f in found], [torrent.files[LARGE][1]])
        sessions = self.google.sessions(self.email)
        self.assertEqual([s["state"] for s in sessions], ["open"] * (len(sessions) - 1) + ["done"])
        self.assertEqual({s["fileId"] for s in sessions}, {found[0]["id"]})

    def test_of_a_cancel(self):
        self.google.order(cancel=self.LOST)
        self.google.limit(2 * MIB)
        torrent, job = self.start("lost cancel", {"large.bin": 16 * MIB})
        self.wait_stored(MIB)
        self.assertEqual(self.api.post(f"/api/jobs/{job}/cancel").status, 200)
        wait_until("no session is open", lambda: not self.session(state="open"), 60)
        wait_until("all sessions are closed", lambda: self.rig.platform.sql(
            f"select count(*) from upload_sessions where job_id = {job} and state in ('init', 'open')") == [["0"]], 60)

    def test_incomplete_is_said_of_a_complete_upload(self):
        self.upload({"large.bin": 12 * MIB}, put={"do": "308_after_complete"})
        self.check_sent_again(0)


class Gone(Faults):
    """The session has ended on Google's side: a new one, for the same file."""

    def gone(self, **orders) -> None:
        self.upload({LARGE: 12 * MIB}, **orders)
        sessions = self.google.sessions(self.email)
        self.assertEqual([s["state"] for s in sessions], ["expired", "done"])
        self.assertEqual(len({s["fileId"] for s in sessions}), 1)

    def test_404_while_sending(self):
        self.gone(put={"do": "404", "after": 4 * MIB})

    def test_410_while_sending(self):
        self.gone(put={"do": "410", "after": 4 * MIB})

    def test_404_when_asked(self):
        self.gone(put={"do": "503", "after": 4 * MIB}, status={"do": "404"})

    def test_410_after_the_worker_died(self):
        self.google.limit(6 * MIB)
        torrent, job = self.start("gone", {LARGE: 20 * MIB})
        before = self.wait_stored(6 * MIB)
        self.google.order(status={"do": "410"})
        self.kill()
        self.google.limit(0)
        self.api.wait_job(job, "COMPLETED")
        self.assertEqual(self.google.unstruck(), [])
        self.check(torrent, job)
        self.assertEqual({s["fileId"] for s in self.google.sessions(self.email)}, {before["fileId"]})


class Login(Faults):
    def again(self) -> None:
        self.assertEqual(self.google.again(self.api, self.profile), self.profile)

    def needs_reauth(self) -> bool:
        return self.api.must("GET", f"/api/storage/profiles/{self.profile}")["needsReauth"]

    def test_the_token_ends_in_the_middle(self):
        tokens = self.google.state()["places"]["token"]
        self.upload(put={"do": "401", "after": 5 * MIB}, multipart={"do": "401"}, start={"do": "401"}, create={"do": "401"})
        self.check_sent_again()
        self.assertGreater(self.google.state()["places"]["token"], tokens)
        self.assertFalse(self.needs_reauth())

    def test_tokens_that_live_for_seconds(self):
        """Of an upload that takes longer than four of them no file fails; a file takes two seconds of the three. The long form:
        tokens of a minute, an upload of ten minutes, half of it one file."""
        life, files, seconds = (60, {"one.bin": 600 * MIB, **{f"{n}.bin": 60 * MIB for n in range(10)}}, 2000) if LONG else (
            3, {f"{n}.bin": MIB for n in range(24)}, 180)
        self.google.order(token={"do": "life", "seconds": life, "times": 999})
        self.profile, self.email = self.rig.drive_profile(self.api, f"short.{self.email}"), f"short.{self.email}"
        self.google.limit(2 * MIB)
        torrent, job = self.start("short lives", files)
        self.api.wait_job(job, "COMPLETED", timeout=seconds)
        self.check(torrent, job)
        self.assertEqual(self.attempts(job), ["0", "0"])
        self.assertGreaterEqual(self.google.state()["places"]["token"], 4)

    def test_access_was_taken_away_before(self):
        self.google.revoke(self.email)
        torrent, job = self.start("revoked", FILES)
        self.wait_waiting(job, "login")
        self.assertTrue(self.needs_reauth())
        self.again()
        self.api.wait_job(job, "COMPLETED")
        self.assertFalse(self.needs_reauth())
        self.check(torrent, job)
        self.assertEqual(self.attempts(job), ["0", "0"], "not an attempt")

    def test_access_is_taken_away_in_the_middle(self):
        self.google.limit(4 * MIB)
        torrent, job = self.start("revoked", {LARGE: 16 * MIB})
        before = self.wait_stored(5 * MIB)
        self.google.revoke(self.email)
        self.kill()
        self.wait_waiting(job, "login")
        self.assertTrue(self.needs_reauth())
        self.google.limit(0)
        self.again()
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        self.check_sent_again()
        self.assertEqual([s["secret"] for s in self.google.sessions(self.email)], [before["secret"]], "inside the file")


class Refused(Faults):
    def waits_for_room(self, files, **orders) -> None:
        self.google.order(**orders)
        torrent, job = self.start("full", files)
        waiting = self.wait_waiting(job, "quota")
        self.assertIn("full", waiting["waiting"]["sentence"])
        self.google.order()  # somebody has made room
        done = self.api.wait_job(job, "COMPLETED")
        self.assertIsNone(done["waiting"])
        self.check(torrent, job)
        self.assertEqual(self.attempts(job), ["0", "0"])

    def test_a_full_drive_and_a_session(self):
        self.waits_for_room({LARGE: 6 * MIB}, start={"do": "storageQuotaExceeded", "times": 999})

    def test_a_full_drive_and_a_small_file(self):
        self.waits_for_room({"small.txt": 6}, multipart={"do": "storageQuotaExceeded", "times": 999})

    def test_a_drive_that_becomes_full(self):
        self.waits_for_room({LARGE: 16 * MIB}, put={"do": "storageQuotaExceeded", "after": 5 * MIB, "times": 999})

    def test_no_permission(self):
        self.google.order(start={"do": "insufficientFilePermissions", "times": 999})
        torrent, job = self.start("forbidden", {LARGE: 6 * MIB, "small.txt": 5, "a/b.txt": 6})
        failed = self.api.wait_job(job, "UPLOAD_FAILED")
        self.assertIn("does not have sufficient permissions", failed["errorMessage"])
        self.assertEqual([f["path"] for f in failed["files"] if f["state"] != "done"], [LARGE])
        for again in (False, True):
            if again:  # three days later the bytes are gone
                self.google.order()
                self.rig.platform.sql(f"update jobs set completed_at = completed_at - interval '73 hours' where id = {job}")
                wait_until("local bytes are gone", lambda: not self.api.job(job)["localFiles"]["present"], 60)
            self.assertEqual(self.api.post(f"/api/jobs/{job}/retry").status, 200)
            self.api.wait_job(job, "COMPLETED" if again else "UPLOAD_FAILED")
            told = json.loads([e for e in self.timeline(job) if e["source"] == "User"][-1]["metadataJson"])
            self.assertEqual(told, {"retriedFrom": "UPLOAD_FAILED", "downloadsAgain": again, "filesAtDestination": 2, "filesToUpload": 1})
        self.check(torrent, job)
        # Only what failed was sent again, and only that was downloaded again.
        places = self.google.state()["places"]
        self.assertEqual((places["multipart"], places["put"]), (2, 1))
        lines = map(json.loads, self.rig.platform.log("torrent-worker").splitlines())
        self.assertEqual([e["Files"] for e in lines if e.get("JobId") == job and e["Message"] == "download started"], [3, 1])


class Compared(Faults):
    def test_damage_is_sent_again(self):
        self.upload({LARGE: 6 * MIB, "small.txt": 77}, put={"do": "damage"}, multipart={"do": "damage"})
        self.assertEqual(self.google.state()["places"]["delete"], 2)

    def test_damage_for_ever_fails(self):
        for place, files in (("put", {LARGE: 6 * MIB}), ("multipart", {"small.txt": 5})):
            before = self.google.state()["places"].get(place, 0)
            self.google.order(**{place: {"do": "damage", "times": 999}})
            torrent, job = self.start("damaged", files)
            failed = self.api.wait_job(job, "UPLOAD_FAILED")
            self.assertIn("other bytes", failed["errorMessage"])
            self.assertEqual([f["path"] for f in self.google.files(self.email) if f["name"] in files], [], "no damaged file stays")
            self.assertEqual(self.google.state()["places"][place] - before, 2, "sent again once")
            self.google.order()
            self.assertEqual(self.api.post(f"/api/jobs/{job}/retry").status, 200)
            self.api.wait_job(job, "COMPLETED")
            self.assertEqual([f["sha256Checksum"] for f in self.google.files(self.email) if f["path"].startswith(
                f"torrents/{job}/") and f["name"] in files], [digest for _, digest in torrent.files.values()])

    def test_a_checksum_that_lies_is_damage(self):
        self.upload({"small.txt": 5}, metadata={"do": "wrong_sha256"})
        self.assertEqual(self.google.state()["places"]["multipart"], 2)

    def test_without_sha256_the_md5_is_compared(self):
        done = self.upload(metadata={"do": "no_sha256", "times": 4})
        self.assertEqual({f["verifiedBy"] for f in done["files"]}, {"md5"})

    def test_checksums_that_come_late(self):
        done = self.upload({LARGE: 6 * MIB, "small.txt": 5}, metadata={"do": "no_checksums", "times": 2})
        self.assertEqual({f["verifiedBy"] for f in done["files"]}, {"sha256"})
        self.assertEqual(self.google.state()["places"]["get"], 2)
