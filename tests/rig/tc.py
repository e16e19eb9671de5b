"""What the API, chaos and benchmark suites share: the rig as an object, an HTTP client, real content and torrents, and
levers on everything around the platform. Standard library and Debian's boto3 only: run it with /usr/bin/python3.

    from tc import RigCase

    class Jobs(RigCase):
        def test_a_job_reaches_the_bucket(self):
            torrent = self.rig.make_torrent("one", {"a.bin": 100_000})
            bucket = self.rig.s3.make_bucket()
            ...
"""
import base64
import contextlib
import hashlib
import http.cookiejar
import json
import os
import pathlib
import random
import re
import shlex
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

import bencode
import consent

PROJECT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1024 * 1024


def wait_until(what: str, probe, timeout: float = 60, every: float = 0.1):
    """Call probe() until it answers something true and return that. `what` names it when the deadline for a hang passes."""
    end = time.monotonic() + timeout
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout:.0f} s still not: {what} (last answer: {answer!r})")
        time.sleep(every)


class Answer:
    """An HTTP answer, whatever its status."""

    def __init__(self, status: int, headers, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:600]!r}>"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Api:
    """A client of one listener. On API_URL it sends a bearer token, on WEB_URL it keeps the cookie and sends the CSRF
    header, as the browser app does."""

    def __init__(self, rig: "Rig", base: str) -> None:
        self.rig, self.base = rig, base
        self.token = self.csrf = None
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            _NoRedirect, urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def request(self, method: str, path: str, body=None, headers=None, timeout: float = 60) -> Answer:
        """body: bytes are sent as they are, anything else as JSON."""
        headers = dict(headers or {})
        data = None
        if isinstance(body, bytes):
            data = body
        elif body is not None:
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.csrf and method not in ("GET", "HEAD"):
            headers.setdefault("X-CSRF-Token", self.csrf)
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=timeout) as r:
                return Answer(r.status, r.headers, r.read())
        except urllib.error.HTTPError as e:
            with e:
                return Answer(e.code, e.headers, e.read())

    def get(self, path: str, **kw) -> Answer:
        return self.request("GET", path, **kw)

    def post(self, path: str, body=None, **kw) -> Answer:
        return self.request("POST", path, body, **kw)

    def must(self, method: str, path: str, body=None, **kw):
        """The JSON of a 2xx answer (None when empty); anything else fails the test with the whole answer."""
        answer = self.request(method, path, body, **kw)
        if not 200 <= answer.status < 300:
            raise AssertionError(f"{method} {path}: {answer!r}")
        return answer.json if answer.body else None

    def login(self, email: str | None = None, password: str | None = None) -> dict:
        answer = self.must("POST", "/api/auth/login", {
            "email": email or self.rig["ADMIN_EMAIL"], "password": password or self.rig["ADMIN_PASSWORD"]})
        if self.base == self.rig["WEB_URL"]:
            self.csrf = answer.get("csrfToken")
        else:
            self.token = answer["accessToken"]
        return answer

    def analyze(self, torrent: bytes, filename: str = "t.torrent", **kw) -> Answer:
        """POST the file as the browser does, multipart/form-data with one part TorrentFile."""
        edge = uuid.uuid4().hex
        name = filename.replace('"', "%22")
        body = (f'--{edge}\r\nContent-Disposition: form-data; name="TorrentFile"; filename="{name}"\r\n'
                f"Content-Type: application/x-bittorrent\r\n\r\n").encode() + torrent + f"\r\n--{edge}--\r\n".encode()
        return self.request("POST", "/api/torrents/analyze", body,
                            {"Content-Type": f"multipart/form-data; boundary={edge}"}, **kw)

    # The way of a job, for tests that are about something later in it.

    def s3_profile(self, bucket: str, name: str | None = None, endpoint: str | None = None, **more) -> int:
        answer = self.must("POST", "/api/storage/s3/configure", {
            "profileName": name or f"rig {uuid.uuid4().hex[:8]}", "s3Endpoint": endpoint or self.rig["S3_ENDPOINT"],
            "s3AccessKey": self.rig["S3_KEY"], "s3SecretKey": self.rig["S3_SECRET"], "s3BucketName": bucket,
            "s3Region": "us-east-1", **more})
        return answer["storageProfileId"]

    def create_job(self, torrent: "Torrent", profile: int, paths: list[str] | None = None) -> int:
        analyzed = self.analyze(torrent.metainfo)
        if analyzed.status != 200:
            raise AssertionError(f"analyze: {analyzed!r}")
        return self.must("POST", "/api/torrents/create-job", {
            "torrentFileId": analyzed.json["torrentFileId"], "selectedFilePaths": paths,
            "storageProfileId": profile})["jobId"]

    def job(self, job_id: int) -> dict:
        return self.must("GET", f"/api/jobs/{job_id}")

    def wait_job(self, job_id: int, *statuses: str, timeout: float = 180, until=None) -> dict:
        """Until the job's status is one of these (or until(job) is true). A final status that was not asked for fails at
        once, with the job's own words."""
        final = {"COMPLETED", "FAILED", "CANCELLED", "TORRENT_FAILED", "UPLOAD_FAILED", "GOOGLE_DRIVE_FAILED"}

        def probe():
            job = self.job(job_id)
            if job["status"] in statuses or (until and until(job)):
                return job
            if job["status"] in final:
                raise AssertionError(f"job {job_id} ended as {job['status']}: {json.dumps(job, indent=1)[:3000]}")
            return None

        try:
            return wait_until(f"job {job_id} is {statuses or 'as wanted'}", probe, timeout, 0.2)
        except AssertionError as e:
            raise AssertionError(f"{e}\njob: {json.dumps(self.job(job_id), indent=1)[:3000]}") from None


