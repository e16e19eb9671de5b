"""Uploads without a download before them: jobs whose bytes are there already, each on a volume of its own, so that workers of its
own carry it and no other touches it; and what must be at the destination afterwards."""
import hashlib
import os
import secrets
import uuid

from drive_case import FOLDER, folders_of
from faulty import Faulty
from tc import MIB, RigCase, Torrent, wait_until

PART, LANES = 5 * MIB, 2  # least, so that little content has several parts
PROGRAMS = {"S3": "s3-worker", "DRIVE": "gdrive-worker"}
TITLES = {"S3": "S3", "DRIVE": "Google Drive"}
MOVING = ("PENDING_UPLOAD", "UPLOADING", "UPLOAD_RETRY")
JOBS = "torrentclou.jobs_id_seq"
SOURCE = "select set_config('torrentclou.source', '%s', true);"


class ReadyCase(RigCase):
    """The plan's upload workers rest, so that nobody but the tests' own looks after these jobs."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        rig = cls.rig
        cls.api = rig.api()
        for program in PROGRAMS.values():
            rig.platform.stop(program)
            cls.addClassCleanup(rig.platform.start, program)
        cls.addClassCleanup(rig.google.reset)
        rig.google.reset()
        cls.faulty = Faulty(rig)
        cls.addClassCleanup(cls.faulty.end)
        cls.bucket = rig.s3.make_bucket()
        cls.s3_profile = cls.api.s3_profile(cls.bucket, endpoint=cls.faulty.url)

    def content(self, name: str, files: dict[str, int]) -> Torrent:
        torrent = self.rig.make_torrent(name, files, seed=False)
        torrent.md5 = {path: hashlib.md5((torrent.content / path).read_bytes()).hexdigest() for path in torrent.files}
        return torrent

    def destination(self, who: str, token_life_s: int = 0) -> tuple[int, str]:
        """A profile, and the bucket or the account behind it. Always another account: what is made once for an account is made
        in each."""
        if who == "S3":
            return self.s3_profile, self.bucket
        if token_life_s:
            self.rig.google.order(token={"do": "life", "seconds": token_life_s})
        email = f"{uuid.uuid4().hex[:10]}@example.org"
        profile = self.rig.drive_profile(self.api, email)
        self.rig.google.order()
        return profile, email


class Upload:
    """One such job. `again` are the bytes that the destination got more than once, after check()."""

    wanted = "COMPLETED"

    def __init__(self, case: ReadyCase, who: str, torrent: Torrent, log: str, token_life_s: int = 0, **settings: str) -> None:
        self.case, self.rig, self.who, self.torrent, self.settings = case, case.rig, who, torrent, settings
        self.log = f"{log}-{who}".lower()
        self.folder, self.volume = self.rig.folder / "ready" / uuid.uuid4().hex[:12], secrets.token_hex(8)
        self.profile, self.place = case.destination(who, token_life_s)
        self.again = 0

    def make(self) -> None:
        """The rows that a finished download leaves, and the bytes."""
        files = ", ".join(
            f"(currval('{JOBS}'), {n}, {n}, '{path}', {size}, 'ready', {size}, '{self.torrent.md5[path]}', '{sha256}')"
            for n, (path, (size, sha256)) in enumerate(sorted(self.torrent.files.items())))
        answer = self.rig.platform.sql(f"""
            begin;
            {SOURCE % 'System'}
            with t as (insert into torrents (user_id, name, info_hash_v1, total_size, is_multi_file)
                select user_id, '{self.torrent.name}', '{secrets.token_hex(20).upper()}', {self.torrent.size}, true
                from storage_profiles where id = {self.profile} returning id, user_id)
            insert into jobs (user_id, torrent_id, storage_profile_id, status, total_bytes, bytes_downloaded, volume_id, local_state)
                select user_id, id, {self.profile}, 'QUEUED', {self.torrent.size}, {self.torrent.size}, '{self.volume}', 'present' from t;
            {SOURCE % 'Worker'} update jobs set status = 'DOWNLOADING' where id = currval('{JOBS}');
            {SOURCE % 'Worker'} update jobs set status = 'PENDING_UPLOAD' where id = currval('{JOBS}');
            insert into job_files (job_id, file_index, engine_index, path, size, state, bytes_downloaded, md5, sha256) values {files};
            insert into job_phases (job_id, phase, state, progress) values
                (currval('{JOBS}'), 'download', 'done', {self.torrent.size}), (currval('{JOBS}'), 'upload', 'idle', 0);
            commit;
            select currval('{JOBS}')""")
        self.job = int(answer[-1][0])
        local = self.folder / str(self.job) / self.torrent.name
        for path in self.torrent.files:
            (local / path).parent.mkdir(parents=True, exist_ok=True)
            os.link(self.torrent.content / path, local / path)
        (self.folder / ".volume-id").write_text(self.volume)

    def start(self, fault: str = ""):
        """A worker for it, which the caller ends."""
        return self.rig.platform.own(PROGRAMS[self.who], self.log, **{
            "TORRENT_DOWNLOAD_PATH": str(self.folder), "TC_FAULT": fault, "LEASE_MS": "15000", "HEARTBEAT_MS": "1000",
            "RECOVER_GRACE_MS": "0", "RECOVER_INTERVAL_MS": "200", "REQUEUE_AFTER_MS": "200", "S3_PART_BYTES": str(PART),
            "S3_SINGLE_PUT_BYTES": str(PART), "S3_LANES": str(LANES), "GDRIVE_LANES": str(LANES), "GDRIVE_STALL_MS": "20000",
            "S3_STALL_MS": "20000", "GOOGLE_TIMEOUT_MS": "15000", **self.settings})

    def state(self) -> tuple[str, int]:
        """The job's status, and how many of its uploads are not proven complete or gone."""
        status, still = self.rig.platform.sql(
            "select status, (select count(*) from upload_sessions s where s.job_id = j.id and s.state not in ('completed', "
            f"'aborted')) from jobs j where id = {self.job}")[0]
        return status, int(still)

    def grow_old(self) -> None:
        """A janitor waits for what may still be on its way to an upload that was given up. That it waits is not tested here."""
        self.rig.platform.sql(
            "update upload_sessions set created_at = created_at - interval '1 min', updated_at = updated_at - interval '1 min' "
            f"where job_id = {self.job} and state = 'aborting' and updated_at > now() - interval '15 s'")

    def finish(self, timeout: float = 120) -> None:
        """A worker carries it to its end, whatever happened before."""
        worker = self.start()

        def done() -> bool:
            status, still = self.state()
            if status not in (self.wanted, *MOVING):
                raise AssertionError(f"the job ended as {status}: see {self.log}.log")
            if worker.poll() is not None:
                raise AssertionError(f"the worker ended with {worker.returncode}: see {self.log}.log")
            if still and status == self.wanted:
                self.grow_old()
            return (status, still) == (self.wanted, 0)

        try:
            wait_until(f"the job is {self.wanted} and its journal closed", done, timeout, 0.15)
        finally:
            worker.kill()
            worker.wait()

    def keys(self) -> dict[str, tuple[int, str]]:
        return {self.torrent.key(self.job, path): v for path, v in self.torrent.files.items()}

    def check(self, sessions_left: int = 0) -> None:
        """The destination holds exactly the files, each once and byte for byte, and nothing is open; at Google so many sessions,
        whose address nobody ever learnt."""
        {"S3": self.check_s3, "DRIVE": self.check_drive}[self.who](sessions_left)

    def check_s3(self, _) -> None:
        self.rig.check_upload(self.place, self.torrent, self.job)
        received = self.case.faulty.state()["received"]
        self.again = sum(max(0, received.get(f"/{self.place}/{key}", 0) - size) for key, (size, _) in self.keys().items())

    def check_drive(self, sessions_left: int) -> None:
        self.check_nothing_open(sessions_left)
        state = self.rig.google.state()
        mine = [f for f in state["files"] if f["owner"] == self.place]
        files = sorted((f["path"], int(f["size"]), f["sha256Checksum"]) for f in mine if f["mimeType"] != FOLDER)
        wanted = sorted((key, size, digest) for key, (size, digest) in self.keys().items())
        if files != wanted:
            raise AssertionError(f"at Drive: {files}\nwanted: {wanted}")
        folders = sorted(f["path"] for f in mine if f["mimeType"] == FOLDER)
        if folders != folders_of(self.keys()):
            raise AssertionError(f"folders at Drive: {folders}")
        if state["complaints"]:
            raise AssertionError(f"Google complains: {state['complaints']}")
        self.again = sum(max(0, f["received"] - int(f["size"])) for f in mine if f["mimeType"] != FOLDER)

    def check_nothing_open(self, sessions_left: int = 0) -> None:
        if self.who == "S3":
            left = [u for u in self.rig.s3.uploads(self.place) if u[0].startswith(f"torrents/{self.job}/")]
        else:
            left = [s for s in self.rig.google.sessions(self.place) if s["state"] == "open"]
            empty = [s for s in left if not s["stored"]][:sessions_left]
            left = [s for s in left if s not in empty]
        if left:
            raise AssertionError(f"unfinished uploads: {left}")
