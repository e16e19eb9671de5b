"""docs/openapi.yaml against the running API: the same addresses and methods, and answers that are exactly as described."""
import re

import bencode
import yaml
from api_case import ApiCase, golden
from schema import Schemas
from tc import PROJECT, Api

METHODS = ("get", "post", "put", "patch", "delete")


class OpenApi(ApiCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.document = yaml.safe_load((PROJECT / "docs/openapi.yaml").read_text())
        cls.schemas = Schemas(cls.document)
        cls.described = {(m.upper(), p) for p, item in cls.document["paths"].items() for m in METHODS if m in item}

    def assert_described(self, method: str, path: str, answer) -> None:
        operation = self.document["paths"][path][method.lower()]
        self.assertIn(str(answer.status), operation["responses"], f"{method} {path}: {answer!r}")
        response = self.schemas.resolve(operation["responses"][str(answer.status)])
        if "content" not in response:
            self.assertEqual(answer.body, b"", f"{method} {path}")
            return
        kind = answer.headers["Content-Type"].split(";")[0]
        self.assertIn(kind, response["content"])
        self.assertEqual(self.schemas.errors(answer.json, response["content"][kind]["schema"]), [], f"{method} {path}")

    def test_the_map_of_routes_is_the_same(self):
        rows = re.findall(r'^ *\{"([A-Z]+)", +"([^"]+)",', (PROJECT / "fcgi-app/routes.c").read_text(), re.M)
        self.assertGreater(len(rows), 20)
        self.assertEqual(set(rows), self.described)

    def test_the_running_api_has_these_and_no_other_methods(self):
        stranger = Api(self.rig, self.rig["API_URL"])
        # "/x/statistics" is also an "/x/{id}", for the methods that it does not take itself.
        by_pattern = {(m, p) for m, q in self.described for p in self.document["paths"]
                      if p != q and re.fullmatch(q.replace("{id}", "[^/{}]+"), p)}
        for path, item in self.document["paths"].items():
            base = Api(self.rig, self.rig["WEB_URL"]) if path == "/events" else stranger
            for method in METHODS:
                answer = base.request(method.upper(), path.replace("{id}", "1"))
                if method in item:
                    self.assertNotIn(answer.status, (404, 405), (method, path))
                    self.assertEqual(answer.status == 401, item[method].get("security") != [], (method, path))
                    self.assert_described(method, path, answer) if answer.status != 415 else None
                elif (method.upper(), path) not in by_pattern:
                    self.assert_problem(answer, 405, "MethodNotAllowed")
                    allowed = {m.lower() for m, p in by_pattern if p == path} | set(item) & set(METHODS)
                    self.assertEqual(set(answer.headers["Allow"].lower().split(", ")), allowed)

    def test_answers_are_as_described(self):
        profile = self.profile_id()
        job = self.job_id("UPLOAD_FAILED", profile)
        calls = [
            ("POST", "/api/auth/login", {"email": self.rig["ADMIN_EMAIL"], "password": self.rig["ADMIN_PASSWORD"]}),
            ("POST", "/api/auth/login", {"email": None}),
            ("GET", "/api/auth/me", None),
            ("GET", "/api/auth/sessions", None),
            ("POST", "/api/auth/sessions/revoke-others", None),
            ("DELETE", "/api/auth/sessions/{id}", 0),
            ("GET", "/api/auth/api-keys", None),
            ("POST", "/api/auth/api-keys", golden("api-key-request")),
            ("POST", "/api/auth/api-keys", {"name": ""}),
            ("DELETE", "/api/auth/api-keys/{id}", 0),
            ("POST", "/api/auth/password", {"currentPassword": "wrong"}),
            ("POST", "/api/torrents/create-job", {"torrentFileId": 0}),
            ("POST", "/api/torrents/create-job", {"torrentFileId": self.torrent_id(), "storageProfileId": profile}),
            ("GET", "/api/jobs", None),
            ("GET", "/api/jobs/statistics", None),
            ("GET", "/api/jobs/{id}", job),
            ("GET", "/api/jobs/{id}", 0),
            ("GET", "/api/jobs/{id}", "x"),
            ("GET", "/api/jobs/{id}/timeline", job),
            ("POST", "/api/jobs/{id}/retry", job),
            ("POST", "/api/jobs/{id}/retry", job),
            ("POST", "/api/jobs/{id}/cancel", job),
            ("POST", "/api/jobs/{id}/cancel", job),
            ("GET", "/api/storage/profiles", None),
            ("GET", "/api/storage/profiles/{id}", profile),
            ("POST", "/api/storage/profiles/{id}/set-default", profile),
            ("POST", "/api/storage/profiles/{id}/disconnect", profile),
            ("DELETE", "/api/storage/profiles/{id}", self.profile_id()),
            ("DELETE", "/api/storage/profiles/{id}", 0),
            ("POST", "/api/storage/s3/configure", golden("s3-configure-request") | {"skipTest": True}),
            ("POST", "/api/storage/s3/configure", {}),
            ("POST", "/api/storage/s3/test", golden("s3-test-request") | {"s3Endpoint": "http://127.0.0.1:9"}),
            ("GET", "/api/health", None),
            ("GET", "/api/health/ready", None),
            ("GET", "/api/health/detailed", None),
        ]
        login = calls[0][2]
        for method, path, what in calls:
            target = path.replace("{id}", str(what))
            self.assert_described(method, path, self.api.request(method, target, what if isinstance(what, dict) else None))
        calls.append(("POST", "/api/auth/logout", None))
        for credentials in ("logout", "password"):  # they end the session that asks
            other = self.stranger()
            answer = other.post(f"/api/auth/{credentials}", credentials == "password" and {
                "currentPassword": login["password"], "newPassword": "a better phrase than that"} or None)
            self.assert_described("POST", f"/api/auth/{credentials}", answer)
        self.assert_described("POST", "/api/torrents/analyze", self.api.analyze(bencode.torrent("described", {"a": 1})))
        self.assert_described("POST", "/api/torrents/analyze", self.api.analyze(b"x"))
        self.assertEqual({(m, p) for m, p, _ in calls} | {("POST", "/api/torrents/analyze"), ("GET", "/events")}, self.described)

    def test_golden_bodies_are_as_described(self):
        schemas = self.document["components"]["schemas"]
        for name, schema in (("error", "Problem"), ("error-validation", "Problem"), ("login", "Login"), ("me", "Me"),
                             ("password", "Login"), ("api-key-created", "NewApiKey"),
                             ("job-detail", "JobDetail"), ("event-job", "JobEvent"), ("statistics", "Statistics"),
                             ("s3-test", "S3Test"), ("health-ready", "Ready"), ("profile-detail", "ProfileDetail")):
            self.assertEqual(self.schemas.errors(golden(name), schemas[schema]), [], name)
        for body, schema in [(s, "Session") for s in golden("sessions")] + [(k, "ApiKey") for k in golden("api-keys")]:
            self.assertEqual(self.schemas.errors(body, schemas[schema]), [])
        for body, schema in [(j, "Job") for j in golden("jobs-page")["items"]] + [(p, "Profile") for p in golden("profiles")]:
            self.assertEqual(self.schemas.errors(body, schemas[schema]), [])
