"""docs/openapi.yaml against the running API: the same addresses and methods, every documented answer of every operation provoked
(or listed below with the reason why not), and each of them exactly as described."""
import re

import bencode
import yaml
from api_case import ApiCase, golden
from prometheus import Metrics
from schema import Schemas
from tc import PROJECT, Answer, Api, wait_until

METHODS = ("get", "post", "put", "patch", "delete")
BIG = b'{"x":"' + b"a" * 1_100_000 + b'"}'

# Served by nginx from static/dist: no row of routes.c.
STATIC = {"/api/docs", "/api/openapi.yaml"}

# To the replaced product an id that is no number is no such address, here alone.
NO_ADDRESS = "/api/storage/gdrive/{id}/reauthenticate"

# Documented answers that this file cannot provoke: (method, path, status) -> why, and where it is tested.
NOT_HERE = {
    ("POST", "/api/auth/login", "429"): "would lock out the other tests; test_auth.py",
    ("POST", "/api/auth/password", "429"): "the same",
    ("GET", "/events", "200"): "a stream without an end; test_events.py",
    ("GET", "/api/health/ready", "503"): "needs Redis stopped; test_a_server_that_is_away below",
}


class OpenApi(ApiCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.document = yaml.safe_load((PROJECT / "docs/openapi.yaml").read_text())
        cls.schemas = Schemas(cls.document)
        cls.operations = {(m.upper(), path): item[m] for path, item in cls.document["paths"].items() for m in METHODS if m in item}

    # What an operation is, from its description.

    def parameters(self, method: str, path: str) -> list[str]:
        """Names of its parameters, those of the path included."""
        found = self.document["paths"][path].get("parameters", []) + self.operations[method, path].get("parameters", [])
        return [self.schemas.resolve(p)["name"] for p in found]

    def body_type(self, method: str, path: str) -> str:
        """The media type of its request body, "" without one."""
        body = self.operations[method, path].get("requestBody")
        return next(iter(self.schemas.resolve(body)["content"])) if body else ""

    def needs_session(self, method: str, path: str) -> bool:
        return {} not in (security := self.operations[method, path].get("security", [{"bearer": []}])) and security != []

    def client(self, path: str, session: Api | None = None) -> Api:
        """Of the port that serves it: without a session, or with the one given."""
        base = "WEB_URL" if path == "/events" or path.startswith("/hangfire") else "API_URL"
        return session or Api(self.rig, self.rig[base])

    def assert_described(self, method: str, path: str, answer: Answer) -> None:
        responses = self.operations[method, path]["responses"]
        self.assertIn(str(answer.status), responses, f"{method} {path}: {answer!r}")
        response = self.schemas.resolve(responses[str(answer.status)])
        for name in response.get("headers", {}):
            self.assertIn(name, answer.headers, f"{method} {path} {answer.status}")
        if "content" not in response:
            self.assertEqual(answer.body, b"", f"{method} {path}")
            return
        kind = answer.headers["Content-Type"].split(";")[0]
        self.assertIn(kind, response["content"], f"{method} {path} {answer.status}")
        if kind.endswith("json"):
            self.assertEqual(self.schemas.errors(answer.json, response["content"][kind]["schema"]), [], f"{method} {path}")

    # The same addresses.

    def test_the_map_of_routes_is_the_same(self):
        rows = re.findall(r'^ *\{"([A-Z]+)", +"([^"]+)",', (PROJECT / "fcgi-app/routes.c").read_text(), re.M)
        self.assertGreater(len(rows), 20)
        self.assertEqual(set(rows), {(m, p) for m, p in self.operations if p not in STATIC})

    def test_the_running_api_has_these_and_no_other_methods(self):
        # "/x/statistics" is also an "/x/{id}", for the methods that it does not take itself.
        by_pattern = {(m, p) for m, q in self.operations for p in self.document["paths"]
                      if p != q and re.fullmatch(q.replace("{id}", "[^/{}]+"), p)}
        for path, item in self.document["paths"].items():
            for method in METHODS:
                answer = self.client(path).request(method.upper(), re.sub(r"\{\w+\}", "1", path))
                if method in item:
                    self.assertNotIn(answer.status, (404, 405), (method, path))
                    self.assertEqual(answer.status == 401, self.needs_session(method.upper(), path), (method, path, answer))
                elif (method.upper(), path) not in by_pattern:
                    self.assert_problem(answer, 405, "MethodNotAllowed")
                    allowed = {m.lower() for m, p in by_pattern if p == path} | set(item) & set(METHODS)
                    self.assertEqual(set(answer.headers["Allow"].lower().split(", ")) - {"head"}, allowed, path)

    # Every documented answer.

    def key(self, *scopes: str) -> dict:
        """The header of a new API key."""
        made = self.api.must("POST", "/api/auth/api-keys", golden("api-key-request") | {"scopes": list(scopes)})
        self.addCleanup(self.api.must, "DELETE", f"/api/auth/api-keys/{made['id']}")
        return {"X-Api-Key": made["key"]}

    def common_calls(self) -> list[tuple]:
        """What follows from the description of any operation: (method, path, status, answer). Ids here are ones that nothing has."""
        calls = []
        browser = self.rig.browser()
        browser.csrf = None
        keys = {"GET": self.key("jobs"), "other": self.key("read")}  # of the wrong scope for each
        for (method, path), operation in self.operations.items():
            if path.startswith("/hangfire"):  # pages, for browsers: hangfire_calls
                continue
            responses, kind = operation["responses"], self.body_type(method, path)
            nobody = re.sub(r"\{\w+\}", "2147483647", path)

            def call(status: str, target: str = nobody, api: Api = self.api, body=None, headers=None) -> None:
                if status in responses:
                    calls.append((method, path, status, api.request(method, target, body, headers)))

            empty = {} if kind == "application/json" else None
            if self.needs_session(method, path):
                call("401", api=self.client(path), body=empty)
                call("403", api=self.client(path), body=empty, headers=keys.get(method, keys["other"]))
            if "X-CSRF-Token" in self.parameters(method, path):
                call("403", api=browser, body=empty)
            if "{" in path:
                call("404", body=empty)
                call("404" if path == NO_ADDRESS else "400", re.sub(r"\{\w+\}", "x", path), body=empty)
            if "{" not in path and kind == "application/json":
                call("400", body=b"[]", headers={"Content-Type": kind})
            if kind == "application/json":
                call("413", body=BIG, headers={"Content-Type": kind})
            if kind:
                call("415", body=b"x", headers={"Content-Type": "text/plain"})
        return calls

    def own_calls(self) -> list[tuple]:
        """What only the operation itself can tell: (method, path, status, answer)."""
        profile, other = self.profile_id(), self.profile_id()
        failed, busy, done = self.job_id("UPLOAD_FAILED", profile), self.job_id("UPLOADING"), self.job_id("COMPLETED")
        waiting = self.api.job(self.job_id("UPLOAD_RETRY"))
        torrent = self.torrent_id()
        order = {"torrentFileId": torrent, "storageProfileId": other}
        s3 = golden("s3-configure-request") | {"skipTest": True}
        calls = []

        def call(method: str, path: str, status: int, what=None, query: str = "", api: Api = self.api, **more) -> None:
            """what: the id in the path, or the body."""
            target = re.sub(r"\{\w+\}", str(what), path) + query
            body = what if "{" not in path else more.pop("body", None)
            calls.append((method, path, str(status), api.request(method, target, body, **more)))

        call("POST", "/api/auth/login", 200, {"email": self.rig["ADMIN_EMAIL"], "password": self.rig["ADMIN_PASSWORD"]})
        call("POST", "/api/auth/login", 401, {"email": "nobody@example.com"}, headers={"X-Forwarded-For": "198.51.100.9"})
        call("GET", "/api/auth/me", 200)
        call("GET", "/api/auth/sessions", 200)
        call("DELETE", "/api/auth/sessions/{id}", 204, self.other_session())
        call("GET", "/api/auth/api-keys", 200)
        call("POST", "/api/auth/api-keys", 422, {"name": ""})
        for method, path, status, body in (  # of somebody else, because they end sessions or fill a list
                ("POST", "/api/auth/sessions/revoke-others", 200, None),
                ("POST", "/api/auth/password", 422, {"currentPassword": "wrong"}),
                ("POST", "/api/auth/password", 200, {"currentPassword": self.rig["ADMIN_PASSWORD"], "newPassword": "a better phrase than that"}),
                ("POST", "/api/auth/logout", 204, None)):
            call(method, path, status, body, api=self.stranger())
        stranger = self.stranger()
        for _ in range(49):
            stranger.must("POST", "/api/auth/api-keys", golden("api-key-request"))
        call("POST", "/api/auth/api-keys", 200, golden("api-key-request"), api=stranger)
        call("POST", "/api/auth/api-keys", 409, golden("api-key-request"), api=stranger)
        call("DELETE", "/api/auth/api-keys/{id}", 204, stranger.get("/api/auth/api-keys").json[0]["id"], api=stranger)
        call("POST", "/api/torrents/create-job", 404, {"torrentFileId": 0})
        call("POST", "/api/torrents/create-job", 422, {"torrentFileId": torrent})
        call("POST", "/api/torrents/create-job", 200, order)
        call("POST", "/api/torrents/create-job", 409, order)
        call("POST", "/api/torrents/create-job", 400, {"torrentFileId": waiting["requestFileId"], "storageProfileId": other})
        call("GET", "/api/jobs", 200)
        call("GET", "/api/jobs", 400, query="?status=NOPE")
        call("GET", "/api/jobs/statistics", 200)
        call("GET", "/api/jobs/{id}", 200, failed)
        call("GET", "/api/jobs/{id}/timeline", 200, failed)
        call("GET", "/api/jobs/{id}/manifest", 200, failed)
        call("GET", "/api/jobs/{id}/manifest", 200, failed, query="?format=sha256sum")
        call("POST", "/api/jobs/{id}/retry", 200, failed)
        call("POST", "/api/jobs/{id}/retry", 400, busy)
        call("POST", "/api/jobs/{id}/cancel", 200, failed)
        call("POST", "/api/jobs/{id}/cancel", 409, failed)
        call("POST", "/api/jobs/{id}/cancel", 400, done)
        again = self.api.job(failed)
        self.api.must("POST", "/api/torrents/create-job", {"torrentFileId": again["requestFileId"], "storageProfileId": other})
        call("POST", "/api/jobs/{id}/retry", 409, failed)
        call("GET", "/api/storage/profiles", 200)
        call("GET", "/api/storage/profiles/{id}", 200, profile)
        call("POST", "/api/storage/profiles/{id}/set-default", 200, profile)
        change = golden("profile-update-request") | {"skipTest": True}
        call("PATCH", "/api/storage/profiles/{id}", 200, profile, body=change)
        call("PATCH", "/api/storage/profiles/{id}", 422, profile, body={"profileName": "x"})
        call("POST", "/api/storage/profiles/{id}/test", 200, self.profile_id(s3Endpoint="http://127.0.0.1:9"))
        call("POST", "/api/storage/profiles/{id}/test", 200, self.drive_profile())
        call("GET", "/api/storage/profiles/{id}/usage", 200, self.drive_profile())
        call("GET", "/api/storage/profiles/{id}/usage", 422, profile)
        call("GET", "/api/storage/s3/presets", 200)
        call("POST", "/api/storage/profiles/{id}/disconnect", 400, other)
        call("DELETE", "/api/storage/profiles/{id}", 400, other)
        call("POST", "/api/storage/profiles/{id}/disconnect", 200, profile)
        call("POST", "/api/storage/profiles/{id}/disconnect", 409, profile)
        call("DELETE", "/api/storage/profiles/{id}", 204, self.profile_id())
        call("POST", "/api/storage/s3/configure", 200, s3)
        call("POST", "/api/storage/s3/configure", 422, s3 | {"s3Region": ""})
        call("POST", "/api/storage/s3/test", 200, golden("s3-test-request") | {"s3Endpoint": "http://127.0.0.1:9"})
        call("POST", "/api/storage/s3/test", 422, {})
        call("POST", "/api/storage/s3/preview-path", 200, {})
        call("POST", "/api/storage/s3/preview-path", 422, {"s3PathTemplate": "x"})
        self.google_calls(call)
        self.hangfire_calls(call)
        call("GET", "/api/health", 200)
        call("GET", "/api/health/ready", 200)
        call("GET", "/api/health/detailed", 200)
        call("GET", "/api/docs", 200)
        call("GET", "/api/openapi.yaml", 200)
        call("GET", "/metrics", 200)
        call("GET", "/metrics", 200, headers={"Accept": "application/openmetrics-text"})
        call("GET", "/metrics", 404, headers={"X-Forwarded-For": "198.51.100.9"})
        analyze = "/api/torrents/analyze"
        calls.append(("POST", analyze, "200", self.api.analyze(bencode.torrent("described", {"a": 1}))))
        calls.append(("POST", analyze, "422", self.api.analyze(b"x")))
        calls.append(("POST", analyze, "400", self.api.request("POST", analyze, b"--d--\r\n", {"Content-Type": "multipart/form-data; boundary=d"})))
        calls.append(("POST", analyze, "409", self.ambiguous()))
        calls.append(("POST", analyze, "413", self.api.analyze(b"d" * 11_000_000)))
        return calls

    def google_calls(self, call) -> None:
        gdrive, order = "/api/storage/gdrive", golden("gdrive-credential-request")
        credential = self.api.must("POST", f"{gdrive}/credentials", order)["credentialId"]
        drive = self.rig.platform.sql(
            "insert into storage_profiles (user_id, profile_name, provider_type, email, oauth_credential_id) select user_id, 'described', "
            f"'GoogleDrive', gen_random_uuid() || '@example.org', id from oauth_credentials where id = {credential} returning id")[0][0]
        call("GET", "/api/storage/profiles", 200)
        call("GET", "/api/storage/profiles/{id}", 200, drive)
        call("POST", f"{gdrive}/credentials", 200, order)
        call("POST", f"{gdrive}/credentials", 422, order | {"clientId": "x"})
        call("GET", f"{gdrive}/credentials", 200)
        call("PATCH", f"{gdrive}/credentials/{{id}}", 200, credential, body={"name": "described"})
        call("POST", f"{gdrive}/connect", 200, golden("gdrive-connect-request") | {"credentialId": credential})
        call("POST", f"{gdrive}/connect", 404, {})
        call("POST", f"{gdrive}/{{id}}/reauthenticate", 200, drive)
        call("POST", f"{gdrive}/{{id}}/reauthenticate", 422, self.profile_id())
        call("GET", f"{gdrive}/callback", 302)
        call("DELETE", f"{gdrive}/credentials/{{id}}", 400, credential)
        self.rig.platform.sql(f"update storage_profiles set oauth_credential_id = null where id = {drive}")
        call("POST", f"{gdrive}/{{id}}/reauthenticate", 400, drive)
        call("DELETE", f"{gdrive}/credentials/{{id}}", 204, credential)
        call("DELETE", "/api/storage/profiles/{id}", 204, drive)

    def drive_profile(self) -> int:
        return int(self.rig.platform.sql(
            "insert into storage_profiles (user_id, profile_name, provider_type) "
            "select id, 'A drive', 'GoogleDrive' from users where is_admin limit 1 returning id")[0][0])

    def hangfire_calls(self, call) -> None:
        browser, nobody = self.rig.browser(), Api(self.rig, self.rig["WEB_URL"])
        form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": f"csrf={browser.csrf}".encode(), "api": browser}
        call("GET", "/hangfire", 200, api=browser)
        call("GET", "/hangfire", 303, api=nobody)
        call("GET", "/hangfire", 404)
        failed, done = self.job_id("FAILED"), self.job_id("COMPLETED")
        rival = self.api.job(rival_of := self.job_id("CANCELLED"))
        self.api.must("POST", "/api/torrents/create-job", {"torrentFileId": rival["requestFileId"], "storageProfileId": rival["storageProfileId"]})
        requeue, delete = "/hangfire/jobs/{id}/requeue", "/hangfire/jobs/{id}/delete"
        call("POST", requeue, 303, failed, **form)
        call("POST", requeue, 409, rival_of, **form)
        call("POST", delete, 303, failed, **form)
        call("POST", delete, 409, failed, **form)
        for path in (requeue, delete):
            call("POST", path, 303, 1, api=nobody)
            call("POST", path, 400, done, **form)
            call("POST", path, 400, "x", **form)
            call("POST", path, 403, done, **form | {"body": b"csrf=x"})
            call("POST", path, 404, 2147483647, **form)
            call("POST", path, 404, 1)
            call("POST", path, 413, 1, **form | {"body": b"a" * 5000})
            call("POST", path, 415, 1, **form | {"headers": {"Content-Type": "text/plain"}})

    def other_session(self) -> int:
        """One that may be ended: another login of the same user."""
        return next(s["id"] for s in self.rig.api().get("/api/auth/sessions").json if s["current"])

    def ambiguous(self) -> Answer:
        """A hybrid whose two halves the user has as two torrents already."""
        hybrid = (PROJECT / "tests/fixtures/torrents/hybrid.torrent").read_bytes()
        self.rig.platform.sql("delete from torrents t where info_hash_v1 is not null and info_hash_v2 is not null "
                              "and not exists (select from jobs where torrent_id = t.id)")
        whole = self.api.analyze(hybrid).json["torrentFileId"]
        v2 = self.rig.platform.sql(f"select info_hash_v2 from torrents where id = {whole}")[0][0]
        self.rig.platform.sql(f"update torrents set info_hash_v2 = null where id = {whole}; insert into torrents "
                              f"(user_id, name, info_hash_v2, total_size) select user_id, name, '{v2}', 1 from torrents where id = {whole}")
        self.addCleanup(self.rig.platform.sql, f"delete from torrents where id = {whole} or info_hash_v2 = '{v2}'")
        return self.api.analyze(hybrid)

    def test_every_answer_is_as_described_and_every_description_is_true(self):
        seen = set()
        for method, path, status, answer in self.common_calls() + self.own_calls():
            self.assertEqual(str(answer.status), status, f"{method} {path}: {answer!r}")
            self.assert_described(method, path, answer)
            seen.add((method, path, status))
        for (method, path), operation in self.operations.items():
            if self.body_type(method, path):
                self.assertLessEqual({"413", "415"}, set(operation["responses"]), f"{method} {path}")
        described = {(m, p, str(s)) for (m, p), operation in self.operations.items() for s in operation["responses"]}
        self.assertEqual(described - seen - set(NOT_HERE), set(), "described, but never answered")
        self.assertEqual(set(NOT_HERE) - described | set(NOT_HERE) & seen, set(), "no longer true of NOT_HERE")

    def test_a_server_that_is_away(self):
        self.addCleanup(wait_until, "all processes are ready", lambda: all(
            self.api.get("/api/health/ready").status == 200 for _ in range(20)))
        self.addCleanup(self.rig.platform.start, "redis")
        self.rig.platform.stop("redis")
        answers = [self.api.get("/api/health/ready") for _ in range(40)]  # each process remembers the last answer for a while
        for answer in answers:
            self.assert_described("GET", "/api/health/ready", answer)
        self.assert_described("GET", "/api/health/detailed", self.api.get("/api/health/detailed"))
        metrics = self.api.get("/metrics")
        self.assert_described("GET", "/metrics", metrics)
        self.assertEqual(Metrics(metrics.text).total("torrentclou_up", server="redis"), 0)

    def test_golden_bodies_are_as_described(self):
        schemas = self.document["components"]["schemas"]
        for name, schema in (("error", "Problem"), ("error-validation", "Problem"), ("login", "Login"), ("me", "Me"),
                             ("job-detail", "JobDetail"), ("manifest", "Manifest"), ("event-job", "JobEvent"), ("statistics", "Statistics"),
                             ("password", "Login"), ("api-key-created", "NewApiKey"),
                             ("s3-test", "S3Test"), ("health-ready", "Ready"), ("health-detailed", "Detailed"), ("profile-detail", "ProfileDetail"),
                             ("gdrive-connect", "Consent"), ("profile-test", "ProfileTest")):
            self.assertEqual(self.schemas.errors(golden(name), schemas[schema]), [], name)
        for body in golden("errors"):
            self.assertEqual(self.schemas.errors(body, schemas["Problem"]), [])
        for body, schema in [(s, "Session") for s in golden("sessions")] + [(k, "ApiKey") for k in golden("api-keys")]:
            self.assertEqual(self.schemas.errors(body, schemas[schema]), [])
        for body, schema in [(j, "Job") for j in golden("jobs-page")["items"]] + [(p, "Profile") for p in golden("profiles")] + [
                (c, "Credential") for c in golden("gdrive-credentials")] + [(p, "S3Preset") for p in golden("s3-presets")]:
            self.assertEqual(self.schemas.errors(body, schemas[schema]), [])
