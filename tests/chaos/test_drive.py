"""Google Drive as a destination: a tree exactly, every file once, kills in the middle, cancel."""
import json
import random
import time

from drive_case import AGAIN_MOST, SESSION_FROM, DriveCase
from tc import MIB, wait_until


class Tree(DriveCase):
    def test_a_tree_is_kept(self):
        """Folders in folders, one that holds only folders, two of one name in two places; an empty file, one of each way."""
        torrent, job = self.start("Season 1", {
            "A/B/C/deep.bin": 300_000, "A/Extras/one.txt": 11, "B/Extras/one.txt": 12, "Extras/Extras/Extras": 13,
            "zero.bin": 0, "at the limit.bin": SESSION_FROM - 1, "above.bin": SESSION_FROM, "large.bin": 20 * MIB + 1})
        done = self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        self.assertEqual((done["bytesUploaded"], done["status"]), (torrent.size, "COMPLETED"))
        self.assertEqual({f["verifiedBy"] for f in done["files"]}, {"sha256"})
        proof = self.api.must("GET", f"/api/jobs/{job}/manifest")
        self.assertEqual({f"{proof['destination']}/{f['path']}": (f["remoteId"], f["sha256"]) for f in proof["files"]},
                         {f"My Drive/{f['path']}": (f["id"], f["sha256Checksum"]) for f in self.google.files(self.email) if "size" in f})
        places = self.google.state()["places"]
        # Small ones in one request, the others in one session and one PUT each; nothing twice.
        self.assertEqual({p: places.get(p, 0) for p in ("multipart", "start", "put", "status", "delete")},
                         {"multipart": 6, "start": 2, "put": 2, "status": 0, "delete": 0})
        self.check_sent_again(0)

    def test_names_that_break_programs(self):
        names = ["it's.txt", 'a "quoted" one.txt', "dots...", " spaces  in it ", "a+b %41 & c=d [f];,~!@$#.txt", "Ünïcödé ☂ 日本語.mkv",
                 "e\u0301 and é.txt", "name:with*what?Windows<dislikes>|.txt", "'", ".hidden", "*" * 200]
        files = {f"It's a \"test\" – ü/{name}": 100 + n for n, name in enumerate(names)}
        torrent, job = self.start("The 'odd' \"one\" ☂", files)
        done = self.api.wait_job(job, "COMPLETED")
        shown = {f["size"]: f["path"] for f in done["files"]}
        self.assertEqual(len(shown), len(files))
        self.check(torrent, job, renamed={path: shown[size] for path, size in files.items()})

    def test_a_backslash_is_no_folder(self):
        torrent, job = self.start("slashes", {"a\\b.txt": 10, "sub/c\\d\\": 20})
        done = self.api.wait_job(job, "COMPLETED")
        shown = {f["size"]: f["path"] for f in done["files"]}
        self.assertEqual([shown[10].count("/"), shown[20].count("/")], [0, 1])
        self.check(torrent, job, renamed={"a\\b.txt": shown[10], "sub/c\\d\\": shown[20]})

    def test_only_the_selection(self):
        torrent, job = self.start("selection", {"a/one.bin": 9 * MIB, "a/two.bin": 5, "b/three.bin": 6}, ["a/one.bin"])
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job, paths={"a/one.bin"})

    def test_a_single_file(self):
        torrent, job = self.start("single.iso", 7 * MIB)
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)

    def test_many_small_files(self):
        torrent, job = self.start("many", {f"{n % 7}/{n}.txt": n for n in range(120)})
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        places = self.google.state()["places"]
        self.assertEqual((places["multipart"], places["create"]), (120, 10))
        self.assertLessEqual(places["ids"], 4, "ids come in batches")

    def test_jobs_of_one_account_at_once(self):
        """They share the app's folder, which is made once, and the token, which is asked for once."""
        self.google.order(token={"do": "life", "seconds": 1})
        self.profile, self.email = self.rig.drive_profile(self.api, f"old.{self.email}"), f"old.{self.email}"
        self.rig.platform.stop("gdrive-worker")
        torrents = [self.rig.make_torrent(f"at once {n}", {"x/a.bin": 5 * MIB, "x/b.txt": n}) for n in range(3)]
        jobs = [self.api.create_job(t, self.profile) for t in torrents]
        wait_until("all are downloaded", lambda: all(self.api.job(j)["status"] == "PENDING_UPLOAD" for j in jobs), 120)
        self.google.order(token={"do": "delay", "seconds": 1})  # the others come while the first waits for it
        tokens = self.google.state()["places"]["token"]
        self.rig.platform.start("gdrive-worker")
        for job in jobs:
            self.api.wait_job(job, "COMPLETED")
        self.assertEqual(self.google.state()["places"]["token"], tokens + 1)
        found = [f["path"] for f in self.google.files(self.email)]
        self.assertEqual(sorted(found), sorted(set(found)), "no twins")
        self.assertEqual(found.count("torrents"), 1)
        for torrent, job in zip(torrents, jobs):
            mine = {f["path"]: f["sha256Checksum"] for f in self.google.files(self.email) if "sha256Checksum" in f}
            self.assertEqual({k: v for k, v in mine.items() if k.startswith(f"torrents/{job}/")},
                             {torrent.key(job, p): digest for p, (_, digest) in torrent.files.items()})

    def test_the_person_deletes_the_folder_of_the_app(self):
        torrent, job = self.start("before", {"a.txt": 5})
        self.api.wait_job(job, "COMPLETED")
        root = next(f for f in self.google.files(self.email) if f["path"] == "torrents")
        self.google.delete(root["id"])
        torrent, job = self.start("after", {"b/a.txt": 5, "c.bin": 5 * MIB})
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)

    def test_no_address_of_a_session_is_readable(self):
        """Who has it may write the file."""
        self.google.limit(4 * MIB)
        torrent, job = self.start("secret", {"large.bin": 16 * MIB})
        secret = self.wait_stored(2 * MIB)["secret"]
        rows = self.rig.platform.sql(f"select row_to_json(s)::text from upload_sessions s where job_id = {job}")
        self.assertEqual(len(rows), 1)
        self.assertNotIn(secret, rows[0][0])
        self.google.limit(0)
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        self.assertNotIn(secret, self.rig.platform.log("gdrive-worker"))
        self.assertNotIn(secret, "".join(str(e) for e in self.timeline(job)))


