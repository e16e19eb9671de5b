"""Analyze and create-job: real torrents of every kind, hostile ones, selections, and the order of the checks."""
import time
import uuid

import bencode
from api_case import ApiCase, golden
from tc import PROJECT, MIB

FIXTURES = PROJECT / "tests/fixtures/torrents"


class Analyze(ApiCase):
    def test_a_real_torrent_with_a_living_swarm(self):
        torrent = self.rig.make_torrent(f"living {uuid.uuid4().hex[:6]}", {"a.bin": 70_000, "sub/ü b.txt": 5})
        answer = self.api.analyze(torrent.metainfo)
        self.assertEqual(answer.status, 200, answer)
        self.assert_shape(answer.json, golden("analyze"))
        body = answer.json
        self.assertEqual((body["fileName"], body["infoHash"]), (torrent.name, torrent.infohash))
        self.assertEqual(body["totalSizeInBytes"], torrent.size)
        self.assertEqual({f["path"]: f["size"] for f in body["files"]}, {p: s for p, (s, _) in torrent.files.items()})
        self.assertEqual([f["index"] for f in body["files"]], [0, 1])
        health = body["torrentHealth"]
        self.assertEqual((health["seeders"], health["isDead"], health["isWeak"], health["isHealthy"]), (1, False, True, False))
        # 0.5·log10(2) + 0.3 (nobody waits) + 0.2 once somebody has finished
        score = 0.5 * 0.3010299956639812 + 0.3 + (0.2 if health["isComplete"] else 0)
        self.assertAlmostEqual(health["healthScore"], score)

    def test_again_is_the_same_torrent(self):
        metainfo = bencode.torrent(f"t {uuid.uuid4().hex}", 100)
        first, second = self.api.analyze(metainfo).json, self.api.analyze(metainfo, "Other.TORRENT").json
        self.assertEqual(first, second)
        self.assertNotEqual(self.stranger().analyze(metainfo).json["torrentFileId"], first["torrentFileId"])

    def test_a_single_file(self):
        info = bencode.info("única.iso", 12345)
        body = self.api.analyze(bencode.encode({"info": info})).json
        self.assertEqual(body["files"], [{"index": 0, "path": "única.iso", "size": 12345}])
        self.assertEqual((body["fileName"], body["infoHash"]), ("única.iso", bencode.info_hash(info)))

    def test_hybrid_v2_and_private(self):
        paths = {"a.bin": 70000, "sub/b.txt": 5, "sub/deep/c.bin": 40000, "empty.dat": 0}
        for name in ("hybrid", "v2", "v1-private"):
            answer = self.api.analyze((FIXTURES / f"{name}.torrent").read_bytes())
            self.assertEqual(answer.status, 200, answer)
            found = {f["path"]: f["size"] for f in answer.json["files"]}
            self.assertEqual({p: found[p] for p in paths}, paths, name)
            self.assertFalse([p for p in found if ".pad" in p], "pad files are not shown")
            self.assertRegex(answer.json["infoHash"], r"^[0-9a-f]{64}$" if name == "v2" else r"^[0-9A-F]{40}$")

    def test_dead_trackers_cost_one_deadline(self):
        trackers = ["udp://127.0.0.1:9/announce", "http://127.0.0.1:9/announce", "udp://192.0.2.1:6969/announce",
                    "http://192.0.2.1/announce", "wss://192.0.2.1/", "udp://name.invalid:1/announce", "rubbish"]
        metainfo = bencode.torrent(f"t {uuid.uuid4().hex}", 100, trackers)
        began = time.monotonic()
        answer = self.api.analyze(metainfo)
        self.assertEqual(answer.status, 200, answer)
        self.assertLess(time.monotonic() - began, 30)  # a hang, not a measurement
        self.assertEqual(answer.json["torrentHealth"], {
            "seeders": 0, "leechers": 0, "completed": 0, "seederRatio": 0, "isComplete": False, "isDead": True,
            "isWeak": False, "isHealthy": False, "healthScore": 0})

    def test_hostile_torrents_are_422_with_a_sentence(self):
        good = bencode.info("x", 100)
        cases = {
            "empty dictionary": b"de",
            "no bencode": b"not a torrent",
            "cut off": bencode.encode({"info": good})[:-10],
            "no info": bencode.encode({"announce": "http://a/"}),
            "info is a list": bencode.encode({"info": []}),
            "no piece length": bencode.encode({"info": {k: v for k, v in good.items() if k != "piece length"}}),
            "piece length 0": bencode.encode({"info": {**good, "piece length": 0}}),
            "too few hashes": bencode.encode({"info": {**good, "length": 10**9}}),
            "no name": bencode.encode({"info": {k: v for k, v in good.items() if k != "name"}}),
            "negative size": bencode.encode({"info": {**good, "length": -5}}),
            "deep": b"l" * 100_000 + b"e" * 100_000,
            "deep inside": b"d4:info" + b"d1:a" * 5000 + b"e" * 5001,
            "endless number": b"i" + b"9" * 100_000,
            "long string": b"999999999999:x",
            "html": b"<html>404</html>",
        }
        for what, data in cases.items():
            answer = self.api.analyze(data)
            self.assertEqual((answer.status, answer.json["code"]), (422, "InvalidTorrent"), (what, answer))
            self.assertGreater(len(answer.json["detail"]), 20, what)

    def test_paths_cannot_leave_the_torrent(self):
        for segments in (["..", "..", "etc", "passwd"], ["/etc", "passwd"], ["a", "..", "..", "b"], ["..\\..\\b"], ["C:", "b"],
                         ["a/../../b"], ["a\0b"], ["\x1b[31m"], ["."], ["", "b"], ["x" * 5000], ["\udcff".encode("utf-8", "surrogateescape")]):
            path = [s if isinstance(s, bytes) else s.encode() for s in segments]
            info = {**bencode.info("../evil\n", 100), "files": [{"length": 100, "path": path}]}
            del info["length"]
            answer = self.api.analyze(bencode.encode({"info": info}))
            self.assertIn(answer.status, (200, 422), (segments, answer))
            for shown in [answer.json["fileName"], *(f["path"] for f in answer.json["files"])] if answer.status == 200 else []:
                self.assertFalse([s for s in shown.split("/") if s in ("", ".", "..")], (segments, shown))
                self.assertFalse([c for c in shown if c < " "], (segments, shown))

    def test_nothing_to_download(self):
        self.assert_problem(self.api.analyze(bencode.torrent("zero", {"a": 0, "b": 0})), 422, "InvalidTorrent")

    def test_many_files(self):
        files = {f"folder {i % 100}/file {i}": i for i in range(20_000)}
        answer = self.api.analyze(bencode.torrent(f"many {uuid.uuid4().hex}", files, piece=MIB))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(len(answer.json["files"]), 20_000)

    def test_the_form(self):
        metainfo = bencode.torrent("form", 100)
        self.assert_problem(self.api.analyze(metainfo, "movie.mkv"), 422, "InvalidTorrent",
                            "Invalid file format. Only .torrent files are accepted.")
        self.assert_problem(self.api.analyze(b""), 422, "Invalid", "No torrent file provided.")

        def form(body: bytes, kind: str = "multipart/form-data; boundary=b"):
            return self.api.request("POST", "/api/torrents/analyze", body, {"Content-Type": kind})

        def part(disposition: str, data: bytes = metainfo) -> bytes:
            return b"--b\r\nContent-Disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + data + b"\r\n"

        missing = {"TorrentFile": ["The TorrentFile field is required."]}
        for body in (b"--b--", part('name="Other"; filename="a.torrent"') + b"--b--", part('name="TorrentFile"') + b"--b--"):
            self.assert_problem(form(body), 400, "ValidationFailed", "The TorrentFile field is required.", missing)
        for body in (b"", b"rubbish", part('name="TorrentFile"; filename="a.torrent"'), part('filename="a.torrent"') + b"--b--"):
            answer = form(body)
            self.assertEqual(list(self.assert_problem(answer, 400, "ValidationFailed", None, answer.json["errors"])["errors"]), [""])
        for kind in ("multipart/form-data", "multipart/mixed; boundary=b", "application/octet-stream"):
            self.assert_problem(form(b"--b--", kind), 415, "UnsupportedMediaType")
        for name in ("torrentfile", "request.TorrentFile", "TORRENTFILE"):
            body = part('name="x"', b"1") + part(f'filename="a.torrent"; name={name}') + b"--b--"
            self.assertEqual(form(body).status, 200, name)


