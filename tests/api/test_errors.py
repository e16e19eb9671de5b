"""The golden errors, tests/contract/errors.json: each is provoked, and what comes back is the golden body, word for word. The web
app's tests read the same file."""
import re

from api_case import ApiCase, golden
from tc import Api


def comparable(body: dict) -> dict:
    """Without what differs each time: the trace, ids and seconds in sentences."""
    def plain(value):
        if isinstance(value, str):
            return re.sub(r"(?<=Job )\d+|(?<=ID: )\d+|\d+(?= seconds)", "0", value)
        if isinstance(value, list):
            return [plain(v) for v in value]
        return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value

    return {k: plain(v) for k, v in body.items() if k != "traceId"}


class Errors(ApiCase):
    def provoked(self) -> list:
        api, s3 = self.api, golden("s3-configure-request") | {"skipTest": True}
        nobody = Api(self.rig, self.rig["API_URL"])
        browser = self.rig.browser()
        browser.csrf = None
        profile, other = self.profile_id(), self.profile_id()
        busy, done, failed = self.job_id("UPLOADING", profile), self.job_id("COMPLETED", profile), self.job_id("FAILED", other)
        waiting, cancelled = self.api.job(self.job_id("UPLOAD_RETRY", profile)), self.job_id("CANCELLED", profile)
        self.rig.platform.sql("update job_phases set next_retry_at = '2026-02-18 18:37:25+00' "
                              f"where job_id = {waiting['id']} and phase = 'upload'")
        torrent = self.torrent_id()
        api.must("POST", f"/api/storage/profiles/{other}/disconnect")

        def create(**order):
            return api.post("/api/torrents/create-job", {"torrentFileId": torrent, "storageProfileId": profile} | order)

        def configure(**changes):
            return api.post("/api/storage/s3/configure", s3 | changes)

        def form(body: bytes):
            return api.request("POST", "/api/torrents/analyze", body, {"Content-Type": "multipart/form-data; boundary=d"})

        blank = b'--d\r\nContent-Disposition: form-data; name="TorrentFile"; filename=""\r\n\r\n\r\n--d--\r\n'
        guesser = {"X-Forwarded-For": "198.51.100.23"}
        for _ in range(10):
            nobody.post("/api/auth/login", {"email": "guess@example.com", "password": "x"}, headers=guesser)
        return [
            nobody.get("/api/jobs"), browser.post("/api/storage/profiles/1/disconnect"),
            nobody.post("/api/auth/login", {}, headers={"X-Forwarded-For": "198.51.100.24"}),
            nobody.post("/api/auth/login", {"email": "guess@example.com", "password": "x"}, headers=guesser),
            nobody.post("/api/auth/login"), nobody.post("/api/auth/login", {"email": None, "password": None}),
            api.get("/api/nothing"), api.request("PUT", "/api/jobs"),
            api.request("POST", "/api/torrents/create-job", b"{}", {"Content-Type": "text/plain"}), form(b"d" * 100),
            api.analyze(b"d" * 11_000_000), api.analyze(b"d" * 31_500_000),
            api.request("POST", "/api/torrents/create-job", b'{"x":"' + b"a" * 1_100_000 + b'"}', {"Content-Type": "application/json"}),
            create(torrentFileId="x"), create(torrentFileId=2**31), create(selectedFilePaths=[5]), create(selectedFilePaths=["a\0"]),
            api.get("/api/jobs/abc"), api.get("/api/jobs?pageNumber="), api.get("/api/jobs?pageSize=x"),
            api.get("/api/jobs?status=FOO"), api.get("/api/jobs?status=99"), form(b"--d--\r\n"), form(blank),
            api.analyze(b""), api.analyze(b"x", "a.txt"),
            create(torrentFileId=0), create(storageProfileId=0), create(selectedFilePaths=[]), create(selectedFilePaths=[None]),
            create(selectedFilePaths=["no/such", "a.bin"]), create(torrentFileId=waiting["requestFileId"]),
            create(torrentFileId=api.job(busy)["requestFileId"]),
            api.get("/api/jobs/0"), api.post(f"/api/jobs/{done}/retry"), api.post(f"/api/jobs/{busy}/retry"),
            api.post(f"/api/jobs/{failed}/retry"), api.post(f"/api/jobs/{done}/cancel"), api.post(f"/api/jobs/{cancelled}/cancel"),
            api.get("/api/storage/profiles/0"), api.post(f"/api/storage/profiles/{other}/disconnect"),
            api.post(f"/api/storage/profiles/{profile}/disconnect"), api.request("DELETE", f"/api/storage/profiles/{profile}"),
            configure(profileName=" "), configure(profileName="ab"), configure(profileName="a" * 51), configure(profileName="a/b"),
            configure(s3Endpoint=""), configure(s3BucketName=""), configure(s3AccessKey=""), configure(s3SecretKey=""), configure(s3Region=""),
        ]

    def test_the_golden_errors(self):
        wanted, seen = [comparable(body) for body in golden("errors")], []
        for answer in self.provoked():
            self.assertTrue(answer.headers["Content-Type"].startswith("application/problem+json"), answer)
            self.assertEqual(answer.json["status"], answer.status)
            self.assertRegex(answer.json["traceId"], r"^[0-9a-f]{32}$")
            self.assertIn(comparable(answer.json), wanted)
            seen.append(comparable(answer.json))
        self.assertEqual([body for body in wanted if body not in seen], [], "golden, but not provoked")
