"""Sessions as rows: listed, ended one by one, bounded; the change of the password ends them all."""
import base64
import json

from api_case import ApiCase, golden
from tc import Api


class Sessions(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.forget_failures)
        self.forget_failures()
        self.user = self.stranger()

    def forget_failures(self) -> None:
        for key in self.rig.platform.redis("--scan", "--pattern", "{tc}:login:*").split():
            self.rig.platform.redis("del", key)

    def again(self, base: str = "API_URL", password: str | None = None) -> Api:
        """Another login of the same user."""
        client = Api(self.rig, self.rig[base])
        client.login(self.user.email, password)
        return client

    def ended(self, client: Api) -> None:
        self.assert_problem(client.get("/api/auth/me"), 401, "Unauthorized",
                            "This session has been ended. Please log in again.")

    def current(self, client: Api) -> int:
        return next(s["id"] for s in client.get("/api/auth/sessions").json if s["current"])

    def test_list(self):
        web = Api(self.rig, self.rig["WEB_URL"])
        agent = {"User-Agent": "Fire\tfox \xe4" + "x" * 600}
        answer = web.request("POST", "/api/auth/login", {"email": self.user.email,
                                                         "password": self.rig["ADMIN_PASSWORD"]}, agent)
        web.csrf = answer.json["csrfToken"]
        rows = web.get("/api/auth/sessions").json
        self.assert_shape(rows, golden("sessions"))
        self.assertEqual([r["kind"] for r in rows], ["browser", "token"])
        self.assertEqual([r["current"] for r in rows], [True, False])
        self.assertEqual(rows[0]["address"], "127.0.0.1")
        self.assertEqual(rows[0]["userAgent"], ("Fire fox ?" + "x" * 600)[:512], "one line, UTF-8, bounded")

    def test_logout_ends_the_session_for_good(self):
        for client in (self.again(), self.again("WEB_URL")):
            cookies = "; ".join(f"{c.name}={c.value}" for c in client.cookies)
            self.assertEqual(client.post("/api/auth/logout").status, 204)
            self.assertEqual(client.get("/api/jobs", headers={"Cookie": cookies}).status, 401)  # a copy is worth nothing
            self.assertEqual(client.post("/api/jobs/1/cancel").status, 401)
        self.assertEqual(self.user.get("/api/auth/me").status, 200)

    def test_end_one(self):
        other = self.again()
        session = self.current(other)
        self.assertEqual(self.user.request("DELETE", f"/api/auth/sessions/{session}").status, 204)
        self.ended(other)
        self.assert_problem(self.user.request("DELETE", f"/api/auth/sessions/{session}"), 404, "SessionNotFound",
                            "Session not found.")

    def test_others_sessions_do_not_exist(self):
        mine = self.current(self.api)
        self.assert_problem(self.user.request("DELETE", f"/api/auth/sessions/{mine}"), 404, "SessionNotFound")
        self.assertEqual(self.api.get("/api/auth/me").status, 200)

    def test_revoke_others(self):
        others = [self.again(), self.again("WEB_URL")]
        answer = self.user.post("/api/auth/sessions/revoke-others")
        self.assertEqual((answer.status, answer.json), (200, {"revoked": 2}))
        for other in others:
            self.ended(other)
        self.assertEqual(len(self.user.get("/api/auth/sessions").json), 1)
        self.assertEqual(self.api.get("/api/auth/me").status, 200, "another user's sessions stay")

    def test_an_ended_session_has_no_effect(self):
        """The check travels with the first statement; a statement behind a failed check must not run."""
        job = self.job_id(api=self.user)
        profile = self.profile_id(api=self.user)
        other = self.again()
        self.user.must("DELETE", f"/api/auth/sessions/{self.current(other)}")
        before = self.rig.platform.sql("select status from jobs") + self.rig.platform.sql("select * from storage_profiles")
        for method, path, body in (("POST", f"/api/jobs/{job}/cancel", None), ("POST", f"/api/jobs/{job}/retry", None),
                                   ("DELETE", f"/api/storage/profiles/{profile}", None),
                                   ("POST", f"/api/storage/profiles/{profile}/set-default", None),
                                   ("POST", "/api/auth/sessions/revoke-others", None),
                                   ("POST", "/api/auth/api-keys", {"name": "x", "scopes": ["read"]}),
                                   ("POST", "/api/torrents/create-job", {}), ("POST", "/api/torrents/create-job", None),
                                   ("GET", "/api/jobs/abc", None), ("GET", "/api/auth/me", None)):
            self.assert_problem(other.request(method, path, body), 401, "Unauthorized")
        after = self.rig.platform.sql("select status from jobs") + self.rig.platform.sql("select * from storage_profiles")
        self.assertEqual(after, before)
        self.assertEqual(self.user.get("/api/auth/api-keys").json, [])
        self.assertEqual(other.get("/api/nothing").status, 404)

    def test_expired_sessions_go_at_the_next_login(self):
        other = self.again()
        session = self.current(other)
        self.rig.platform.sql(f"update sessions set expires_at = now() where id = {session}")
        self.ended(other)
        self.assertNotIn(session, [s["id"] for s in self.user.get("/api/auth/sessions").json])
        self.again()
        self.assertEqual(self.rig.platform.sql(f"select 1 from sessions where id = {session}"), [])

    def test_at_most_a_hundred_of_a_kind(self):
        user = self.user.get("/api/auth/me").json["id"]
        oldest = self.current(self.user)
        self.rig.platform.sql("insert into sessions (user_id, kind, address, expires_at) select "
                              f"{user}, 'token', '::1', now() + interval '1 hour' from generate_series(1, 98)")
        self.again()
        self.assertEqual(self.user.get("/api/auth/me").status, 200)
        newest = self.again()
        self.ended(self.user)
        ids = [s["id"] for s in newest.get("/api/auth/sessions").json]
        self.assertEqual(len(ids), 100)
        self.assertNotIn(oldest, ids)

    def test_last_seen_is_not_written_at_every_request(self):
        session = self.current(self.user)

        def seen() -> str:
            return self.rig.platform.sql(f"select last_seen_at from sessions where id = {session}")[0][0]

        first = seen()
        self.user.get("/api/jobs")
        self.assertEqual(seen(), first)
        self.rig.platform.sql(f"update sessions set last_seen_at = now() - interval '6 minutes' where id = {session}")
        self.user.get("/api/jobs")
        self.assertGreater(seen(), first)

    # The password.

    def change(self, client: Api, current: str, chosen: str):
        return client.post("/api/auth/password", {"currentPassword": current, "newPassword": chosen})

    def test_password_change_ends_every_other_session(self):
        old, new = self.rig["ADMIN_PASSWORD"], "ein längerer Satz als vorher"
        web, token = self.again("WEB_URL"), self.again()
        copy = next(iter(web.cookies)).value
        answer = self.change(web, old, new)
        self.assert_shape(answer.json, golden("password"))
        web.csrf = answer.json["csrfToken"]
        self.assertNotEqual(next(iter(web.cookies)).value, copy)
        self.assertEqual(web.get("/api/auth/me").json["csrfToken"], web.csrf)
        self.assertEqual([s["current"] for s in web.get("/api/auth/sessions").json], [True])
        for client in (token, self.user):
            self.ended(client)
        self.assertEqual(web.get("/api/auth/me", headers={"Authorization": f"Bearer {copy}"}).status, 401)
        self.assertEqual(Api(self.rig, self.rig["API_URL"]).post(
            "/api/auth/login", {"email": self.user.email, "password": old}).status, 401)
        self.assertEqual(self.again(password=new).get("/api/auth/me").status, 200)

    def test_wrong_and_weak_passwords(self):
        old = self.rig["ADMIN_PASSWORD"]
        self.assert_problem(self.change(self.user, "not it", "a better phrase than that"), 422, "WrongPassword",
                            "The current password is not right.")
        for weak in ("", "elevenchars", "ä" * 11, "x" * 1025, old, self.user.email.upper()):
            self.assert_problem(self.change(self.user, old, weak), 422, "WeakPassword")
        self.assertEqual(self.user.get("/api/auth/me").status, 200, "nothing has changed")
        self.assertEqual(self.again().get("/api/auth/me").status, 200)
        self.assertEqual(self.change(self.user, old, "ä" * 1024).status, 200)
        self.assertEqual(self.again(password="ä" * 1024).get("/api/auth/me").status, 200)

    def test_guessing_the_current_password_is_limited(self):
        limit = int(self.rig.platform.environment().get("LOGIN_LIMIT_PER_MINUTE", 10))
        for _ in range(limit):
            self.assert_problem(self.change(self.user, "guess", "a better phrase than that"), 422, "WrongPassword")
        answer = self.change(self.user, self.rig["ADMIN_PASSWORD"], "a better phrase than that")
        self.assert_problem(answer, 429, "TooManyRequests")
        self.assertGreater(int(answer.headers["Retry-After"]), 0)

    def test_a_token_names_its_session(self):
        claims = json.loads(base64.urlsafe_b64decode(self.user.token.split(".")[1] + "=="))
        self.assertEqual(claims["jti"], str(self.current(self.user)))
