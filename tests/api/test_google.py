"""The Google Drive account flow against a Google that is as strict as the real one and misbehaves on order."""
import concurrent.futures
import re
import urllib.parse
import uuid

from api_case import ApiCase, golden
from consent import Google, query
from tc import Api

CALLBACK = "/api/storage/gdrive/callback"
CREDENTIALS = "/api/storage/gdrive/credentials"
TOKEN, REVOKE, ABOUT = "/token", "/revoke", "/drive/v3/about"
FAILURES = golden("gdrive-callback")["failures"]
NO_BODY = {"": ["A non-empty request body is required."], "request": ["The request field is required."]}
CUT = {"do": "cut", "times": 2}  # libcurl tries once more when a kept connection is found dead
DEFAULT_EMAIL = "ada@example.org"


class GoogleCase(ApiCase):
    google: Google

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.google = Google(cls.rig)

    def setUp(self) -> None:
        super().setUp()
        self.google.reset()
        self.addCleanup(self.google.reset)
        self.user = self.stranger()  # with no profiles and credentials yet

    # Steps of the flow.

    def redirect_uri(self) -> str:
        return self.rig["WEB_URL"] + "/proxy" + CALLBACK

    def credential(self, user: Api | None = None, client: dict | None = None, **changes) -> tuple[int, dict]:
        client = client or self.google.client(self.redirect_uri())
        order = golden("gdrive-credential-request") | {"clientId": client["id"], "clientSecret": client["secret"],
                                                        "redirectUri": self.redirect_uri()} | changes
        return (user or self.user).must("POST", CREDENTIALS, order)["credentialId"], client

    def begin(self, credential: int | None = None, user: Api | None = None, **more) -> str:
        user = user or self.user
        credential = credential or self.credential(user)[0]
        return user.must("POST", "/api/storage/gdrive/connect",
                         {"credentialId": credential, "profileName": "", **more})["authorizationUrl"]

    def back(self, url: str, browser: Api | None = None) -> str:
        """The browser follows Google's redirect to our callback, without session; where it is sent from there."""
        parts = urllib.parse.urlsplit(url)
        client = browser or Api(self.rig, f"{parts.scheme}://{parts.netloc}")
        answer = client.get(f"{parts.path}?{parts.query}")
        self.assertEqual((answer.status, answer.body), (302, b""), answer)
        target = answer.headers["Location"]
        frontend = self.rig.platform.environment("api-edge")["FRONTEND_URL"]
        self.assertTrue(target.startswith(frontend + "/storage?"), target)
        self.assertNotIn("google", target)
        return target

    def finish(self, authorization_url: str) -> dict[str, str]:
        return query(self.back(self.google.consent(authorization_url)))

    def connect(self, email: str | None = None, user: Api | None = None, credential: int | None = None, full: bool = False,
                **more) -> int:
        """A connected profile; full: with access to all of Drive."""
        self.google.order(consent={"do": "as", "email": email or f"{uuid.uuid4().hex[:10]}@example.org", "full": full})
        result = self.finish(self.begin(credential, user, **more))
        self.assertEqual(set(result), {"success", "profileId"}, result)
        self.assertEqual(result["success"], "true")
        return int(result["profileId"])

    def assert_failed(self, result: dict, code: str, message: str | None = None) -> None:
        self.assertEqual(set(result), {"error", "message"})
        self.assertEqual(result, {"error": code, "message": message or FAILURES[code]})

    def profiles(self, user: Api | None = None) -> list[dict]:
        return (user or self.user).must("GET", "/api/storage/profiles")

    def sealed(self, profile: int) -> str:
        return self.rig.platform.sql(f"select coalesce(secret_sealed, '') from storage_profiles where id = {profile}")[0][0]


