"""What the API's tests share: the running platform without its workers, so that a job stays as a test left it; a second
user; the shapes of tests/contract."""
import atexit
import json
import re
import uuid

import bencode
from tc import PROJECT, Api, RigCase

WORKERS = ("torrent-worker", "s3-worker", "gdrive-worker")
MAYBE_FLAGS = {"checkOk", "conditionalCreate"}  # booleans that may be null
DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")

# The way to each status, as the transition table has it.
WAYS = {
    "QUEUED": [],
    "DOWNLOADING": [("DOWNLOADING", "Worker")],
    "TORRENT_DOWNLOAD_RETRY": [("TORRENT_DOWNLOAD_RETRY", "Worker")],
    "TORRENT_FAILED": [("TORRENT_FAILED", "Worker")],
    "FAILED": [("FAILED", "Recovery")],
    "CANCELLED": [("CANCELLED", "User")],
}
WAYS["PENDING_UPLOAD"] = WAYS["DOWNLOADING"] + [("PENDING_UPLOAD", "Worker")]
WAYS["UPLOADING"] = WAYS["PENDING_UPLOAD"] + [("UPLOADING", "Worker")]
WAYS["UPLOAD_RETRY"] = WAYS["PENDING_UPLOAD"] + [("UPLOAD_RETRY", "Worker")]
WAYS["UPLOAD_FAILED"] = WAYS["UPLOADING"] + [("UPLOAD_FAILED", "Worker")]
WAYS["COMPLETED"] = WAYS["UPLOADING"] + [("COMPLETED", "Worker")]


def golden(name: str):
    return json.loads((PROJECT / "tests/contract" / f"{name}.json").read_text())


def start_workers(platform) -> None:
    for worker in WORKERS:
        platform.start(worker)


class ApiCase(RigCase):
    api: Api
    workers_stopped = False

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not ApiCase.workers_stopped:  # once for all classes: a drain takes its time
            ApiCase.workers_stopped = True
            atexit.register(start_workers, cls.rig.platform)
            for worker in WORKERS:
                cls.rig.platform.stop(worker)
        cls.api = cls.rig.api()

    # Objects to test with.

    def torrent_id(self, files=None, name: str | None = None, api: Api | None = None) -> int:
        """A torrent that nobody has: id after its analysis."""
        metainfo = bencode.torrent(name or f"t {uuid.uuid4().hex}", files or {"a.bin": 70000, "sub/b.bin": 5})
        answer = (api or self.api).analyze(metainfo)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["torrentFileId"]

    def profile_id(self, api: Api | None = None, **more) -> int:
        return (api or self.api).s3_profile("untested", skipTest=True, **more)

    def job_id(self, status: str = "QUEUED", profile: int | None = None, api: Api | None = None) -> int:
        api = api or self.api
        job = api.must("POST", "/api/torrents/create-job", {
            "torrentFileId": self.torrent_id(api=api), "storageProfileId": profile or self.profile_id(api)})["jobId"]
        steps = [f"begin; select set_config('torrentclou.source', '{source}', true); "
                 f"update jobs set status = '{to}' where id = {job}; commit;" for to, source in WAYS[status]]
        if steps:
            self.rig.platform.sql(" ".join(steps))
        self.addCleanup(self.forget, job)
        return job

    def forget(self, job: int) -> None:
        self.rig.platform.sql(f"delete from jobs where id = {job}")

    def stranger(self) -> Api:
        """Somebody else, with the admin's password."""
        email = f"u{uuid.uuid4().hex[:12]}@example.com"
        self.rig.platform.sql("insert into users (email, full_name, password_hash) "
                              f"select '{email}', 'Somebody Else', password_hash from users where is_admin limit 1")
        client = Api(self.rig, self.rig["API_URL"])
        client.login(email)
        client.email = email
        return client

    # Assertions.

    def assert_problem(self, answer, status: int, code: str, detail: str | None = None, fields: dict | None = None):
        """The one error body of the API, complete and consistent."""
        self.assertEqual(answer.status, status, answer)
        self.assertTrue(answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers)
        body = answer.json
        expected = {"type", "title", "status", "detail", "code", "message", "traceId"} | ({"errors"} if fields else set())
        self.assertEqual(set(body), expected, answer)
        self.assertEqual((body["code"], body["title"], body["status"], body["type"]), (code, code, status, "about:blank"))
        self.assertEqual(body["detail"], body["message"])
        self.assertRegex(body["traceId"], r"^[0-9a-f]{32}$")
        if detail is not None:
            self.assertEqual(body["detail"], detail)
        if fields:
            self.assertEqual(body["errors"], fields)
        return body

    def assert_shape(self, value, like, where: str = "$") -> None:
        """The same members with the same types as the golden body; null fits what may be null, dates end in Z, and the
        first element of a golden list stands for all."""
        if isinstance(like, dict) and value is not None:
            self.assertIsInstance(value, dict, where)
            self.assertEqual(list(value), list(like), f"{where}: members")
            for key in like:
                self.assert_shape(value[key], like[key], f"{where}.{key}")
        elif isinstance(like, list) and value is not None:
            self.assertIsInstance(value, list, where)
            for i, item in enumerate(value if like else []):
                self.assert_shape(item, like[0], f"{where}[{i}]")
        elif isinstance(like, bool) and value is None and where.rpartition(".")[2] in MAYBE_FLAGS:
            pass
        elif isinstance(like, bool):
            self.assertIsInstance(value, bool, where)
        elif isinstance(like, (int, float)) and value is not None:
            self.assertIsInstance(value, (int, float), where)
            self.assertNotIsInstance(value, bool, where)
        elif isinstance(like, str) and DATE.match(like) and value is not None:
            self.assertRegex(value, DATE, where)
        elif isinstance(like, str) and value is not None:
            self.assertIsInstance(value, str, where)
