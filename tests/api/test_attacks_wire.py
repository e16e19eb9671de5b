"""Attacks below HTTP's meaning: lengths that lie, smuggling, floods of headers, bodies that never end."""
import http.client
import json
import socket
import time
import urllib.parse

from attack_case import AttackCase

JSON = "Content-Type: application/json\r\n"


class Wire(AttackCase):
    def setUp(self) -> None:
        super().setUp()
        self.auth = f"Authorization: Bearer {self.api.token}\r\n"

    def post(self, headers: str, body: bytes = b"", path: str = "/api/torrents/create-job", finish: bool = False, base: str = "API_URL"):
        return self.raw(f"POST {path} HTTP/1.1\r\nHost: x\r\n{self.auth}{JSON}{headers}\r\n".encode() + body, base, finish)

    # Request smuggling: whatever leaves doubt where a body ends is refused, and what stands behind it is not a request.

    def test_two_lengths(self):
        hidden = b"GET /api/auth/me HTTP/1.1\r\nHost: x\r\n\r\n"
        for first, second in ((2, 2 + len(hidden)), (2 + len(hidden), 2), (2, 2)):
            answers = self.post(f"Content-Length: {first}\r\nContent-Length: {second}\r\n", b"{}" + hidden)
            self.assertEqual([a.status for a in answers], [400])

    def test_length_and_chunks(self):
        for headers in ("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"):
            answers = self.post(headers, b"0\r\n\r\nGET /api/auth/me HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual([a.status for a in answers], [400])

    def test_odd_transfer_encodings(self):
        for value in ("xchunked", "chunked, identity", "gzip, chunked", "chunked\x0b", "identity", " chunked x"):
            answers = self.post(f"Transfer-Encoding: {value}\r\n", b"0\r\n\r\n")
            self.assertTrue(answers, value)
            self.assertIn(answers[0].status, (400, 501), value)

    def test_odd_lengths(self):
        for value in ("-1", "+2", "0x2", "2 2", "2,2", "a", "99999999999999999999999", "1e1"):
            self.assertEqual([a.status for a in self.post(f"Content-Length: {value}\r\n", b"{}")], [400], value)

    def test_spaces_and_folds_in_headers(self):
        for line in ("Content-Length : 2", " Content-Length: 2", "Content-Length\t: 2"):
            for answer in self.post(f"{line}\r\n", b"{}GET /api/auth/me HTTP/1.1\r\nHost: x\r\n\r\n")[1:]:
                self.assertNotEqual(answer.status, 200, line)

    # Bodies.

    def test_a_body_that_ends_early(self):
        for _ in range(20):
            answers = self.post("Content-Length: 1000\r\n", b'{"torrentFileId":1', finish=True)
            self.assertTrue(all(a.status == 400 for a in answers), answers)
        self.wait_alive()

    def test_an_announced_giant(self):
        for length in (32_000_000, 10**12, 2**63 - 1):
            answers = self.post(f"Content-Length: {length}\r\n", b"{")
            self.assertEqual([a.status for a in answers], [413], length)
            self.assertEqual(answers[0].json["code"], "PayloadTooLarge")

    def test_chunked_bodies(self):
        def chunk(data: bytes) -> bytes:
            return b"%x\r\n%s\r\n" % (len(data), data)

        body = chunk(b'{"torrentFileId":') + chunk(b'5999999}') + b"0\r\n\r\n"
        answers = self.post("Transfer-Encoding: chunked\r\nConnection: close\r\n", body)
        self.assertEqual([a.json["code"] for a in answers], ["TorrentNotFound"])
        big = chunk(b"[" + b" " * 65000) * 500 + b"0\r\n\r\n"  # 32 MB, announced nowhere
        where = urllib.parse.urlsplit(self.rig["API_URL"])
        with socket.create_connection((where.hostname, where.port), 30) as s:
            s.settimeout(20)
            try:
                s.sendall(f"POST /api/torrents/create-job HTTP/1.1\r\nHost: x\r\n{self.auth}{JSON}Transfer-Encoding: chunked\r\n\r\n".encode() + big)
                first = s.recv(200)
            except ConnectionError:
                first = b""  # cut while we were still sending
            self.assertIn(first[9:12], (b"413", b""))
        for bad in (b"zz\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n", b"ffffffffffffffffff\r\n{}\r\n", b"2\r\n{}0\r\n\r\n"):
            for answer in self.post("Transfer-Encoding: chunked\r\n", bad, finish=True):
                self.assertEqual(answer.status, 400, bad)
        self.wait_alive()

    def test_compressed_bodies(self):
        for coding in ("gzip", "deflate", "br", "gzip, gzip", "x"):
            answers = self.post(f"Content-Encoding: {coding}\r\nContent-Length: 2\r\nConnection: close\r\n", b"{}")
            self.assertEqual([(a.status, a.json["code"]) for a in answers], [(415, "UnsupportedMediaType")], coding)
        answers = self.post("Content-Encoding: identity\r\nContent-Length: 2\r\nConnection: close\r\n", b"{}")
        self.assertEqual(answers[0].json["code"], "TorrentNotFound")

    def test_deep_and_wide_json(self):
        for body in (b"[" * 500_000, b'{"a":' * 180_000, b"[" * 64 + b"{" * 2, b"[" * 300_000 + b"]" * 300_000):
            answer = self.api.request("POST", "/api/torrents/create-job", body, {"Content-Type": "application/json"})
            self.assertEqual((answer.status, answer.json["code"]), (400, "ValidationFailed"))
        wide = json.dumps({f"k{i}": i for i in range(50_000)}).encode()
        answer = self.api.request("POST", "/api/torrents/create-job", wide, {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 404)
        colliding = b'{' + b",".join(b'"torrentFileId":1' for _ in range(40_000)) + b"}"
        self.assertLess(self.api.request("POST", "/api/torrents/create-job", colliding, {"Content-Type": "application/json"}).status, 500)

    def test_multipart(self):
        def send(body: bytes, boundary: str = "x"):
            return self.api.request("POST", "/api/torrents/analyze", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

        head = b'--x\r\nContent-Disposition: form-data; name="TorrentFile"; filename="a.torrent"\r\n\r\n'
        for body in (b"", b"--x", b"--x--", b"--x\r\n" * 50_000, head, head + b"d", b"--x\r\n" + b"A: " + b"b" * 100_000 + b"\r\n\r\n",
                     b"--x\r\n" + b"A: b\r\n" * 5_000 + b"\r\n", head * 1000 + b"--x--"):
            answer = send(body)
            self.assertIn(answer.status, (400, 413, 422), (body[:60], answer))
        for boundary in ('""', "y" * 5000, "x;boundary=z", "%00", "--"):
            self.assertIn(send(head + b"d\r\n--x--\r\n", boundary).status, (400, 415, 422), boundary[:20])

    # Headers.

    def test_huge_headers_and_addresses(self):
        for head, statuses in ((b"GET /api/health?" + b"a" * 20_000 + b" HTTP/1.1\r\n", (414,)),
                               (b"GET /api/health HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n", (400, 431)),
                               (b"GET /api/health HTTP/1.1\r\n" + b"X: " * 3 + b"\r\n" + b"".join(b"X%d: %s\r\n" % (i, b"a" * 7000) for i in range(30)), (400, 431)),
                               (b"GET /api/health HTTP/1.1\r\n" + b"Cookie: " + b"a=b; " * 4000 + b"\r\n", (400, 431))):
            answers = self.raw(head + b"Host: x\r\nConnection: close\r\n\r\n")
            self.assertEqual(len(answers), 1)
            self.assertIn(answers[0].status, statuses)
            self.assertEqual(answers[0].json["status"], answers[0].status)
        self.wait_alive()

    def test_broken_requests(self):
        for data in (b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 5000, b"GET /api/health\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"TRACE /api/health HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET /api/health HTTP/1.1\r\n\r\n", b"GET /api/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
            for answer in self.raw(data, finish=True):
                self.assertIn(answer.status, (400, 405, 505, 501), data)
        self.wait_alive()

    # Slow clients: they cost nginx a buffer, never the API a process.

    def slow(self, count: int, data: bytes) -> list[socket.socket]:
        out = []
        for _ in range(count):
            s = self.connect()
            s.sendall(data)
            out.append(s)
        return out

    def test_slow_headers_bodies_and_readers(self):
        head = f"POST /api/torrents/create-job HTTP/1.1\r\nHost: x\r\n{self.auth}{JSON}"
        form = f"POST /api/torrents/analyze HTTP/1.1\r\nHost: x\r\n{self.auth}Content-Type: multipart/form-data; boundary=x\r\n"
        sockets = self.slow(70, head.encode())
        sockets += self.slow(70, head.encode() + b"Content-Length: 1000\r\n\r\n{")
        sockets += self.slow(40, form.encode() + b"Content-Length: 9000000\r\n\r\n--x\r\n")
        sockets += self.slow(20, f"GET /api/jobs?pageSize=100 HTTP/1.1\r\nHost: x\r\n{self.auth}\r\n".encode())  # never read
        self.assertEqual(len(sockets), 200)
        for _ in range(3):
            for s in sockets[:180]:
                try:
                    s.sendall(b" ")
                except ConnectionError:
                    pass
            begin = time.monotonic()
            self.assertEqual(self.api.get("/api/jobs").status, 200)
            self.assertEqual(self.anonymous().post("/api/auth/login", {"email": "x", "password": "y"}).status, 401)
            self.assertEqual(self.api.analyze(b"d").status, 422)
            self.assertLess(time.monotonic() - begin, 15, "as if nobody else were there")

    def test_a_header_that_never_ends_is_cut(self):
        s = self.connect()
        s.settimeout(60)
        s.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\n")
        begin = time.monotonic()
        try:
            self.assertIn(s.recv(100)[9:12], (b"", b"408"))
        except ConnectionResetError:
            pass
        self.assertLess(time.monotonic() - begin, 40)

    def test_connections_are_given_back(self):
        """After all that, as many requests at once as there are processes, and then some."""
        pool = [http.client.HTTPConnection(urllib.parse.urlsplit(self.rig["API_URL"]).netloc, timeout=30) for _ in range(30)]
        for c in pool:
            c.request("GET", "/api/jobs", headers={"Authorization": f"Bearer {self.api.token}"})
        self.assertEqual({c.getresponse().status for c in pool}, {200})
        for c in pool:
            c.close()
