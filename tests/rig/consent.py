"""The fake Google of the rig (tests/fakes/google.py) from the tests' side, and the person in front of it."""
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Google:
    def __init__(self, rig) -> None:
        self.url = rig["GOOGLE_URL"]
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))

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

    def revoke(self, email: str) -> None:
        """The person takes the app's access away."""
        self._call("POST", "/_revoke", {"email": email})

    def reset(self) -> None:
        self._call("POST", "/_reset")

    def state(self) -> dict:
        """calls, complaints, grants, files."""
        return self._call("GET", "/_state")

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


def query(url: str) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True))
