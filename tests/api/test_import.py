"""The data of the replaced product: taken over by the start of an instance whose database holds them, read through the API in the
shapes of the contract, and put to work: jobs go on and are repeated, to S3 and to Google Drive, with the old tokens and keys."""
import base64
import hashlib
import json
import pathlib
import shlex
import subprocess
import urllib.parse
import urllib.request
import uuid

import yaml

from api_case import ApiCase, golden
from schema import Schemas
from second import Second
from tc import MIB, PROJECT, Api, wait_until

FIXTURE = PROJECT / "tests/fixtures/replaced"
EMAIL, PASSWORD = "me@example.com", "the password of the environment"


def text(value) -> str:
    """As a literal of SQL."""
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


class Theirs:
    """A database of theirs with the jobs of this test beside those of the fixture, and the downloads folder that goes with it."""

    def __init__(self, rig) -> None:
        self.rig, self.sql, self.files, self.ids = rig, [], {}, iter(range(31, 100))

    def add(self, table: str, **columns) -> int:
        row = {"Id": next(self.ids), "CreatedAt": "2026-02-05 09:00+00", **columns}
        names = ", ".join(f'"{name}"' for name in row)
        self.sql.append(f'insert into dev."{table}" ({names}) values ({", ".join(text(v) for v in row.values())})')
        return row["Id"]

    def torrent(self, torrent) -> int:
        path = f"torrents/{torrent.infohash.upper()}.torrent"
        self.files[path] = torrent.metainfo
        return self.add("RequestedFiles", FileName=torrent.name, FileSize=torrent.size, Files="{}", InfoHash=torrent.infohash.upper(),
                        FileType="Torrent", UploadedByUserId=1, DirectUrl=f"/app/downloads/{path}")

    def job(self, torrent, profile: int, status: str, **columns) -> int:
        return self.add("UserJobs", UserId=1, StorageProfileId=profile, Status=status, Type="Torrent", RequestFileId=self.torrent(torrent),
                        BytesDownloaded=0, TotalBytes=torrent.size, **columns)

    def write(self, downloads: pathlib.Path) -> None:
        for path, data in self.files.items():
            target = downloads / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


