"""Login, sessions by bearer and by cookie, CSRF, revocation, the limit on guessing."""
import base64
import hashlib
import hmac
import json
import time
import uuid

from api_case import ApiCase, golden
from tc import Api


def token_of(secret: str, alg: str = "HS256", **claims) -> str:
    def part(value) -> str:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    text = part({"alg": alg, "typ": "JWT"}) + "." + part(claims)
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}.get(alg)
    return text + "." + (part(hmac.new(secret.encode(), text.encode(), digest).digest()) if digest else "")


class Auth(ApiCase):
    def anonymous(self, base: str = "API_URL") -> Api:
        return Api(self.rig, self.rig[base])

    def login(self, **body):
        return self.anonymous().post("/api/auth/login", body)

    def setUp(self) -> None:
        super().setUp()
        # What other tests failed to guess must not count here.
        self.addCleanup(self.forget_failures)
        self.forget_failures()

    def forget_failures(self) -> None:
        for key in self.rig.platform.redis("--scan", "--pattern", "{tc}:login:*").split():
            self.rig.platform.redis("del", key)

    def test_login_answers_both_shapes(self):
        answer = self.login(email=self.rig["ADMIN_EMAIL"].upper(), password=self.rig["ADMIN_PASSWORD"])
        self.assert_shape(answer.json, golden("login"))
        self.assertEqual(answer.json["email"], self.rig["ADMIN_EMAIL"])
        self.assertNotIn("Set-Cookie", answer.headers)

    def test_token_has_the_known_claims(self):
        body = self.login(email=self.rig["ADMIN_EMAIL"], password=self.rig["ADMIN_PASSWORD"]).json
        header, claims = (json.loads(base64.urlsafe_b64decode(p + "==")) for p in body["accessToken"].split(".")[:2])
        self.assertEqual(header, {"alg": "HS256", "typ": "JWT"})
        self.assertEqual(claims["nameid"], str(body["user"]["id"]))
        self.assertEqual((claims["iss"], claims["aud"]), ("TorrenClou_API", "TorrenClou_Client"))
        self.assertEqual(claims["exp"] - claims["nbf"], 7 * 86400)
        self.assertLess(abs(claims["iat"] - time.time()), 60)

    def test_wrong_credentials_are_one_answer(self):
        for body in ({"email": self.rig["ADMIN_EMAIL"], "password": "wrong"}, {"email": "nobody@example.com", "password": "x"},
                     {}, {"email": "x" * 5000, "password": "y" * 5000}):
            self.assert_problem(self.login(**body), 401, "InvalidCredentials", "Invalid email or password")

    def test_login_input_is_checked(self):
        api = self.anonymous()
        self.assert_problem(
            self.login(email=None, password=None), 400, "ValidationFailed",
            "The Email field is required. The Password field is required.",
            {"Email": ["The Email field is required."], "Password": ["The Password field is required."]})
        self.assert_problem(api.post("/api/auth/login"), 400, "ValidationFailed", None,
                            {"": ["A non-empty request body is required."], "request": ["The request field is required."]})
        self.assertIn("$.email", self.assert_problem(self.login(email=5), 400, "ValidationFailed", None, {
            "$.email": ["The JSON value could not be converted to System.String. Path: $.email."],
            "request": ["The request field is required."]})["errors"])
        self.assert_problem(self.login(email="a\0b", password="x"), 422, "InvalidText")
        # Names ignore case, unknown members are ignored.
        answer = self.login(EMAIL=self.rig["ADMIN_EMAIL"], Password=self.rig["ADMIN_PASSWORD"], more=[{}])
        self.assertEqual(answer.status, 200, answer)

    def test_me(self):
        self.assert_shape(self.api.get("/api/auth/me").json, golden("me"))

    def test_missing_and_bad_tokens(self):
        api = self.anonymous()
        answer = api.get("/api/jobs")
        self.assert_problem(answer, 401, "Unauthorized")
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        for header in ("Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer " + "A" * 6000):
            answer = api.get("/api/jobs", headers={"Authorization": header})
            self.assert_problem(answer, 401, "Unauthorized")
            self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Bearer"))

    def test_forged_tokens(self):
        now = int(time.time())
        me = self.api.get("/api/auth/me").json
        secret = self.rig.platform.environment()["JWT_SECRET"]
        version = int(self.rig.platform.sql(f"select token_version from users where id = {me['id']}")[0][0])
        session = next(s["id"] for s in self.api.get("/api/auth/sessions").json if s["current"])
        good = dict(jti=str(session), email=me["email"], given_name="A", nameid=str(me["id"]), nbf=now, exp=now + 60, iat=now,
                    iss="TorrenClou_API", aud="TorrenClou_Client", ver=version, csrf="x")

        def status(token: str) -> int:
            return self.anonymous().get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status

        self.assertEqual(status(token_of(secret, **good)), 200)  # the way to forge is right, so the rest means something
        self.assertEqual(status(token_of(secret, **{**good, "exp": now - 240})), 200)  # within the skew of 5 min
        for change in ({"exp": now - 360}, {"nbf": now + 360}, {"iss": "x"}, {"aud": "x"}, {"ver": version + 1},
                       {"nameid": "999999"}, {"jti": "0"}, {"jti": str(session + 100000)}, {"jti": session}, {"jti": None}, {"nameid": "1 or 1=1"}, {"nameid": None}, {"exp": None}):
            forged = {k: v for k, v in {**good, **change}.items() if v is not None}
            self.assertEqual(status(token_of(secret, **forged)), 401, change)
        self.assertEqual(status(token_of("f" * 32, **good)), 401)
        self.assertEqual(status(token_of(secret, "none", **good)), 401)
        self.assertEqual(status(token_of(secret, "HS512", **good)), 401)

    def test_sessions_can_be_revoked(self):
        other = self.stranger()
        self.assertEqual(other.get("/api/auth/me").status, 200)
        self.rig.platform.sql(f"update users set token_version = token_version + 1 where email = '{other.email}'")
        self.assert_problem(other.get("/api/auth/me"), 401, "Unauthorized")
        self.assert_problem(other.post("/api/torrents/create-job", {}), 401, "Unauthorized")

    def test_cookie_session_and_csrf(self):
        web = self.rig.browser()
        cookie = next(iter(web.cookies))
        self.assertEqual((cookie.name, cookie.path), ("tc_session", "/"))
        self.assertTrue(cookie.has_nonstandard_attr("HttpOnly"))
        self.assertEqual(cookie.get_nonstandard_attr("SameSite"), "Strict")
        me = web.get("/api/auth/me")
        self.assertEqual(me.status, 200)
        self.assertEqual(me.json["csrfToken"], web.csrf)
        self.assert_problem(web.post("/api/jobs/1/cancel", headers={"X-CSRF-Token": "0" * 32}), 403, "CsrfFailed")
        csrf, web.csrf = web.csrf, None
        self.assert_problem(web.post("/api/jobs/1/cancel"), 403, "CsrfFailed")
        self.assert_problem(web.request("DELETE", "/api/storage/profiles/1"), 403, "CsrfFailed")
        self.assert_problem(web.analyze(b"x"), 403, "CsrfFailed")
        web.csrf = csrf
        self.assert_problem(web.post("/api/jobs/999999/cancel"), 404, "JobNotFound")

    def test_unknown_cookies_do_no_harm(self):
        web = self.rig.browser()
        session = next(iter(web.cookies)).value
        for cookies in (f"a=b; tc_session={session}; c", f"tc_sessionx=1;tc_session={session}"):
            answer = self.anonymous("WEB_URL").get("/api/auth/me", headers={"Cookie": cookies})
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.anonymous("WEB_URL").get("/api/auth/me", headers={"Cookie": "tc_session=; x"}).status, 401)

    def test_the_api_port_takes_no_cookies(self):
        session = next(iter(self.rig.browser().cookies)).value
        self.assertEqual(self.anonymous().get("/api/auth/me", headers={"Cookie": f"tc_session={session}"}).status, 401)
        # The same value is a bearer token like any other, on both ports, and needs no CSRF header.
        for base in ("API_URL", "WEB_URL"):
            answer = self.anonymous(base).post("/api/jobs/999999/cancel", headers={"Authorization": f"Bearer {session}"})
            self.assert_problem(answer, 404, "JobNotFound")

    def test_logout_takes_the_cookie_away(self):
        web = self.rig.browser()
        answer = web.post("/api/auth/logout")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertIn("Max-Age=0", answer.headers["Set-Cookie"])
        self.assertEqual(list(web.cookies), [])
        self.assert_problem(web.get("/api/auth/me"), 401, "Unauthorized")

    def test_events_need_a_session(self):
        answer = self.anonymous("WEB_URL").get("/events")
        self.assert_problem(answer, 401, "Unauthorized")
        self.assertNotIn("X-Accel-Redirect", answer.headers)

    def test_guessing_is_limited_and_delays_only(self):
        limit = int(self.rig.platform.environment().get("LOGIN_LIMIT_PER_MINUTE", 10))
        email = f"{uuid.uuid4().hex}@example.com"
        for _ in range(limit):
            self.assert_problem(self.login(email=email, password="guess"), 401, "InvalidCredentials")
        answer = self.login(email=self.rig["ADMIN_EMAIL"], password=self.rig["ADMIN_PASSWORD"])
        self.assert_problem(answer, 429, "TooManyRequests")
        self.assertTrue(0 < int(answer.headers["Retry-After"]) <= 60)
        # The window of this address is over: nothing was locked.
        self.forget_failures()
        self.assertEqual(self.login(email=self.rig["ADMIN_EMAIL"], password=self.rig["ADMIN_PASSWORD"]).status, 200)

    def test_a_flooded_account_is_not_locked(self):
        self.rig.platform.redis("set", "{tc}:login:account:" + self.rig["ADMIN_EMAIL"], "100000", "ex", "60")
        self.assertEqual(self.login(email=self.rig["ADMIN_EMAIL"], password=self.rig["ADMIN_PASSWORD"]).status, 200)
        self.assertEqual(self.login(email=self.rig["ADMIN_EMAIL"], password="wrong").status, 401)
        self.assertEqual(self.login(email=self.rig["ADMIN_EMAIL"], password="wrong").status, 429)
