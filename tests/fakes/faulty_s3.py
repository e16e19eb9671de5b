#!/usr/bin/env python3
"""A proxy in front of a real S3 server that misbehaves on order.

Faults are switched on by `PUT /_faults` with a JSON object, and counted down as they strike:
  complete_lost     n: CompleteMultipartUpload is done, its answer is lost
  complete_error    n: CompleteMultipartUpload answers 200 with an <Error> body, nothing is done
  etag_wrong        n: CompleteMultipartUpload is done, its answer carries another ETag
  create_lost       n: CreateMultipartUpload is done, its answer is lost
  put_lost          n: a PUT (object or part) is done, its answer is lost
  cut_body          n: the connection dies in the middle of a PUT's body
  part_etag_wrong   n: UploadPart is done, its answer carries another ETag
  object_etag_wrong n: PutObject is done, its answer carries another ETag
  slow_down         percent of all requests that answer 503 SlowDown
  reset             percent of all requests whose connection is dropped before anything is done
`GET /_faults` answers what struck so far, and how many bytes of bodies arrived for each key. The Host header is passed on, so
signatures stay valid.
"""
import http.client
import http.server
import json
import random
import socketserver
import sys
import threading
import urllib.parse

STATE = {"faults": {}, "struck": {}, "received": {}}
LOCK = threading.Lock()


def strikes(name):
    """Count one down; percentages do not count down."""
    with LOCK:
        left = STATE["faults"].get(name, 0)
        hit = random.random() * 100 < left if name in ("slow_down", "reset") else left > 0
        if hit:
            if name not in ("slow_down", "reset"):
                STATE["faults"][name] = left - 1
            STATE["struck"][name] = STATE["struck"].get(name, 0) + 1
        return hit


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = ("127.0.0.1", 0)

    def log_message(self, *args):
        pass

    def handle_expect_100(self):
        return True  # answered when the body is read: a refusal comes first

    def control(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.command == "PUT":
            with LOCK:
                STATE["faults"] = json.loads(body)
                STATE["struck"] = {}
        self.answer(200, [("Content-Type", "application/json")], json.dumps(STATE).encode())

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        length = dict((n.lower(), v) for n, v in headers).get("content-length")
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drop(self):
        self.close_connection = True

    def xml_error(self, status, code):
        self.close_connection = True  # the body, if any, was not read
        self.answer(status, [("Content-Type", "application/xml")],
                    f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>on order</Message></Error>".encode())

    def forward(self, kind):
        """Stream the body, answer (status, headers, body), or None when it was cut."""
        length = int(self.headers.get("Content-Length", 0))
        up = http.client.HTTPConnection(*self.upstream, timeout=120)
        up.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("expect", "connection"):
                up.putheader(name, value)
        up.endheaders()
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        cut = length // 2 if kind == "put" and length > 0 and strikes("cut_body") else None
        sent, key = 0, urllib.parse.unquote(self.path.partition("?")[0])
        while sent < length:
            block = self.rfile.read(min(256 * 1024, length - sent))
            if not block or (cut is not None and sent >= cut):
                up.close()
                return None
            if self.command == "PUT":
                with LOCK:
                    STATE["received"][key] = STATE["received"].get(key, 0) + len(block)
            up.send(block)
            sent += len(block)
        response = up.getresponse()
        result = response.status, response.getheaders(), response.read()
        up.close()
        return result

    def kind(self):
        query = self.path.partition("?")[2]
        if self.command == "POST":
            return "create" if "uploads=" in query else "complete"
        if self.command == "PUT":
            return "put"
        return "other"

    def serve(self):
        if self.path == "/_faults":
            return self.control()
        kind = self.kind()
        if strikes("reset"):
            return self.drop()
        if strikes("slow_down"):
            return self.xml_error(503, "SlowDown")
        if kind == "complete" and strikes("complete_error"):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return self.answer(200, [("Content-Type", "application/xml")],
                               b"\n\n<?xml version='1.0'?><Error><Code>InternalError</Code></Error>")
        result = self.forward(kind)
        if result is None or (kind + "_lost" in ("complete_lost", "create_lost", "put_lost") and strikes(kind + "_lost")):
            return self.drop()
        status, headers, body = result
        if kind == "complete" and status == 200 and strikes("etag_wrong"):
            start, _, rest = body.partition(b"<ETag>")
            _, _, end = rest.partition(b"</ETag>")
            body = start + b"<ETag>&quot;" + b"0" * 32 + b"-2&quot;</ETag>" + end
        what = "part" if "partNumber=" in self.path else "object"
        if kind == "put" and status == 200 and strikes(what + "_etag_wrong"):
            headers = [(n, '"' + "0" * 32 + '"' if n.lower() == "etag" else v) for n, v in headers]
        self.answer(status, headers, body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = serve


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a sender that was killed is no news
            super().handle_error(request, client_address)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: faulty_s3.py S3_PORT; prints the port it listens on")
    Handler.upstream = ("127.0.0.1", int(sys.argv[1]))
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