class Import(ApiCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        rig = cls.rig
        env = rig.platform.environment("api-edge")
        cls.other = Second(cls, rig, ADMIN_EMAIL=EMAIL.upper(), ADMIN_PASSWORD=PASSWORD, LEASE_MS=2000, HEARTBEAT_MS=400,
                           RECOVER_INTERVAL_MS=500, RECOVER_GRACE_MS=1500, REQUEUE_AFTER_MS=1500, RETRY_DELAYS_MS="1000,2000,3000",
                           TORRENT_UTP="false", TORRENT_SAME_IP_PEERS="true", WAIT_PROBE_MS=500, S3_PART_BYTES=5 * MIB,
                           S3_SINGLE_PUT_BYTES=5 * MIB, DISK_FLOOR_BYTES=MIB,
                           **{k: v for k, v in env.items() if k.startswith("GOOGLE_")})
        cls.theirs = Theirs(rig)
        cls.make_theirs()
        cls.up(IMPORT_REPLACED="false")
        # As the replaced product leaves a volume: its tables, its folders, nothing of ours.
        cls.psql("set role torrenclo_user;" + (FIXTURE / "schema.sql").read_text() + (FIXTURE / "rows.sql").read_text() +
                 ";\n".join(cls.theirs.sql))
        cls.before = cls.fingerprint()
        assert cls.other.run("platform.sh", "down").returncode == 0
        downloads = cls.other.var / "downloads"
        (downloads / ".volume-id").unlink()
        cls.theirs.write(downloads)
        cls.up()
        cls.log = (cls.other.var / "log/migrate.log").read_text()
        cls.mine = Api(rig, f"http://127.0.0.1:{cls.other.api}")
        cls.mine.login(EMAIL, PASSWORD)

    @classmethod
    def up(cls, **changed) -> None:
        done = cls.other.run("platform.sh", "up", **changed)
        assert done.returncode == 0, done.stdout + done.stderr

    @classmethod
    def psql(cls, sql: str, database: str = "torrenclo") -> str:
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", cls.other.socket(), "-U", "postgres", database],
                              input=sql, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @classmethod
    def fingerprint(cls) -> str:
        return cls.psql("select md5(string_agg(x, '' order by x)) from (" + " union all ".join(
            f'select md5(t::text) x from dev."{table}" t' for table in (
                "Users", "UserOAuthCredentials", "UserStorageProfiles", "RequestedFiles", "UserJobs", "JobStatusHistories",
                "S3SyncProgresses")) + ") q")

    @classmethod
    def refresh_token(cls, client: dict, email: str) -> str:
        """What a person's consent in the replaced product has left."""
        verifier = uuid.uuid4().hex * 2
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        redirect = client["redirectUris"][0]
        back = cls.rig.google.consent(cls.rig["GOOGLE_URL"] + "/o/oauth2/v2/auth?" + urllib.parse.urlencode({
            "client_id": client["id"], "redirect_uri": redirect, "response_type": "code", "access_type": "offline",
            "scope": "https://www.googleapis.com/auth/drive.file", "state": uuid.uuid4().hex, "code_challenge": challenge,
            "code_challenge_method": "S256", "prompt": "consent", "login_hint": email}))
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
        body = urllib.parse.urlencode({"code": code, "client_id": client["id"], "client_secret": client["secret"],
                                       "redirect_uri": redirect, "grant_type": "authorization_code", "code_verifier": verifier})
        with urllib.request.urlopen(cls.rig["GOOGLE_URL"] + "/token", body.encode(), timeout=30) as r:
            return json.load(r)["refresh_token"]

    @classmethod
    def make_theirs(cls) -> None:
        rig, theirs = cls.rig, cls.theirs
        cls.bucket, cls.account = rig.s3.make_bucket(), f"{uuid.uuid4().hex[:10]}@example.org"
        client = rig.google.client("http://h/api/storage/gdrive/callback")
        s3 = theirs.add("UserStorageProfiles", UserId=1, ProfileName="Real bucket", ProviderType="S3", IsDefault=False, IsActive=True,
                        CredentialsJson=json.dumps({"endpoint": rig["S3_ENDPOINT"], "accessKey": rig["S3_KEY"],
                                                    "secretKey": rig["S3_SECRET"], "bucketName": cls.bucket, "region": "us-east-1"}))
        credential = theirs.add("UserOAuthCredentials", UserId=1, Name="Real client", ClientId=client["id"], ClientSecret=client["secret"],
                                RedirectUri=client["redirectUris"][0])
        drive = theirs.add("UserStorageProfiles", UserId=1, ProfileName="Real Drive", ProviderType="GoogleDrive", Email=cls.account,
                           IsDefault=False, IsActive=True, OAuthCredentialId=credential, CredentialsJson=json.dumps({
                               "access_token": "of long ago", "refresh_token": cls.refresh_token(client, cls.account),
                               "expires_at": "2026-02-18T18:37:25.1234567Z"}))
        cls.s3, cls.drive = s3, drive
        cls.failed = rig.make_torrent("failed", {"a.bin": 6 * MIB, "Sub/b.txt": 500, "Sub/c.txt": 5})
        cls.failed_job = theirs.job(cls.failed, s3, "FAILED", SelectedFilePaths="{A.BIN,sub}", ErrorMessage="Torrent stopped unexpectedly")
        cls.to_drive = rig.make_torrent("to Drive", {"a.bin": 3 * MIB, "Sub/b.txt": 500})
        cls.drive_job = theirs.job(cls.to_drive, drive, "UPLOAD_FAILED", ErrorMessage="Failed to upload 1 of 2 files.")
        # Nobody seeds this one: only the bytes that are there already can be uploaded.
        cls.there = rig.make_torrent("there already", {"a.bin": 11 * MIB, "b/c.bin": 5}, seed=False)
        cls.there_job = theirs.job(cls.there, s3, "UPLOADING", CurrentState="Uploading: 50.0%")
        for path in cls.there.files:
            theirs.files[f"{cls.there_job}/{cls.there.name}/{path}"] = (cls.there.content / path).read_bytes()
        theirs.files[f"{cls.there_job}/dht_nodes.cache"] = b"x"
        # The upload that the replaced product has left open in the bucket.
        key = cls.there.key(cls.there_job, "a.bin")
        upload = rig.s3.client.create_multipart_upload(Bucket=cls.bucket, Key=key)["UploadId"]
        theirs.add("S3SyncProgresses", JobId=cls.there_job, LocalFilePath="/app/downloads/a.bin", S3Key=key, UploadId=upload,
                   PartSize=10 * MIB, TotalParts=2, PartsCompleted=0, BytesUploaded=0, TotalBytes=11 * MIB, Status="InProgress")
        # And the object that it has sent completely, of another job.
        cls.sent = rig.make_torrent("sent in part", {"a.bin": 2 * MIB, "b.bin": MIB})
        cls.sent_job = theirs.job(cls.sent, s3, "UPLOAD_FAILED")
        cls.sent_key = cls.sent.key(cls.sent_job, "a.bin")
        rig.s3.client.put_object(Bucket=cls.bucket, Key=cls.sent_key, Body=(cls.sent.content / "a.bin").read_bytes())

    def pages(self, path: str) -> list[dict]:
        out = []
        for page in range(1, 100):
            answer = self.mine.must("GET", f"{path}?pageNumber={page}&pageSize=100")
            out += answer["items"]
            if len(out) >= answer["totalCount"]:
                return out

    def test_lists_have_the_shapes_of_the_contract(self):
        document = yaml.safe_load((PROJECT / "docs/openapi.yaml").read_text())
        schemas, kinds = Schemas(document), document["components"]["schemas"]

        def described(body, kind: str):
            self.assertEqual(schemas.errors(body, kinds[kind]), [], body)
            return body

        page = self.mine.must("GET", "/api/jobs?pageSize=100")
        self.assertEqual(set(page), set(golden("jobs-page")))
        self.assertEqual(page["totalCount"], 20)
        self.assertLessEqual({"COMPLETED", "FAILED", "CANCELLED", "TORRENT_FAILED", "UPLOAD_FAILED", "GOOGLE_DRIVE_FAILED"},
                             {j["status"] for j in page["items"]})
        self.assert_shape(described(self.mine.must("GET", "/api/jobs/statistics"), "Statistics"), golden("statistics"))
        profiles = self.mine.must("GET", "/api/storage/profiles")
        self.assert_shape(profiles, golden("profiles"))
        self.assertEqual([p["profileName"] for p in profiles if p["isDefault"]], ["Bucket"])
        self.assertLessEqual({"Bucket", "Drive", "Old casing", "Real bucket", "Real Drive"}, {p["profileName"] for p in profiles})
        for p in profiles:
            described(p, "Profile")
            described(self.mine.must("GET", f"/api/storage/profiles/{p['id']}"), "ProfileDetail")
        for credential in self.mine.must("GET", "/api/storage/gdrive/credentials"):
            described(credential, "Credential")
        for job in page["items"]:
            self.assertEqual(described(job, "Job")["timeline"], [])
            described(self.mine.job(job["id"]), "JobDetail")
            described(self.mine.must("GET", f"/api/jobs/{job['id']}/manifest"), "Manifest")
            for event in self.mine.must("GET", f"/api/jobs/{job['id']}/timeline?pageSize=100")["items"]:
                described(event, "Change")
        one = self.mine.job(1)
        self.assertEqual((one["status"], one["uploadProgressPercentage"], one["errorMessage"], one["completedAt"]),
                         ("COMPLETED", 100, None, "2026-02-05T11:00:00Z"))
        self.assertEqual([e["toStatus"] for e in one["timeline"]], ["QUEUED", "DOWNLOADING", "PENDING_UPLOAD", "UPLOADING", "COMPLETED"])
        self.assertEqual(len(self.pages("/api/jobs/7/timeline")), 450)

    def test_the_log_tells_all_of_it(self):
        lines = [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        taken = {line["Table"]: (line["Found"], line["Taken"]) for line in lines if line["Message"] == "taken over from the replaced product"}
        self.assertEqual(taken["UserJobs"], (24, 20))
        left = {(line["Table"], line["Row"]) for line in lines if line["Message"] == "a row was not taken over"}
        self.assertLessEqual({("UserJobs", n) for n in (14, 15, 18, 19)} | {("UserStorageProfiles", 7)}, left)
        self.assertEqual({line["Email"] for line in lines if "no password" in line["Message"]},
                         {"user-3@replaced.invalid", "user-7@replaced.invalid"})
        self.assertNotIn("the secret key", self.log)
        # A second start finds it done, and their tables are as they were.
        self.assertEqual(self.other.run("platform.sh", "pause").returncode, 0)
        self.assertEqual(self.other.run("platform.sh", "resume").returncode, 0)
        again = (self.other.var / "log/migrate.log").read_text()
        self.assertEqual(again.count("taken over from the replaced product"), self.log.count("taken over from the replaced product"))
        self.assertEqual(self.fingerprint(), self.before)

    def test_a_failed_job_is_repeated(self):
        self.assertEqual(self.mine.job(self.failed_job)["errorMessage"], "Torrent stopped unexpectedly")
        self.mine.must("POST", f"/api/jobs/{self.failed_job}/retry")
        done = self.mine.wait_job(self.failed_job, "COMPLETED")
        self.rig.check_upload(self.bucket, self.failed, self.failed_job)
        self.assertEqual({f["state"] for f in done["files"]}, {"done"})

    def test_an_upload_to_drive_is_repeated(self):
        self.mine.must("POST", f"/api/jobs/{self.drive_job}/retry")
        self.mine.wait_job(self.drive_job, "COMPLETED")
        sent = {(int(f["size"]), f["sha256Checksum"]) for f in self.rig.google.files(self.account) if "sha256Checksum" in f and f.get("size")}
        self.assertEqual(sent, set(self.to_drive.files.values()))

    def test_bytes_on_the_volume_are_used(self):
        done = self.mine.wait_job(self.there_job, "COMPLETED")
        steps = [(e["toStatus"], e["source"]) for e in done["timeline"]]
        self.assertEqual(steps[0], ("QUEUED", "Recovery"))
        self.assertEqual(json.loads(done["timeline"][0]["metadataJson"]), {"takenOver": True})
        self.assertFalse((self.other.var / f"downloads/replaced/{self.there_job}").exists())
        # The janitor aborts what the replaced product has left open; then all is as after a job of ours.
        wait_until("their multipart upload is gone", lambda: not self.rig.s3.uploads(self.bucket), 90, 0.5)
        self.rig.check_upload(self.bucket, self.there, self.there_job)

    def test_what_they_have_sent_is_not_overwritten(self):
        self.mine.must("POST", f"/api/jobs/{self.sent_job}/retry")
        job = self.mine.wait_job(self.sent_job, "UPLOAD_FAILED")
        self.assertIn(self.sent_key, job["errorMessage"])
        self.rig.s3.client.delete_object(Bucket=self.bucket, Key=self.sent_key)
        self.mine.must("POST", f"/api/jobs/{self.sent_job}/retry")
        self.mine.wait_job(self.sent_job, "COMPLETED")
        self.rig.check_upload(self.bucket, self.sent, self.sent_job)

    def test_a_job_without_its_torrent_says_so(self):
        job = self.mine.job(6)
        self.assertEqual((job["status"], job["files"]), ("FAILED", []))
        self.assertIn("Add the torrent again", job["errorMessage"])
        self.mine.must("POST", "/api/jobs/6/retry")
        self.assertIn("None of this job's files is known", self.mine.wait_job(6, "TORRENT_FAILED")["errorMessage"])

    def test_by_hand_from_another_database(self):
        """Into an instance that has its admin already; first only told."""
        lines = (self.other.var / "etc/env/migrate").read_text().splitlines()
        url = next(shlex.split(line)[1].partition("=")[2] for line in lines if line.startswith("export DATABASE_URL="))
        done = self.other.run("platform.sh", "admin", "import", "--dry-run")
        self.assertEqual((done.returncode, "already" in done.stderr), (78, True), done.stdout + done.stderr)
        third = Second(self, self.rig, ADMIN_EMAIL=EMAIL, ADMIN_PASSWORD=PASSWORD)
        done = third.run("platform.sh", "up")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = third.run("platform.sh", "admin", "import")
        self.assertEqual((done.returncode, "no tables" in done.stderr), (78, True), done.stdout + done.stderr)
        api = Api(self.rig, f"http://127.0.0.1:{third.api}")
        api.login(EMAIL, PASSWORD)
        # Without the volume that belongs to it nothing could be repeated.
        done = third.run("platform.sh", "admin", "import", "--from", url)
        self.assertEqual((done.returncode, "Mount its downloads volume" in done.stderr), (78, True), done.stdout + done.stderr)
        (third.var / "downloads/torrents").mkdir()
        for arguments, jobs in ((["--dry-run"], 0), ([], 20)):
            done = third.run("platform.sh", "admin", "import", "--from", url, *arguments)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertRegex(done.stdout, r"UserJobs +24 +20")
            self.assertIn("left out UserJobs 14: StorageProfileId", done.stdout)
            self.assertEqual(api.must("GET", "/api/jobs?pageSize=1")["totalCount"], jobs)
        self.assertEqual(third.run("platform.sh", "admin", "import", "--from", url).returncode, 78)
        self.assertEqual(third.run("platform.sh", "admin", "import", "--from", "no url").returncode, 64)
