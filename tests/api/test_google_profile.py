"""A connected Drive profile: logged in again, disconnected, tested; and its secrets."""
import re
import urllib.parse
import uuid

from api_case import golden
from consent import query
from google_case import ABOUT, CREDENTIALS, CUT, DEFAULT_EMAIL, FAILURES, REVOKE, TOKEN, GoogleCase


class Again(GoogleCase):
    """Reauthenticate."""

    def again(self, profile: int, **orders) -> dict[str, str]:
        self.google.order(**orders)
        url = self.user.must("POST", f"/api/storage/gdrive/{profile}/reauthenticate")["authorizationUrl"]
        return self.finish(url)

    def setUp(self) -> None:
        super().setUp()
        self.identity, _ = self.credential()
        self.profile = self.connect(DEFAULT_EMAIL, credential=self.identity)
        self.before = self.sealed(self.profile)

    def needs_reauth(self, value: bool | None = None) -> bool:
        if value is not None:
            self.rig.platform.sql(f"update storage_profiles set needs_reauth = {value} where id = {self.profile}")
        return self.user.must("GET", f"/api/storage/profiles/{self.profile}")["needsReauth"]

    def test_a_new_login(self):
        self.assertTrue(self.needs_reauth(True))
        url = self.user.must("POST", f"/api/storage/gdrive/{self.profile}/reauthenticate")
        self.assert_shape(url, golden("gdrive-connect"))
        self.assertEqual(query(url["authorizationUrl"])["login_hint"], DEFAULT_EMAIL)
        self.assertTrue(self.needs_reauth())
        self.assertEqual(self.again(self.profile), {"success": "true", "profileId": str(self.profile)})
        self.assertFalse(self.needs_reauth())
        self.assertNotEqual(self.sealed(self.profile), self.before)
        self.assertEqual(len(self.profiles()), 1)

    def test_no_refresh_token_keeps_the_old_one(self):
        self.needs_reauth(True)
        self.assertEqual(self.again(self.profile, token={"do": "no_refresh"})["success"], "true")
        self.assertFalse(self.needs_reauth())
        # It is still there, and good: the disconnect revokes the one grant.
        self.user.must("POST", f"/api/storage/profiles/{self.profile}/disconnect")
        self.assertEqual(self.google.state()["complaints"], [])
        self.assertEqual(self.google.calls(REVOKE), 1)

    def test_no_refresh_token_and_the_old_one_is_dead(self):
        self.needs_reauth(True)
        self.google.revoke(DEFAULT_EMAIL)
        self.assertEqual(self.again(self.profile, token={"do": "no_refresh"})["error"], "NoRefreshToken")
        self.assertTrue(self.needs_reauth())
        self.assertEqual(self.sealed(self.profile), self.before)

    def test_no_refresh_token_for_another_account(self):
        result = self.again(self.profile, token={"do": "no_refresh"}, consent={"do": "as", "email": "bob@example.org"})
        self.assertEqual(result["error"], "NoRefreshToken")
        self.assertEqual(self.profiles()[0]["email"], DEFAULT_EMAIL)

    def test_another_account(self):
        self.assertEqual(self.again(self.profile, consent={"do": "as", "email": "bob@example.org"})["success"], "true")
        self.assertEqual(self.profiles()[0]["email"], "bob@example.org")

    def test_an_account_of_another_profile(self):
        self.needs_reauth(True)
        self.connect("bob@example.org", credential=self.identity)
        result = self.again(self.profile, consent={"do": "as", "email": "bob@example.org"})
        self.assert_failed(result, "DuplicateEmail", FAILURES["DuplicateEmail"].replace(DEFAULT_EMAIL, "bob@example.org"))
        self.assertTrue(self.needs_reauth())
        self.assertEqual(self.sealed(self.profile), self.before)

    def test_a_refused_consent_changes_nothing(self):
        self.assert_failed(self.again(self.profile, consent={"do": "deny"}), "AccessDenied")
        self.assertEqual(self.sealed(self.profile), self.before)

    def test_the_profile_is_gone(self):
        url = self.user.must("POST", f"/api/storage/gdrive/{self.profile}/reauthenticate")["authorizationUrl"]
        self.user.must("DELETE", f"/api/storage/profiles/{self.profile}")
        self.assert_failed(self.finish(url), "ProfileNotFound")


