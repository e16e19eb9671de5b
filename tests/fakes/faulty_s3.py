#!/usr/bin/env python3
"""A proxy in front of a real S3 server that misbehaves on order.

`PUT /_faults` with a JSON object gives the orders, `GET /_faults` answers what struck so far ("struck", by name) and how
many requests and body bytes of each kind arrived ("seen"); a new order forgets these. "received": the body bytes that
arrived for each key since the start. Kinds of requests:

  create part complete abort put(Object) head get(Object) delete(Object) list(Objects) parts(List) uploads(List) other

"script" is a list of rules {"on": kind, "number": n, "times": m, "do": what, …}: strikes at the n-th (1) to (n+m-1)-th
request of the kind that is made of it; it is counted as "kind.what". `what`:
  reset   the connection is reset before anything is done        cut     … in the middle of the request's body
  stall   nothing is read or answered for "seconds" (3600)       slow    the body is read at "rate" bytes/s (1 MiB)
  403 500 503 with "code" (AccessDenied, InternalError, SlowDown) and, if given, "retry_after"; nothing is done
  error   200 with an <Error> in the body; nothing is done
  lost    it is done, and the answer is lost                     half    … and breaks off in the middle
  etag    it is done, and the answer carries another ETag
  gone    it is answered 404 NoSuchUpload; nothing is done

Short for such rules, n times from the first request on:
  complete_lost, complete_error, etag_wrong (of Complete), create_lost, put_lost (object or part), cut_body (the same),
  part_etag_wrong, object_etag_wrong
and at random: slow_down, reset: percent of all requests that answer 503 SlowDown, or whose connection is reset; "seed" (0)
decides which. "each": true lets the faults in _lost strike once for every address, whatever their number.

"keeps": true makes it a server that honours "If-None-Match: *" (the one behind it need not): such a request is looked
up and signed anew. The Host header is passed on, so that other signatures stay valid.
"""
import http.client
import http.server
import json
import random
import socket
import socketserver
import struct
import sys
import threading
import time
import urllib.parse

MIB = 1 << 20
SHORT = {  # name -> kinds, what
    "complete_lost": (("complete",), "lost"), "complete_error": (("complete",), "error"),
    "etag_wrong": (("complete",), "etag"), "create_lost": (("create",), "lost"), "put_lost": (("put", "part"), "lost"),
    "cut_body": (("put", "part"), "cut"), "part_etag_wrong": (("part",), "etag"), "object_etag_wrong": (("put",), "etag"),
}
PERCENT = {"slow_down": "503", "reset": "reset"}
CODES = {"403": "AccessDenied", "500": "InternalError", "503": "SlowDown"}


class Orders:
    """What was ordered, what struck and what was seen."""

    def __init__(self):
        self.lock, self.received = threading.Lock(), {}
        self.give({})

    def give(self, orders):
        with self.lock:
            self.orders, self.struck, self.seen, self.lost = orders, {}, {}, set()
            self.chance = random.Random(orders.get("seed", 0))

    def got(self, key, n):
        with self.lock:
            self.received[key] = self.received.get(key, 0) + n

    def state(self):
        with self.lock:
            return {"faults": self.orders, "struck": self.struck.copy(), "received": self.received.copy(),
                    "seen": {k: v.copy() for k, v in self.seen.items()}}

    def keeps(self):
        return self.orders.get("keeps", False)

    def strike(self, name):
        self.struck[name] = self.struck.get(name, 0) + 1

    def lasts(self, name, path):
        """Is there some of this fault left for the address; counted down."""
        if self.orders.get("each") and name.endswith("_lost"):
            again = path in self.lost
            self.lost.add(path)
            return not again and name in self.orders
        left = self.orders.get(name, 0)
        self.orders[name] = max(0, left - 1)
        return left > 0

    def arrived(self, kind, length, path):
        """Count it; the rule that it falls under, or {}."""
        with self.lock:
            seen = self.seen.setdefault(kind, {"requests": 0, "bytes": 0})
            seen["requests"] += 1
            seen["bytes"] += length
            for name, what in PERCENT.items():
                if self.chance.random() * 100 < self.orders.get(name, 0):
                    self.strike(name)
                    return {"do": what}
            for rule in self.orders.get("script", []):
                first = rule.get("number", 1)
                if rule["on"] == kind and first <= seen["requests"] < first + rule.get("times", 1):
                    self.strike(f"{kind}.{rule['do']}")
                    return rule
            for name, (kinds, what) in SHORT.items():
                if kind in kinds and not (what == "cut" and length == 0) and self.lasts(name, path):
                    self.strike(name)
                    return {"do": what}
            return {}