class CreateJob(ApiCase):
    def create(self, torrent: int, profile: int, api=None, **more):
        return (api or self.api).post("/api/torrents/create-job",
                                      {"torrentFileId": torrent, "storageProfileId": profile, **more})

    def test_create_and_what_is_stored(self):
        torrent, profile = self.torrent_id(), self.profile_id()
        answer = self.create(torrent, profile, selectedFilePaths=["SUB", "a.bin"])
        self.assert_shape(answer.json, golden("create-job"))
        self.assertEqual(answer.json["storageProfileId"], profile)
        job = self.api.job(answer.json["jobId"])
        self.assertEqual((job["status"], job["selectedFilePaths"], job["totalBytes"]), ("QUEUED", ["SUB", "a.bin"], 70005))
        self.assertEqual([(f["path"], f["state"]) for f in job["files"]], [("a.bin", "pending"), ("sub/b.bin", "pending")])
        self.assertEqual([(e["fromStatus"], e["toStatus"], e["source"]) for e in job["timeline"]], [(None, "QUEUED", "System")])
        # The queue has heard of it.
        self.assertIn(str(job["id"]), self.rig.platform.redis("xrange", "{tc}:q:torrents", "-", "+"))

    def test_only_the_selection_counts(self):
        torrent, profile = self.torrent_id({"a": 1, "b/c": 10, "b/d": 100, "bc": 1000}), self.profile_id()
        for selection, total, files in ((None, 1111, 4), (["b"], 110, 2), (["b/d", "b\\D"], 100, 1), (["a", "b/"], 111, 3)):
            job = self.create(torrent, profile, selectedFilePaths=selection).json["jobId"]
            detail = self.api.job(job)
            self.assertEqual((detail["totalBytes"], len(detail["files"])), (total, files), selection)
            self.forget(job)

    def test_bad_selections(self):
        torrent, profile = self.torrent_id(), self.profile_id()
        for selection, named in (([], ""), ([None], "null"), (["nope"], "nope"), (["a.bin", "a.bi"], "a.bi"), ([""], ""), (["/"], "")):
            body = self.assert_problem(self.create(torrent, profile, selectedFilePaths=selection), 422, "InvalidFileSelection")
            self.assertIn(named, body["detail"])
        for selection in ("a.bin", {}, [1], [["a"]]):
            self.assertEqual(self.create(torrent, profile, selectedFilePaths=selection).json["code"], "ValidationFailed")

    def test_order_of_the_checks(self):
        self.assert_problem(self.create(0, 0), 404, "TorrentNotFound", "Torrent file not found.")
        torrent = self.torrent_id()
        self.assert_problem(self.create(torrent, 0, selectedFilePaths=[]), 422, "InvalidStorageProfile",
                            "Invalid or inactive storage profile.")
        job = self.create(torrent, self.profile_id()).json["jobId"]
        self.assert_problem(self.create(torrent, 0), 409, "JobAlreadyExists", f"Active job exists. ID: {job}, Status: QUEUED")

    def test_a_retrying_job_says_when(self):
        torrent, profile = self.torrent_id(), self.profile_id()
        job = self.create(torrent, profile).json["jobId"]
        self.addCleanup(self.forget, job)
        self.rig.platform.sql("begin; select set_config('torrentclou.source', 'Worker', true); "
                              f"update jobs set status = 'TORRENT_DOWNLOAD_RETRY' where id = {job}; commit")
        self.assert_problem(self.create(torrent, profile), 400, "JobRetrying", f"Job {job} is currently retrying.")
        self.rig.platform.sql("update job_phases set state = 'retry', next_retry_at = '2126-02-18T18:37:25.5Z' "
                              f"where job_id = {job} and phase = 'download'")
        self.assert_problem(self.create(torrent, profile), 400, "JobRetrying",
                            f"Job {job} is currently retrying. Next retry: 2126-02-18 18:37:25Z")

    def test_others_torrents_and_profiles_do_not_exist(self):
        other = self.stranger()
        torrent, profile = self.torrent_id(), self.profile_id()
        self.assert_problem(self.create(torrent, profile, other), 404, "TorrentNotFound")
        self.assert_problem(self.create(self.torrent_id(api=other), profile, other), 422, "InvalidStorageProfile")

    def test_disconnected_profiles(self):
        profile = self.profile_id()
        self.api.must("POST", f"/api/storage/profiles/{profile}/disconnect")
        self.assert_problem(self.create(self.torrent_id(), profile), 422, "InvalidStorageProfile")

    def test_a_finished_job_is_not_in_the_way(self):
        job = self.job_id("COMPLETED")
        detail = self.api.job(job)
        again = self.create(detail["requestFileId"], detail["storageProfileId"])
        self.assertEqual(again.status, 200, again)
        self.addCleanup(self.forget, again.json["jobId"])
