"""The fake Google of the rig (tests/fakes/google.py) from the tests' side, and the person in front of it."""
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid

from client import NoRedirect


class Google:
    def __init__(self, rig) -> None:
        self.url = rig["GOOGLE_URL"]
        self._opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))

    def _call(self, method: str, path: str, body=None) -> dict:
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), method=method)
        with self._opener.open(request, timeout=30) as r:
            return json.load(r)

    def client(self, *redirect_uris: str) -> dict:
        """A registered OAuth client that nobody else has."""
        client = {"id": f"{uuid.uuid4().hex[:12]}.apps.googleusercontent.com", "secret": f"GOCSPX-{uuid.uuid4().hex}",
                  "redirectUris": list(redirect_uris)}
        self._call("POST", "/_clients", client)
        return client

    def order(self, **places) -> None:
        """Misbehave: order(token={"do": "hang"}); the words are in the fake's head. Without arguments: behave."""
        self._call("PUT", "/_orders", places)

    def unstruck(self) -> list[dict]:
        """Orders that were not carried out as often as they were to be: a test with one of these proves nothing."""
        orders = self.state()["orders"].items()
        return [{place: o} for place, several in orders for o in (several if isinstance(several, list) else [several])
                if o.get("times", 1) > 0]

    def limit(self, bytes_per_s: int) -> None:
        """Of all uploads together; 0: none."""
        self._call("POST", "/_throttle", {"rate": bytes_per_s})

    def delete(self, file_id: str) -> list[str]:
        """The person deletes a file or folder; the paths of the files that went with it."""
        return self._call("POST", "/_delete", {"id": file_id})["gone"]

    def quota(self, email: str, limit: int | None, other: int = 0) -> None:
        """The account's storage, and what other programs have put there; None: it has no limit."""
        self._call("POST", "/_quota", {"email": email, "limit": limit, "other": other})

    def foreign(self, name: str, **wish) -> str:
        """A person makes a folder or, with `members`, a shared drive; its id. The words are in the fake's head."""
        identity = f"0F{uuid.uuid4().hex}"
        self._call("POST", "/_foreign", {"id": identity, "name": name, **wish})
        return identity

    def trash(self, file_id: str) -> None:
        self._call("POST", "/_trash", {"id": file_id})

    def revoke(self, email: str) -> None:
        """The person takes the app's access away."""
        self._call("POST", "/_revoke", {"email": email})

    def reset(self) -> None:
        self._call("POST", "/_reset")

    def state(self) -> dict:
        """calls, complaints, grants, files …: see the fake's head."""
        return self._call("GET", "/_state")

    def files(self, email: str) -> list[dict]:
        """What the account has, folders too."""
        return [f for f in self.state()["files"] if f["owner"] == email]

    def sessions(self, email: str) -> list[dict]:
        """Its resumable uploads, ended ones too."""
        return [s for s in self.state()["sessions"] if s["owner"] == email]

    def calls(self, path: str) -> int:
        return sum(1 for _, called in self.state()["calls"] if called == path)

    def consent(self, authorization_url: str) -> str:
        """The browser opens the address and the person decides: where Google sends the browser back to. A page of Google's
        own (a refused request) fails the test."""
        try:
            with self._opener.open(authorization_url, timeout=30) as r:
                raise AssertionError(f"no redirect: {r.status} {r.read()!r}")
        except urllib.error.HTTPError as e:
            with e:
                if e.code != 302:
                    raise AssertionError(f"Google refuses {authorization_url}: {e.code} {e.read()!r}") from None
                return e.headers["Location"]

    def connect(self, api, email: str, redirect_uri: str) -> int:
        """A connected Drive profile of this account, by the whole way of a consent."""
        client = self.client(redirect_uri)
        credential = api.must("POST", "/api/storage/gdrive/credentials", {
            "name": "rig", "clientId": client["id"], "clientSecret": client["secret"], "redirectUri": redirect_uri})
        url = api.must("POST", "/api/storage/gdrive/connect", {
            "credentialId": credential["credentialId"], "profileName": f"rig {uuid.uuid4().hex[:8]}"})["authorizationUrl"]
        return self.login(api, f"{url}&{urllib.parse.urlencode({'login_hint': email})}")

    def again(self, api, profile: int) -> int:
        """The person logs in again, with the same account."""
        return self.login(api, api.must("POST", f"/api/storage/gdrive/{profile}/reauthenticate")["authorizationUrl"])

    def login(self, api, authorization_url: str) -> int:
        back = urllib.parse.urlsplit(self.consent(authorization_url))
        answer = api.get(f"{back.path.removeprefix('/proxy')}?{back.query}")
        result = query(answer.headers.get("Location", ""))
        if result.get("success") != "true":
            raise AssertionError(f"the consent failed: {answer!r} {result}")
        return int(result["profileId"])


def query(url: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True))
