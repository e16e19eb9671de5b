"""What stands around the platform: the S3 server and the relay in front of it, and those who seed."""
import base64
import contextlib
import hashlib
import json
import os
import socket
import urllib.error
import urllib.request
import uuid

from waiting import wait_until


class S3:
    """The S3 server seen directly, past the throttle, with boto3: an independent client."""

    def __init__(self, rig: "Rig") -> None:
        import boto3
        from botocore.config import Config

        self.client = boto3.client(
            "s3", endpoint_url=rig["S3_DIRECT"], aws_access_key_id=rig["S3_KEY"],
            aws_secret_access_key=rig["S3_SECRET"], region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, signature_version="s3v4", proxies={}))

    def make_bucket(self, name: str | None = None) -> str:
        name = name or f"rig-{uuid.uuid4().hex[:10]}"
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> dict[str, int]:
        """key -> size of everything in the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {o["Key"]: o["Size"] for page in pages for o in page.get("Contents", [])}

    def sha256(self, bucket: str, key: str) -> str:
        digest = hashlib.sha256()
        for chunk in self.client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()

    def uploads(self, bucket: str) -> list[tuple[str, str]]:
        """(key, UploadId) of the multipart uploads that nobody has completed or aborted."""
        answer = self.client.list_multipart_uploads(Bucket=bucket)
        return [(u["Key"], u["UploadId"]) for u in answer.get("Uploads", [])]

    def parts(self, bucket: str, key: str, upload_id: str) -> list[dict]:
        """None of an upload that has just ended."""
        try:
            return self.client.list_parts(Bucket=bucket, Key=key, UploadId=upload_id).get("Parts", [])
        except self.client.exceptions.NoSuchUpload:
            return []


class Seeder:
    """tests/rig/seeder.py: serves every peer at once."""

    def __init__(self, rig: "Rig") -> None:
        self.url = rig["SEEDER_CONTROL"]

    def call(self, do: str, **order) -> dict:
        with urllib.request.urlopen(self.url, json.dumps({"do": do, **order}).encode(), timeout=120) as r:
            answer = json.load(r)
        if "error" in answer:
            raise AssertionError(f"seeder, {do}: {answer['error']}")
        return answer

    def add(self, torrent: "Torrent") -> None:
        self.call("add", metainfo=base64.b64encode(torrent.metainfo).decode(), folder=str(torrent.folder),
                  files=[str(p.relative_to(torrent.folder)) for p in torrent.order])

    def remove(self, torrent: "Torrent") -> None:
        self.call("remove", infohash=torrent.infohash.lower())

    def limit(self, bytes_per_second: int) -> None:
        """0: no limit. So that a kill can land in the middle of a download."""
        self.call("limit", rate=bytes_per_second)

    def rate(self) -> int:
        """Payload bytes per second that go out now."""
        return self.call("rate")["rate"]

    def port(self) -> int:
        return self.call("port")["port"]


class Transmission:
    """transmission-daemon over its RPC: a client as people run it. It lets a new peer wait ten seconds."""

    def __init__(self, rig: "Rig") -> None:
        self.url = rig["TRANSMISSION_RPC"]
        self.session = ""

    def call(self, method: str, **arguments) -> dict:
        body = json.dumps({"method": method, "arguments": arguments}).encode()
        for _ in range(2):
            request = urllib.request.Request(self.url, body, {"X-Transmission-Session-Id": self.session})
            try:
                with urllib.request.urlopen(request, timeout=30) as r:
                    answer = json.load(r)
                    break
            except urllib.error.HTTPError as e:
                with e:
                    if e.code != 409:
                        raise
                    self.session = e.headers["X-Transmission-Session-Id"]
        if answer["result"] != "success":
            raise AssertionError(f"transmission, {method}: {answer}")
        return answer["arguments"]

    def add(self, torrent: "Torrent") -> None:
        """Until it has checked its copy and announced itself; not before, because the tracker would count a leecher."""
        added = self.call("torrent-add", metainfo=base64.b64encode(torrent.metainfo).decode(), paused=True,
                          **{"download-dir": str(torrent.folder)})
        identity = added.get("torrent-added", added.get("torrent-duplicate"))["id"]

        def look() -> dict:
            fields = ["status", "percentDone", "error", "errorString", "trackerStats"]
            return self.call("torrent-get", ids=[identity], fields=fields)["torrents"][0]

        self.link(identity, torrent)
        self.call("torrent-verify", ids=[identity])
        wait_until(f"transmission has checked {torrent.name}", lambda: (look()["status"], look()["percentDone"]) == (0, 1), 60)
        self.call("torrent-start-now", ids=[identity])

        def seeding() -> bool:
            row = look()
            announced = [s["lastAnnounceSucceeded"] for s in row["trackerStats"]]
            if row["error"] == 2 or (row["status"] == 6 and not any(announced)):
                self.call("torrent-reannounce", ids=[identity])
            return row["status"] == 6 and any(announced)

        wait_until(f"transmission seeds {torrent.name}", seeding, 60, 0.3)

    def link(self, identity: int, torrent: "Torrent") -> None:
        """The seeder has names of its own for what it finds odd: the content is there under those too."""
        theirs = self.call("torrent-get", ids=[identity], fields=["files"])["torrents"][0]["files"]
        missing = [(ours, torrent.folder / f["name"]) for ours, f in zip(torrent.order, theirs, strict=True)
                   if not (torrent.folder / f["name"]).exists()]
        for ours, name in missing:
            name.parent.mkdir(parents=True, exist_ok=True)
            os.link(ours, name)

    def remove(self, torrent: "Torrent") -> None:
        self.call("torrent-remove", ids=[torrent.infohash.lower()])

    def limit(self, bytes_per_second: int) -> None:
        """0: no limit. So that a kill can land in the middle of a download."""
        self.call("session-set", **{"speed-limit-up-enabled": bytes_per_second > 0,
                                    "speed-limit-up": max(1, bytes_per_second // 1000)})


class Throttle:
    """The relay between the platform and the S3 server (throttle.py)."""

    def __init__(self, rig: "Rig") -> None:
        self.port = int(rig["THROTTLE_CONTROL"])

    def set(self, **wish) -> dict:
        with socket.create_connection(("127.0.0.1", self.port), 10) as s, s.makefile("rw") as f:
            f.write(json.dumps(wish) + "\n")
            f.flush()
            return json.loads(f.readline())

    def limit(self, bytes_per_second: int) -> None:
        self.set(rate=bytes_per_second)

    def state(self) -> dict:
        return self.set()

    @contextlib.contextmanager
    def away(self, mode: str = "refuse"):
        """The endpoint is gone ("refuse") or deaf ("hang") inside the block."""
        self.set(mode=mode)
        try:
            yield
        finally:
            self.set(mode="pass")
