"""Attacks by what is sent inside a well-formed request: SQL, paths, headers, addresses; and what must never come out."""
import json
import re
import urllib.parse
import uuid

import bencode
import yaml
from attack_case import AttackCase
from tc import PROJECT

SQL = ["'", "''", "\\'", "';drop table jobs;--", "' or '1'='1", "1;select pg_sleep(20)", "$1", "%s", "\\x00", "%27%20or%201=1",
       "'||(select password_hash from users limit 1)||'", "\"; delete from users; --", "{}", "[]", "\\", "\\u0027", "`", "/*", "--"]


class SqlInjection(AttackCase):
    def everything(self) -> list:
        return self.table("select count(*), (select string_agg(password_hash, ',' order by id) from users where is_admin) from "
                          "information_schema.tables where table_schema = 'torrentclou'")

    def string_fields(self):
        """(method, path, field, is_list, all fields) of every text in a JSON body that docs/openapi.yaml describes."""
        document = yaml.safe_load((PROJECT / "docs/openapi.yaml").read_text())

        def resolve(node):
            while "$ref" in node:
                ref = node["$ref"]
                node = document
                for name in ref.removeprefix("#/").split("/"):
                    node = node[name]
            return node

        for path, item in document["paths"].items():
            for method in ("post", "put", "patch"):
                body = resolve(item.get(method, {}).get("requestBody", {})).get("content", {}).get("application/json")
                fields = resolve(body["schema"]).get("properties", {}) if body else {}
                for name, schema in fields.items():
                    kinds = resolve(schema).get("type", [])
                    kinds = [kinds] if isinstance(kinds, str) else kinds
                    if "string" in kinds or "array" in kinds:
                        yield method.upper(), path, name, "array" in kinds, fields

    # What makes the rest of a body pass, so that the attacked field reaches its statement.
    GOOD = {"email": "a@example.com", "password": "x", "name": "n", "scopes": ["read"], "profileName": "abc",
            "s3Endpoint": "http://127.0.0.1:9", "s3AccessKey": "a", "s3SecretKey": "b", "s3BucketName": "bucket",
            "s3Region": "r", "skipTest": True, "torrentFileId": 1, "storageProfileId": 1, "currentPassword": "x",
            "newPassword": "a better phrase than that", "clientId": "a.apps.googleusercontent.com", "clientSecret": "s",
            "redirectUri": "http://localhost/cb", "credentialId": 1}

    def test_every_string_field_of_every_route(self):
        before, asked = self.everything(), 0
        other = self.stranger()
        profile = self.profile_id(api=other)
        for method, path, field, is_list, fields in self.string_fields():
            for text in SQL:
                body = {k: v for k, v in self.GOOD.items() if k in fields}
                body[field] = [text] if is_list else text
                target = path.replace("{id}", str(profile)).replace("{profileId}", str(profile))
                answer = other.request(method, target, body, {"X-Forwarded-For": f"203.0.113.{asked % 250}"})
                self.assertLess(answer.status, 500, (method, path, body, answer))
                asked += 1
            self.forget_failures()
        self.assertGreater(asked, 10 * len(SQL))
        self.assertEqual(self.everything(), before)
        self.assertEqual(other.get("/api/auth/me").status, 200)

    def test_addresses_and_queries(self):
        before = self.everything()
        for text in SQL:
            q = urllib.parse.quote(text, safe="")
            for path in (f"/api/jobs?status={q}", f"/api/jobs?pageNumber={q}", f"/api/jobs?pageSize={q}", f"/api/jobs/{q}",
                         f"/api/jobs/{q}/timeline", f"/api/storage/profiles/{q}", f"/api/auth/sessions/{q}"):
                method = "DELETE" if "sessions" in path else "GET"
                answer = self.api.request(method, path)
                self.assertIn(answer.status, (400, 404), (path, answer))
        self.assertEqual(self.everything(), before)

    def test_file_names_and_headers(self):
        before = self.everything()
        for text in SQL:
            name = text.replace("/", "_").replace("\\x00", "_")
            answer = self.api.analyze(bencode.torrent(name + uuid.uuid4().hex, {name or "x": 5}), filename=f"{name}.torrent")
            self.assertLess(answer.status, 500, (text, answer))
            self.assertEqual(self.api.get("/api/auth/me", headers={"User-Agent": text, "X-Forwarded-For": text}).status, 200)
        self.assertEqual(self.everything(), before)


