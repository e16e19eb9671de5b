#!/usr/bin/env python3
"""A strict Google: consent, tokens, revocation, and as much of the Drive API as the platform uses.

Strict means: what the real one would only warn about is refused here, and noted as a complaint that a test can ask for.
Checked are redirect_uri, client id and secret, PKCE, scopes, grant types, the single use of codes, form encoding, unknown
and doubled parameters, and that every Drive call carries a live access token of the right scope.

The tests' side, JSON in and out:
  POST /_clients   {"id","secret","redirectUris":[...]}: a registered OAuth client
  PUT  /_orders    {PLACE: {"do": WHAT, "times": n, ...}}: misbehave; replaces all orders. Places and what they can do:
                     consent  deny | untick (the scope is not granted) | error ("error": its word)
                     token    refuse ("error") | no_refresh | no_access | no_scope, and the faults
                     about    no_email | lie ("email") | disabled (the API is not switched on), and the faults
                     files    full (no space) | undeletable, and the faults
                     revoke   the faults
                   faults: 500 | 503 | not_json | cut (no answer) | hang | delay ("seconds", then as usual)
  POST /_revoke    {"email"}: the person ends the app's access; every token of the account dies
  GET  /_state     {"calls":[[method,path]...],"complaints":[...],"grants":[...],"files":[...]}
  POST /_reset     forget calls, complaints, orders and files
A consent is given for the account of ?login_hint, else for the one of the order {"consent":{"do":"as","email":...}}, else for
ada@example.org.
"""
import base64
import hashlib
import http.server
import json
import re
import secrets
import socketserver
import sys
import threading
import time
import urllib.parse

DRIVE_SCOPE = "https://www.googleapis.com/auth/drive.file"
FAULTS = ("500", "503", "not_json", "cut", "hang", "delay")
TOKEN_LIFE_S = 3599
LOCK = threading.RLock()


class Refusal(Exception):
    """An error answer: status, the word that programs branch on, and why."""

    def __init__(self, status: int, word: str, why: str) -> None:
        super().__init__(why)
        self.status, self.word, self.why = status, word, why


class State:
    def __init__(self) -> None:
        self.clients: dict[str, dict] = {}
        self.codes: dict[str, dict] = {}
        self.grants: list[dict] = []  # what an account gave a client, once: its tokens live and die together
        self.reset()

    def reset(self) -> None:
        self.files: dict[str, dict] = {}
        self.calls: list[list[str]] = []
        self.complaints: list[str] = []
        self.orders: dict[str, dict] = {}

    def order(self, place: str) -> dict:
        """What to do wrong at this place, counted down; {} for nothing."""
        order = self.orders.get(place)
        if not order or order.get("times", 1) <= 0:
            return {}
        order["times"] = order.get("times", 1) - 1
        return order

    def grant(self, client: str, email: str) -> dict:
        for g in self.grants:
            if g["client"] == client and g["email"] == email and not g["revoked"]:
                return g
        self.grants.append({"client": client, "email": email, "revoked": False, "refresh": [], "access": {}})
        return self.grants[-1]

    def by_token(self, token: str) -> dict | None:
        return next((g for g in self.grants if token in g["refresh"] or token in g["access"]), None)


STATE = State()