class Kill(DriveCase):
    def test_in_the_middle_of_a_file(self):
        torrent, job = self.start("killed", {"large.bin": 40 * MIB, "small.txt": 5000, "sub/empty": 0})
        self.google.limit(8 * MIB)
        before = self.wait_stored(12 * MIB)
        self.kill()
        self.google.limit(0)
        done = self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        self.check_sent_again()
        self.assertEqual(done["bytesUploaded"], torrent.size)
        # It went on inside the file: the same session, the same id.
        self.assertEqual([(s["secret"], s["state"]) for s in self.google.sessions(self.email)], [(before["secret"], "done")])
        self.assertEqual([f["id"] for f in self.google.files(self.email) if f["name"] == "large.bin"], [before["fileId"]])
        steps = [(e["fromStatus"], e["toStatus"], e["source"]) for e in self.timeline(job)]
        self.assertIn(("UPLOADING", "PENDING_UPLOAD", "Recovery"), steps)
        self.assertEqual(steps[-1], ("UPLOADING", "COMPLETED", "Worker"))

    def test_again_and_again(self):
        """At any moment: while folders are made, inside files, between them."""
        chance = random.Random(str(self.email))
        torrent, job = self.start("killed often", {
            **{f"{n % 5}/{n % 3}/{n}.bin": 200_000 + n for n in range(40)}, "large.bin": 24 * MIB, "x/large.bin": 11 * MIB})
        self.google.limit(3 * MIB)
        wait_until("the upload has begun", lambda: self.google.files(self.email), 120, 0.02)
        for _ in range(5):
            time.sleep(chance.uniform(0.1, 2.5))
            self.kill()
            if self.api.job(job)["status"] == "COMPLETED":
                break
        self.google.limit(0)
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job, killed=True)
        self.check_sent_again(5 * AGAIN_MOST)

    def test_a_stopped_worker_gives_the_upload_back(self):
        torrent, job = self.start("drained", {"large.bin": 30 * MIB})
        self.google.limit(5 * MIB)
        before = self.wait_stored(6 * MIB)
        self.rig.platform.stop("gdrive-worker")
        self.api.wait_job(job, "PENDING_UPLOAD")
        self.rig.platform.start("gdrive-worker")
        self.google.limit(0)
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
        self.check_sent_again()
        self.assertEqual([s["secret"] for s in self.google.sessions(self.email)], [before["secret"]])
        self.assertEqual(self.attempts(job), ["0", "0"])


class Cancel(DriveCase):
    def test_in_the_middle_of_a_file(self):
        torrent, job = self.start("cancelled", {"0.txt": 5, "large.bin": 32 * MIB, "b.bin": 12 * MIB})
        self.google.limit(3 * MIB)
        self.wait_stored(MIB)
        wait_until("the small file is done", lambda: self.api.job(job)["files"][0]["state"] == "done", 60)
        self.assertEqual(self.api.post(f"/api/jobs/{job}/cancel").status, 200)
        wait_until("no session is open", lambda: not self.session(state="open"), 60)
        self.assertEqual(self.api.job(job)["status"], "CANCELLED")
        self.assertNotIn("large.bin", [f["name"] for f in self.google.files(self.email)])
        wait_until("all sessions are closed", lambda: self.rig.platform.sql(
            f"select count(*) from upload_sessions where job_id = {job} and state in ('init', 'open')") == [["0"]], 30)
        told = wait_until("the timeline tells what was cleaned", lambda: [m for m in (
            json.loads(e["metadataJson"] or "{}") for e in self.timeline(job)) if "cleaned" in m], 30)
        self.assertEqual(len(told), 1, "once, for all of them")
        self.assertRegex(told[0]["cleaned"], "^[12] unfinished uploads? aborted, 1 finished file stays at the destination$")
        wait_until("the disk is free", lambda: not [
            f for f in self.rig.platform.files_on_disk() if f.startswith(f"{job}/")], 30)
        seen = []
        wait_until("the bytes have stopped", lambda: seen.append(
            [s["stored"] for s in self.google.sessions(self.email)]) or len(seen) > 1 and seen[-1] == seen[-2], 30, 1)
        # And again: what had arrived stays what it is, and nothing comes twice.
        self.google.limit(0)
        self.assertEqual(self.api.post(f"/api/jobs/{job}/retry").status, 200)
        self.api.wait_job(job, "COMPLETED")
        self.check(torrent, job)