class S3:
    """The S3 server seen directly, past the throttle, with boto3: an independent client."""

    def __init__(self, rig: "Rig") -> None:
        import boto3
        from botocore.config import Config

        self.client = boto3.client(
            "s3", endpoint_url=rig["S3_DIRECT"], aws_access_key_id=rig["S3_KEY"],
            aws_secret_access_key=rig["S3_SECRET"], region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, signature_version="s3v4", proxies={}))

    def make_bucket(self, name: str | None = None) -> str:
        name = name or f"rig-{uuid.uuid4().hex[:10]}"
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> dict[str, int]:
        """key -> size of everything in the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {o["Key"]: o["Size"] for page in pages for o in page.get("Contents", [])}

    def sha256(self, bucket: str, key: str) -> str:
        digest = hashlib.sha256()
        for chunk in self.client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(MIB):
            digest.update(chunk)
        return digest.hexdigest()

    def uploads(self, bucket: str) -> list[tuple[str, str]]:
        """(key, UploadId) of the multipart uploads that nobody has completed or aborted."""
        answer = self.client.list_multipart_uploads(Bucket=bucket)
        return [(u["Key"], u["UploadId"]) for u in answer.get("Uploads", [])]

    def parts(self, bucket: str, key: str, upload_id: str) -> list[dict]:
        return self.client.list_parts(Bucket=bucket, Key=key, UploadId=upload_id).get("Parts", [])


class Seeder:
    """tests/rig/seeder.py: serves every peer at once."""

    def __init__(self, rig: "Rig") -> None:
        self.url = rig["SEEDER_CONTROL"]

    def call(self, do: str, **order) -> dict:
        with urllib.request.urlopen(self.url, json.dumps({"do": do, **order}).encode(), timeout=120) as r:
            answer = json.load(r)
        if "error" in answer:
            raise AssertionError(f"seeder, {do}: {answer['error']}")
        return answer

    def add(self, torrent: "Torrent") -> None:
        self.call("add", metainfo=base64.b64encode(torrent.metainfo).decode(), folder=str(torrent.folder),
                  files=[str(p.relative_to(torrent.folder)) for p in torrent.order])

    def remove(self, torrent: "Torrent") -> None:
        self.call("remove", infohash=torrent.infohash.lower())

    def limit(self, bytes_per_second: int) -> None:
        """0: no limit. So that a kill can land in the middle of a download."""
        self.call("limit", rate=bytes_per_second)

    def rate(self) -> int:
        """Payload bytes per second that go out now."""
        return self.call("rate")["rate"]

    def port(self) -> int:
        return self.call("port")["port"]


class Transmission:
    """transmission-daemon over its RPC: a client as people run it. It lets a new peer wait ten seconds."""

    def __init__(self, rig: "Rig") -> None:
        self.url = rig["TRANSMISSION_RPC"]
        self.session = ""

    def call(self, method: str, **arguments) -> dict:
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        for _ in range(2):
            request = urllib.request.Request(self.url, body, {"X-Transmission-Session-Id": self.session})
            try:
                with urllib.request.urlopen(request, timeout=30) as r:
                    answer = json.load(r)
                    break
            except urllib.error.HTTPError as e:
                with e:
                    if e.code != 409:
                        raise
                    self.session = e.headers["X-Transmission-Session-Id"]
        if answer["result"] != "success":
            raise AssertionError(f"transmission, {method}: {answer}")
        return answer["arguments"]

    def add(self, torrent: "Torrent") -> None:
        """Until it has checked its copy and announced itself."""
        added = self.call("torrent-add", metainfo=base64.b64encode(torrent.metainfo).decode(),
                          **{"download-dir": str(torrent.folder)})
        identity = added.get("torrent-added", added.get("torrent-duplicate"))["id"]
        if self.link(identity, torrent):
            self.call("torrent-verify", ids=[identity])

        def seeding():
            t = self.call("torrent-get", ids=[identity], fields=["status", "error", "errorString", "trackerStats"])
            row = t["torrents"][0]
            announced = [s["lastAnnounceSucceeded"] for s in row["trackerStats"]]
            if row["error"] == 2 or (row["status"] == 6 and not any(announced)):
                self.call("torrent-reannounce", ids=[identity])
            return row["status"] == 6 and any(announced)

        wait_until(f"transmission seeds {torrent.name}", seeding, 60, 0.3)

    def link(self, identity: int, torrent: "Torrent") -> int:
        """The seeder has names of its own for what it finds odd: the content is there under those too."""
        theirs = self.call("torrent-get", ids=[identity], fields=["files"])["torrents"][0]["files"]
        missing = [(ours, torrent.folder / f["name"]) for ours, f in zip(torrent.order, theirs, strict=True)
                   if not (torrent.folder / f["name"]).exists()]
        for ours, name in missing:
            name.parent.mkdir(parents=True, exist_ok=True)
            os.link(ours, name)
        return len(missing)

    def remove(self, torrent: "Torrent") -> None:
        self.call("torrent-remove", ids=[torrent.infohash.lower()])

    def limit(self, bytes_per_second: int) -> None:
        """0: no limit. So that a kill can land in the middle of a download."""
        self.call("session-set", **{"speed-limit-up-enabled": bytes_per_second > 0,
                                    "speed-limit-up": max(1, bytes_per_second // 1000)})


class Throttle:
    """The relay between the platform and the S3 server (throttle.py)."""

    def __init__(self, rig: "Rig") -> None:
        self.port = int(rig["THROTTLE_CONTROL"])

    def set(self, **wish) -> dict:
        with socket.create_connection(("127.0.0.1", self.port), 10) as s, s.makefile("rw") as f:
            f.write(json.dumps(wish) + "\n")
            f.flush()
            return json.loads(f.readline())

    def limit(self, bytes_per_second: int) -> None:
        self.set(rate=bytes_per_second)

    def state(self) -> dict:
        return self.set()

    @contextlib.contextmanager
    def away(self, mode: str = "refuse"):
        """The endpoint is gone ("refuse") or deaf ("hang") inside the block."""
        self.set(mode=mode)
        try:
            yield
        finally:
            self.set(mode="pass")


class Platform:
    """The running platform, from behind: processes, database, Redis, logs, disk."""

    def __init__(self, rig: "Rig") -> None:
        self.var = pathlib.Path(rig["VAR_DIR"])
        self.downloads = self.var / "downloads"
        self.run = pathlib.Path(
            re.search(r"^pidfile=(.*)/supervisord.pid$", (self.var / "etc/supervisord.conf").read_text(), re.M)[1])

    def ctl(self, *arguments: str) -> str:
        """supervisorctl: ctl("stop", "workers:s3-worker"). Exit 3 of `status`, and 1 of
        `pid` with the answer 0, only say that something does not run."""
        r = subprocess.run(["/usr/bin/supervisorctl", "-c", str(self.var / "etc/supervisord.conf"), *arguments],
                           capture_output=True, text=True, timeout=400)
        if r.returncode not in (0, 3) and r.stdout.strip() != "0":
            raise AssertionError(f"supervisorctl {arguments}: {r.stdout}{r.stderr}")
        return r.stdout

    @staticmethod
    def full_name(program: str) -> str:
        group = {"api-fast": "api:", "api-edge": "api:", "torrent-worker": "workers:", "s3-worker": "workers:",
                 "gdrive-worker": "workers:"}
        return group.get(program, "") + program

    def pid(self, program: str) -> int:
        """0 while it does not run."""
        return int(self.ctl("pid", self.full_name(program)))

    def kill(self, program: str, sig: int = signal.SIGKILL) -> int:
        """Signal the program (and, with SIGKILL, everything it forked); supervisord starts it again. Returns the pid."""
        pid = self.wait_running(program)
        (os.killpg if sig == signal.SIGKILL else os.kill)(pid, sig)
        return pid

    def wait_running(self, program: str, other_than: int = 0, timeout: float = 60) -> int:
        def probe():
            pid = self.pid(program)
            return pid if pid and pid != other_than else None

        return wait_until(f"{program} runs again", probe, timeout, 0.2)

    def stop(self, program: str) -> None:
        self.ctl("stop", self.full_name(program))

    def start(self, program: str) -> None:
        self.ctl("start", self.full_name(program))

    def own(self, program: str, log: str, **settings: str) -> subprocess.Popen:
        """A process of this program beside the plan's, with other settings; as the user that it has there. The caller ends it."""
        env = {**self.environment(program), "METRICS_DIR": "", "PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0", **settings}
        who = {"user": "tc-upload", "group": "torrentclou", "extra_groups": []} if os.geteuid() == 0 else {}
        with open(self.var / "log" / f"{log}.log", "ab") as out:
            return subprocess.Popen([self.var / "app/bin" / f"torrentclou-{program}"], env=env, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=out, start_new_session=True, **who)

    def environment(self, program: str = "api-fast") -> dict[str, str]:
        """What the program was given."""
        env = {}
        for line in (self.var / "etc/env" / program).read_text().splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            env[name] = shlex.split(value)[0] if value else ""
        return env

    def sql(self, statement: str) -> list[list[str]]:
        """Rows as text, through psql and the platform's own role."""
        r = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", statement,
                            "-d", self.environment()["DATABASE_URL"]], capture_output=True, text=True, timeout=60,
                           env={**os.environ, "PGOPTIONS": "-c search_path=torrentclou,public -c timezone=UTC"})
        if r.returncode:
            raise AssertionError(f"{statement}: {r.stderr}")
        return [line.split("\x1f") for line in r.stdout.splitlines()]

    def redis(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-s", str(self.run / "redis/redis.sock"), *words],
                              capture_output=True, text=True, timeout=30, check=True).stdout.strip()

    def log(self, program: str) -> str:
        return (self.var / "log" / f"{program}.log").read_text(errors="replace")

    def files_on_disk(self) -> list[str]:
        """Payload below the downloads folder, without the platform's own dot files."""
        return sorted(str(p.relative_to(self.downloads)) for p in self.downloads.rglob("*")
                      if p.is_file() and not any(part.startswith(".") for part in p.relative_to(self.downloads).parts))


