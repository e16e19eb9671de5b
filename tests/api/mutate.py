"""Requests that no client would send on purpose: valid ones for an operation of docs/openapi.yaml, then changed at random. All of it from
one seeded generator, so that a failure comes back."""
import json
import random

import bencode

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get")
IDS = ("1", "0", "-1", "+1", "01", "2147483647", "2147483648", "9" * 40, "1.0", "1e3", "0x1", "abc", "%31", "%00", "%2f", "%2e%2e", "%ff", "%zz", "%",
       "ü", "1;x=y", "1,2", "' or 1=1--", "null", "a" * 3000, "%F0%9F%92%A9", " ", "statistics", "..", "*")
TEXTS = ("", " ", "a", "abc", "A normal name", "x" * 50, "x" * 51, "x" * 256, "x" * 5000, "ü☂日本語", "💩" * 20, "\u202eevil", "\x1b[31m", "a\0b", "a\r\nX-Injected: 1",
         "'; drop table jobs; --", "\" onload=alert(1)", "<script>alert(1)</script>", "../../etc/passwd", "..\\..\\x", "%s%n%x", "{{7*7}}", "$(id)", "null",
         "true", "0", "-1", "2147483648", "NaN", "\ud800", "\ufeff", "admin@example.com", "a@b", "correct horse battery staple", "aws", "us-east-1",
         "x.apps.googleusercontent.com", "read", "jobs", "2026-01-01T00:00:00Z")
