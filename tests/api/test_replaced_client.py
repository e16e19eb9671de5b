"""The frontend of the replaced product, unchanged: its requests, header by header, against both ways to the API, and its rules for what
comes back. One unknown status or one missing null takes its whole list away, so each answer is held against all of them."""
import copy
import http.client
import json
import re
import urllib.parse
import uuid

import bencode
import replaced_client as rules
from api_case import WAYS, ApiCase, golden
from tc import Answer

# What its middleware sends along: all cookies of the site, and a fresh session cookie as a *request* header.
COOKIES = "; ".join([f"authjs.session-token={'e' * 7000}", f"authjs.csrf-token={'c' * 900}", "authjs.callback-url=http%3A%2F%2Flocalhost%3A47100"])
BROWSER = {
    "accept": "application/json, text/plain, */*", "accept-encoding": "gzip, deflate, br", "accept-language": "en-US,en;q=0.9",
    "connection": "close", "cookie": COOKIES, "set-cookie": f"authjs.session-token={'s' * 600}; Path=/; HttpOnly; SameSite=Lax",
    "referer": "http://localhost:47100/jobs", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin", "user-agent": "Mozilla/5.0",
    "x-forwarded-for": "::ffff:127.0.0.1", "x-forwarded-host": "localhost:47100", "x-forwarded-port": "47100", "x-forwarded-proto": "http"}

LIST = rules.page(rules.job)


class Client:
    """Through one of the two ways: its proxy removes /proxy and asks the API's port; without it /proxy/api on the web port."""

    def __init__(self, base: str, prefix: str) -> None:
        self.netloc, self.prefix, self.token = urllib.parse.urlsplit(base).netloc, prefix, ""

    def request(self, method: str, path: str, body=None, **headers) -> Answer:
        headers = {**BROWSER, **headers}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if isinstance(body, dict):
            body = json.dumps(body, separators=(",", ":")).encode()
            headers["content-type"] = "application/json"
        if method == "POST":
            headers["content-length"] = str(len(body or b""))
        connection = http.client.HTTPConnection(self.netloc, timeout=60)
        connection.putrequest(method, self.prefix + path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        found = Answer(answer.status, answer.headers, answer.read())
        connection.close()
        return found

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, body=None, **headers) -> Answer:
        return self.request("POST", path, body, **headers)

    def login(self, email: str, password: str) -> dict:
        """From its server, not from the browser: no cookies, no proxy."""
        answer = self.request("POST", "/auth/login", {"email": email, "password": password}, cookie="", **{"user-agent": "axios/1.13.2"})
        body = rules.login(answer.json, "login")
        self.token = body["accessToken"]
        return body

    def analyze(self, metainfo: bytes, name: str) -> Answer:
        edge = "----WebKitFormBoundary" + uuid.uuid4().hex[:16]
        part = (f'--{edge}\r\nContent-Disposition: form-data; name="TorrentFile"; filename="{name}"\r\n'
                "Content-Type: application/x-bittorrent\r\n\r\n")
        return self.post("/torrents/analyze", part.encode() + metainfo + f"\r\n--{edge}--\r\n".encode(),
                         **{"content-type": f"multipart/form-data; boundary={edge}"})