class Paths(AttackCase):
    PASSWD = b"root:"

    def test_names_in_a_torrent(self):
        for path in ("../../../../etc/passwd", "/etc/passwd", "a/../../b", "a/./b", "..", "a\\..\\..\\b", "a//b", "con/nul",
                     "\u202etxt.exe", "a" * 5000, "a/" * 200 + "b", "~/x", "$(reboot)", "-rf"):
            answer = self.api.analyze(bencode.torrent(f"t{uuid.uuid4().hex}", {path: 5, "other": 5}))
            self.assertIn(answer.status, (200, 422), (path, answer))
            for file in answer.json.get("files", []):
                segments = file["path"].split("/")
                self.assertFalse({"", ".", ".."} & set(segments), (path, file))
                self.assertFalse(file["path"].startswith("/"), file)
        for name in ("..", "../x", "/", ""):
            answer = self.api.analyze(bencode.torrent(name, {uuid.uuid4().hex: 5}))
            self.assertIn(answer.status, (200, 422), (name, answer))

    def test_selections(self):
        torrent, profile = self.torrent_id(), self.profile_id()
        for path in ("../a.bin", "/a.bin", "sub/../a.bin", "sub/..", "..", ".", "/etc/passwd", "a.bin/../a.bin", "*", "%", ""):
            answer = self.api.post("/api/torrents/create-job", {"torrentFileId": torrent, "storageProfileId": profile,
                                                                "selectedFilePaths": [path]})
            self.assert_problem(answer, 422, "InvalidFileSelection")

    def test_addresses(self):
        """As bytes: urllib would tidy them."""
        for target in ("/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd",
                       "/assets/..%2f..%2f..%2fetc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/..\\..\\etc\\passwd",
                       "/%c0%ae%c0%ae/etc/passwd", "/assets/../../nginx.conf", "//etc/passwd", "/index.html%00.txt",
                       "/api/%2e%2e/%2e%2e/etc/passwd", "/api/jobs/..%2f..%2fstorage%2fprofiles", "/api/jobs/1%00",
                       "/api/..;/_sse/u1", "/api/%2e%2e/_sse/u1", "/_problem/400", "/_sse/u1", "/api/jobs%2f1",
                       "http://127.0.0.1/../../etc/passwd"):
            for base in ("WEB_URL", "API_URL"):
                answers = self.raw(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), base)
                self.assertEqual(len(answers), 1, target)
                self.assertNotIn(self.PASSWD, answers[0].body)
                self.assertNotIn(b"fastcgi_pass", answers[0].body)
                if answers[0].status == 200:  # the web app's own page stands for every address that it routes
                    self.assertEqual((base, answers[0].headers["Content-Type"].split(";")[0]), ("WEB_URL", "text/html"), target)
                    self.assertIn(b"<title>", answers[0].body)
                else:
                    self.assertIn(answers[0].status, (400, 401, 404), target)

    def test_an_encoded_slash_stays_in_its_segment(self):
        job = self.job_id()
        for path in (f"/api/jobs%2f{job}", f"/api/jobs/{job}%2ftimeline", f"/api%2fjobs/{job}"):
            self.assertIn(self.api.get(path).status, (400, 404), path)


