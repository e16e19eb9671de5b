"""Random and mutated requests to every operation: no process falls over, nothing is answered 500, every refusal is the error body, no
connection stays behind. 500 an operation, 10,000 with LONG=1; MUTATION_SEED=… repeats a run."""
import http.client
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import urllib.parse
import uuid

import yaml
from api_case import ApiCase
from mutate import Mutator, Request
from schema import Schemas
from test_auth import token_of
from tc import PROJECT, Answer, Api

COUNT = 10_000 if os.environ.get("LONG") else 500
SEED = os.environ.get("MUTATION_SEED", "20261124")
THREADS = 6
PROBLEM = {"type", "title", "status", "detail", "code", "message", "traceId"}
# A stream without an end; test_events.py is about it.
LEFT_OUT = {("GET", "/events")}


class User:
    """Somebody of an operation's own, with sessions enough: what ends them is one of the operations."""

    def __init__(self, case: "Mutations") -> None:
        self.case, self.tokens = case, []
        self.email = f"mutation-{uuid.uuid4().hex[:12]}@example.com"
        self.id = int(case.rig.platform.sql("insert into users (email, full_name, password_hash) select "
                                            f"'{self.email}', 'Mutation', password_hash from users where is_admin limit 1 returning id")[0][0])
        self.lock = threading.Lock()
        self.more()

    def more(self) -> None:
        rows = self.case.rig.platform.sql(
            "insert into sessions (user_id, kind, address, expires_at) "
            f"select {self.id}, 'token', '127.0.0.1', now() + interval '1 day' from generate_series(1, 200) returning id")
        version = self.case.rig.platform.sql(f"select token_version from users where id = {self.id}")[0][0]
        now = int(time.time())
        self.tokens = [token_of(self.case.secret, email=self.email, given_name="Mutation", nameid=str(self.id), nbf=now, exp=now + 86400,
                                iat=now, iss="TorrenClou_API", aud="TorrenClou_Client", jti=row[0], ver=int(version), csrf="x") for row in rows]

    def token(self, spent: str | None = None) -> str:
        """The present one; `spent` is one that is worth nothing any more."""
        with self.lock:
            if spent and spent in self.tokens:
                self.tokens.remove(spent)
            if not self.tokens:
                self.more()
            return self.tokens[0]