class Rules(ApiCase):
    """The rules catch what breaks that client; else the tests below would mean nothing."""

    def broken(self, change) -> bool:
        body = copy.deepcopy(golden("jobs-page"))
        change(body["items"][-1])
        try:
            LIST(body, "$")
        except rules.Broken:
            return True
        return False

    def test_golden_bodies_pass(self):
        for name, check in (("jobs-page", LIST), ("job-detail", rules.job), ("timeline-page", rules.page(rules.change)),
                            ("statistics", rules.statistics), ("analyze", rules.analysis), ("create-job", rules.created),
                            ("profiles", rules.profiles), ("profile-detail", rules.profile_detail), ("login", rules.login),
                            ("health-ready", rules.ready), ("gdrive-credentials", rules.credentials),
                            ("gdrive-credential-saved", rules.credential_saved), ("gdrive-connect", rules.consent)):
            check(golden(name), name)

    def test_one_odd_row_breaks_the_whole_list(self):
        for name in ("storageProfileName", "requestFileName", "errorMessage", "currentState", "selectedFilePaths", "isActive", "createdAt",
                     "bytesDownloaded", "totalBytes", "progressPercentage", "status", "type", "id"):
            self.assertTrue(self.broken(lambda job, name=name: job.pop(name)), f"{name} absent")
        for name in ("canRetry", "canCancel", "bytesUploaded", "uploadProgressPercentage", "createdAt", "isActive", "totalBytes"):
            self.assertTrue(self.broken(lambda job, name=name: job.update({name: None})), f"{name} null")
        for name, value in (("status", "PAUSED"), ("status", 12), ("status", "queued"), ("status", True), ("type", "Magnet"), ("id", 0),
                            ("bytesDownloaded", "5"), ("bytesDownloaded", 1.5), ("bytesDownloaded", -1), ("totalBytes", 2**53),
                            ("createdAt", "2026-01-01T00:00:00"), ("createdAt", "2026-01-01T00:00:00+00:00"), ("createdAt", "2026-01-01 00:00:00Z"),
                            ("createdAt", "2026-02-30T00:00:00Z"), ("createdAt", "2026-01-01T24:00:00Z"), ("updatedAt", "2026-01-01T00:00:00z"),
                            ("selectedFilePaths", [None])):
            self.assertTrue(self.broken(lambda job, name=name, value=value: job.update({name: value})), (name, value))

    def test_what_it_does_not_mind(self):
        for name, value in (("status", 11), ("status", "3"), ("updatedAt", None), ("createdAt", "2026-01-01T00:00:00.1234567Z"), ("new", {})):
            self.assertFalse(self.broken(lambda job, name=name, value=value: job.update({name: value})), (name, value))