class Torrent:
    """A torrent with its content on disk: files maps the path inside the torrent to (size, sha256)."""

    def __init__(self, name: str, folder: pathlib.Path, path: pathlib.Path, infohash: str) -> None:
        self.name, self.folder, self.path, self.infohash = name, folder, path, infohash
        self.metainfo = path.read_bytes()
        self.content = folder / name
        self.multi_file = self.content.is_dir()
        found = self.order = content_files(self.content)
        self.files = {
            str(p.relative_to(self.content)) if self.multi_file else name:
                (p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest()) for p in found}

    @property
    def size(self) -> int:
        return sum(size for size, _ in self.files.values())

    def key(self, job_id: int, path: str) -> str:
        """Where the platform puts a file of this torrent."""
        return f"torrents/{job_id}/" + (f"{self.name}/{path}" if self.multi_file else path)


def content_files(content: pathlib.Path) -> list[pathlib.Path]:
    """In the order of the torrent."""
    return [content] if content.is_file() else sorted(p for p in content.rglob("*") if p.is_file())


def describe(content: pathlib.Path, piece: int) -> dict:
    """The info dictionary (BEP 3) of a file or folder. Our own, because transmission-create leaves out empty files."""
    files = content_files(content)
    data = b"".join(p.read_bytes() for p in files)
    pieces = b"".join(hashlib.sha1(data[i:i + piece]).digest() for i in range(0, len(data), piece))
    info: dict = {"name": content.name, "piece length": piece, "pieces": pieces}
    if content.is_file():
        return {**info, "length": len(data)}
    info["files"] = [{"length": p.stat().st_size, "path": list(p.relative_to(content).parts)} for p in files]
    return info


# Names that have broken programs: nested folders, spaces, what URLs and S3 signatures treat in their own way, UTF-8.
ODD_FILES = {
    "readme.txt": 1234,
    "empty.bin": 0,
    "sub/deep er/and deeper/one.dat": 70_000,
    "sub/a+b %41 & c='d' (e) [f];,~!@$.txt": 4_321,
    "sub/Ünïcödé ☂ 日本語.mkv": 300_001,
    "one byte": 1,
}


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
        bytes_of = random.Random(str(folder)).randbytes
        if isinstance(files, int):
            (folder / name).write_bytes(bytes_of(files))
        else:
            for path, size in (files or {**ODD_FILES, "large.bin": 48 * MIB}).items():
                target = folder / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(bytes_of(size))
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
        left = [u for u in self.s3.uploads(bucket) if u[0].startswith(f"torrents/{job_id}/")]
        if left:
            raise AssertionError(f"unfinished multipart uploads: {left}")


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
