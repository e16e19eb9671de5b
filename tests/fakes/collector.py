#!/usr/bin/env python3
"""collector.py PORT: a strict Loki (push API) and a strict OTLP/HTTP collector of traces, both for JSON.

Strict means: what breaks a rule of the protocols, or of our own labels, is refused with 400 and noted as a complaint that a
test can ask for. Basic authentication is rig:secret, the collector's header X-Rig: a b.

The tests' side, JSON in and out:
  PUT  /_orders    {"loki" | "otlp": {"do": "refuse", "status": n, "times": n (1)} | {"do": "hang"} | null}: misbehave
  GET  /_state     {"complaints": [...], "pushes": {"loki": n, "otlp": n}, "refused": {...}}
  GET  /_lines     [{"labels", "ns", "line" (parsed)}...], oldest first; ?service=…&contains=… chooses
  GET  /_spans     [{span, "service"}...], oldest first; ?trace=… chooses
It keeps the last 50,000 lines and 20,000 spans.
"""
import base64
import collections
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

SERVICES = {"torreclou-api", "torreclou-worker", "torreclou-s3-worker", "torreclou-googledrive-worker"}
LEVELS = {"debug", "info", "warning", "error"}
HOUR_NS = 3600 * 10**9


class Refusal(Exception):
    pass


def need(truth: bool, sentence: str) -> None:
    if not truth:
        raise Refusal(sentence)


def members(value, required: set[str], optional: set[str] = frozenset(), where: str = "") -> dict:
    """An object with exactly these members."""
    need(isinstance(value, dict), f"{where}: no object")
    need(required <= set(value) <= required | optional, f"{where}: members {sorted(value)}")
    return value


def nanoseconds(text, where: str) -> int:
    need(isinstance(text, str) and re.fullmatch(r"[1-9]\d{18}", text), f"{where}: {text!r} is no time")
    need(abs(int(text) - time.time_ns()) < HOUR_NS, f"{where}: {text} is more than an hour away")
    return int(text)


class Loki:
    def __init__(self) -> None:
        self.lines: collections.deque = collections.deque(maxlen=50_000)

    def authorized(self, headers) -> bool:
        return headers.get("Authorization") == "Basic " + base64.b64encode(b"rig:secret").decode()

    def take(self, body) -> None:
        streams = members(body, {"streams"}, where="push")["streams"]
        need(isinstance(streams, list) and streams, "streams: none")
        taken, seen = [], set()
        for stream in streams:
            labels = members(members(stream, {"stream", "values"}, where="stream")["stream"], {"app", "service", "env", "level"}, where="labels")
            need(labels["app"] == "torreclou" and labels["service"] in SERVICES and labels["level"] in LEVELS and labels["env"], f"labels: {labels}")
            need(tuple(labels.values()) not in seen, f"labels twice: {labels}")
            seen.add(tuple(labels.values()))
            need(isinstance(stream["values"], list) and stream["values"], "values: none")
            before = 0
            for row in stream["values"]:
                need(isinstance(row, list) and len(row) == 2 and isinstance(row[1], str), f"value: {row!r}")
                ns = nanoseconds(row[0], "value")
                need(ns > before, f"value: {ns} after {before}")
                before = ns
                taken.append({"labels": labels, "ns": ns, "line": self.line(row[1], labels)})
        self.lines.extend(taken)

    @staticmethod
    def line(text: str, labels: dict) -> dict:
        need("\n" not in text and len(text) <= 16384, f"line: {text[:200]!r}")
        try:
            line = json.loads(text)
        except ValueError:
            raise Refusal(f"line: no JSON: {text[:200]!r}") from None
        need(isinstance(line, dict) and isinstance(line.get("Message"), str) and line["Message"], f"line: no Message: {text[:200]!r}")
        need(line.get("service") == labels["service"] and line.get("level") == labels["level"], f"line: not of {labels}: {text[:200]!r}")
        return line