class Ways(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.clients = [Client(self.rig["API_URL"], "/api"), Client(self.rig["WEB_URL"], "/proxy/api")]
        for client in self.clients:
            self.assertEqual(client.login(self.rig["ADMIN_EMAIL"], self.rig["ADMIN_PASSWORD"])["user"]["name"], "TorrenClou Admin")

    def each(self):
        for client in self.clients:
            with self.subTest(way=client.prefix):
                yield client

    def check(self, answer: Answer, rule) -> dict:
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json; charset=utf-8"), answer)
        return rule(answer.json, "$")

    def all_statuses(self) -> dict[str, int]:
        """A job in each of the twelve, the one that ours never reach included."""
        profile = self.profile_id()
        jobs = {status: self.job_id(status, profile) for status in WAYS}
        jobs["GOOGLE_DRIVE_FAILED"] = self.job_id("UPLOAD_FAILED", profile)
        self.rig.platform.sql("begin; alter table jobs disable trigger job_status_update; update jobs set status = 'GOOGLE_DRIVE_FAILED' "
                              f"where id = {jobs['GOOGLE_DRIVE_FAILED']}; alter table jobs enable trigger job_status_update; commit")
        self.assertEqual(set(jobs), set(rules.STATUSES))
        return jobs

    def test_login_failures_leave_no_trace_of_a_session(self):
        for client in self.each():
            answer = client.post("/auth/login", {"email": "nobody@example.com", "password": "x"}, **{"x-forwarded-for": "198.51.100.77"})
            self.assertEqual(answer.status, 401)

    def test_health_widget(self):
        for client in self.each():
            client.token = ""
            body = self.check(client.get("/health/ready"), rules.ready)
            self.assertRegex(body["version"], r"^\d+(\.\d+)+$")

    def test_list_with_every_status(self):
        jobs = self.all_statuses()
        for client in self.each():
            body = self.check(client.get("/jobs?pageNumber=1&pageSize=50"), LIST)
            self.assertLessEqual(set(jobs.values()), {row["id"] for row in body["items"]})
            self.assertEqual([row["id"] for row in body["items"]], sorted((row["id"] for row in body["items"]), reverse=True))
            for status, job in jobs.items():
                body = self.check(client.get(f"/jobs?pageNumber=1&pageSize=10&status={status}"), LIST)
                self.assertIn(job, [row["id"] for row in body["items"]])
                self.assertEqual({row["status"] for row in body["items"]}, {status})
                self.check(client.get(f"/jobs/{job}"), rules.job)
                events = self.check(client.get(f"/jobs/{job}/timeline?pageNumber=1&pageSize=10"), rules.page(rules.change))["items"]
                self.assertIsNone(events[0]["fromStatus"])
                self.assertEqual([e["changedAt"] for e in events], sorted(e["changedAt"] for e in events))
                for event in events[1:]:
                    self.assertRegex(event["durationFromPrevious"], f"^{rules.DURATION.pattern}$")
            for size in (5, 10, 25, 50):
                self.check(client.get(f"/jobs?pageNumber=2&pageSize={size}"), LIST)
            numbers = self.check(client.get("/jobs/statistics"), rules.statistics)
            self.assertLessEqual(set(rules.STATUSES), {f["status"] for f in numbers["statusFilters"]})
            self.assertEqual(numbers["totalJobs"], sum(f["count"] for f in numbers["statusFilters"]))

    def test_every_combination_of_nulls(self):
        columns = {"error_message": "'It broke: \"ü\" & more'", "current_state": "'Uploading: 1.0%'", "started_at": "now()", "completed_at": "now()",
                   "last_heartbeat": "now()", "selected_paths": "'[\"a.bin\", \"sub/ü b\"]'::jsonb", "eta_seconds": "5"}
        stranger = self.stranger()
        job = self.job_id("COMPLETED", self.profile_id(stranger), stranger)
        values = ", ".join(f"case when n & {1 << i} > 0 then {value} end" for i, value in enumerate(columns.values()))
        self.rig.platform.sql(
            f"begin; alter table jobs disable trigger job_status_insert; insert into jobs (user_id, torrent_id, storage_profile_id, status, "
            f"total_bytes, {', '.join(columns)}) select user_id, torrent_id, storage_profile_id, 'COMPLETED', 10, {values} "
            f"from jobs, generate_series(1, {(1 << len(columns)) - 1}) n where id = {job}; alter table jobs enable trigger job_status_insert; commit")
        seen = set()
        for client in self.each():
            client.login(stranger.email, self.rig["ADMIN_PASSWORD"])
            for page in (1, 2, 3):
                answer = client.get(f"/jobs?pageNumber={page}&pageSize=50")
                self.check(answer, LIST)
                seen |= {tuple(row[m] is None for m in ("errorMessage", "currentState", "startedAt", "completedAt", "lastHeartbeat",
                                                        "selectedFilePaths", "etaSeconds")) for row in answer.json["items"]}
        self.assertEqual(len(seen), 1 << len(columns))

    def test_retry_and_cancel_have_no_body(self):
        for client in self.each():
            job = self.job_id("UPLOAD_FAILED")
            for verb in ("retry", "cancel"):
                answer = client.post(f"/jobs/{job}/{verb}")
                self.assertEqual((answer.status, answer.body), (200, b""), answer)

    def test_from_the_file_to_the_job(self):
        for client in self.each():
            name = f"ünicode {uuid.uuid4().hex}"
            found = self.check(client.analyze(bencode.torrent(name, {"a b.bin": 70000, "sub/ü.bin": 5}), "my torrent.TORRENT"), rules.analysis)
            self.assertEqual(len({f["path"] for f in found["files"]}), 2)
            for selection in (None, ["sub/ü.bin"]):
                body = self.check(client.post("/torrents/create-job", {
                    "torrentFileId": found["torrentFileId"], "selectedFilePaths": selection, "storageProfileId": self.profile_id()}), rules.created)
                self.addCleanup(self.forget, body["jobId"])
                self.assertEqual(self.check(client.get(f"/jobs/{body['jobId']}"), rules.job)["selectedFilePaths"], selection)
                self.assertEqual(client.post(f"/jobs/{body['jobId']}/cancel").status, 200)

    def test_storage_pages(self):
        for client in self.each():
            answer = client.post("/storage/s3/configure", golden("s3-configure-request") | {"setAsDefault": True, "skipTest": True})
            made = self.check(answer, rules.members(storageProfileId=rules.positive))["storageProfileId"]
            rows = self.check(client.get("/storage/profiles"), rules.profiles)
            self.assertTrue(next(p for p in rows if p["id"] == made)["isDefault"])
            self.check(client.get(f"/storage/profiles/{made}"), rules.profile_detail)
            for verb in ("set-default", "disconnect"):
                self.assertEqual(client.post(f"/storage/profiles/{made}/{verb}").status, 200)

    def test_google_form(self):
        """Empty names are sent as "", and come back as words that it can show."""
        for client in self.each():
            order = {"name": "", "clientId": f"{uuid.uuid4().hex[:12]}.apps.googleusercontent.com", "clientSecret": "GOCSPX-x",
                     "redirectUri": "http://localhost:47100/proxy/api/storage/gdrive/callback"}
            saved = self.check(client.post("/storage/gdrive/credentials", order), rules.credential_saved)
            self.assertEqual(saved["name"], "My GCP Credentials")
            rows = self.check(client.get("/storage/gdrive/credentials"), rules.credentials)
            self.assertIn(saved["credentialId"], [row["id"] for row in rows])
            self.check(client.post("/storage/gdrive/connect", {"credentialId": saved["credentialId"], "profileName": "", "setAsDefault": False}),
                       rules.consent)
            self.addCleanup(self.api.must, "DELETE", f"/api/storage/gdrive/credentials/{saved['credentialId']}")
            # Whatever Google sends back, the popup lands on the page that it waits for, and never on an address with "google" in it.
            for query in ("", "?code=a&state=b", "?error=access_denied&state=b", "?state=b"):
                answer = client.get(f"/storage/gdrive/callback{query}")
                self.assertEqual(answer.status, 302, answer)
                self.assertRegex(answer.headers["Location"], r"^https?://[^/]+/storage\?error=\w+&message=")
                self.assertNotIn("google", answer.headers["Location"])

    def test_its_sentences_are_ours(self):
        """It reads code and message; what it knows by code, and what it does not, has words."""
        job, busy = self.job_id("COMPLETED"), self.job_id("UPLOADING")
        for client in self.each():
            for answer, code, words in (
                    (client.post(f"/jobs/{job}/retry"), "JobCompleted", "Cannot retry a completed job."),
                    (client.post(f"/jobs/{busy}/retry"), "JobActive", None),
                    (client.post("/jobs/999999/cancel"), "JobNotFound", "Job not found."),
                    (client.analyze(b"x", "a.torrent"), "InvalidTorrent", None),
                    (client.analyze(b"", "a.torrent"), "Invalid", "No torrent file provided."),
                    (client.analyze(b"x", "a.txt"), "InvalidTorrent", "Invalid file format. Only .torrent files are accepted."),
                    (client.post("/torrents/create-job", {"torrentFileId": 0, "selectedFilePaths": None, "storageProfileId": 1}), "TorrentNotFound", None),
                    (client.post("/storage/s3/configure", golden("s3-configure-request") | {"profileName": "ab"}), "ProfileNameTooShort", None),
                    (client.post("/storage/s3/configure", golden("s3-configure-request") | {"profileName": None}), "ValidationFailed",
                     "The ProfileName field is required.")):
                found, shown = rules.sentence(answer.json, answer.status)
                self.assertEqual(found, code, answer)
                self.assertTrue(shown and not re.search(r"status code|Exception|null", shown), shown)
                if words:
                    self.assertEqual(shown, words)

    def test_only_a_bad_token_is_401(self):
        """Any 401 logs the user out."""
        stranger = self.stranger()
        job, profile = self.job_id("FAILED", api=stranger, profile=self.profile_id(stranger)), self.profile_id(stranger)
        for client in self.each():
            for method, path in (("GET", f"/jobs/{job}"), ("POST", f"/jobs/{job}/retry"), ("GET", f"/jobs/{job}/timeline?pageNumber=1&pageSize=10"),
                                 ("GET", f"/storage/profiles/{profile}"), ("POST", f"/storage/profiles/{profile}/set-default")):
                self.assertEqual(client.request(method, path).status, 404, path)
            client.token += "x"
            self.assertEqual(client.get("/jobs?pageNumber=1&pageSize=10").status, 401)
