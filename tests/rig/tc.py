"""What the API, chaos and benchmark suites share: the rig as an object, an HTTP client, real content and torrents, and
levers on everything around the platform. Standard library and Debian's boto3 only: run it with /usr/bin/python3.

    from tc import RigCase

    class Jobs(RigCase):
        def test_a_job_reaches_the_bucket(self):
            torrent = self.rig.make_torrent("one", {"a.bin": 100_000})
            bucket = self.rig.s3.make_bucket()
            ...
"""
import os
import pathlib
import random
import signal
import unittest
import uuid

import bencode
import consent
from behind import Platform
from client import Answer, Api
from content import ODD_FILES, Torrent, describe, fill
from peers import S3, Seeder, Throttle, Transmission
from waiting import wait_until

PROJECT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
__all__ = ["MIB", "ODD_FILES", "PROJECT", "Answer", "Api", "Rig", "RigCase", "Torrent", "wait_until"]


class Rig:
    def __init__(self, folder: str | None = None) -> None:
        folder = folder or os.environ.get("RIG_DIR")
        if not folder:
            raise SystemExit("RIG_DIR is not set: run this by tests/rig/rig run ...")
        self.folder = pathlib.Path(folder)
        self.env = dict(line.split("=", 1) for line in (self.folder / "rig.env").read_text().splitlines())
        self.s3, self.seeder, self.throttle, self.platform = S3(self), Seeder(self), Throttle(self), Platform(self)
        self.transmission = Transmission(self)
        self.google = consent.Google(self)

    def __getitem__(self, name: str) -> str:
        return self.env[name]

    def api(self) -> Api:
        """Logged in on the API's own port, with a bearer token."""
        client = Api(self, self["API_URL"])
        client.login()
        return client

    def browser(self) -> Api:
        """Logged in on the web port, with a cookie."""
        client = Api(self, self["WEB_URL"])
        client.login()
        return client

    def drive_profile(self, api: Api, email: str | None = None) -> int:
        """A connected profile of a Google account, of one that nobody else has when none is named."""
        return self.google.connect(api, email or f"{uuid.uuid4().hex[:10]}@example.org",
                                   self["WEB_URL"] + "/proxy/api/storage/gdrive/callback")

    def make_torrent(self, name: str, files: dict[str, int] | int | None = None, seed: bool = True,
                     piece_kib: int = 256, trackers: list[str] | None = None, private: bool = False,
                     by: "Seeder | Transmission | None" = None) -> Torrent:
        """Content with pseudo-random bytes, a torrent of it, and a seeder for it. No two calls make the same torrent: the
        seeder remembers who has finished one and does not serve that peer again.
        files: path -> size; a number makes a single-file torrent of that size; None is ODD_FILES and a 48 MiB file, so
        that a multipart upload happens."""
        folder = self.folder / "content" / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        chance = random.Random(str(folder))
        if isinstance(files, int):
            fill(folder / name, files, chance)
        else:
            for path, size in (files or {**ODD_FILES, "large.bin": 48 * MIB}).items():
                target = folder / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                fill(target, size, chance)
        path = folder / "it.torrent"
        info = describe(folder / name, piece_kib * 1024)
        if private:
            info["private"] = 1
        urls = [self["TRACKER_HTTP"], self["TRACKER_UDP"]] if trackers is None else trackers
        announce = {"announce": urls[0], "announce-list": [[u] for u in urls]} if urls else {}
        path.write_bytes(bencode.encode({**announce, "info": info}))
        torrent = Torrent(name, folder, path, bencode.info_hash(info))
        self.track(torrent.infohash)
        if seed:
            (by or self.seeder).add(torrent)
        return torrent

    def track(self, infohash: str) -> None:
        """Let the tracker serve it."""
        with open(self.folder / "tracker/whitelist", "a") as f:
            f.write(infohash.lower() + "\n")
        os.kill(int((self.folder / "pid/tracker").read_text()), signal.SIGHUP)

    def check_upload(self, bucket: str, torrent: Torrent, job_id: int, paths=None) -> None:
        """The bucket holds exactly the selected files of this job, byte for byte, and no unfinished multipart."""
        wanted = {torrent.key(job_id, p): v for p, v in torrent.files.items() if paths is None or p in paths}
        found = {k: size for k, size in self.s3.keys(bucket).items() if k.startswith(f"torrents/{job_id}/")}
        if found != {k: size for k, (size, _) in wanted.items()}:
            raise AssertionError(f"in the bucket: {found}\nwanted: {wanted}")
        for key, (_, digest) in wanted.items():
            if self.s3.sha256(bucket, key) != digest:
                raise AssertionError(f"{key}: other bytes than the torrent's")
        # One that was given up may be the janitor's.
        wait_until("no multipart upload is open", lambda: not [
            u for u in self.s3.uploads(bucket) if u[0].startswith(f"torrents/{job_id}/")])


class RigCase(unittest.TestCase):
    """A test against the running rig. Levers that a test has pulled are let go after it."""

    rig: Rig
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.rig = Rig()

    def setUp(self) -> None:
        self.addCleanup(self.rig.throttle.set, rate=0, mode="pass")
        self.addCleanup(self.rig.seeder.limit, 0)