class Headers(AttackCase):
    def answers(self, lines: list[str], base: str = "API_URL", target: str = "/api/health") -> list:
        head = "\r\n".join([f"OPTIONS {target} HTTP/1.1", "Host: x", "Connection: close", *lines])
        return self.raw(head.encode("latin-1") + b"\r\n\r\n", base)

    def test_line_breaks_in_what_is_reflected(self):
        for evil in ("x\rX-Evil: 1", "x\nX-Evil: 1", "x\r\n X-Evil: 1", "x\x00X-Evil: 1", "x%0d%0aX-Evil: 1", "x\x0bX-Evil: 1"):
            for name in ("Access-Control-Request-Headers", "Access-Control-Request-Method", "Origin", "X-Request-Id",
                         "X-Forwarded-For", "X-Forwarded-Proto", "Cookie", "User-Agent"):
                base = {"Origin": "https://o.example", "Access-Control-Request-Method": "POST"} | {name: evil}
                for answer in self.answers([f"{k}: {v}" for k, v in base.items()]):
                    self.assertNotIn("X-Evil", answer.headers, (name, evil))
                    self.assertIn(answer.status, (204, 400, 405), (name, evil))

    def test_line_breaks_in_addresses(self):
        for target in ("/api/jobs%0d%0aX-Evil:%201", "/api/health?x=%0d%0aX-Evil:%201", "/%0d%0aX-Evil:%201"):
            for base in ("API_URL", "WEB_URL"):
                for answer in self.answers([], base, target):
                    self.assertNotIn("X-Evil", answer.headers)

    def test_the_request_id_is_ours(self):
        answer = self.api.get("/api/jobs/0", headers={"X-Request-Id": "attacker", "Request-Id": "attacker"})
        self.assertRegex(answer.json["traceId"], r"^[0-9a-f]{32}$")
        self.assertEqual(answer.headers["X-Request-Id"], answer.json["traceId"])

    def test_httpoxy_and_forged_parameters(self):
        """A header cannot become one of the parameters that nginx sets, and none becomes a proxy."""
        for name in ("Proxy", "Tc-Listener", "TC_LISTENER", "Remote-Addr", "Https", "Request-Id"):
            web = self.rig.browser()
            cookie = f"tc_session={next(iter(web.cookies)).value}"
            answer = self.anonymous().get("/api/auth/me", headers={name: "web", "Cookie": cookie})
            self.assertEqual(answer.status, 401, name)

    def test_a_secure_cookie_behind_a_trusted_proxy_only(self):
        body = {"email": self.rig["ADMIN_EMAIL"], "password": self.rig["ADMIN_PASSWORD"]}
        plain = self.anonymous("WEB_URL").post("/api/auth/login", body)
        self.assertNotIn("Secure", plain.headers["Set-Cookie"])
        proxied = self.anonymous("WEB_URL").post("/api/auth/login", body, headers={"X-Forwarded-Proto": "https"})
        self.assertIn("; Secure", proxied.headers["Set-Cookie"])

    def test_open_redirects(self):
        for target in ("//elsewhere.example", "//elsewhere.example/", "/\\elsewhere.example", "/%2f%2felsewhere.example/..",
                       "/assets//elsewhere.example/%2e%2e/", "/login?next=//elsewhere.example",
                       "/api/storage/gdrive/callback?code=x&state=//elsewhere.example", "/api/health//elsewhere.example/%2e%2e"):
            for base in ("WEB_URL", "API_URL"):
                for host in ("x", "elsewhere.example"):
                    data = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                    for answer in self.raw(data.encode(), base):
                        where = answer.headers.get("Location", "")
                        allowed = self.rig.platform.environment().get("FRONTEND_URL", "http://localhost:47100")
                        self.assertTrue(not where or where.startswith(allowed + "/"), (target, host, where))

    def test_security_headers(self):
        for path in ("/", "/jobs", "/assets/nothing.js", "/index.html", "/robots.txt", "/api/nothing", "/_sse/u1"):
            headers = self.anonymous("WEB_URL").get(path).headers
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff", path)
            if path.startswith(("/api", "/assets/no", "/_sse")):
                continue
            policy = headers["Content-Security-Policy"]
            self.assertNotIn("unsafe", policy)
            for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
                self.assertIn(rule, policy)
            self.assertEqual((headers["X-Frame-Options"], headers["Referrer-Policy"]), ("DENY", "same-origin"), path)
        page = self.anonymous("WEB_URL").get("/").text
        self.assertEqual(re.findall(r"<script(?![^>]*src=)|\son\w+=|<style|style=", page), [], "nothing inline")


class Secrets(AttackCase):
    def test_not_in_logs_nor_answers(self):
        env = {**self.rig.platform.environment(), **self.rig.platform.environment("api-edge")}
        user = self.stranger()
        password = f"hunter two {uuid.uuid4().hex}"
        secret_key = uuid.uuid4().hex
        user.must("POST", "/api/storage/s3/configure", {
            "profileName": "secrets", "s3Endpoint": "http://127.0.0.1:9", "s3AccessKey": "AKIAWHATEVER", "s3SecretKey": secret_key,
            "s3BucketName": "bucket", "s3Region": "r", "skipTest": True})
        user.post("/api/storage/s3/test", {"profileName": "secrets", "s3Endpoint": "http://127.0.0.1:9", "s3AccessKey": "A",
                                           "s3SecretKey": secret_key, "s3BucketName": "bucket", "s3Region": "r"})
        key = user.must("POST", "/api/auth/api-keys", {"name": "k", "scopes": ["read"]})["key"]
        self.anonymous().get("/api/jobs", headers={"X-Api-Key": key})
        self.anonymous().post("/api/auth/login", {"email": user.email, "password": password})
        user.post("/api/auth/password", {"currentPassword": password, "newPassword": password + "2"})
        self.anonymous().post("/api/auth/login", b'{"password":"' + password.encode() + b'"', headers={"Content-Type": "application/json"})
        secrets = {"S3 key": secret_key, "API key": key, "password": password, "token": user.token.split(".")[2],
                   **{name: env[name] for name in ("JWT_SECRET", "CREDENTIALS_KEY")}, "admin": self.rig["ADMIN_PASSWORD"]}
        pages = " ".join(user.get(p).text for p in ("/api/storage/profiles", "/api/auth/api-keys", "/api/auth/sessions",
                                                    "/api/auth/me", "/api/jobs", "/api/health/detailed"))
        pages += json.dumps([user.get(f"/api/storage/profiles/{p['id']}").json for p in user.get("/api/storage/profiles").json])
        logs = {p.name: p.read_text(errors="replace") for p in (self.rig.platform.var / "log").glob("*.log")}
        self.assertIn("login failed", logs["api-edge.log"], "the attack reached the log")
        for name, secret in secrets.items():
            self.assertNotIn(secret, pages, name)
            for log, text in logs.items():
                self.assertNotIn(secret, text, f"{name} in {log}")
        stored = self.table("select * from storage_profiles") + self.table("select * from users") + self.table("select * from api_keys")
        for name in ("S3 key", "API key", "password"):
            self.assertNotIn(secrets[name], str(stored), name)
