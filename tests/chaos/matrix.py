"""What the kill matrix is made of: the fault points, jobs whose bytes are there already, and the way of one row.

A row is a point (lib/base/fault_points.h) and a provider: an upload runs in a worker of the row's own, which dies by SIGKILL where
it passes the point; the worker is started again without the order, and then everything must be as if nothing had happened.
"""
import json
import os
import pathlib
import re
import secrets
import time
import typing
import uuid

from drive_case import AGAIN_MOST, FOLDER, folders_of
from tc import MIB, PROJECT, Rig, Torrent, wait_until

PART, LANES = 5 * MIB, 2  # as the rig has them
SHAPE = {"large.bin": 16 * MIB, "a/small.txt": 1000, "a/b/empty": 0}
PROGRAMS = {"S3": "s3-worker", "DRIVE": "gdrive-worker"}
TITLES = {"S3": "S3", "DRIVE": "Google Drive"}
INSIDE = "body.sent:20"  # 5 MiB of the large file are on their way
# How an earlier worker has died, by the way to a point.
BEFORE = {
    "RUN": {}, "TOKEN": {}, "DAMAGE": {},
    "RESUME": {"S3": "journal.part.commit.after", "DRIVE": INSIDE},
    "CANCEL": {"S3": "journal.part.commit.after", "DRIVE": INSIDE},
    "SENT": {"S3": "s3.put.after"},
    "LOST": {"S3": "s3.create.after"},
}
# Ways that workers of other rows would walk too (a janitor looks after every job), or that a fault of the whole server is for.
ALONE = {"CANCEL", "DAMAGE"}
# Only Google knows the address of a session that was never stored; no byte was sent there, and it ends by itself after a
# week. Lanes are side by side: whatever one dies of, the other may have opened one just then.
MAY_LEAVE_A_SESSION = {"RUN", "TOKEN"}


class Point(typing.NamedTuple):
    who: str
    way: str
    name: str
    what: str


def points() -> list[Point]:
    """The table, in its order."""
    text = (PROJECT / "lib/base/fault_points.h").read_text()
    return [Point(*row) for row in re.findall(r'^FAULT_POINT\((\w+), (\w+), "([^"]+)", "([^"]+)"\)', text, re.M)]


def rows() -> list[tuple[str, Point]]:
    return [(who, point) for point in points() for who in PROGRAMS if point.who in (who, "BOTH")]


