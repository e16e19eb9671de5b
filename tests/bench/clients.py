"""Other people's BitTorrent clients as daemons on loopback: started before the clock runs, like our worker. Each is told
what the swarm on loopback needs (TCP only, no DHT, LSD or port mapping) and keeps its defaults otherwise."""
import base64
import contextlib
import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request
import uuid

from common import HERE, wait_until


def free_ports(n: int) -> list[int]:
    script = HERE.parent / "rig/free_ports.py"
    return [int(x) for x in subprocess.check_output(["/usr/bin/python3", script, str(n)]).split()]


class Client:
    dials = True  # it connects to a seeder on 127.0.0.0/8 that the tracker told it about

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.into = folder, folder / "into"
        self.into.mkdir(parents=True)
        self.rpc, self.port = free_ports(2)
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def http(self, path: str, body: bytes | None = None, headers=None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.rpc}{path}", body, headers or {})
        with self._opener.open(request, timeout=30) as r:
            return r.read()

    @contextlib.contextmanager
    def running(self):
        with open(self.folder / "log", "wb") as log:
            daemon = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                      env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder)})
        try:
            wait_until(f"{type(self).__name__} answers", self.answers, 60, 0.1)
            yield self
        finally:
            daemon.terminate()
            try:
                daemon.wait(30)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def answers(self) -> bool:
        try:
            self.version()
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def get(self, metainfo: bytes, connect) -> float:
        """Seconds from the request until the client says that it has everything. connect(port) makes the seeder dial."""
        begin = time.monotonic()
        self.add(metainfo)
        if not self.dials:
            connect(self.port)
        wait_until(f"{type(self).__name__} has it all", self.complete, 600, 0.05)
        return time.monotonic() - begin


class Aria2(Client):
    def command(self) -> list[str]:
        return ["aria2c", "--no-conf", "--quiet", "--enable-rpc", f"--rpc-listen-port={self.rpc}", "--seed-time=0",
                "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=false",
                "--disable-ipv6", "--file-allocation=none", f"--listen-port={self.port}", f"--dir={self.into}"]

    def call(self, method: str, *arguments):
        body = json.dumps({"jsonrpc": "2.0", "id": "1", "method": f"aria2.{method}", "params": arguments}).encode()
        return json.loads(self.http("/jsonrpc", body))["result"]

    def version(self) -> None:
        self.call("getVersion")

    def add(self, metainfo: bytes) -> None:
        self.gid = self.call("addTorrent", base64.b64encode(metainfo).decode())

    def complete(self) -> bool:
        return self.call("tellStatus", self.gid, ["status"])["status"] == "complete"


class Transmission(Client):
    dials = False
    session = ""

    def command(self) -> list[str]:
        (self.folder / "settings.json").write_text(json.dumps({
            "bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "peer-port": self.port,
            "port-forwarding-enabled": False, "utp-enabled": False, "dht-enabled": False, "lpd-enabled": False,
            "pex-enabled": False, "rpc-bind-address": "127.0.0.1", "rpc-port": self.rpc,
            "rpc-authentication-required": False, "download-dir": str(self.into)}))
        return ["transmission-daemon", "--foreground", "--config-dir", str(self.folder)]

    def call(self, method: str, **arguments) -> dict:
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        try:
            answer = self.http("/transmission/rpc", body, {"X-Transmission-Session-Id": self.session})
        except urllib.error.HTTPError as e:
            with e:
                if e.code != 409:
                    raise
                self.session = e.headers["X-Transmission-Session-Id"]
            return self.call(method, **arguments)
        return json.loads(answer)["arguments"]

    def version(self) -> None:
        self.call("session-get", fields=["version"])

    def add(self, metainfo: bytes) -> None:
        self.call("torrent-add", metainfo=base64.b64encode(metainfo).decode())

    def complete(self) -> bool:
        rows = self.call("torrent-get", fields=["percentDone", "status"])["torrents"]
        return bool(rows) and rows[0]["percentDone"] == 1 and rows[0]["status"] in (0, 6)


class QBittorrent(Client):
    def command(self) -> list[str]:
        conf = self.folder / "qBittorrent/config/qBittorrent.conf"
        conf.parent.mkdir(parents=True)
        conf.write_text(f"""[LegalNotice]
Accepted=true
[BitTorrent]
Session\\BTProtocol=TCP
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\Port={self.port}
Session\\InterfaceAddress=127.0.0.1
Session\\MultiConnectionsPerIp=true
Session\\RefreshInterval=100
Session\\DefaultSavePath={self.into}
[Network]
PortForwardingEnabled=false
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\LocalHostAuth=false
WebUI\\HostHeaderValidation=false
WebUI\\CSRFProtection=false
""")
        return ["qbittorrent-nox", f"--profile={self.folder}", f"--webui-port={self.rpc}"]

    def version(self) -> None:
        self.http("/api/v2/app/version")

    def add(self, metainfo: bytes) -> None:
        edge = uuid.uuid4().hex
        body = (f'--{edge}\r\nContent-Disposition: form-data; name="torrents"; filename="t.torrent"\r\n'
                f"Content-Type: application/x-bittorrent\r\n\r\n").encode() + metainfo + f"\r\n--{edge}--\r\n".encode()
        self.http("/api/v2/torrents/add", body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def complete(self) -> bool:
        rows = json.loads(self.http("/api/v2/torrents/info"))
        return bool(rows) and rows[0]["progress"] == 1 and rows[0]["state"] in ("uploading", "stalledUP", "queuedUP")