# Nothing but loopback is ever contacted.
ADDRESSES = ("http://127.0.0.1:9", "https://127.0.0.1:9", "http://[::1]:9", "http://localhost:9/x?y#z", "ftp://x", "javascript:alert(1)", "http://", "//x", "http:///x",
             "http://u:p@127.0.0.1:9", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://127.0.0.1:9/%zz", "http://127.0.0.1:9\r\nX-Injected: 1", "http://a b", "x" * 3000)
NUMBERS = (0, 1, -1, 2, 100, 2**31 - 1, 2**31, -2**31 - 1, 2**53, 2**63 - 1, 2**63, 2**64, 10**40, 1.5, -0.0, 1e308, 1e-320)
HEADERS = ("X-CSRF-Token", "X-Api-Key", "Cookie", "Authorization", "Accept", "Accept-Encoding", "Accept-Language", "Origin", "Referer", "Range", "If-None-Match",
           "If-Modified-Since", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Content-Type", "Content-Encoding", "Proxy", "User-Agent",
           "X-Requested-With", "X-Request-Id", "TC-Listener", "Set-Cookie", "X-Http-Method-Override", "Access-Control-Request-Method")
HEADER_VALUES = ("", "a", "*", "null", "a" * 4000, "\x01\x02", "\xff\xfe", "tc_session=x", "tc_session=" + "y" * 2000, "; ; =;a", "Bearer", "Bearer x", "Bearer a.b.c",
                 "Basic YTpi", "Bearer tc_" + "a" * 43, "tc_" + "b" * 43, "application/json", "application/json; charset=utf-16", "text/xml", "multipart/form-data",
                 "bytes=0-1", "127.0.0.1", "::1, 10.0.0.1", "gzip", "https", "%s%n", "GET", "web", "-", ",,,")


class Request:
    def __init__(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes | None) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body

    def __repr__(self) -> str:
        return f"{self.method} {self.path[:300]} {[(n, v[:200]) for n, v in self.headers]} {(self.body or b'')[:600]!r}"


class Mutator:
    """operation: its method, path template and description; schemas resolves references; ids are those of objects that exist."""

    def __init__(self, seed: str, method: str, path: str, operation: dict, schemas, ids: list[int]) -> None:
        self.random = random.Random(seed)
        self.method, self.path, self.operation, self.schemas, self.ids = method, path, operation, schemas, ids

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, items):
        return self.random.choice(items)

    # Values.

    def valid(self, schema: dict, name: str = ""):
        """Something that the schema allows, mostly."""
        schema = self.schemas.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.pick(schema["enum"])
        kind = schema.get("type", "string")
        kind = self.pick(kind) if isinstance(kind, list) else kind
        if kind == "object":
            return {n: self.valid(s, n) for n, s in schema.get("properties", {}).items() if self.chance(0.9)}
        if kind == "array":
            return [self.valid(schema.get("items", {}), name) for _ in range(self.random.randrange(3))]
        if kind in ("integer", "number"):
            return self.pick(self.ids) if self.chance(0.7) else self.pick(NUMBERS)
        if kind == "boolean":
            return name == "skipTest" or self.chance(0.5)
        if kind == "null":
            return None
        return self.pick(ADDRESSES if "ndpoint" in name or "Uri" in name else TEXTS)

    def odd(self, depth: int = 0):
        """Any JSON."""
        makers = [lambda: None, lambda: self.pick(NUMBERS), lambda: self.pick(TEXTS), lambda: self.chance(0.5), lambda: str(self.pick(NUMBERS))]
        if depth < 3:
            makers += [lambda: [self.odd(depth + 1) for _ in range(self.random.randrange(4))],
                       lambda: {self.pick(TEXTS): self.odd(depth + 1) for _ in range(self.random.randrange(4))}]
        return self.pick(makers)()

    def changed(self, value):
        """A JSON object with one to three of its members changed, dropped, renamed or added."""
        if not isinstance(value, dict) or self.chance(0.05):
            return self.odd()
        for _ in range(self.random.randrange(1, 4)):
            name = self.pick([*value, "extra"])
            what = self.random.randrange(5)
            if what == 0:
                value.pop(name, None)
            elif what == 1 and name in value:
                value[self.pick([name.upper(), name.capitalize(), name + " ", name.lower()])] = value.pop(name)
            elif what == 2:
                value[name] = None
            else:
                value[name] = self.odd()
        return value

    def spoiled(self, text: bytes) -> bytes:
        """Bytes that are hardly JSON any more."""
        text = text.replace(b"http", b"x")  # a changed address might lead out
        what = self.random.randrange(9)
        at = self.random.randrange(len(text) + 1)
        if what == 0:
            return text[:at]
        if what == 1:
            return text[:at] + self.random.randbytes(self.random.randrange(1, 6)) + text[at:]
        if what == 2:
            return text[:at] + bytes([self.random.randrange(256)]) + text[at + 1:]
        if what == 3:
            deep = self.pick([60, 64, 65, 200, 20000])
            return self.pick([b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep, b"[" * deep])
        if what == 4:
            return self.pick([b"\xef\xbb\xbf", b"\0", b" ", b"//x\n", b")]}'"]) + text
        if what == 5:
            return text + self.pick([b",", b"x", b"\0", b"{}", b"\n\n"])
        if what == 6:
            return text.replace(b"{", b'{"a":1,"a":2,', 1)
        if what == 7:
            return text.replace(b'"', self.pick([b"'", b"", b'\\"']), 1)
        return self.pick([b"", b"null", b"1e999", b"-", b'"\\ud800"', b'"\\u0000"', b"tru", b'{"x":"' + b"a" * 1_100_000 + b'"}' if self.chance(0.1) else b"[1,]"])

    # Bodies.

    def json_body(self) -> bytes:
        body = self.schemas.resolve(self.operation["requestBody"])["content"]["application/json"]["schema"]
        value = self.valid(body)
        if self.chance(0.6):
            value = self.changed(value)
        text = json.dumps(value, ensure_ascii=self.chance(0.5)).encode("utf-8", "surrogatepass")
        return self.spoiled(text) if self.chance(0.3) else text

    def torrent(self) -> bytes:
        files = {self.pick(TEXTS).replace("\ud800", "s") + "/" + str(i): self.pick([0, 1, 5, 70000, 2**40, 2**62]) for i in range(self.random.randrange(5))} or 5
        info = bencode.info(self.pick(TEXTS).encode("utf-8", "surrogatepass"), {"a": 1})
        if isinstance(files, dict) and sum(files.values()) < 10**6:
            info = bencode.info(self.pick(TEXTS).encode("utf-8", "surrogatepass"), files)
        for _ in range(self.random.randrange(3)):
            info[self.pick(["name", "piece length", "pieces", "files", "length", "private", "meta version", "file tree", "name.utf-8", "x"])] = self.pick(
                [0, -1, 1, 2, 16384, 2**31, 2**63 - 1, b"", b"\xff", b"x" * 20, [], {}, [{}], [{"length": 1, "path": [b".."]}], [[[]]], {"a": {"": {"length": 1}}}])
        out: dict = {"info": info}
        if self.chance(0.1):
            return bencode.encode({**out, "announce": self.pick(["http://127.0.0.1:9/announce", "udp://127.0.0.1:9", "wss://127.0.0.1:9/", "rubbish", ""]),
                                   "announce-list": self.pick([[], [[]], [["http://127.0.0.1:9/a"]], {}, 5])})
        data = bencode.encode(out)
        if self.chance(0.4):
            at = self.random.randrange(len(data))
            data = self.pick([data[:at], data[:at] + self.random.randbytes(3) + data[at:], data[:at] + bytes([self.random.randrange(256)]) + data[at + 1:],
                              self.random.randbytes(at), b"d4:info" + b"l" * at, b"i" + b"9" * at + b"e"])
        return data

    def form_body(self) -> tuple[bytes, str]:
        """A multipart body and its content type."""
        edge = self.pick(["d", "----WebKitFormBoundaryX", "a" * 70, "a b", "--", "x" * 201])
        name = self.pick(["TorrentFile"] * 6 + ["torrentfile", "request.TorrentFile", "other", "", "TorrentFile\"x", "a" * 300])
        filename = self.pick(["a.torrent"] * 6 + ["A.TORRENT", "a.txt", "", "../a.torrent", "a\0.torrent", "ü☂.torrent", "a" * 300 + ".torrent", "a\".torrent"])
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: application/x-bittorrent\r\n'.encode()
        if self.chance(0.2):
            head = self.pick([b"", b"X: y\r\n" * self.pick([1, 2000]), head + head, head.replace(b"\r\n", b"\n"), head.replace(b"filename=", b"filename*=UTF-8''"), b"\0" * 20,
                              head.replace(b'"', b""), head.replace(b"form-data", b"attachment"), b"Content-Disposition:\r\n"])
        part = b"--" + edge.encode() + b"\r\n" + head + b"\r\n" + self.torrent() + b"\r\n"
        body = part * self.pick([1, 1, 1, 1, 0, 2, 70]) + b"--" + edge.encode() + b"--\r\n"
        if self.chance(0.3):
            at = self.random.randrange(len(body))
            body = self.pick([body[:at], body + b"more", b"preamble\r\n" + body, body[at:], body.replace(b"\r\n", b"\n"), body[:at] + self.random.randbytes(4) + body[at:]])
        kind = f"multipart/form-data; boundary={edge}"
        if self.chance(0.15):
            kind = self.pick(["multipart/form-data", "multipart/form-data; boundary=", f'multipart/form-data; boundary="{edge}"', f"multipart/mixed; boundary={edge}",
                              "multipart/form-data; boundary=other", f"Multipart/Form-Data; charset=x; BOUNDARY={edge}", "application/json"])
        return body, kind

    def fields_body(self) -> bytes:
        """application/x-www-form-urlencoded."""
        return "&".join(f"{self.pick(['csrf', 'x', '', '%'])}={self.pick(['', 'a', '%zz', '%00', 'x' * 3000])}" for _ in range(self.random.randrange(4))).encode()

    # Addresses.

    def target(self) -> str:
        path = self.path
        while "{" in path:
            name = path[path.index("{"):path.index("}") + 1]
            path = path.replace(name, str(self.pick(self.ids)) if self.chance(0.6) else self.pick(IDS), 1)
        if self.chance(0.15):
            at = self.random.randrange(len(path))
            path = self.pick([path.upper(), path + "/", path + "//", "/proxy" + path, path[:at] + "/" + path[at:], path[:at] + "%2e" + path[at:], path + ";a=b",
                              path.replace("/", "//", 1), path[:at], path + "/" + "x" * 2000, path + "/../jobs", path[:at] + "%00" + path[at:]]) or "/"
        if self.chance(0.35):
            path += "?" + "&".join(f"{self.pick(['pageNumber', 'PAGESIZE', 'status', 'code', 'state', 'error', 'x', '', '%41'])}"
                                   f"={self.pick(['', '1', '-1', '99999999999999999999', 'x', 'FAILED', '7', '12', '%', '%00', '%ff', '%C3%BC', 'a' * 3000, '+', '%2B'])}"
                                   for _ in range(self.pick([1, 1, 2, 3, 70])))
        return "".join(c if " " < c < "\x7f" else "".join(f"%{b:02X}" for b in c.encode()) for c in path)

    def request(self, token: str) -> Request:
        method = self.method if self.chance(0.9) else self.pick(METHODS)
        headers = [("Authorization", f"Bearer {token}")] if self.chance(0.93) else []
        body = None
        if "requestBody" in self.operation and self.chance(0.95):
            kinds = self.schemas.resolve(self.operation["requestBody"])["content"]
            if "application/json" in kinds:
                body, kind = self.json_body(), "application/json"
            elif "multipart/form-data" in kinds:
                body, kind = self.form_body()
            else:
                body, kind = self.fields_body(), "application/x-www-form-urlencoded"
            headers.append(("Content-Type", kind if self.chance(0.95) else self.pick(HEADER_VALUES)))
        elif self.chance(0.1):
            body = self.random.randbytes(self.random.randrange(200))
        for _ in range(self.random.randrange(4) if self.chance(0.3) else 0):
            headers.append((self.pick(HEADERS), self.pick(HEADER_VALUES)))
        return Request(method, self.target(), headers, body)
