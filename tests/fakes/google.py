#!/usr/bin/env python3
"""A strict Google: consent, tokens, revocation, and as much of the Drive API as the platform uses.

Strict means: what the real one would only warn about is refused here, and noted as a complaint that a test can ask for.
Checked are redirect_uri, client id and secret, PKCE, scopes, grant types, the single use of codes, form encoding, unknown
and doubled parameters, and that every Drive call carries a live access token of the right scope.

The tests' side, JSON in and out:
  POST /_clients   {"id","secret","redirectUris":[...]}: a registered OAuth client
  PUT  /_orders    {PLACE: ORDER or [ORDER...]}: misbehave; replaces all orders. An ORDER is {"do": WHAT, "times": n (1),
                   "skip": how many requests go well before (0), "percent": of the requests only, which ones "seed" (0)
                   decides, ...}. cut_answer with "each": once for every file. Places and what they can do:
                     consent    deny | untick (the scope is not granted) | error ("error": its word)
                     token      refuse ("error") | no_refresh | no_access | no_scope | life ("seconds"), and the faults
                     revoke     the faults
                     about      no_email | lie ("email") | disabled (the API is not switched on) | full
                     ids, create (of metadata), get, delete, list
                                any refusal, cut_answer (done, but no answer), and the faults; list: allow
                     files      create, get and delete together: full (no space) | undeletable, and the faults
                     multipart, start (of a session), put, status, cancel
                                any refusal, cut, hang, not_json, each after "after" bytes of a body; cut_answer;
                                slow ("rate": bytes/s); delay; damage (the first byte arrives as another);
                                put: keep ("bytes": how many are stored of it) | 308_after_complete;
                                put, status: lose (all that was stored: the answer has no Range)
                     metadata   wrong_md5 | wrong_sha256 | no_md5 | no_sha256 | no_checksums: in answers about a file
                   faults: 500 | 503 | not_json | cut (no answer) | hang | delay ("seconds", then as usual)
                   refusals: the keys of google_state.REFUSALS, with "retry_after" (s). 401 ends the token that came, 404 and
                   410 end the session.
  POST /_throttle  {"rate": bytes/s of all uploads together; 0: no limit}
  POST /_revoke    {"email"}: the person ends the app's access; every token of the account dies
  POST /_quota     {"email","limit": bytes or null,"other": bytes of other programs}: the account's storage
  POST /_foreign   {"id","name", ...}: a person makes a folder ("owner", or below a "parent"; "locked": nothing may be added;
                   "mimeType": a file), or a shared drive ("members": [e-mail], "readers": may only look)
  POST /_trash, /_delete   {"id"}: the person throws a file or folder away, or deletes it with all below it -> {"gone": [path of a file]}
  GET  /_state     {"calls":[[method,path]...],"places":{PLACE: requests},"orders":{...},"complaints":[...],"grants":[...],
                   "files":[{path, id, size, sha256Checksum, parents, appProperties, owner, received...}],
                   "sessions":[{fileId, name, size, stored, state, owner, secret}]}; received: media bytes that arrived for
                   this id in all requests together; "cut": the place of every answer that cut_answer took
  POST /_reset     forget calls, complaints, orders, the throttle, files and sessions
An order {"consent":{"do":"as","full":true}} gives the whole of Drive, whatever was asked for.
A consent is given for the account of ?login_hint, else for the one of the order {"consent":{"do":"as","email":...}}, else for
ada@example.org.
"""
import base64
import hashlib
import http.server
import json
import re
import secrets
import socket
import socketserver
import sys
import time
import urllib.parse

import google_upload
from google_drive import Drive
from google_drive import files as drive_files
from google_drive import foreign as drive_foreign
from google_drive import remove as drive_remove
from google_state import DRIVE_SCOPE, FAULTS, FULL_SCOPE, LOCK, REFUSALS, STATE, Cut, Refusal

