"""rig.py: the rig's levers for the browser tests. One JSON array per line, [NAME, ARGUMENT...], is answered by one line,
{"ok": VALUE} or {"error": TEXT}. It ends with its input, so a test that dies leaves nothing behind. Needs RIG_DIR. PLATFORM_URL,
PLATFORM_EMAIL and PLATFORM_PASSWORD: another platform than the rig's (tests/image), with its only person."""
import json
import os
import pathlib
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "rig"))
from consent import Google  # noqa: E402
from tc import MIB, ODD_FILES, Api, Rig, Torrent  # noqa: E402

UNWANTED = "extras/left out.mkv"


class Levers:
    """Each public method is one command."""

    def __init__(self) -> None:
        self._rig = Rig()
        self._torrents: dict[str, Torrent] = {}

    def address(self) -> str:
        return os.environ.get("PLATFORM_URL", self._rig["WEB_URL"])

    def storage(self) -> dict:
        """What a person types into the S3 form."""
        return {"endpoint": self._rig["S3_ENDPOINT"], "key": self._rig["S3_KEY"], "secret": self._rig["S3_SECRET"]}

    def person(self, name: str) -> dict:
        """Somebody new, with the admin's password: nothing of other suites is in their lists."""
        if "PLATFORM_EMAIL" in os.environ:
            return {"email": os.environ["PLATFORM_EMAIL"], "password": os.environ["PLATFORM_PASSWORD"]}
        email = f"e2e-{uuid.uuid4().hex[:12]}@example.com"
        self._rig.platform.sql("insert into users (email, full_name, password_hash) "
                               f"select '{email}', '{name}', password_hash from users where is_admin limit 1")
        return {"email": email, "password": self._rig["ADMIN_PASSWORD"]}

    def torrent(self, name: str, files: dict[str, int], trackers: bool = True, unique: bool = True, by=None) -> dict:
        """Seeded content and its .torrent. A unique name has a random tail: the seeder does not serve the same content
        twice to one peer. Without trackers nobody is ever found."""
        if unique:
            name = f"{name} {uuid.uuid4().hex[:6]}"
        torrent = self._rig.make_torrent(name, files, seed=trackers, trackers=None if trackers else [], by=by)
        self._torrents[name] = torrent
        return {"name": name, "file": str(torrent.path), "size": torrent.size,
                "files": {path: size for path, (size, _) in torrent.files.items()}}

    def odd_torrent(self, name: str) -> dict:
        """Names that have broken programs, a zero-byte file, one that needs a multipart upload, and one to leave out; seeded by
        a client as people run it."""
        files = {**ODD_FILES, "large.bin": 24 * MIB, UNWANTED: 3 * MIB}
        return {**self.torrent(name, files, by=self._rig.transmission), "unwanted": UNWANTED}

    def bucket(self) -> str:
        return self._rig.s3.make_bucket()

    def rates(self, download: int, upload: int) -> None:
        """Bytes per second, 0 for no limit."""
        self._rig.seeder.limit(download)
        self._rig.transmission.limit(download)
        self._rig.throttle.limit(upload)

    def check_bucket(self, bucket: str, torrent: str, job: int, paths: list[str]) -> None:
        """Exactly these files of this job, byte for byte, no open multipart, and nothing else in the bucket."""
        self._rig.check_upload(bucket, self._torrents[torrent], job, paths)
        foreign = [key for key in self._rig.s3.keys(bucket) if not key.startswith(f"torrents/{job}/")]
        if foreign:
            raise AssertionError(f"left in the bucket: {foreign}")

    def connect(self, person: dict, bucket: str, name: str) -> None:
        """A storage, by the API, for what a test is not about."""
        self._login(person).s3_profile(bucket, name, setAsDefault=True)

    def google_client(self, redirect_uri: str) -> dict:
        """An OAuth client as somebody made it at the rig's Google."""
        client = Google(self._rig).client(redirect_uri)
        return {"clientId": client["id"], "clientSecret": client["secret"]}

    def google_order(self, places: dict) -> None:
        """How the rig's Google misbehaves from here on; nothing: not at all."""
        Google(self._rig).order(**places)

    def google_revoke(self, email: str) -> None:
        """The person ends the access of every app."""
        Google(self._rig).revoke(email)

    def google_complaints(self) -> list[str]:
        """What the strict Google would not have done like this."""
        return Google(self._rig).state()["complaints"]

    def start_job(self, person: dict, storage: str, torrent: str, paths: list[str] | None = None) -> int:
        """A job, by the API."""
        api = self._login(person)
        profiles = {p["profileName"]: p["id"] for p in api.must("GET", "/api/storage/profiles")}
        return api.create_job(self._torrents[torrent], profiles[storage], paths)

    def _login(self, person: dict) -> Api:
        api = Api(self._rig, self._rig["API_URL"])
        api.login(person["email"], person["password"])
        return api


def main() -> None:
    levers = Levers()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = {"ok": getattr(levers, name)(*arguments)}
        except Exception as e:  # told to the test, which fails with it
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


main()
