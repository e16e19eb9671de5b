"""The way of a consent: to Google and back."""
import concurrent.futures

from api_case import golden
from consent import query
from google_case import CALLBACK, CREDENTIALS, CUT, DEFAULT_EMAIL, FAILURES, NO_BODY, REVOKE, TOKEN, GoogleCase
from tc import Api


class Begin(GoogleCase):
    def test_connect(self):
        identity, client = self.credential()
        answer = self.user.must("POST", "/api/storage/gdrive/connect", golden("gdrive-connect-request") | {"credentialId": identity})
        self.assert_shape(answer, golden("gdrive-connect"))
        self.assertEqual(set(query(answer["authorizationUrl"])), set(query(golden("gdrive-connect")["authorizationUrl"])))
        self.assertEqual(query(answer["authorizationUrl"])["client_id"], client["id"])
        self.assertEqual(self.profiles(), [], "a profile appears only after consent")
        self.google.consent(answer["authorizationUrl"])
        self.assertEqual(self.google.state()["complaints"], [])
        self.assertEqual(self.profiles(), [])

    def test_connect_is_validated(self):
        identity, _ = self.credential()
        sentence = "The field ProfileName must be a string with a maximum length of 255."
        for name, fine in (("x" * 255, True), (None, True), ("x" * 256, False)):
            answer = self.user.post("/api/storage/gdrive/connect", {"credentialId": identity, "profileName": name})
            if fine:
                self.assertEqual(answer.status, 200, answer)
            else:
                self.assert_problem(answer, 400, "ValidationFailed", sentence, {"ProfileName": [sentence]})
        self.assert_problem(self.user.post("/api/storage/gdrive/connect", {}), 404, "CredentialNotFound")
        self.assert_problem(self.user.post("/api/storage/gdrive/connect"), 400, "ValidationFailed", fields=NO_BODY)

    def test_reauthenticate_is_validated(self):
        path = "/api/storage/gdrive/{}/reauthenticate"
        for word in ("abc", "1x"):
            self.assert_problem(self.user.post(path.format(word)), 404, "NotFound")
        self.assert_problem(self.user.post(path.format(self.profile_id(self.user))), 422, "InvalidProfile",
                            "Profile is not a Google Drive profile")
        profile = self.connect()
        self.rig.platform.sql(f"update storage_profiles set oauth_credential_id = null where id = {profile}")
        self.assert_problem(self.user.post(path.format(profile)), 400, "MissingCredentials",
                            "Profile has no linked OAuth credentials. Please connect using a saved credential.")
        self.user.must("POST", f"/api/storage/profiles/{profile}/disconnect")
        self.assert_problem(self.user.post(path.format(profile)), 404, "ProfileNotFound", "Storage profile not found")

    def test_a_foreign_credential_behind_a_profile(self):
        profile = self.connect()
        foreign, _ = self.credential(self.stranger())
        self.rig.platform.sql(f"update storage_profiles set oauth_credential_id = {foreign} where id = {profile}")
        self.assert_problem(self.user.post(f"/api/storage/gdrive/{profile}/reauthenticate"), 404, "CredentialNotFound",
                            "Linked OAuth credential not found")

    def test_what_is_kept_is_sealed(self):
        url = self.begin()
        row = self.rig.platform.sql("select row_to_json(s)::text from oauth_states s order by id desc limit 1")[0][0]
        self.assertNotIn(query(url)["state"], row)
        self.assertRegex(row, r'"verifier_sealed":"[A-Za-z0-9+/=]{100,}"')
        back = self.google.consent(url)
        self.assertEqual(query(self.back(back))["success"], "true")
        gone = self.rig.platform.sql("select count(*) from oauth_states where state_hash = "
                                     f"encode(sha256('{query(url)['state']}'), 'hex')")
        self.assertEqual(gone, [["0"]])