ORDERS = Orders()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = ("127.0.0.1", 0)
    keys = None  # to sign anew with

    def log_message(self, *args):
        pass

    def handle_expect_100(self):
        return True  # answered when the body is read: a refusal comes first

    # Answers.

    def answer(self, status, headers, body, half=False):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        length = dict((n.lower(), v) for n, v in headers).get("content-length")
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:len(body) // 2] if half else body)
        if half:
            self.drop()

    def drop(self, reset=False):
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def xml_error(self, status, code, headers=()):
        self.close_connection = True  # the body, if any, was not read
        self.answer(status, [("Content-Type", "application/xml"), *headers],
                    f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>on order</Message></Error>".encode())

    def refused(self, rule):
        """Faults before anything is done; False when there is none."""
        what = rule.get("do")
        if what == "reset":
            self.drop(reset=True)
        elif what == "stall":
            time.sleep(rule.get("seconds", 3600))
            self.drop(reset=True)
        elif what in CODES:
            wait = [("Retry-After", str(rule["retry_after"]))] if "retry_after" in rule else []
            self.xml_error(int(what), rule.get("code", CODES[what]), wait)
        elif what == "gone":
            self.xml_error(404, "NoSuchUpload")
        elif what == "error":
            self.rfile.read(self.length)
            self.answer(200, [("Content-Type", "application/xml")],
                        b"\n\n<?xml version='1.0'?><Error><Code>InternalError</Code></Error>")
        else:
            return False
        return True

    # The server behind.

    def signed(self, method, headers):
        """The same headers, signed by ourselves; a HEAD gets its own."""
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        class Auth(S3SigV4Auth):
            def payload(self, request):
                return headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")

        request = AWSRequest(method, f"http://{self.headers['Host']}{self.path if method != 'HEAD' else self.path.partition('?')[0]}",
                             {n: v for n, v in headers.items() if n != "x-amz-content-sha256"})
        Auth(Credentials(*self.keys), "s3", "us-east-1").add_auth(request)
        return dict(request.headers.items())

    def exists(self):
        up = http.client.HTTPConnection(*self.upstream, timeout=120)
        up.request("HEAD", self.path.partition("?")[0], headers={"Host": self.headers["Host"], **self.signed("HEAD", {})})
        status = up.getresponse().status
        up.close()
        return status == 200

    def sent_headers(self):
        headers = {n: v for n, v in self.headers.items() if n.lower() not in ("expect", "connection")}
        if not ("If-None-Match" in headers and ORDERS.keeps()):
            return headers
        mine = {n.lower(): v for n, v in headers.items() if n.lower() not in (
            "if-none-match", "authorization", "x-amz-date", "host", "content-length")}
        return {"Host": headers["Host"], "Content-Length": str(self.length), **self.signed(self.command, mine)}

    def forward(self, rule):
        """Stream the body, answer (status, headers, body), or None when it was cut."""
        up = http.client.HTTPConnection(*self.upstream, timeout=120)
        up.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.sent_headers().items():
            up.putheader(name, value)
        up.endheaders()
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        cut = self.length // 2 if rule.get("do") == "cut" else None
        slow = rule.get("rate", MIB) if rule.get("do") == "slow" else None
        sent, key = 0, urllib.parse.unquote(self.path.partition("?")[0])
        while sent < self.length:
            block = self.rfile.read(min(256 * 1024, self.length - sent))
            if not block or (cut is not None and sent >= cut):
                up.close()
                return None
            if self.command == "PUT":
                ORDERS.got(key, len(block))
            if slow:
                time.sleep(len(block) / slow)
            up.send(block)
            sent += len(block)
        response = up.getresponse()
        result = response.status, response.getheaders(), response.read()
        up.close()
        return result

    # One request.

    def control(self):
        body = self.rfile.read(self.length)
        if self.command == "PUT":
            ORDERS.give(json.loads(body))
        self.answer(200, [("Content-Type", "application/json")], json.dumps(ORDERS.state()).encode())

    def kind(self):
        path, _, query = self.path.partition("?")
        names = set(urllib.parse.parse_qs(query, keep_blank_values=True))
        if "partNumber" in names:
            return "part"
        if "uploadId" in names:
            return {"POST": "complete", "DELETE": "abort"}.get(self.command, "parts")
        if "uploads" in names:
            return {"POST": "create"}.get(self.command, "uploads")
        if "list-type" in names:
            return "list"
        known = {"PUT": "put", "HEAD": "head", "GET": "get", "DELETE": "delete"}
        return known.get(self.command, "other") if path.count("/") > 1 else "other"

    def wrong_etag(self, kind, headers, body):
        if kind == "complete":
            start, _, rest = body.partition(b"<ETag>")
            end = rest.partition(b"</ETag>")[2]
            return headers, start + b"<ETag>&quot;" + b"0" * 32 + b"-2&quot;</ETag>" + end
        return [(n, '"' + "0" * 32 + '"' if n.lower() == "etag" else v) for n, v in headers], body

    def serve(self):
        self.length = int(self.headers.get("Content-Length", 0))
        if self.path == "/_faults":
            return self.control()
        kind = self.kind()
        rule = ORDERS.arrived(kind, self.length, self.path)
        if self.refused(rule):
            return None
        if "If-None-Match" in self.headers and ORDERS.keeps() and self.exists():
            return self.xml_error(412, "PreconditionFailed")
        result = self.forward(rule)
        if result is None or rule.get("do") == "lost":
            return self.drop()
        status, headers, body = result
        if rule.get("do") == "etag" and status == 200:
            headers, body = self.wrong_etag(kind, headers, body)
        return self.answer(status, headers, body, half=rule.get("do") == "half")

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = serve


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a sender that was killed is no news
            super().handle_error(request, client_address)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 4):
        sys.exit("usage: faulty_s3.py S3_PORT [KEY SECRET]; prints the port it listens on; the keys are for \"keeps\"")
    Handler.upstream = ("127.0.0.1", int(sys.argv[1]))
    Handler.keys = sys.argv[2:] or None
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