TOKEN_LIFE_S = 3599


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
                             ("code_challenge_method", "S256")):
            if q[name] != wanted:
                raise Refusal(400, "invalid_request", f"{name} is {q[name]}")
        if q["scope"] not in (DRIVE_SCOPE, FULL_SCOPE):
            raise Refusal(400, "invalid_request", f"scope is {q['scope']}")
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", q["code_challenge"]):
            raise Refusal(400, "invalid_request", "the code_challenge is no S256 one")
        if len(q["state"]) < 32:
            raise Refusal(400, "invalid_request", "the state can be guessed")
        order = STATE.take("consent")
        answer = {"state": q["state"]}
        if order.get("do") in ("deny", "error"):
            answer["error"] = order.get("error", "access_denied")
        else:
            scope = "openid" if order.get("do") == "untick" else f"{DRIVE_SCOPE} {FULL_SCOPE}" if order.get("full") else q["scope"]
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
        order = STATE.take("token")
        if order.get("do") == "refuse":
            raise Refusal(order.get("status", 400), order.get("error", "invalid_grant"), "on order")
        grant, scope = self.exchange(f) if kind == "authorization_code" else self.refresh(f)
        access = "ya29." + secrets.token_urlsafe(48)
        life = order["seconds"] if order.get("do") == "life" else TOKEN_LIFE_S
        grant["access"][access] = {"until": time.time() + life, "scope": scope}
        answer = {"access_token": access, "expires_in": life, "scope": scope, "token_type": "Bearer"}
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
        grant = STATE.grant(f["client_id"], code["email"])
        grant["scope"] = code["granted"]
        return grant, code["granted"]

    def refresh(self, f: dict) -> tuple[dict, str]:
        grant = STATE.by_token(f["refresh_token"])
        if not grant or grant["client"] != f["client_id"] or f["refresh_token"] not in grant["refresh"]:
            raise Refusal(400, "invalid_grant", "Bad Request")
        if grant["revoked"]:
            raise Refusal(400, "invalid_grant", "Token has been expired or revoked.", complain=False)
        return grant, grant["scope"]

    def revoke(self, form: str) -> dict:
        token = single(parse_form(form), {"token"}, set())["token"]
        grant = STATE.by_token(token)
        if not grant or grant["revoked"]:
            raise Refusal(400, "invalid_token", "Token expired or revoked")
        grant["revoked"] = True
        return {}


ACCOUNTS, DRIVE = Accounts(), Drive()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status: int, value=None, headers: dict | None = None) -> None:
        body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response_only(status, {308: "Resume Incomplete", 499: "Client Closed Request"}.get(status))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        if body:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, r: Refusal) -> None:
        if r.plain:
            self.answer(r.status, b"Not Found" if r.status == 404 else b"Gone", r.headers)
        elif self.path.startswith(("/drive/", "/upload/")):
            self.answer(r.status, {"error": {"code": r.status, "message": r.why,
                                             "errors": [{"domain": "global", "reason": r.word, "message": r.why}]}}, r.headers)
        else:
            self.answer(r.status, {"error": r.word, "error_description": r.why}, r.headers)

    def fault(self, place: str) -> bool:
        """An ordered fault of the transport: True when the call ends with it."""
        with LOCK:
            order = STATE.take(place, *FAULTS) or place in ("create", "get", "delete") and STATE.take("files", *FAULTS) or {}
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
            status, word, why = REFUSALS[what]
            headers = {"Retry-After": str(order["retry_after"])} if "retry_after" in order else {}
            self.answer(status, {"error": {"code": status, "message": why, "errors": [{"reason": word}]}}, headers)
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
        elif path == "/_throttle":
            STATE.rate, STATE.free_at = wish["rate"], 0.0
        elif path == "/_quota":
            STATE.quotas[wish["email"]] = wish
        elif path == "/_foreign":
            drive_foreign(wish)
        elif path == "/_trash":
            STATE.files[wish["id"]]["trashed"] = True
        elif path == "/_delete":
            return self.answer(200, {"gone": drive_remove(wish["id"])})
        elif path == "/_reset":
            STATE.reset()
        elif path != "/_state":
            return self.answer(404)
        return self.answer(200, {"calls": STATE.calls, "places": STATE.places, "orders": STATE.orders,
                                 "complaints": STATE.complaints, "grants": STATE.grants, "files": drive_files(), "sessions": google_upload.sessions(),
                                 "cut": [place for place, _ in STATE.cut]})

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
            self.answer(302, None, {"Location": ACCOUNTS.consent(url.query)})
        elif url.path == "/token":
            self.answer(200, ACCOUNTS.token(self.read_form(body)))
        elif url.path == "/revoke":
            self.answer(200, ACCOUNTS.revoke(self.read_form(body)))
        else:
            value = DRIVE.serve(self.command, url.path, urllib.parse.parse_qs(url.query), self.headers, body)
            self.answer(204 if value is None else 200, value)

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/upload/drive/v3/files":
            with LOCK:
                STATE.calls.append([self.command, url.path])
            return google_upload.serve(self, urllib.parse.parse_qs(url.query, keep_blank_values=True))
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # the client died in the middle of its request
            self.close_connection = True
            return None
        if url.path.startswith("/_"):
            with LOCK:
                return self.control(url.path, body)
        place = {"/token": "token", "/revoke": "revoke"}.get(url.path) or DRIVE.route(self.command, url.path)[0]
        with LOCK:
            STATE.calls.append([self.command, url.path])
            STATE.places[place] = STATE.places.get(place, 0) + 1
        if url.path != "/o/oauth2/v2/auth" and self.fault(place):
            return None
        try:
            with LOCK:
                self.act(url, body)
        except Refusal as r:
            if r.complain:
                STATE.complain(f"{self.command} {url.path}: {r.word}: {r.why}")
            self.refuse(r)
        except Cut:
            self.close_connection = True
        return None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("usage: google.py [PORT]; prints the port it listens on")
    # The receive buffers of uploads stay small: what is throttled here must be felt by the sender.
    server = Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) == 2 else 0), Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
    print(server.server_address[1], flush=True)
    server.serve_forever()
