"""An HTTP client of the API, and the way of a job."""
import http.cookiejar
import json
import urllib.error
import urllib.request
import uuid

from waiting import wait_until


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


class NoRedirect(urllib.request.HTTPRedirectHandler):
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
            NoRedirect, urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
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