class Row:
    """One upload that is killed. What is asserted, is asserted in check()."""

    def __init__(self, matrix, who: str, point: Point, n: int = 1) -> None:
        self.rig: Rig = matrix.rig
        self.matrix, self.who, self.point = matrix, who, point
        self.spec = INSIDE if point.name == "body.sent" and n == 1 else f"{point.name}:{n}"
        self.program = PROGRAMS[who]
        self.log = f"matrix-{who}-{self.spec.replace(':', '-')}".lower()
        self.torrent: Torrent = matrix.torrent
        self.folder = self.rig.folder / "matrix" / uuid.uuid4().hex[:12]
        self.profile, self.place = matrix.destination(who, point)
        self.again = 0

    # A job that has been downloaded.

    def make_job(self) -> None:
        """The rows that a finished download leaves, and the bytes, on a volume of the row's own: no other worker takes the job."""
        volume = secrets.token_hex(8)
        files = ", ".join(
            f"(currval('{JOBS}'), {n}, {n}, '{path}', {size}, 'ready', {size}, '{self.matrix.md5[path]}', '{sha256}')"
            for n, (path, (size, sha256)) in enumerate(sorted(self.torrent.files.items())))
        answer = self.rig.platform.sql(f"""
            {SOURCE % 'System'}
            with t as (insert into torrents (user_id, name, info_hash_v1, total_size, is_multi_file)
                select user_id, '{self.torrent.name}', '{secrets.token_hex(20).upper()}', {self.torrent.size}, true
                from storage_profiles where id = {self.profile} returning id, user_id)
            insert into jobs (user_id, torrent_id, storage_profile_id, status, total_bytes, bytes_downloaded, volume_id, local_state)
                select user_id, id, {self.profile}, 'QUEUED', {self.torrent.size}, {self.torrent.size}, '{volume}', 'present' from t;
            {SOURCE % 'Worker'} update jobs set status = 'DOWNLOADING' where id = currval('{JOBS}');
            {SOURCE % 'Worker'} update jobs set status = 'PENDING_UPLOAD' where id = currval('{JOBS}');
            insert into job_files (job_id, file_index, engine_index, path, size, state, bytes_downloaded, md5, sha256) values {files};
            insert into job_phases (job_id, phase, state, progress) values
                (currval('{JOBS}'), 'download', 'done', {self.torrent.size}), (currval('{JOBS}'), 'upload', 'idle', 0);
            select currval('{JOBS}')""")
        self.job = int(answer[-1][0])
        local = self.folder / str(self.job) / self.torrent.name
        for path in self.torrent.files:
            (local / path).parent.mkdir(parents=True, exist_ok=True)
            os.link(self.torrent.content / path, local / path)
        (self.folder / ".volume-id").write_text(volume)

    # Workers.

    def start(self, fault: str = ""):
        return self.rig.platform.own(
            self.program, self.log, TORRENT_DOWNLOAD_PATH=str(self.folder), TC_FAULT=fault, LEASE_MS="15000", HEARTBEAT_MS="1000",
            RECOVER_GRACE_MS="0", RECOVER_INTERVAL_MS="200", REQUEUE_AFTER_MS="200", S3_PART_BYTES=str(PART),
            S3_SINGLE_PUT_BYTES=str(PART), S3_LANES=str(LANES), GDRIVE_LANES=str(LANES), GDRIVE_STALL_MS="20000", S3_STALL_MS="20000",
            GOOGLE_TIMEOUT_MS="15000")

    def state(self) -> tuple[str, int]:
        """The job's status, and how many of its uploads the journal holds open."""
        status, still = self.rig.platform.sql(
            "select status, (select count(*) from upload_sessions s where s.job_id = j.id and s.state in ('init', 'open')) "
            f"from jobs j where id = {self.job}")[0]
        return status, int(still)

    def die(self, fault: str) -> None:
        """A worker that dies there. That no run reaches a point, is a mistake of the table or of the test."""
        worker = self.start(fault)
        try:
            end = time.monotonic() + 90
            over = None
            while worker.poll() is None:
                time.sleep(0.05)
                now = time.monotonic()
                if over is None and int(now * 20) % 20 == 0 and self.over():
                    over = now
                if now > end or over and now > over + 4:
                    raise AssertionError(f"{fault} was not passed; the job is {self.state()}")
        finally:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        if worker.returncode != -9:
            raise AssertionError(f"the worker ended with {worker.returncode}, not by {fault}: see {self.log}.log")
        # What a dead worker holds is taken over when its lease runs out. That it does, is not what is tested here.
        self.rig.platform.sql(f"update job_phases set lease_until = now() where job_id = {self.job} and state = 'active'")

    def over(self) -> bool:
        status, still = self.state()
        return status not in ("PENDING_UPLOAD", "UPLOADING", "UPLOAD_RETRY") and not still

    def finish(self) -> None:
        wanted = "CANCELLED" if self.point.way == "CANCEL" else "COMPLETED"
        worker = self.start()

        def done() -> bool:
            status, still = self.state()
            if status not in (wanted, "PENDING_UPLOAD", "UPLOADING", "UPLOAD_RETRY"):
                raise AssertionError(f"the job ended as {status}: see {self.log}.log")
            if worker.poll() is not None:
                raise AssertionError(f"the worker ended with {worker.returncode}: see {self.log}.log")
            return (status, still) == (wanted, 0)

        try:
            wait_until(f"the job is {wanted} and its journal closed", done, 120, 0.15)
        finally:
            worker.kill()
            worker.wait()

    def run(self) -> dict:
        """The whole row. Its line of the table."""
        self.make_job()
        if earlier := BEFORE[self.point.way].get(self.who):
            self.die(earlier)
        if self.point.way == "CANCEL":
            self.matrix.api.must("POST", f"/api/jobs/{self.job}/cancel")
        if self.point.way == "DAMAGE":
            self.matrix.damage(self.who)
        self.die(self.spec)
        self.finish()
        {"S3": self.check_s3, "DRIVE": self.check_drive}[self.who]()
        return {"point": self.point.name, "provider": TITLES[self.who], "way": self.point.way, "what": self.point.what,
                "passing": int(self.spec.partition(":")[2]), "sentAgain": self.again}

    # What must be so afterwards.

    def wanted(self) -> dict[str, tuple[int, str]]:
        return {self.torrent.key(self.job, path): v for path, v in self.torrent.files.items()}

    def check_again(self, most: int) -> None:
        if self.point.way == "DAMAGE":  # the file is sent once more, on purpose
            most += SHAPE["large.bin"]
        if self.again > most:
            raise AssertionError(f"{self.again} bytes were sent again, more than {most}")

    def check_cancelled(self) -> None:
        told = self.rig.platform.sql(
            f"select count(*) from job_status_history where job_id = {self.job} and (metadata->>'abortedUploads')::int > 0")[0][0]
        if told == "0":
            raise AssertionError("the timeline does not tell that an upload was ended at the destination")

    def check_s3(self) -> None:
        if self.point.way == "CANCEL":
            left = [u for u in self.rig.s3.uploads(self.place) if u[0].startswith(f"torrents/{self.job}/")]
            if left:
                raise AssertionError(f"unfinished multipart uploads: {left}")
            return self.check_cancelled()
        self.rig.check_upload(self.place, self.torrent, self.job)
        received = self.matrix.received()
        self.again = sum(max(0, received.get(f"/{self.place}/{key}", 0) - size) for key, (size, _) in self.wanted().items())
        return self.check_again(PART * LANES)

    def check_drive(self) -> None:
        state = self.rig.google.state()
        mine = [f for f in state["files"] if f["owner"] == self.place]
        left = [s for s in state["sessions"] if s["owner"] == self.place and s["state"] == "open"]
        if len(left) > (self.point.way in MAY_LEAVE_A_SESSION) or any(s["stored"] for s in left):
            raise AssertionError(f"open sessions: {left}")
        if state["complaints"]:
            raise AssertionError(f"Google complains: {state['complaints']}")
        if self.point.way == "CANCEL":
            return self.check_cancelled()
        files = sorted((f["path"], int(f["size"]), f["sha256Checksum"]) for f in mine if f["mimeType"] != FOLDER)
        wanted = sorted((key, size, digest) for key, (size, digest) in self.wanted().items())
        if files != wanted:
            raise AssertionError(f"at Drive: {files}\nwanted: {wanted}")
        folders = sorted(f["path"] for f in mine if f["mimeType"] == FOLDER)
        if folders != folders_of(self.wanted()):
            raise AssertionError(f"folders at Drive: {folders}")
        self.again = sum(max(0, f["received"] - int(f["size"])) for f in mine if f["mimeType"] != FOLDER)
        return self.check_again(AGAIN_MOST)


JOBS = "torrentclou.jobs_id_seq"
SOURCE = "select set_config('torrentclou.source', '%s', true);"


def write_table(lines: list[dict], path: pathlib.Path = PROJECT / "build/reliability.json") -> None:
    """For scripts/reliability.py."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"at": time.strftime("%Y-%m-%d", time.gmtime()), "rows": lines}, indent=1) + "\n")
