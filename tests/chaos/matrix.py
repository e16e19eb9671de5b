"""A row of the kill matrix is a point (lib/base/fault_points.h) and a provider: an upload runs in a worker of the row's own, which
dies by SIGKILL where it passes the point; the worker is started again without the order, and then all must be as if nothing had
happened."""
import json
import os
import pathlib
import re
import time
import typing

from drive_case import AGAIN_MOST
from ready import LANES, MOVING, PART, PROGRAMS, TITLES, ReadyCase, Upload
from tc import MIB, PROJECT, Torrent

SHAPE = {"large.bin": 16 * MIB, "a/small.txt": 1000, "a/b/empty": 0}
INSIDE = "body.sent:20"  # 5 MiB of the large file are on their way
# How an earlier worker has died, by the way to a point.
BEFORE = {
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


def all_points() -> list[tuple[str, Point]]:
    """By provider."""
    wanted = os.environ.get("POINTS", "")  # to look at a few: a beginning of their names
    return [(who, p) for p in points() for who in PROGRAMS if p.who in (who, "BOTH") and p.name.startswith(wanted)]


class Row(Upload):
    def __init__(self, case: ReadyCase, torrent: Torrent, who: str, point: Point, n: int = 1, must: bool = True) -> None:
        """n: the passing at which it dies. must: that no run gets there is a failure."""
        self.spec = INSIDE if point.name == "body.sent" and n == 1 else f"{point.name}:{n}"
        # So short a life of a token is nearly over from its beginning.
        super().__init__(case, who, torrent, f"matrix-{self.spec.replace(':', '-')}", 60 if point.way == "TOKEN" else 0)
        self.point, self.must = point, must
        self.wanted = "CANCELLED" if point.way == "CANCEL" else "COMPLETED"

    def over(self) -> bool:
        status, still = self.state()
        return status not in MOVING and not still

    def die(self, fault: str, must: bool = True) -> bool:
        """A worker that dies there; False: the job was over before."""
        worker = self.start(fault)
        try:
            end, look, over = time.monotonic() + 90, 0.0, 0.0
            while worker.poll() is None:
                time.sleep(0.05)
                now = time.monotonic()
                if now > look + 1:
                    over, look = over or self.over() and now, now
                if now > end or over and now > over + 3:  # some points lie behind the end of the job
                    break
        finally:
            reached = worker.poll() is not None
            worker.kill()
            worker.wait()
        if reached and worker.returncode != -9:
            raise AssertionError(f"the worker ended with {worker.returncode}, not by {fault}: see {self.log}.log")
        if must and not reached or not reached and not over:
            raise AssertionError(f"{fault} was not passed; the job is {self.state()}")
        # What a dead worker holds is taken over when its lease runs out. That it does is not what is tested here.
        self.rig.platform.sql(f"update job_phases set lease_until = now() where job_id = {self.job} and state = 'active'")
        return reached

    def run(self) -> dict:
        """The whole row; its line of the table."""
        self.make()
        if earlier := BEFORE.get(self.point.way):
            self.die(earlier[self.who])
        if self.point.way == "CANCEL":
            self.case.api.must("POST", f"/api/jobs/{self.job}/cancel")
        if self.point.way == "DAMAGE":
            self.case.damage(self.who)
        died = self.die(self.spec, self.must)
        self.finish()
        if self.point.way == "CANCEL":
            self.check_cancelled()
        else:
            self.check(self.point.way in MAY_LEAVE_A_SESSION)
            self.check_again()
        return {"point": self.point.name, "provider": TITLES[self.who], "way": self.point.way, "what": self.point.what,
                "passing": int(self.spec.partition(":")[2]), "died": died, "sentAgain": self.again}

    def check_again(self) -> None:
        most = {"S3": PART * LANES, "DRIVE": AGAIN_MOST}[self.who]
        if self.point.way == "DAMAGE":  # the file is sent once more, on purpose
            most += SHAPE["large.bin"]
        if self.again > most:
            raise AssertionError(f"{self.again} bytes were sent again, more than {most}")

    def check_cancelled(self) -> None:
        self.check_nothing_open()
        told = self.rig.platform.sql(
            f"select count(*) from job_status_history where job_id = {self.job} and (metadata->>'abortedUploads')::int > 0")[0][0]
        if told == "0":
            raise AssertionError("the timeline does not tell that an upload was ended at the destination")


def write_table(lines: list[dict], path: pathlib.Path = PROJECT / "build/reliability.json") -> None:
    """For scripts/reliability.py."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"at": time.strftime("%Y-%m-%d", time.gmtime()), "rows": lines}, indent=1) + "\n")