class Mutations(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.secret = self.rig.platform.environment()["JWT_SECRET"]
        document = yaml.safe_load((PROJECT / "docs/openapi.yaml").read_text())
        self.schemas = Schemas(document)
        self.operations = [(m.upper(), path, item[m]) for path, item in document["paths"].items() for m in item
                           if m in ("get", "post", "put", "patch", "delete") and (m.upper(), path) not in LEFT_OUT]
        self.failures: list[str] = []
        self.statuses: dict[int, int] = {}
        self.addCleanup(self.rig.platform.sql,
                        "delete from jobs where user_id in (select id from users where email like 'mutation-%'); "
                        "delete from users where email like 'mutation-%'")

    # What must be the same afterwards.

    def children(self) -> dict[str, list[int]]:
        return {pool: sorted(int(p) for p in subprocess.run(["pgrep", "-P", str(self.rig.platform.pid(pool))], capture_output=True, text=True)
                             .stdout.split()) for pool in ("api-fast", "api-edge")}

    def descriptors(self) -> dict[int, int]:
        return {pid: len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir())) for pids in self.children().values() for pid in pids}

    def connections(self) -> tuple[int, int]:
        """Of the API's processes to PostgreSQL and Redis."""
        postgres = self.rig.platform.sql("select count(*) from pg_stat_activity where application_name like 'torrentclou-api%'")
        return int(postgres[0][0]), len(self.rig.platform.redis("client", "list").splitlines())

    def warm_up(self) -> None:
        """Each child opens its connections with its first request."""
        for _ in range(60):
            self.api.get("/api/health/detailed")
            self.api.post("/api/storage/s3/test", {})
            self.api.post("/api/torrents/create-job", {"torrentFileId": 0})

    # One request.

    def send(self, connection: http.client.HTTPConnection, request: Request) -> Answer:
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.replace("\r\n", " ").encode("latin-1"))
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(request.body or b"")))
        connection.endheaders(request.body)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def complaint(self, request: Request, answer: Answer) -> str:
        """What is wrong with it, "" when nothing is."""
        kind = answer.headers.get("Content-Type", "")
        if answer.status >= 500 and request.path.lower().strip("/").split("?")[0] != "api/health/ready":
            return "failed"
        if "X-Injected" in answer.headers:
            return "a header was injected"
        if request.method == "HEAD" or answer.status in (204, 304):
            return "a body" if answer.body else ""
        if answer.status >= 400:
            if not kind.startswith("application/problem+json"):
                return "no problem+json"
            body = json.loads(answer.body)
            if set(body) - {"errors"} != PROBLEM or body["status"] != answer.status or body["code"] != body["title"] or body["detail"] != body["message"]:
                return "not the error body"
            if not (body["code"] and body["detail"] and body["traceId"]):
                return "an empty member"
        elif kind.startswith("application/json"):
            json.loads(answer.body)
        return ""

    def work(self, number: int) -> None:
        netloc = urllib.parse.urlsplit(self.rig["API_URL" if number % 3 else "WEB_URL"]).netloc
        connection = http.client.HTTPConnection(netloc, timeout=120)
        for method, path, operation in self.operations:
            user = self.users[method, path]
            mutator = Mutator(f"{SEED} {method} {path} {number}", method, path, operation, self.schemas, user.ids)
            for _ in range(number, COUNT, THREADS):
                token = user.token()
                request = mutator.request(token)
                request.headers.append(("X-Forwarded-For", f"198.51.{mutator.random.randrange(256)}.{mutator.random.randrange(1, 255)}"))
                try:
                    answer = self.send(connection, request)
                    wrong = self.complaint(request, answer)
                    if answer.status == 401:
                        user.token(spent=token)
                    if wrong:
                        self.failures.append(f"{wrong}: {request!r}: {answer!r}")
                    with user.lock:
                        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                except (OSError, http.client.HTTPException, ValueError) as e:
                    self.failures.append(f"{e!r}: {request!r}")
                    connection.close()
                if len(self.failures) > 20:
                    return
        connection.close()

    def make_user(self) -> User:
        user = User(self)
        client = Api(self.rig, self.rig["API_URL"])
        client.token = user.token()
        profile = self.profile_id(client)
        torrent = self.torrent_id(api=client)
        job = client.must("POST", "/api/torrents/create-job", {"torrentFileId": torrent, "storageProfileId": profile})["jobId"]
        user.ids = [profile, torrent, job]
        return user

    def test_cut_off_requests(self):
        """Half a header, half a body, and gone: the process that had it is free again."""
        self.warm_up()
        before = self.children()
        head = (f"POST /api/torrents/create-job HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.api.token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n").encode()
        form = (f"POST /api/torrents/analyze HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.api.token}\r\n"
                "Content-Type: multipart/form-data; boundary=d\r\nContent-Length: 5000000\r\n\r\n--d\r\n").encode() + b"d" * 300_000
        for text in (head[:40], head[:-2], head, head + b'{"torrentFileId":', form, form[:-299_000], b"\x16\x03\x01\x02\0" * 9, b"GET / HTTP/9.9\r\n\r\n"):
            for port in ("API_URL", "WEB_URL"):
                for _ in range(6):
                    address = urllib.parse.urlsplit(self.rig[port])
                    with socket.create_connection((address.hostname, address.port), 10) as s:
                        s.sendall(text)
                    self.assertEqual(self.api.get("/api/jobs?pageSize=1").status, 200)
        self.assertEqual(self.children(), before)

    def test_mutated_requests(self):
        self.users = {(method, path): self.make_user() for method, path, _ in self.operations}
        self.warm_up()
        before = self.children(), self.connections()
        descriptors = self.descriptors()
        threads = [threading.Thread(target=self.work, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.failures[:5], [], f"{len(self.failures)} of them; MUTATION_SEED={SEED}")
        self.assertEqual(self.children(), before[0], "a process fell over")
        self.warm_up()
        self.assertEqual(self.connections()[0], before[1][0], "connections to PostgreSQL")
        self.assertLessEqual(self.connections()[1], before[1][1], "connections to Redis")
        after = self.descriptors()
        self.assertFalse({pid: (n, after[pid]) for pid, n in descriptors.items() if after[pid] > n + 2}, "descriptors")
        sent = sum(self.statuses.values())
        self.assertGreaterEqual(sent, len(self.operations) * COUNT)
        # They reach beyond the first check: many are taken, and no kind of refusal is all there is.
        self.assertGreater(self.statuses.get(200, 0), sent / 20, self.statuses)
        self.assertLessEqual({200, 204, 400, 401, 404, 405, 413, 415, 422}, set(self.statuses), self.statuses)
        self.assertEqual(self.rig.api().get("/api/jobs").status, 200)
        print(f"    {sent} requests: {dict(sorted(self.statuses.items()))}", flush=True)
