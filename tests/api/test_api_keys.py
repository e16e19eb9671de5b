"""API keys: made once, hashed, scoped, revoked."""
import hashlib
import re

from api_case import ApiCase, golden
from tc import PROJECT, Api


class ApiKeys(ApiCase):
    def make(self, *scopes: str, **more) -> dict:
        key = self.api.must("POST", "/api/auth/api-keys", {"name": "a key", "scopes": list(scopes), **more})
        self.addCleanup(self.api.request, "DELETE", f"/api/auth/api-keys/{key['id']}")
        return key

    def client(self, key: dict | str, header: str = "Authorization", base: str = "API_URL"):
        """request(method, path, …) with the key, as it says of itself in the header."""
        text = key if isinstance(key, str) else key["key"]
        headers = {header: f"Bearer {text}" if header == "Authorization" else text}
        client = Api(self.rig, self.rig[base])
        return lambda method, path, body=None: client.request(method, path, body, headers)

    def test_made_once_and_stored_as_a_hash(self):
        answer = self.api.post("/api/auth/api-keys", golden("api-key-request"))
        self.assertEqual(answer.status, 200)
        key = answer.json
        self.addCleanup(self.api.request, "DELETE", f"/api/auth/api-keys/{key['id']}")
        self.assert_shape(key, golden("api-key-created"))
        self.assertRegex(key["key"], r"^tc_[A-Za-z0-9_-]{43}$")
        self.assertTrue(key["key"].startswith(key["prefix"]))
        rows = self.api.get("/api/auth/api-keys").json
        self.assert_shape(rows, golden("api-keys"))
        self.assertEqual(rows[0], {k: v for k, v in key.items() if k != "key"})
        stored = self.rig.platform.sql(f"select * from api_keys where id = {key['id']}")[0]
        self.assertIn(hashlib.sha256(key["key"].encode()).hexdigest(), stored)
        self.assertNotIn(key["key"], " ".join(stored))
        for program in ("api-fast", "api-edge"):
            self.assertNotIn(key["key"], self.rig.platform.log(program))

    def test_both_headers_on_both_ports(self):
        key = self.make("read")
        for base in ("API_URL", "WEB_URL"):
            for header in ("Authorization", "X-Api-Key"):
                me = self.client(key, header, base)("GET", "/api/auth/me")
                self.assertEqual((me.status, me.json["authMethod"], me.json["csrfToken"], me.json["expiresAt"]),
                                 (200, "apiKey", None, None), (base, header))
        self.assertIsNotNone(self.api.get("/api/auth/api-keys").json[0]["lastUsedAt"])

    def test_scopes_are_enforced_on_every_route(self):
        """Every row of routes.c with keys of every scope: what the row does not allow is refused before its handler."""
        rows = re.findall(r'\{"([A-Z]+)", +"([^"]+)",[^}]*AUTH_USER, SCOPE_([A-Z]+),',
                          (PROJECT / "fcgi-app/routes.c").read_text())
        self.assertGreater(len(rows), 20)
        for scope in ("read", "jobs", "storage"):
            ask = self.client(self.make(scope), base="WEB_URL")
            for method, path, needed in rows:
                answer = ask(method, path.replace("{id}", "2147483000"))
                where = (scope, method, path, answer)
                if needed == "NONE":
                    self.assertEqual((answer.status, answer.json["code"]), (403, "SessionRequired"), where)
                elif needed.lower() != scope:
                    self.assertEqual((answer.status, answer.json["code"]), (403, "ScopeMissing"), where)
                    self.assertIn(f'"{needed.lower()}"', answer.json["message"])
                elif path != "/events":
                    self.assertNotIn(answer.status, (401, 403), where)

    def test_the_table_of_routes_gives_scopes_by_rule(self):
        for method, path, needed in re.findall(r'\{"([A-Z]+)", +"([^"]+)",[^}]*AUTH_USER, SCOPE_([A-Z]+),',
                                               (PROJECT / "fcgi-app/routes.c").read_text()):
            if path.startswith("/api/auth/") and path != "/api/auth/me":
                self.assertEqual(needed, "NONE", path)
            elif needed != "NONE":
                self.assertEqual(needed, "READ" if method == "GET" else "STORAGE" if "/storage/" in path else "JOBS", path)

    def test_several_scopes_and_a_real_write(self):
        ask = self.client(self.make("read", "jobs", "read"))
        job = self.job_id()
        self.assertEqual(ask("GET", f"/api/jobs/{job}").status, 200)
        self.assertEqual(ask("POST", f"/api/jobs/{job}/cancel").status, 200)
        self.assertEqual(self.api.job(job)["status"], "CANCELLED")

    def test_a_key_sees_its_user_only(self):
        job = self.job_id()
        other = self.stranger()
        key = other.must("POST", "/api/auth/api-keys", {"name": "theirs", "scopes": ["read", "jobs"]})
        ask = self.client(key)
        self.assertEqual(ask("GET", f"/api/jobs/{job}").status, 404)
        self.assertEqual(ask("POST", f"/api/jobs/{job}/cancel").status, 404)
        self.assertEqual(ask("GET", "/api/jobs").json["totalCount"], 0)
        self.assert_problem(self.api.request("DELETE", f"/api/auth/api-keys/{key['id']}"), 404, "ApiKeyNotFound",
                            "API key not found.")
        self.assertNotIn(key["id"], [k["id"] for k in self.api.get("/api/auth/api-keys").json])

    def test_revoked_expired_and_unknown_keys(self):
        key = self.make("read", expiresInDays=1)
        ask = self.client(key)
        self.assertEqual(ask("GET", "/api/jobs").status, 200)
        self.rig.platform.sql(f"update api_keys set expires_at = now() where id = {key['id']}")
        self.assert_problem(ask("GET", "/api/jobs"), 401, "Unauthorized", "The API key is invalid, revoked or expired.")
        self.rig.platform.sql(f"update api_keys set expires_at = null where id = {key['id']}")
        self.assertEqual(ask("GET", "/api/jobs").status, 200)
        self.assertEqual(self.api.request("DELETE", f"/api/auth/api-keys/{key['id']}").status, 204)
        self.assert_problem(ask("GET", "/api/jobs"), 401, "Unauthorized")
        self.assert_problem(self.api.request("DELETE", f"/api/auth/api-keys/{key['id']}"), 404, "ApiKeyNotFound")
        for text in ("tc_", "tc_" + "A" * 43, key["key"][:-1], key["key"] + "A", key["key"].upper()):
            self.assert_problem(self.client(text)("GET", "/api/jobs"), 401, "Unauthorized")
            self.assert_problem(self.client(text, "X-Api-Key")("GET", "/api/jobs"), 401, "Unauthorized")

    def test_input(self):
        def refused(code: str, **body) -> None:
            self.assert_problem(self.api.post("/api/auth/api-keys", {"name": "n", "scopes": ["read"], **body}), 422, code)

        for name in ("", " \t ", "x" * 101, "a\nb"):
            refused("InvalidApiKeyName", name=name)
        for scopes in ([], None, ["admin"], ["read", None], ["READ"]):
            self.assertIn(self.api.post("/api/auth/api-keys", {"name": "n", "scopes": scopes}).status, (400, 422), scopes)
        refused("InvalidScopes", scopes=["admin"])
        for days in (0, -1, 3651):
            refused("InvalidExpiry", expiresInDays=days)
        self.make("read", expiresInDays=None, name="é" * 100)

    def test_at_most_fifty(self):
        other = self.stranger()
        user = other.get("/api/auth/me").json["id"]
        self.rig.platform.sql("insert into api_keys (user_id, name, key_hash, scopes) select "
                              f"{user}, 'k', '{user}-' || i, '[]' from generate_series(1, 49) i")
        self.assertEqual(other.post("/api/auth/api-keys", {"name": "n", "scopes": ["read"]}).status, 200)
        self.assert_problem(other.post("/api/auth/api-keys", {"name": "n", "scopes": ["read"]}), 409, "TooManyApiKeys")

    def test_last_used_is_not_written_at_every_request(self):
        key = self.make("read")

        def used() -> str:
            return self.rig.platform.sql(f"select last_used_at from api_keys where id = {key['id']}")[0][0]

        ask = self.client(key)
        ask("GET", "/api/jobs")
        first = used()
        ask("GET", "/api/jobs")
        self.assertEqual(used(), first)
        self.rig.platform.sql(f"update api_keys set last_used_at = now() - interval '6 minutes' where id = {key['id']}")
        ask("GET", "/api/jobs")
        self.assertGreater(used(), first)