class Callback(GoogleCase):
    def test_a_profile_appears(self):
        identity, client = self.credential()
        profile = self.connect("ada@example.org", credential=identity, profileName="  Work Drive ", setAsDefault=False)
        found = self.profiles()
        self.assert_shape(found, golden("profiles"))
        self.assertEqual(
            {k: found[0][k] for k in ("id", "profileName", "providerType", "email", "isDefault", "isActive", "needsReauth",
                                      "isConfigured", "googleDrive")},
            {"id": profile, "profileName": "Work Drive", "providerType": "GoogleDrive", "email": "ada@example.org",
             "isDefault": True, "isActive": True, "needsReauth": False, "isConfigured": True,
             "googleDrive": {"credentialId": identity, "credentialName": "Work project", "folderId": None, "folderName": None,
                             "driveId": None, "driveName": None}})
        self.assert_shape(self.user.must("GET", f"/api/storage/profiles/{profile}"), golden("profile-detail"))
        self.assertEqual(self.google.state()["complaints"], [])
        second = self.connect("bob@example.org", credential=identity)
        self.assertEqual([(p["id"], p["isDefault"], p["profileName"]) for p in self.profiles()],
                         [(profile, True, "Work Drive"), (second, False, "My Google Drive")])
        third = self.connect("eve@example.org", credential=identity, setAsDefault=True)
        self.assertEqual([p["id"] for p in self.profiles() if p["isDefault"]], [third])

    def test_both_ports_and_both_spellings(self):
        for base in (self.rig["WEB_URL"], self.rig["API_URL"]):
            for path in ("/proxy" + CALLBACK, CALLBACK.upper(), CALLBACK + "/"):
                client = self.google.client(base + path)
                identity, _ = self.credential(client=client, redirectUri=base + path)
                self.connect(credential=identity)

    def test_consent_refused(self):
        for order, code, message in (
                ({"do": "deny"}, "AccessDenied", None),
                ({"do": "error", "error": "admin_policy_enforced"}, "OauthCallbackError",
                 "Google refused the request (admin_policy_enforced)."),
                ({"do": "error", "error": "<b>&\r\nx"}, "OauthCallbackError", "Google refused the request (no reason)."),
                ({"do": "untick"}, "AccessDenied", "Access to Drive was not granted. Please try again and tick its box.")):
            self.google.order(consent=order)
            back = self.google.consent(self.begin())
            self.assert_failed(query(self.back(back)), code, message)
            used = CALLBACK + "?code=4/x&state=" + query(back)["state"]
            self.assert_failed(query(self.back(self.rig["WEB_URL"] + used)), "InvalidState")
        self.assertEqual(self.profiles(), [])

    def test_missing_and_unknown(self):
        base = self.rig["WEB_URL"] + CALLBACK
        for q in ("", "?", "?code=x", "?state=x", "?code=&state=x", "?code=x&state="):
            self.assert_failed(query(self.back(base + q)), "INVALID_REQUEST")
        for state in ("x", "0" * 64, "%27", "a" * 5000):
            self.assert_failed(query(self.back(f"{base}?code=x&state={state}")), "InvalidState")
        self.assert_failed(query(self.back(base + "?error=access_denied")), "AccessDenied")
        self.assert_failed(query(self.back(base + "?error=access_denied&state=nobodys")), "AccessDenied")
        self.assertEqual(self.google.calls(TOKEN), 0)

    def test_expired(self):
        url = self.begin()
        self.rig.platform.sql("update oauth_states set expires_at = now() - interval '1 second'")
        back = self.google.consent(url)
        self.assert_failed(query(self.back(back)), "InvalidState", "Expired OAuth state")
        self.assert_failed(query(self.back(back)), "InvalidState")
        self.assertEqual(self.google.calls(TOKEN), 0)

    def test_a_state_is_good_once(self):
        self.google.order(token={"do": "delay", "seconds": 0.7, "times": 9})
        back = self.google.consent(self.begin())
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = [query(t) for t in pool.map(self.back, [back] * 4)]
        self.assertEqual(sorted("success" if "success" in r else r["error"] for r in results), ["InvalidState"] * 3 + ["success"])
        self.assertEqual(self.google.calls(TOKEN), 1)
        self.assertEqual(len(self.profiles()), 1)
        self.assertEqual(self.google.state()["complaints"], [])

    def test_a_state_is_its_users(self):
        """Whose session the browser has makes no difference: the profile is the one's who began."""
        back = self.google.consent(self.begin())
        other = self.rig.browser()
        mine = self.profiles(other)
        self.assertEqual(query(self.back(back, other))["success"], "true")
        self.assertEqual(len(self.profiles()), 1)
        self.assertEqual(self.profiles(other), mine)

    def test_a_browser_finishes_what_it_began(self):
        browser, thief = Api(self.rig, self.rig["WEB_URL"]), Api(self.rig, self.rig["WEB_URL"])
        browser.login(self.user.email)
        identity, _ = self.credential(browser)
        urls = [self.begin(identity, browser) for _ in range(3)]
        for proto, secure in (("https", True), ("http", False)):
            answer = browser.post("/api/storage/gdrive/connect", {"credentialId": identity}, headers={"X-Forwarded-Proto": proto})
            self.assertEqual("; Secure" in answer.headers["Set-Cookie"], secure, answer.headers)
            browser.cookies.clear("localhost.local" if "localhost" in self.rig["WEB_URL"] else "127.0.0.1", "/",
                                  answer.headers["Set-Cookie"].split("=")[0])
        cookies = {c.name: c for c in browser.cookies if c.name.startswith("tc_consent_")}
        self.assertEqual(len(cookies), 3)
        for cookie in cookies.values():
            self.assertTrue(cookie.has_nonstandard_attr("HttpOnly"))
            self.assertEqual(cookie.get_nonstandard_attr("SameSite"), "Lax")
        self.assert_failed(query(self.back(self.google.consent(urls[0]), thief)), "UserMismatch")
        self.assert_failed(query(self.back(self.google.consent(urls[0]), browser)), "InvalidState")
        self.assertEqual(self.profiles(), [])
        # The session cookie is Strict and does not come along; the nonce alone must do. Overlapping consents do not mix.
        browser.cookies.clear(next(iter(cookies.values())).domain, "/", "tc_session")
        for url, email in ((urls[2], "two@example.org"), (urls[1], "one@example.org")):
            self.google.order(consent={"do": "as", "email": email})
            self.assertEqual(query(self.back(self.google.consent(url), browser))["success"], "true")
        self.assertEqual(sorted(p["email"] for p in self.profiles()), ["one@example.org", "two@example.org"])
        self.assertFalse([c.name for c in browser.cookies if c.name.startswith("tc_consent_")], "a used nonce is taken away")
        # A wrong nonce is as bad as none.
        browser.login(self.user.email)
        url = self.begin(identity, browser)
        for c in browser.cookies:
            if c.name.startswith("tc_consent_"):
                c.value = "0" * 32
        self.assert_failed(query(self.back(self.google.consent(url), browser)), "UserMismatch")

    def test_the_exchange_fails(self):
        for order in ({"do": "refuse", "error": "invalid_grant"}, {"do": "refuse", "error": "redirect_uri_mismatch"},
                      {"do": "refuse", "status": 401, "error": "invalid_client"}, {"do": "500"}, {"do": "503"}, {"do": "hang"},
                      CUT):
            self.google.order(token=order)
            self.assert_failed(self.finish(self.begin()), "TokenExchangeFailed")
        self.google.order(token={"do": "not_json"})
        self.assert_failed(self.finish(self.begin()), "InvalidResponse", "Invalid token response")
        self.google.order(token={"do": "no_access"})
        self.assert_failed(self.finish(self.begin()), "InvalidResponse", "Token exchange response is missing access_token")
        self.assertEqual(self.profiles(), [])
        self.google.order(token={"do": "delay", "seconds": 0.5})
        self.assertEqual(self.finish(self.begin())["success"], "true")
        self.google.order(token={"do": "no_scope"})
        self.assertEqual(self.finish(self.begin(user=self.stranger()))["success"], "true", "no scope: what was asked for")

    def test_a_code_of_another_client(self):
        back = self.google.consent(self.begin())
        other = self.google.consent(self.begin())
        mixed = f"{self.redirect_uri()}?code={query(other)['code']}&state={query(back)['state']}"
        self.assert_failed(query(self.back(mixed)), "TokenExchangeFailed")
        self.assertEqual(len(self.google.state()["complaints"]), 1)

    def test_the_account_is_not_told(self):
        for order, code in (({"do": "500"}, "AccountUnknown"), ({"do": "not_json"}, "AccountUnknown"), (CUT, "AccountUnknown"),
                            ({"do": "hang"}, "AccountUnknown"), ({"do": "no_email"}, "AccountUnknown"),
                            ({"do": "lie", "email": "nobody"}, "AccountUnknown"), ({"do": "disabled"}, "DriveApiDisabled")):
            self.google.order(about=order)
            result = self.finish(self.begin())
            self.assertEqual(result["error"], code, order)
            self.assertGreater(len(result["message"]), 30)
        self.assertIn("Drive API is not enabled", result["message"])
        self.assertEqual(self.profiles(), [])

    def test_no_refresh_token(self):
        self.google.order(token={"do": "no_refresh"})
        result = self.finish(self.begin())
        self.assertEqual(result["error"], "NoRefreshToken")
        self.assertEqual(self.profiles(), [])

    def test_the_same_account_twice(self):
        identity, _ = self.credential()
        first = self.connect(DEFAULT_EMAIL, credential=identity)
        for email in (DEFAULT_EMAIL, DEFAULT_EMAIL.upper()):
            self.google.order(consent={"do": "as", "email": email})
            self.assert_failed(self.finish(self.begin(identity, setAsDefault=True)), "DuplicateEmail",
                               FAILURES["DuplicateEmail"].replace(DEFAULT_EMAIL, email))
        self.assertEqual([(p["id"], p["isDefault"]) for p in self.profiles()], [(first, True)])
        self.assertEqual(self.google.calls(REVOKE), 0, "that would end the first profile's grant")
        self.connect(DEFAULT_EMAIL, self.stranger())  # somebody else may
        self.user.must("POST", f"/api/storage/profiles/{first}/disconnect")
        self.assertNotEqual(self.connect(DEFAULT_EMAIL, credential=identity), first)

    def test_the_same_account_twice_at_once(self):
        identity, _ = self.credential()
        backs = []
        for _ in range(2):
            self.google.order(consent={"do": "as", "email": DEFAULT_EMAIL})
            backs.append(self.google.consent(self.begin(identity, setAsDefault=True)))
        self.google.order(token={"do": "delay", "seconds": 0.7, "times": 2})
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = [query(t) for t in pool.map(self.back, backs)]
        self.assertEqual(sorted(r.get("error", "success") for r in results), ["DuplicateEmail", "success"])
        self.assertEqual([(p["email"], p["isDefault"]) for p in self.profiles()], [(DEFAULT_EMAIL, True)])

    def test_our_own_trouble_is_not_told(self):
        back = self.google.consent(self.begin())
        self.rig.platform.sql("update oauth_states set verifier_sealed = 'broken'")
        self.assert_failed(query(self.back(back)), "InternalError", "An unexpected error occurred")
        url = self.begin()
        self.rig.platform.sql("update oauth_credentials set client_secret_sealed = 'broken' where user_id = "
                              f"(select id from users where email = '{self.user.email}')")
        self.assert_failed(self.finish(url), "InternalError", "An unexpected error occurred")

    def test_addresses_with_the_word(self):
        """The replaced web client takes an address with "google" in it for one of Google's own."""
        email = "a b+&%ü@googlemail.google.com"
        self.connect(email)
        self.google.order(consent={"do": "as", "email": email})
        back = self.google.consent(self.begin())
        target = self.back(back)
        self.assert_failed(query(target), "DuplicateEmail", FAILURES["DuplicateEmail"].replace(DEFAULT_EMAIL, email))
        self.assertIn("message=This+Google+account+(a+b%2b%26%25%c3%bc%40%67ooglemail.%67oogle.com)+is+already", target)

    def test_what_went_meanwhile(self):
        platform = self.rig.platform
        url = self.begin()
        self.user.must("DELETE", f"{CREDENTIALS}/{self.user.must('GET', CREDENTIALS)[0]['id']}")
        self.assert_failed(self.finish(url), "CredentialNotFound")
        url = self.begin()
        platform.sql(f"delete from users where email = '{self.user.email}'")
        self.assert_failed(self.finish(url), "UserNotFound")
        self.assertEqual(self.google.calls(TOKEN), 0)

    def test_what_went_while_google_was_asked(self):
        platform = self.rig.platform
        identity, _ = self.credential()
        profile = self.connect(credential=identity)

        def during(url: str, act) -> dict:
            self.google.order(token={"do": "delay", "seconds": 1.2})
            back = self.google.consent(url)
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                asked = self.google.calls(TOKEN)
                going = pool.submit(self.back, back)
                while self.google.calls(TOKEN) == asked and not going.done():
                    pass
                act()
                return query(going.result())

        again = self.user.must("POST", f"/api/storage/gdrive/{profile}/reauthenticate")["authorizationUrl"]
        self.assert_failed(during(again, lambda: self.user.must("DELETE", f"/api/storage/profiles/{profile}")), "ProfileNotFound")
        self.assertEqual(self.sealed(profile), "")
        self.assert_failed(during(self.begin(identity), lambda: self.user.must("DELETE", f"{CREDENTIALS}/{identity}")),
                           "CredentialNotFound")
        self.assert_failed(during(self.begin(), lambda: platform.sql(f"delete from users where email = '{self.user.email}'")),
                           "UserNotFound")

    def test_only_get(self):
        self.assert_problem(Api(self.rig, self.rig["WEB_URL"]).post(CALLBACK), 405, "MethodNotAllowed")
