"""Attacks on who somebody is: forged and stolen tokens, CSRF, other people's objects, guessing."""
import hashlib
import statistics
import time
import uuid

from attack_case import AttackCase, claims_of, forge, part, routes


class Tokens(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = self.stranger()
        self.secret = self.rig.platform.environment()["JWT_SECRET"].encode()
        self.claims = claims_of(self.user.token)

    def status(self, token: str, base: str = "API_URL") -> int:
        return self.anonymous(base).get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status

    def refused(self, token: str) -> None:
        for base in ("API_URL", "WEB_URL"):
            self.assertEqual(self.status(token, base), 401, token)
        cookie = self.anonymous("WEB_URL").get("/api/auth/me", headers={"Cookie": f"tc_session={token}"})
        self.assert_problem(cookie, 401, "Unauthorized")

    def test_the_forger_knows_how(self):
        """Without the attack's own change the forged token is good: the refusals below are for that change alone."""
        self.assertEqual(self.status(forge(self.secret, self.claims)), 200)

    def test_alg_none(self):
        for name in ("none", "None", "NONE", "nOnE"):
            for signature in ("", self.user.token.split(".")[2]):
                body = part({"alg": name, "typ": "JWT"}) + "." + part(self.claims)
                self.refused(f"{body}.{signature}")
        self.refused(part({"typ": "JWT"}) + "." + part(self.claims) + ".")

    def test_algorithm_confusion(self):
        """Signed with our secret, but under the name of another algorithm."""
        for name in ("RS256", "ES256", "PS256", "HS384", "HS512", "HS25", ""):
            self.refused(forge(self.secret, self.claims, {"alg": name, "typ": "JWT"}))
        self.refused(forge(self.secret, self.claims, {"alg": "HS512", "typ": "JWT"}, hashlib.sha512))
        self.refused(forge(self.secret, self.claims, {"alg": ["HS256"], "typ": "JWT"}))

    def test_key_header_injection(self):
        """A key that the attacker brings along is not looked at."""
        jwk = {"kty": "oct", "k": part(b"a" * 32)}
        for more in ({"jwk": jwk}, {"kid": "../../../../dev/null"}, {"kid": "' union select 'a"}, {"jku": "http://127.0.0.1/"}):
            for secret in (b"a" * 32, b"", b"\0" * 32):
                self.refused(forge(secret, self.claims, {"alg": "HS256", "typ": "JWT", **more}))

    def test_expired(self):
        self.refused(forge(self.secret, {**self.claims, "exp": int(time.time()) - 301}))

    def test_expired_by_its_row(self):
        self.table(f"update sessions set expires_at = now() where id = {self.claims['jti']}")
        self.refused(self.user.token)

    def test_not_yet_valid(self):
        self.refused(forge(self.secret, {**self.claims, "nbf": int(time.time()) + 360}))

    def test_wrong_issuer(self):
        for issuer in ("", "TorrenClou", "TorrenClou_API ", ["TorrenClou_API"]):
            self.refused(forge(self.secret, {**self.claims, "iss": issuer}))

    def test_wrong_audience(self):
        for audience in ("", "TorrenClou_API", ["TorrenClou_Client", "x"]):
            self.refused(forge(self.secret, {**self.claims, "aud": audience}))

    def test_missing_claims(self):
        for name in ("exp", "nbf", "iat", "iss", "aud", "nameid", "jti", "ver", "csrf"):
            self.refused(forge(self.secret, {k: v for k, v in self.claims.items() if k != name}))

    def test_tampered_payload(self):
        head, _, signature = self.user.token.split(".")
        admin = self.table("select id from users where is_admin limit 1")[0][0]
        self.refused(f"{head}.{part({**self.claims, 'nameid': admin})}.{signature}")

    def test_tampered_signature(self):
        head, body, signature = self.user.token.split(".")
        for bad in ("", "A" * len(signature), signature[:-2], signature[::-1], ("B" if signature[0] == "A" else "A") + signature[1:]):
            self.refused(f"{head}.{body}.{bad}")

    def test_another_users_session(self):
        """Rightly signed, but the session belongs to somebody else."""
        mine = claims_of(self.api.token)
        self.refused(forge(self.secret, {**self.claims, "jti": mine["jti"]}))
        self.refused(forge(self.secret, {**mine, "jti": self.claims["jti"]}))

    def test_token_of_a_deleted_user(self):
        self.table(f"delete from users where id = {self.claims['nameid']}")
        self.refused(self.user.token)

    def test_revoked_session(self):
        self.user.must("POST", "/api/auth/logout")
        self.refused(self.user.token)

    def test_old_token_version(self):
        self.table(f"update users set token_version = token_version + 1 where id = {self.claims['nameid']}")
        self.refused(self.user.token)
        self.refused(forge(self.secret, {**self.claims, "ver": 0}))


class Csrf(AttackCase):
    WRITE = "/api/jobs/2147483000/cancel"

    def test_missing(self):
        web = self.rig.browser()
        web.csrf = None
        for method, path, auth, _ in routes():
            if auth == "AUTH_USER" and method != "GET":
                answer = web.request(method, path.replace("{id}", "2147483000"))
                self.assert_problem(answer, 403, "CsrfFailed")

    def test_of_another_session(self):
        one, two = self.rig.browser(), self.rig.browser()
        self.assertNotEqual(one.csrf, two.csrf)
        one.csrf = two.csrf
        self.assert_problem(one.post(self.WRITE), 403, "CsrfFailed")

    def test_guessed(self):
        web = self.rig.browser()
        right = web.csrf
        for wrong in (right[:-1], right + "0", right.upper() + "x", "0" * len(right), "*"):
            web.csrf = wrong
            self.assert_problem(web.post(self.WRITE), 403, "CsrfFailed")
        web.csrf = right
        self.assert_problem(web.post(self.WRITE), 404, "JobNotFound")

    def test_a_form_of_another_site(self):
        """What a page elsewhere can send without being asked first: a form, with whatever cookie the browser adds."""
        web = self.rig.browser()
        web.csrf = None
        for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
            answer = web.request("POST", "/api/auth/api-keys", b'{"name":"x","scopes":["read"]}',
                                 {"Content-Type": kind, "Origin": "https://elsewhere.example"})
            self.assert_problem(answer, 403, "CsrfFailed")
        self.assertEqual([k for k in web.get("/api/auth/api-keys").json if k["name"] == "x"], [])

    def test_cookie_on_the_api_port(self):
        web = self.rig.browser()
        cookie = f"tc_session={next(iter(web.cookies)).value}"
        for headers in ({"Cookie": cookie}, {"Cookie": cookie, "X-CSRF-Token": web.csrf}):
            self.assert_problem(self.anonymous().get("/api/auth/me", headers=headers), 401, "Unauthorized")
            self.assert_problem(self.anonymous().post(self.WRITE, headers=headers), 401, "Unauthorized")


class OthersObjects(AttackCase):
    """Two users in the database; the second asks every route for what belongs to the first."""

    BODIES = {"PATCH": {"name": "stolen", "profileName": "stolen"}}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.owner_id = cls.rig.platform.sql("select id from users where is_admin limit 1")[0][0]

    def snapshot(self) -> list:
        """Everything of the owner that a request could change."""
        out = []
        for table in ("jobs", "storage_profiles", "api_keys", "oauth_credentials", "torrents"):
            out += self.table(f"select '{table}', t.* from {table} t where user_id = {self.owner_id} order by t.id")
        return out + self.table(f"select id from sessions where user_id = {self.owner_id} order by id")

    def objects(self) -> dict[str, list[int]]:
        """First of a path's segments that match → ids of the owner's objects."""
        credential = int(self.table(
            "insert into oauth_credentials (user_id, name, client_id, client_secret_sealed, redirect_uri) values "
            f"({self.owner_id}, 'c', '{uuid.uuid4().hex}.apps.googleusercontent.com', 'x', 'http://localhost/cb') "
            "returning id")[0][0])
        drive = int(self.table("insert into storage_profiles (user_id, profile_name, provider_type, oauth_credential_id) "
                               f"values ({self.owner_id}, 'drive', 'GoogleDrive', {credential}) returning id")[0][0])
        self.addCleanup(self.table, f"delete from oauth_credentials where id = {credential}")
        self.addCleanup(self.table, f"delete from storage_profiles where id = {drive}")
        key = self.api.must("POST", "/api/auth/api-keys", {"name": "mine", "scopes": ["read"]})["id"]
        self.addCleanup(self.api.request, "DELETE", f"/api/auth/api-keys/{key}")
        return {
            "/api/jobs/": [self.job_id(s) for s in ("QUEUED", "UPLOADING", "UPLOAD_FAILED", "CANCELLED", "COMPLETED")],
            "/api/storage/profiles/": [self.profile_id(), drive],
            "/api/storage/gdrive/credentials/": [credential],
            "/api/storage/gdrive/": [drive],
            "/api/auth/sessions/": [int(claims_of(self.api.token)["jti"])],
            "/api/auth/api-keys/": [key],
        }

    def test_others_ids_on_every_route(self):
        objects, other = self.objects(), self.stranger()
        before, asked = self.snapshot(), 0
        for method, path, auth, body in routes():
            if "{" not in path or auth != "AUTH_USER":
                continue
            prefix = next((p for p in objects if path.startswith(p)), None)
            self.assertIsNotNone(prefix, f"{path}: whose objects is this route about? Add them to objects()")
            for identity in objects[prefix]:
                answer = other.request(method, path.replace("{id}", str(identity)),
                                       self.BODIES.get(method, {}) if body == "BODY_JSON" else None)
                self.assertEqual(answer.status, 404, (method, path, answer))
                self.assertNotIn(answer.json["code"], ("NotFound",), "the route exists, the object does not")
                asked += 1
        self.assertGreater(asked, 25)
        self.assertEqual(self.snapshot(), before, "nothing of the owner has changed")

    def test_others_ids_in_bodies(self):
        other = self.stranger()
        torrent, profile = self.torrent_id(), self.profile_id()
        theirs_torrent, theirs_profile = self.torrent_id(api=other), self.profile_id(api=other)
        before = self.snapshot()
        for body, code in (({"torrentFileId": torrent, "storageProfileId": theirs_profile}, 404),
                           ({"torrentFileId": theirs_torrent, "storageProfileId": profile}, 422)):
            self.assertEqual(other.post("/api/torrents/create-job", body).status, code)
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(other.get("/api/jobs").json["totalCount"], 0)

    def test_lists_are_empty(self):
        self.objects()
        other = self.stranger()
        for path in ("/api/storage/profiles", "/api/auth/api-keys"):
            self.assertEqual(other.get(path).json, [], path)
        self.assertEqual(other.get("/api/jobs").json["items"], [])
        self.assertEqual(other.get("/api/jobs/statistics").json["totalJobs"], 0)
        self.assertEqual(len(other.get("/api/auth/sessions").json), 1)


class Guessing(AttackCase):
    def login(self, email: str, password: str = "guess", **headers):
        return self.anonymous().post("/api/auth/login", {"email": email, "password": password}, headers=headers)

    def test_forwarded_addresses_do_not_help(self):
        """What stands left of the last untrusted hop is the client's own invention."""
        limit = int(self.rig.platform.environment().get("LOGIN_LIMIT_PER_MINUTE", 10))
        answers = [self.login(f"{i}@example.com", **{"X-Forwarded-For": f"198.51.100.{i}, 203.0.113.7"}).status
                   for i in range(limit + 1)]
        self.assertEqual(answers, [401] * limit + [429])
        self.assertEqual(self.login("x@example.com", **{"X-Forwarded-For": "203.0.113.8"}).status, 401)

    def test_an_ipv6_network_counts_as_one(self):
        limit = int(self.rig.platform.environment().get("LOGIN_LIMIT_PER_MINUTE", 10))
        answers = [self.login(f"{i}@example.com", **{"X-Forwarded-For": f"2001:db8:1:2::{i + 1:x}"}).status
                   for i in range(limit + 1)]
        self.assertEqual(answers[-1], 429)
        self.assertEqual(self.login("x@example.com", **{"X-Forwarded-For": "2001:db8:1:3::1"}).status, 401)

    def test_redis_away_does_not_open_the_door(self):
        """Counted per process then: at most the limit times the processes, and a little for those that race."""
        limit = int(self.rig.platform.environment().get("LOGIN_LIMIT_PER_MINUTE", 10))
        children = int(self.rig.platform.environment().get("API_EDGE_CHILDREN", 4))
        self.rig.platform.stop("redis")
        try:
            answers = [self.login("x@example.com", **{"X-Forwarded-For": "203.0.113.9"}).status
                       for _ in range(limit * children + 4)]
        finally:
            self.rig.platform.start("redis")
        self.assertEqual(answers[0], 401)
        self.assertIn(429, answers)
        self.assertEqual(set(answers), {401, 429})

    def test_timing_of_unknown_accounts(self):
        """A generous bound: without the dummy hash the unknown account answers ten times faster."""
        times = {"known": [], "unknown": []}
        for i in range(12):
            for which, email in (("known", self.rig["ADMIN_EMAIL"]), ("unknown", f"{i}@example.com")):
                begin = time.monotonic()
                self.assertEqual(self.login(email, **{"X-Forwarded-For": f"198.51.{i}.{len(times[which])}"}).status, 401)
                times[which].append(time.monotonic() - begin)
        known, unknown = statistics.median(times["known"]), statistics.median(times["unknown"])
        self.assertLess(known / unknown, 2.5, times)
        self.assertLess(unknown / known, 2.5, times)
