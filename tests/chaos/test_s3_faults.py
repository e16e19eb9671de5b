"""The S3 server loses answers, lies and breaks off: the upload still arrives once, compared, with nothing left behind; and nothing
that is there already is overwritten."""
from faulty import Faulty
from tc import MIB, RigCase, wait_until

SHAPE = {"large.bin": 12 * MIB + 1, "more/large.bin": 6 * MIB, "more/one.bin": MIB, "small.txt": 77, "zero": 0}
LONG = "/".join(["a folder with a long name, ünïcödé too " * 5] * 5) + "/The end.txt"  # of more than 1,024 bytes


class S3Faults(RigCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.faulty = Faulty(cls.rig)
        cls.addClassCleanup(cls.faulty.end)
        cls.api = cls.rig.api()

    @classmethod
    def tearDownClass(cls) -> None:
        wait_until("every upload that was given up is proven to be gone", lambda: cls.rig.platform.sql(
            "select count(*) from upload_sessions where state = 'aborting'") == [["0"]], 60)
        super().tearDownClass()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.faulty.order)
        self.bucket = self.rig.s3.make_bucket()

    def rows(self, job: int, *states: str) -> int:
        """The job's multipart uploads in one of these states."""
        return int(self.rig.platform.sql(
            f"select count(*) from upload_sessions where job_id = {job} and state = any('{{{','.join(states)}}}')")[0][0])

    def struck(self, orders: dict) -> None:
        names = [n for n in orders if n not in ("script", "keeps")] + [f"{r['on']}.{r['do']}" for r in orders.get("script", [])]
        state = self.faulty.state()
        self.faulty.order()
        for name in names:
            self.assertIn(name, state["struck"], f"the fault did not strike: this test proves nothing; seen: {state['seen']}")

    def upload(self, **orders) -> dict:
        """A job under these faults; how each of its files was verified."""
        torrent = self.rig.make_torrent(f"faults {' '.join(orders)}", SHAPE)
        profile = self.api.s3_profile(self.bucket, endpoint=self.faulty.url)
        self.faulty.order(**orders)
        job = self.api.create_job(torrent, profile)
        done = self.api.wait_job(job, "COMPLETED")
        self.struck(orders)
        self.rig.check_upload(self.bucket, torrent, job)
        # Passing faults are dealt with inside the attempt, and every upload's row is closed, or left to the janitor.
        self.assertEqual(self.rig.platform.sql(
            f"select attempts from job_phases where job_id = {job} and phase = 'upload'"), [["0"]])
        self.assertEqual(self.rows(job, "init", "open"), 0)
        return {f["path"]: f["verifiedBy"] for f in done["files"]}

    def test_lost_and_false_answers_are_settled(self):
        verified = self.upload(create_lost=1, put_lost=3, complete_lost=1, complete_error=1)
        self.assertEqual(verified["large.bin"], "etag-multipart")
        self.assertEqual(verified["small.txt"], "etag-md5")
        self.assertEqual(verified["zero"], "etag-md5")

    def test_each_call_fails_in_a_way_of_its_own(self):
        self.upload(script=[
            {"on": "put", "number": 1, "do": "reset"}, {"on": "put", "number": 2, "do": "503", "retry_after": 1},
            {"on": "put", "number": 3, "do": "half"}, {"on": "head", "number": 1, "do": "403"},  # keys that may not list
            {"on": "head", "number": 2, "do": "500"},
            {"on": "create", "number": 1, "do": "500"}, {"on": "part", "number": 1, "do": "stall"},
            {"on": "part", "number": 2, "do": "half"}, {"on": "part", "number": 3, "do": "etag"},
            {"on": "part", "number": 4, "do": "slow", "rate": 8 * MIB}, {"on": "part", "number": 5, "do": "cut"},
            {"on": "complete", "number": 1, "do": "half"}, {"on": "complete", "number": 2, "do": "gone"}])

    def test_what_arrived_damaged_is_sent_again(self):
        verified = self.upload(part_etag_wrong=2, object_etag_wrong=2, cut_body=1, etag_wrong=1)
        self.assertEqual(verified["large.bin"], "etag-multipart")
        self.assertEqual(verified["more/one.bin"], "etag-md5")

    def test_a_server_with_a_formula_of_its_own_is_verified_by_parts(self):
        self.assertEqual(self.upload(etag_wrong=99)["large.bin"], "part-etags")

    def test_throttling_only_slows_down(self):
        self.upload(slow_down=40)

    def test_a_retry_sends_only_what_failed(self):
        files = {"large.bin": 6 * MIB, "one.bin": MIB, "sub/two.txt": 77}
        torrent = self.rig.make_torrent("retried", files)
        profile = self.api.s3_profile(self.bucket, endpoint=self.faulty.url)
        orders = {"script": [{"on": "create", "number": 1, "times": 99, "do": "403"}]}
        self.faulty.order(**orders)
        job = self.api.create_job(torrent, profile)

        def received() -> dict[str, int]:
            at_the_proxy = self.faulty.state()["received"]
            return {path: at_the_proxy.get(f"/{self.bucket}/{torrent.key(job, path)}", 0) for path in files}

        def proven() -> dict[str, str]:
            """When each was; one that is looked for again is proven again, even if nothing had to be sent."""
            return {f["path"]: f["verifiedAt"] for f in self.api.must("GET", f"/api/jobs/{job}/manifest")["files"] if f["state"] == "done"}

        self.api.wait_job(job, "UPLOAD_FAILED")
        before, at = received(), proven()
        self.assertEqual(set(at), {"one.bin", "sub/two.txt"})
        self.assertEqual(before, {**files, "large.bin": 0})
        self.struck(orders)
        self.api.must("POST", f"/api/jobs/{job}/retry")
        self.api.wait_job(job, "COMPLETED")
        self.rig.check_upload(self.bucket, torrent, job)
        after = received()
        self.assertGreaterEqual(after.pop("large.bin"), files["large.bin"])
        self.assertEqual(after, {path: before[path] for path in after}, "these were there already")
        self.assertEqual({path: proven()[path] for path in at}, at)

    def test_an_abort_is_repeated_until_the_upload_is_gone(self):
        profile = self.api.s3_profile(self.bucket, endpoint=self.faulty.url)
        orders = {"script": [{"on": "part", "number": 1, "times": 99, "do": "slow"}, {"on": "abort", "number": 1, "do": "500"},
                             {"on": "abort", "number": 2, "do": "lost"}]}
        self.faulty.order(**orders)
        job = self.api.create_job(self.rig.make_torrent("aborted", {"large.bin": 12 * MIB}), profile)
        wait_until("a multipart upload is open", lambda: self.rig.s3.uploads(self.bucket))
        self.api.must("POST", f"/api/jobs/{job}/cancel")
        wait_until("it is gone", lambda: not self.rig.s3.uploads(self.bucket) and self.rows(job, "aborted") == 1)
        self.struck(orders)

    def remote_keys(self, job: int) -> dict:
        return {path: key for path, key in self.rig.platform.sql(
            f"select path, coalesce(remote_key, '') from job_files where job_id = {job}")}

    def taken(self, keeps: bool) -> None:
        """A path template of one's own may lead to names that are taken."""
        self.faulty.order(keeps=keeps)
        profile = self.api.s3_profile(self.bucket, endpoint=self.faulty.url, s3PathTemplate="films/{path}", s3StorageClass="STANDARD")
        self.assertIs(self.api.must("GET", f"/api/storage/profiles/{profile}")["s3"]["conditionalCreate"], keeps)
        torrent = self.rig.make_torrent("taken", {"large.bin": 6 * MIB, "more/small.txt": 50, "zero": 0, LONG: 9})
        client, mine = self.rig.s3.client, {}
        for path in ("large.bin", "more/small.txt"):
            mine[f"films/taken/{path}"] = client.put_object(Bucket=self.bucket, Key=f"films/taken/{path}", Body=path.encode())["ETag"]
        job = self.api.create_job(torrent, profile)
        failed = self.api.wait_job(job, "UPLOAD_FAILED")
        self.assertIn("nothing is overwritten: move or delete it there, then retry the job", failed["errorMessage"])
        self.assertTrue(any(f"\"{key}\"" in failed["errorMessage"] for key in mine), failed["errorMessage"])
        self.assertEqual({k: client.head_object(Bucket=self.bucket, Key=k)["ETag"] for k in mine}, mine)
        self.assertEqual(self.rig.s3.uploads(self.bucket), [])
        # Out of the way, and on. Another template is for files that have no names yet.
        for key in mine:
            client.delete_object(Bucket=self.bucket, Key=key)
        named = self.remote_keys(job)
        self.api.must("PATCH", f"/api/storage/profiles/{profile}", {"s3PathTemplate": None})
        script = [{"on": "put", "number": 1, "do": "lost"}, {"on": "complete", "number": 1, "do": "lost"}]
        self.faulty.order(keeps=keeps, script=script)
        self.api.must("POST", f"/api/jobs/{job}/retry")
        self.api.wait_job(job, "COMPLETED")
        self.struck({"script": script})
        keys = self.remote_keys(job)
        self.assertEqual({k: n for k, (n, _) in ((keys[p], v) for p, v in torrent.files.items())}, self.rig.s3.keys(self.bucket))
        for path, (_, digest) in torrent.files.items():
            self.assertEqual(self.rig.s3.sha256(self.bucket, keys[path]), digest)
            if path != LONG:
                self.assertEqual(keys[path], named[path] or torrent.key(job, path))
        self.assertRegex(keys[LONG], r"/taken/a folder .*~[0-9a-f]{16}\.txt$")
        self.assertLessEqual(len(keys[LONG].encode()), 1024)

    def small_files(self, **orders) -> dict:
        """What was asked for while twelve of them were uploaded."""
        torrent = self.rig.make_torrent(f"small ones {' '.join(orders)}", {f"{n:02}.bin": 100 + n for n in range(12)})
        profile = self.api.s3_profile(self.bucket, endpoint=self.faulty.url)
        self.rig.platform.stop("s3-worker")
        job = self.api.create_job(torrent, profile)
        self.api.wait_job(job, "PENDING_UPLOAD")
        self.faulty.order(**orders)
        self.rig.platform.start("s3-worker")
        self.api.wait_job(job, "COMPLETED")
        self.rig.check_upload(self.bucket, torrent, job)
        seen = self.faulty.state()["seen"]
        self.assertEqual(seen["put"]["requests"], 12)
        return {kind: seen.get(kind, {"requests": 0})["requests"] for kind in ("list", "head")}

    def test_small_files_are_looked_for_together(self):
        seen = self.small_files()
        self.assertIn(seen["list"], range(1, 7))
        self.assertLessEqual(seen["head"], 2)  # one that began alone
        self.assertEqual(self.small_files(script=[{"on": "list", "number": 1, "do": "403"}]), {"list": 1, "head": 12})

    def test_where_the_server_keeps_objects(self):
        self.taken(True)

    def test_where_it_does_not(self):
        self.taken(False)