class Credentials(GoogleCase):
    def test_save_list_and_the_same_again(self):
        order = golden("gdrive-credential-request")
        saved = self.user.must("POST", CREDENTIALS, order)
        self.assert_shape(saved, golden("gdrive-credential-saved"))
        self.assertEqual(saved["name"], order["name"])
        found = self.user.must("GET", CREDENTIALS)
        self.assert_shape(found, golden("gdrive-credentials"))
        self.assertEqual(found, [golden("gdrive-credentials")[0] | {"id": saved["credentialId"], "createdAt": found[0]["createdAt"],
                                                                    "inUse": False}])
        again = self.user.must("POST", CREDENTIALS, order | {"name": "  ", "redirectUri": "https://new.example/cb"})
        self.assertEqual(again, {"credentialId": saved["credentialId"], "name": "My GCP Credentials"})
        found = self.user.must("GET", CREDENTIALS)
        self.assertEqual([(c["id"], c["name"], c["redirectUri"]) for c in found],
                         [(saved["credentialId"], "My GCP Credentials", "https://new.example/cb")])
        other = self.user.must("POST", CREDENTIALS, order | {"clientId": "x" + order["clientId"], "name": " trimmed "})
        self.assertEqual(other["name"], "trimmed")
        self.assertNotEqual(other["credentialId"], saved["credentialId"])
        # Another user's credential of the same client is another one.
        self.assertNotEqual(self.stranger().must("POST", CREDENTIALS, order)["credentialId"], saved["credentialId"])

    def test_masks(self):
        clients = [head + ".apps.googleusercontent.com" for head in
                   ("", "1", "12", "123", "1234", "12345", "1" * 60, "é" * 7, "日本語" * 5)]
        for client in clients:
            self.user.must("POST", CREDENTIALS, golden("gdrive-credential-request") | {"clientId": client})
        self.assertEqual([c["clientIdMasked"] for c in self.user.must("GET", CREDENTIALS)],
                         [f"{c[:4]}...{c[-30:]}" for c in clients])

    def test_what_is_wrong_is_told(self):
        def save(**changes):
            return self.user.post(CREDENTIALS, golden("gdrive-credential-request") | changes)

        required = {"ClientId": ["Client ID is required"], "ClientSecret": ["Client Secret is required"],
                    "RedirectUri": ["Redirect URI is required"]}
        for blank in ("", "  ", None):
            self.assert_problem(save(clientId=blank, clientSecret=blank, redirectUri=blank), 400, "ValidationFailed",
                                "Client ID is required. Client Secret is required. Redirect URI is required", required)
        self.assert_problem(self.user.post(CREDENTIALS, {}), 400, "ValidationFailed", fields=required)
        self.assert_problem(save(redirectUri="localhost/cb"), 400, "ValidationFailed", "Redirect URI must be a valid URL",
                            {"RedirectUri": ["Redirect URI must be a valid URL"]})
        self.assertEqual(save(redirectUri="FTP://x").status, 200)
        self.assert_problem(save(name=None), 400, "ValidationFailed", fields={"Name": ["The Name field is required."]})
        for field, member, n in (("Name", "name", 255), ("ClientId", "clientId", 500), ("ClientSecret", "clientSecret", 500)):
            sentence = f"The field {field} must be a string with a maximum length of {n}."
            tail = ".apps.googleusercontent.com" if field == "ClientId" else ""
            self.assertEqual(save(**{member: "é" * (n - len(tail)) + tail}).status, 200)
            self.assert_problem(save(**{member: "é" * (n - len(tail)) + "é" + tail}), 400, "ValidationFailed", sentence,
                                {field: [sentence]})
        self.assertEqual(save(name="𝒳" * 128).status, 400, "counted as the replaced product does, in UTF-16")
        for bad in ("abc", "x.apps.googleusercontent.com.evil", "googleusercontent.com"):
            self.assert_problem(save(clientId=bad), 422, "InvalidClientId",
                                "Invalid Google Client ID format. It should end with .apps.googleusercontent.com")
        self.assertEqual(save(clientId="X.APPS.GoogleUserContent.COM").status, 200)
        self.assert_problem(self.user.post(CREDENTIALS), 400, "ValidationFailed", fields=NO_BODY)
        self.assertEqual(save(clientId=5).json["code"], "ValidationFailed")

    def test_change(self):
        identity, client = self.credential()
        path = f"{CREDENTIALS}/{identity}"
        before = self.user.must("GET", CREDENTIALS)[0]
        self.assertEqual(self.user.must("PATCH", path, {}), before)
        self.assertEqual(self.user.must("PATCH", path, {"name": " new name "}), before | {"name": "new name"})
        self.assertEqual(self.user.must("PATCH", path, {"redirectUri": "https://x.example/"})["redirectUri"], "https://x.example/")
        self.assert_problem(self.user.request("PATCH", path, {"clientSecret": " "}), 400, "ValidationFailed",
                            fields={"ClientSecret": ["Client Secret is required"]})
        self.assert_problem(self.user.request("PATCH", path, {"redirectUri": "x"}), 400, "ValidationFailed",
                            fields={"RedirectUri": ["Redirect URI must be a valid URL"]})
        # The secret is really another one: Google refuses the old flow with a wrong one, and takes the right one again.
        self.user.must("PATCH", path, {"clientSecret": "wrong", "redirectUri": self.redirect_uri()})
        self.assert_failed(self.finish(self.begin(identity)), "TokenExchangeFailed")
        self.user.must("PATCH", path, {"clientSecret": client["secret"]})
        self.assertEqual(self.finish(self.begin(identity))["success"], "true")

    def test_delete(self):
        identity, _ = self.credential()
        profile = self.connect(credential=identity)
        self.assertTrue(self.user.must("GET", CREDENTIALS)[0]["inUse"])
        self.assert_problem(self.user.request("DELETE", f"{CREDENTIALS}/{identity}"), 400, "CredentialInUse",
                            "Cannot delete credentials while a connected profile uses them.")
        self.user.must("POST", f"/api/storage/profiles/{profile}/disconnect")
        self.assertFalse(self.user.must("GET", CREDENTIALS)[0]["inUse"])
        answer = self.user.request("DELETE", f"{CREDENTIALS}/{identity}")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assert_problem(self.user.request("DELETE", f"{CREDENTIALS}/{identity}"), 404, "CredentialNotFound",
                            "OAuth credential not found")
        self.assertEqual(self.user.must("GET", CREDENTIALS), [])

    def test_others_credentials_and_profiles_do_not_exist(self):
        identity, _ = self.credential()
        profile, other = self.connect(credential=identity), self.stranger()
        sentence = "OAuth credential not found"
        self.assertEqual(other.must("GET", CREDENTIALS), [])
        for wrong in (identity, 0, -1, 2147483647, 99999999999):
            for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
                self.assert_problem(other.request(method, f"{CREDENTIALS}/{wrong}", body), 404, "CredentialNotFound", sentence)
        for wrong in (identity, 0, -1, 2147483647):
            self.assert_problem(other.post("/api/storage/gdrive/connect", {"credentialId": wrong}), 404, "CredentialNotFound", sentence)
        for wrong in (profile, 0, -1, 99999999999):
            self.assert_problem(other.post(f"/api/storage/gdrive/{wrong}/reauthenticate"), 404, "ProfileNotFound",
                                "Storage profile not found")
        self.assertEqual(self.user.must("GET", CREDENTIALS)[0]["name"], "Work project")


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
