"""The OAuth clients that a person registers with us."""
from api_case import golden
from google_case import CREDENTIALS, NO_BODY, GoogleCase


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
