"""The Google Drive account flow against a Google that is as strict as the real one and misbehaves on order."""
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