class Disconnect(GoogleCase):
    def test_the_grant_is_revoked(self):
        for method, path, status in (("POST", "/disconnect", 200), ("DELETE", "", 204)):
            email = f"{uuid.uuid4().hex[:10]}@example.org"
            profile = self.connect(email)
            self.google.reset()
            answer = self.user.request(method, f"/api/storage/profiles/{profile}{path}")
            self.assertEqual((answer.status, answer.body), (status, b""), answer)
            self.assertEqual([g["revoked"] for g in self.google.state()["grants"] if g["email"] == email], [True])
            self.assertEqual(self.sealed(profile), "")
            self.assertEqual(self.google.state()["complaints"], [])
        self.assertEqual(self.user.request("DELETE", f"/api/storage/profiles/{profile}").status, 204)
        self.assertEqual(self.google.calls(REVOKE), 1)

    def test_whatever_google_does(self):
        for order in ({"do": "500"}, {"do": "not_json"}, {"do": "hang"}, CUT):
            profile = self.connect()
            self.google.order(revoke=order)
            answer = self.user.post(f"/api/storage/profiles/{profile}/disconnect", timeout=20)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(self.sealed(profile), "")
        self.assertIn("could not be revoked", self.rig.platform.log("api-edge"))
        profile, email = self.connect(), self.profiles()[0]["email"]
        self.google.revoke(email)  # at Google's own page
        self.assertEqual(self.user.post(f"/api/storage/profiles/{profile}/disconnect").status, 200)

    def test_a_profile_in_use_keeps_its_grant(self):
        profile = self.connect()
        self.job_id("DOWNLOADING", profile, self.user)
        self.assert_problem(self.user.post(f"/api/storage/profiles/{profile}/disconnect"), 400, "ProfileInUse")
        self.assertEqual(self.google.calls(REVOKE), 0)
        self.assertNotEqual(self.sealed(profile), "")

    def test_a_grant_that_another_profile_lives_by(self):
        """Two users with the same OAuth client and account: Google has one grant for both."""
        client, other = self.google.client(self.redirect_uri()), self.stranger()
        mine = self.connect(DEFAULT_EMAIL, credential=self.credential(client=client)[0])
        theirs = self.connect(DEFAULT_EMAIL, other, self.credential(other, client)[0])
        self.user.must("POST", f"/api/storage/profiles/{mine}/disconnect")
        self.assertEqual(self.google.calls(REVOKE), 0)
        self.assertEqual(self.sealed(mine), "")
        other.must("POST", f"/api/storage/profiles/{theirs}/disconnect")
        self.assertEqual(self.google.calls(REVOKE), 1)

    def test_others_profiles(self):
        profile, other = self.connect(), self.stranger()
        for method, path in (("POST", "/disconnect"), ("DELETE", "")):
            self.assert_problem(other.request(method, f"/api/storage/profiles/{profile}{path}"), 404, "ProfileNotFound")
        self.assertEqual(self.google.calls(REVOKE), 0)


