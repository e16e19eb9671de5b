"""What the attack tests share: forged tokens, raw bytes on a socket, the routes of the source, snapshots of the database."""
import base64
import hashlib
import hmac
import json
import re
import socket
import time
import urllib.parse

from api_case import ApiCase
from tc import PROJECT, Answer, Api

ROUTE = re.compile(r'^ *\{"([A-Z]+)", +"([^"]+)",.*(POOL_\w+), +(AUTH_\w+), +(SCOPE_\w+), +(BODY_\w+)\}', re.M)


def routes() -> list[tuple[str, str, str, str]]:
    """(method, path, auth, body) of every row of routes.c."""
    rows = [(m, p, auth, body) for m, p, _, auth, _, body in
            ROUTE.findall((PROJECT / "fcgi-app/routes.c").read_text())]
    if len(rows) < 25:
        raise AssertionError("the table of routes is not read as it should be")
    return rows


def part(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(secret: bytes, claims: dict, header: dict | None = None, digest=hashlib.sha256) -> str:
    text = part(header or {"alg": "HS256", "typ": "JWT"}) + "." + part(claims)
    return text + "." + (part(hmac.new(secret, text.encode(), digest).digest()) if digest else "")


def claims_of(token: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


class AttackCase(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.forget_failures()
        self.addCleanup(self.forget_failures)

    def forget_failures(self) -> None:
        for key in self.rig.platform.redis("--scan", "--pattern", "{tc}:login:*").split():
            self.rig.platform.redis("del", key)

    def anonymous(self, base: str = "API_URL") -> Api:
        return Api(self.rig, self.rig[base])

    def connect(self, base: str = "API_URL") -> socket.socket:
        where = urllib.parse.urlsplit(self.rig[base])
        s = socket.create_connection((where.hostname, where.port), 30)
        self.addCleanup(s.close)
        return s

    def raw(self, data: bytes, base: str = "API_URL", finish: bool = False) -> list[Answer]:
        """Send exactly these bytes; every answer until the server closes or is silent for a moment."""
        s = self.connect(base)
        s.settimeout(3)
        s.sendall(data)
        if finish:
            s.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except (TimeoutError, ConnectionError):
            pass
        return split_answers(got)

    def table(self, query: str) -> list:
        return self.rig.platform.sql(query)

    def wait_alive(self) -> None:
        """The API still answers, in reasonable time."""
        begin = time.monotonic()
        self.assertEqual(self.api.get("/api/jobs?pageSize=1").status, 200)
        self.assertLess(time.monotonic() - begin, 20)


def split_answers(data: bytes) -> list[Answer]:
    out = []
    while data.startswith(b"HTTP/"):
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().title()] = value.strip()
        length = int(headers.get("Content-Length", len(rest)))
        out.append(Answer(int(lines[0].split()[1]), headers, rest[:length]))
        data = rest[length:]
    return out