class Otlp:
    def __init__(self) -> None:
        self.spans: collections.deque = collections.deque(maxlen=20_000)
        self.ids: set[str] = set()

    def authorized(self, headers) -> bool:
        return headers.get("X-Rig") == "a b"

    def take(self, body) -> None:
        taken = []
        for resource in members(body, {"resourceSpans"}, where="request")["resourceSpans"]:
            members(resource, {"resource", "scopeSpans"}, where="resourceSpans")
            about = self.attributes(members(resource["resource"], {"attributes"}, where="resource")["attributes"])
            need(about.get("service.name") in SERVICES and about.get("service.instance.id") and about.get("deployment.environment"), f"resource: {about}")
            for scope in resource["scopeSpans"]:
                members(scope, {"scope", "spans"}, where="scopeSpans")
                need(members(scope["scope"], {"name"}, where="scope")["name"] == "torrentclou", "scope")
                taken += [self.span(s, about["service.name"]) for s in scope["spans"]]
        need(bool(taken), "no spans")
        self.spans.extend(taken)
        self.ids |= {s["spanId"] for s in taken}

    def span(self, s, service: str) -> dict:
        members(s, {"traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes"}, {"parentSpanId", "status"}, "span")
        for name, digits in (("traceId", 32), ("spanId", 16), ("parentSpanId", 16)):
            text = s.get(name, "1" * digits)
            need(isinstance(text, str) and re.fullmatch(rf"[0-9a-f]{{{digits}}}", text) and set(text) != {"0"}, f"{name}: {text!r}")
        need(s["spanId"] not in self.ids and s["spanId"] != s.get("parentSpanId"), f"spanId twice: {s['spanId']}")
        need(isinstance(s["name"], str) and s["name"], "span without a name")
        need(s["kind"] in (1, 2, 3, 4, 5), f"kind: {s['kind']!r}")
        start, end = nanoseconds(s["startTimeUnixNano"], "start"), nanoseconds(s["endTimeUnixNano"], "end")
        need(start <= end, f"{s['name']}: ends before it begins")
        status = members(s.get("status", {"code": 0}), {"code"}, {"message"}, "status")
        need(status["code"] in (0, 1, 2), f"status: {status}")
        return {**s, "attributes": self.attributes(s["attributes"]), "service": service, "start": start, "end": end}

    @staticmethod
    def attributes(rows) -> dict:
        out = {}
        for row in rows:
            members(row, {"key", "value"}, where="attribute")
            need(isinstance(row["key"], str) and row["key"] and row["key"] not in out, f"attribute: {row}")
            need(isinstance(row["value"], dict) and len(row["value"]) == 1, f"attribute: {row}")
            (kind, value), = row["value"].items()
            fits = {"stringValue": lambda: isinstance(value, str), "boolValue": lambda: isinstance(value, bool),
                    "intValue": lambda: isinstance(value, str) and re.fullmatch(r"-?\d+", value), "doubleValue": lambda: isinstance(value, (int, float))}
            need(kind in fits and bool(fits[kind]()), f"attribute: {row}")
            out[row["key"]] = int(value) if kind == "intValue" else value
        return out


LOCK = threading.Lock()
LOKI, OTLP = Loki(), Otlp()
PLACES = {"/loki/api/v1/push": ("loki", LOKI, 204), "/v1/traces": ("otlp", OTLP, 200)}
STATE: dict = {"complaints": [], "pushes": {"loki": 0, "otlp": 0}, "refused": {"loki": 0, "otlp": 0}}
ORDERS: dict = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def answer(self, status: int, body=None, headers=()) -> None:
        data = b"" if status == 204 else json.dumps({} if body is None else body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def ordered(self, place: str) -> bool:
        """Do what was ordered; true when that was the answer."""
        with LOCK:
            order = ORDERS.get(place)
            if not order:
                return False
            STATE["refused"][place] += 1
            if order["do"] == "refuse":
                order["times"] = order.get("times", 1) - 1
                if order["times"] <= 0:
                    ORDERS.pop(place)
        while order["do"] == "hang" and ORDERS.get(place) is order:
            time.sleep(0.1)
        if order["do"] == "hang":
            self.close_connection = True
            return True
        self.answer(order["status"], {"message": "as ordered"}, [("Retry-After", "1")] if order["status"] == 429 else [])
        return True

    def do_POST(self) -> None:
        data = self.body()
        if self.path not in PLACES:
            self.answer(404)
            return
        place, collector, status = PLACES[self.path]
        if self.ordered(place):
            return
        with LOCK:
            STATE["pushes"][place] += 1
            try:
                need(self.headers.get("Content-Type") == "application/json", "Content-Type")
                need(collector.authorized(self.headers), "authentication")
                collector.take(json.loads(data))
            except (Refusal, ValueError, KeyError, TypeError) as e:
                STATE["complaints"].append(f"{place}: {type(e).__name__} {e}")
                status = 400
        self.answer(status)

    def do_PUT(self) -> None:
        orders = json.loads(self.body())
        with LOCK:
            ORDERS.clear()
            ORDERS.update(orders)
        self.answer(200)

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        wish = dict(urllib.parse.parse_qsl(url.query))
        with LOCK:
            if url.path == "/_lines":
                found = [r for r in LOKI.lines if wish.get("service", r["labels"]["service"]) == r["labels"]["service"]
                         and wish.get("contains", "") in json.dumps(r["line"])]
            elif url.path == "/_spans":
                found = [s for s in OTLP.spans if wish.get("trace", s["traceId"]) == s["traceId"]]
            else:
                found = STATE
            self.answer(200, found)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