class Test(GoogleCase):
    """POST profiles/{id}/test of a Drive profile."""

    def setUp(self) -> None:
        super().setUp()
        self.profile = self.connect(DEFAULT_EMAIL)
        self.google.reset()

    def run_test(self, **orders) -> list[tuple[bool, str | None]]:
        self.google.order(**orders)
        found = self.user.must("POST", f"/api/storage/profiles/{self.profile}/test")
        self.assert_shape(found, golden("profile-test-gdrive"))
        self.assertEqual([s["name"] for s in found["steps"]], ["Token", "Account", "Write"])
        self.assertEqual(found["success"], all(s["ok"] for s in found["steps"]))
        stored = self.user.must("GET", f"/api/storage/profiles/{self.profile}")
        why = next((f"{s['name']}: {s['message']}" for s in found["steps"] if not s["ok"]), None)
        self.assertEqual((stored["checkOk"], stored["checkMessage"]), (found["success"], why))
        self.assertTrue(stored["checkedAt"])
        return [(s["ok"], s["message"]) for s in found["steps"]]

    def test_all_is_well(self):
        before = self.sealed(self.profile)
        self.assertEqual(self.run_test(), [(True, None)] * 3)
        self.assertEqual([c for c in self.google.state()["calls"]],
                         [["POST", TOKEN], ["GET", ABOUT], ["GET", "/drive/v3/files/generateIds"], ["POST", "/drive/v3/files"], ["DELETE", self.google.state()["calls"][-1][1]]])
        self.assertEqual(self.google.state()["files"], [], "nothing is left behind")
        self.assertEqual(self.google.state()["complaints"], [])
        self.assertNotEqual(self.sealed(self.profile), before, "the new access token is kept")

    def test_a_refused_login_needs_a_new_one(self):
        self.google.revoke(DEFAULT_EMAIL)
        steps = self.run_test()
        golden_steps = golden("profile-test-gdrive")["steps"]
        self.assertEqual(steps, [(s["ok"], s["message"]) for s in golden_steps])
        self.assertTrue(self.profiles()[0]["needsReauth"])
        url = self.user.must("POST", f"/api/storage/gdrive/{self.profile}/reauthenticate")["authorizationUrl"]
        self.assertEqual(self.finish(url)["success"], "true")
        self.assertFalse(self.profiles()[0]["needsReauth"])
        self.assertEqual(self.run_test(), [(True, None)] * 3)

    def test_what_may_pass_does_not(self):
        for order in ({"do": "500"}, {"do": "503"}, {"do": "hang"}, CUT, {"do": "not_json"}, {"do": "no_access"},
                      {"do": "refuse", "status": 401, "error": "invalid_client"}):
            self.assertEqual([ok for ok, _ in self.run_test(token=order)], [False] * 3, order)
        self.assertFalse(self.profiles()[0]["needsReauth"])

    def test_each_step_may_fail(self):
        for orders, failing, words in (
                ({"about": {"do": "disabled"}}, 1, "Drive API is not enabled"),
                ({"about": {"do": "lie", "email": "bob@example.org"}}, 1, "another Google account (bob@example.org)"),
                ({"about": {"do": "no_email"}}, 1, "did not tell the e-mail"),
                ({"files": {"do": "full"}}, 2, "full"),
                ({"files": {"do": "not_json"}}, 2, "not under the id it gave"),
                ({"files": {"do": "undeletable"}}, 2, "could not be deleted")):
            steps = self.run_test(**orders)
            self.assertEqual([ok for ok, _ in steps], [i < failing for i in range(3)], orders)
            self.assertIn(words, steps[failing][1])

    def test_without_its_oauth_client(self):
        self.rig.platform.sql(f"update storage_profiles set oauth_credential_id = null where id = {self.profile}")
        self.assertIn("no linked OAuth credentials", self.run_test()[0][1])
        self.assertEqual(self.google.state()["calls"], [])

    def test_others_profiles(self):
        other = self.stranger()
        self.assert_problem(other.post(f"/api/storage/profiles/{self.profile}/test"), 404, "ProfileNotFound")
        self.user.must("POST", f"/api/storage/profiles/{self.profile}/disconnect")
        self.assert_problem(self.user.post(f"/api/storage/profiles/{self.profile}/test"), 404, "ProfileNotFound")


class Secrets(GoogleCase):
    def test_nothing_secret_is_answered_logged_or_stored_readably(self):
        identity, client = self.credential()
        url = self.begin(identity)
        back = self.google.consent(url)
        profile = int(query(self.back(back))["profileId"])
        again = self.user.must("POST", f"/api/storage/gdrive/{profile}/reauthenticate")["authorizationUrl"]
        self.google.order(token={"do": "refuse"})
        failed = self.google.consent(again)
        self.back(failed)
        self.google.order(token={"do": "not_json"}, revoke={"do": "500"})
        self.back(self.google.consent(self.begin(identity)))
        answers = [self.user.get(p).text for p in (CREDENTIALS, "/api/storage/profiles", f"/api/storage/profiles/{profile}")]
        grants = [g for g in self.google.state()["grants"] if g["client"] == client["id"]]
        secrets = [client["secret"], query(back)["code"], query(failed)["code"], query(url)["state"], query(again)["state"]]
        secrets += [t for g in grants for t in [*g["refresh"], *g["access"]]]
        self.assertGreaterEqual(len(secrets), 7)
        rows = "\n".join(r[0] for t in ("oauth_credentials", "oauth_states", "storage_profiles")
                         for r in self.rig.platform.sql(f"select row_to_json(t)::text from {t} t"))
        self.user.must("POST", f"/api/storage/profiles/{profile}/disconnect")
        logs = "\n".join(self.rig.platform.log(p) for p in ("api-fast", "api-edge"))
        self.assertTrue(re.search(r"a grant at Google could not be revoked", logs))
        for secret in secrets:
            for where, text in (("answers", "\n".join(answers)), ("database", rows), ("logs", logs)):
                self.assertNotIn(secret, text, where)
                self.assertNotIn(urllib.parse.quote(secret, safe=""), text, where)