def single(pairs: list[tuple[str, str]], required: set[str], optional: set[str]) -> dict[str, str]:
    """Each parameter once, none missing, none unknown, none empty."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Refusal(400, "invalid_request", f"{name} is given twice")
        if name not in required | optional:
            raise Refusal(400, "invalid_request", f"unknown parameter {name}")
        if not value:
            raise Refusal(400, "invalid_request", f"{name} is empty")
        found[name] = value
    if required - set(found):
        raise Refusal(400, "invalid_request", f"missing: {', '.join(sorted(required - set(found)))}")
    return found


def parse_form(text: str) -> list[tuple[str, str]]:
    """application/x-www-form-urlencoded, and nothing that only nearly is."""
    if not re.fullmatch(r"(?:[A-Za-z0-9\-._*~+&=]|%[0-9A-Fa-f]{2})*", text):
        raise Refusal(400, "invalid_request", "the form is not properly encoded")
    try:
        return urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as e:
        raise Refusal(400, "invalid_request", f"the form cannot be read: {e}") from None


class Accounts:
    """Consent and tokens."""

    def consent(self, query: str) -> str:
        """The address that the browser is sent to. Refusals are pages of Google's own: nobody is redirected."""
        q = single(urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True),
                   {"client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method",
                    "access_type", "prompt"}, {"login_hint"})
        client = STATE.clients.get(q["client_id"])
        if not client:
            raise Refusal(401, "invalid_client", "The OAuth client was not found.")
        if q["redirect_uri"] not in client["redirectUris"]:
            raise Refusal(400, "redirect_uri_mismatch", q["redirect_uri"])
        for name, wanted in (("response_type", "code"), ("access_type", "offline"), ("prompt", "consent"),
                             ("code_challenge_method", "S256"), ("scope", DRIVE_SCOPE)):
            if q[name] != wanted:
                raise Refusal(400, "invalid_request", f"{name} is {q[name]}")
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", q["code_challenge"]):
            raise Refusal(400, "invalid_request", "the code_challenge is no S256 one")
        if len(q["state"]) < 32:
            raise Refusal(400, "invalid_request", "the state can be guessed")
        order = STATE.order("consent")
        answer = {"state": q["state"]}
        if order.get("do") in ("deny", "error"):
            answer["error"] = order.get("error", "access_denied")
        else:
            scope = "openid" if order.get("do") == "untick" else DRIVE_SCOPE
            code = "4/" + secrets.token_urlsafe(32)
            email = order.get("email") or q.get("login_hint") or "ada@example.org"
            STATE.codes[code] = {**q, "email": email, "granted": scope, "used": False}
            answer |= {"code": code, "scope": scope}
        return q["redirect_uri"] + ("&" if "?" in q["redirect_uri"] else "?") + urllib.parse.urlencode(answer)

    def token(self, form: str) -> dict:
        pairs = parse_form(form)
        kind = dict(pairs).get("grant_type")
        if kind == "authorization_code":
            f = single(pairs, {"grant_type", "client_id", "client_secret", "code", "code_verifier", "redirect_uri"}, set())
        elif kind == "refresh_token":
            f = single(pairs, {"grant_type", "client_id", "client_secret", "refresh_token"}, set())
        else:
            raise Refusal(400, "unsupported_grant_type", f"grant_type is {kind}")
        client = STATE.clients.get(f["client_id"])
        if not client or client["secret"] != f["client_secret"]:
            raise Refusal(401, "invalid_client", "The provided client secret is invalid.")
        order = STATE.order("token")
        if order.get("do") == "refuse":
            raise Refusal(order.get("status", 400), order.get("error", "invalid_grant"), "on order")
        grant, scope = self.exchange(f) if kind == "authorization_code" else self.refresh(f)
        access = "ya29." + secrets.token_urlsafe(48)
        grant["access"][access] = {"until": time.time() + TOKEN_LIFE_S, "scope": scope}
        answer = {"access_token": access, "expires_in": TOKEN_LIFE_S, "scope": scope, "token_type": "Bearer"}
        if kind == "authorization_code" and order.get("do") != "no_refresh":
            refresh = "1//" + secrets.token_urlsafe(48)
            grant["refresh"].append(refresh)
            answer["refresh_token"] = refresh
        if order.get("do") == "no_access":
            del answer["access_token"]
        if order.get("do") == "no_scope":
            del answer["scope"]
        return answer

    def exchange(self, f: dict) -> tuple[dict, str]:
        code = STATE.codes.get(f["code"])
        if not code or code["client_id"] != f["client_id"]:
            raise Refusal(400, "invalid_grant", "Malformed auth code.")
        if code["used"]:
            grant = STATE.grant(f["client_id"], code["email"])
            grant["revoked"] = True  # RFC 6749, 4.1.2: a code that comes twice was stolen
            raise Refusal(400, "invalid_grant", "The code was used before.")
        code["used"] = True
        if code["redirect_uri"] != f["redirect_uri"]:
            raise Refusal(400, "redirect_uri_mismatch", "Bad Request")
        if not re.fullmatch(r"[A-Za-z0-9\-._~]{43,128}", f["code_verifier"]):
            raise Refusal(400, "invalid_grant", "Invalid code verifier.")
        digest = hashlib.sha256(f["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != code["code_challenge"]:
            raise Refusal(400, "invalid_grant", "Invalid code verifier.")
        return STATE.grant(f["client_id"], code["email"]), code["granted"]

    def refresh(self, f: dict) -> tuple[dict, str]:
        grant = STATE.by_token(f["refresh_token"])
        if not grant or grant["client"] != f["client_id"] or f["refresh_token"] not in grant["refresh"]:
            raise Refusal(400, "invalid_grant", "Bad Request")
        if grant["revoked"]:
            raise Refusal(400, "invalid_grant", "Token has been expired or revoked.")
        return grant, DRIVE_SCOPE

    def revoke(self, form: str) -> dict:
        token = single(parse_form(form), {"token"}, set())["token"]
        grant = STATE.by_token(token)
        if not grant or grant["revoked"]:
            raise Refusal(400, "invalid_token", "Token expired or revoked")
        grant["revoked"] = True
        return {}


class Drive:
    """drive/v3. A row of `routes` is method, pattern and function; the upload endpoints belong here too."""

    def __init__(self) -> None:
        self.routes = [
            ("GET", re.compile(r"/drive/v3/about"), self.about),
            ("POST", re.compile(r"/drive/v3/files"), self.create),
            ("DELETE", re.compile(r"/drive/v3/files/([A-Za-z0-9_-]+)"), self.delete),
        ]

    def serve(self, method: str, path: str, query: dict, headers, body: bytes):
        for m, pattern, function in self.routes:
            match = pattern.fullmatch(path)
            if match and m == method:
                return function(self.account(headers), query, headers, body, *match.groups())
        raise Refusal(404, "notFound", "no such address")

    @staticmethod
    def account(headers) -> dict:
        kind, _, token = headers.get("Authorization", "").partition(" ")
        grant = STATE.by_token(token) if kind == "Bearer" else None
        known = grant and grant["access"].get(token)
        if not known or grant["revoked"] or known["until"] < time.time():
            raise Refusal(401, "authError", "Invalid Credentials")
        if DRIVE_SCOPE not in known["scope"].split():
            raise Refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return grant

    def about(self, grant, query, headers, body):
        if query != {"fields": ["user/emailAddress"]}:
            raise Refusal(400, "required", "The 'fields' parameter is required for this method.")
        order = STATE.order("about")
        if order.get("do") == "disabled":
            raise Refusal(403, "accessNotConfigured", "Google Drive API has not been used in project 1 before or it is disabled.")
        if order.get("do") == "no_email":
            return {"user": {}}
        return {"user": {"emailAddress": order.get("email") or grant["email"]}}

    def create(self, grant, query, headers, body):
        if headers.get("Content-Type", "").split(";")[0] != "application/json":
            raise Refusal(400, "badRequest", "metadata is JSON")
        if query != {"fields": ["id"], "supportsAllDrives": ["true"]}:
            raise Refusal(400, "badRequest", f"query {query}")
        metadata = json.loads(body)
        if not metadata.get("name"):
            raise Refusal(400, "badRequest", "a file without a name becomes Untitled")
        if STATE.orders.get("files", {}).get("do") == "full" and STATE.order("files"):
            raise Refusal(403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded.")
        identity = secrets.token_urlsafe(24)
        STATE.files[identity] = {**metadata, "owner": grant["email"]}
        return {"id": identity}

    def delete(self, grant, query, headers, body, identity):
        if query != {"supportsAllDrives": ["true"]}:
            raise Refusal(400, "badRequest", f"query {query}")
        if STATE.order("files").get("do") == "undeletable":
            raise Refusal(403, "insufficientFilePermissions", "The user does not have sufficient permissions for this file.")
        if STATE.files.get(identity, {}).get("owner") != grant["email"]:
            raise Refusal(404, "notFound", f"File not found: {identity}.")
        del STATE.files[identity]
        return None


ACCOUNTS, DRIVE = Accounts(), Drive()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status: int, value=None, location: str | None = None) -> None:
        body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response_only(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fault(self, place: str) -> bool:
        """An ordered fault of the transport: True when the call ends with it."""
        with LOCK:
            if STATE.orders.get(place, {}).get("do") not in FAULTS:
                return False
            order = STATE.order(place)
        what = order.get("do")
        if what == "delay":
            time.sleep(order.get("seconds", 1))
        elif what == "hang":
            time.sleep(60)
            self.close_connection = True
        elif what == "cut":
            self.close_connection = True
        elif what == "not_json":
            self.answer(200, b"<html>It works!</html>")
        elif what:
            self.answer(int(what), {"error": {"code": int(what), "message": "Backend Error", "errors": [{"reason": "backendError"}]}})
        return what in FAULTS and what != "delay"

    def control(self, path: str, body: bytes):
        wish = json.loads(body) if body else {}
        if path == "/_clients":
            STATE.clients[wish["id"]] = wish
        elif path == "/_orders":
            STATE.orders = wish
        elif path == "/_revoke":
            for g in STATE.grants:
                g["revoked"] = g["revoked"] or g["email"] == wish["email"]
        elif path == "/_reset":
            STATE.reset()
        self.answer(200, {"calls": STATE.calls, "complaints": STATE.complaints, "grants": STATE.grants, "files": list(STATE.files.values())})

    def read_form(self, body: bytes) -> str:
        if self.command != "POST":
            raise Refusal(405, "invalid_request", "POST it")
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            raise Refusal(400, "invalid_request", f"Content-Type {self.headers.get('Content-Type')}")
        if urllib.parse.urlsplit(self.path).query:
            raise Refusal(400, "invalid_request", "parameters belong into the body")
        return body.decode("ascii", "strict")

    def act(self, url, body: bytes) -> None:
        if url.path == "/o/oauth2/v2/auth":
            if self.command != "GET":
                raise Refusal(405, "invalid_request", "GET it")
            self.answer(302, None, ACCOUNTS.consent(url.query))
        elif url.path == "/token":
            self.answer(200, ACCOUNTS.token(self.read_form(body)))
        elif url.path == "/revoke":
            self.answer(200, ACCOUNTS.revoke(self.read_form(body)))
        else:
            value = DRIVE.serve(self.command, url.path, urllib.parse.parse_qs(url.query), self.headers, body)
            self.answer(204 if value is None else 200, value)

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if url.path.startswith("/_"):
            with LOCK:
                return self.control(url.path, body)
        with LOCK:
            STATE.calls.append([self.command, url.path])
        place = {"/token": "token", "/revoke": "revoke", "/drive/v3/about": "about"}.get(url.path, "files")
        if url.path != "/o/oauth2/v2/auth" and self.fault(place):
            return None
        try:
            with LOCK:
                self.act(url, body)
        except Refusal as r:
            with LOCK:
                STATE.complaints.append(f"{self.command} {url.path}: {r.word}: {r.why}")
            if url.path.startswith("/drive/"):
                self.answer(r.status, {"error": {"code": r.status, "message": r.why,
                                                 "errors": [{"domain": "global", "reason": r.word, "message": r.why}]}})
            else:
                self.answer(r.status, {"error": r.word, "error_description": r.why})
        return None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("usage: google.py [PORT]; prints the port it listens on")
    server = Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) == 2 else 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
