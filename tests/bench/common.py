"""What the benchmarks share: content of a gigabyte without holding it in memory, a seeder, figures of processes.
Run by scripts/bench.sh against a rig with the settings of production."""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
from datetime import datetime

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "rig"))

import bencode  # noqa: E402
from tc import MIB, Rig, wait_until  # noqa: E402

SIZE = int(os.environ.get("BENCH_MIB", "1024")) * MIB
PAIRS = int(os.environ.get("BENCH_PAIRS", "5"))
SCALE = float(os.environ.get("BENCH_SCALE", "1"))  # of the uploads: how much of their full numbers
PIECE = MIB
TICK = os.sysconf("SC_CLK_TCK")


class Content:
    """Random bytes in `count` files of the same size, and a torrent of them. What Rig.make_torrent does, in a stream."""

    def __init__(self, rig: Rig, name: str, count: int, size: int = 0) -> None:
        """size: of each file; 0: SIZE in all."""
        self.name, self.count, self.folder = name, count, rig.folder / "content" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        one = size or SIZE // count
        fold = 10 if count <= 1000 else 100
        paths = [[name]] if count == 1 else [[name, f"{i // fold:02}", f"file-{i:03}.bin"] for i in range(count)]
        pieces, rest = [], b""
        for path in paths:
            target = self.folder.joinpath(*path)
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as f:
                left = one
                while left:
                    block = os.urandom(min(left, PIECE))
                    left -= len(block)
                    f.write(block)
                    rest += block
                    if len(rest) >= PIECE:
                        pieces.append(hashlib.sha1(rest[:PIECE]).digest())
                        rest = rest[PIECE:]
        if rest:
            pieces.append(hashlib.sha1(rest).digest())
        info: dict = {"name": name, "piece length": PIECE, "pieces": b"".join(pieces)}
        if count == 1:
            info["length"] = one
        else:
            info["files"] = [{"length": one, "path": path[1:]} for path in paths]
        self.size = one * count
        self.infohash = bencode.info_hash(info)
        self.metainfo = bencode.encode({"announce": rig["TRACKER_HTTP"], "info": info})
        self.path = self.folder / "it.torrent"
        self.path.write_bytes(self.metainfo)
        rig.track(self.infohash)


@contextlib.contextmanager
def seeding(rig: Rig, content: Content, rate: int = 0):
    """A libtorrent seeder with a slot for everybody, so that no client waits for its turn to be unchoked. rate: bytes
    per second at most; 0: no limit."""
    with subprocess.Popen(["/usr/bin/python3", str(HERE / "seeder.py"), str(content.path), str(content.folder), str(rate)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as seeder:
        try:
            if seeder.stdout.readline() != "seeding\n":
                raise SystemExit("the seeder did not start")
            yield seeder
        finally:
            seeder.terminate()


def children(pid: int) -> list[int]:
    """pid and everything below it."""
    found = [pid]
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += children(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of the process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def proc_kib(pid: int, file: str, name: str) -> int:
    for line in pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(f"{name} in /proc/{pid}/{file}")


def log_time(rig: Rig, program: str, message: str, job: int) -> float:
    """When the daemon wrote this line about this job, in seconds since the epoch."""
    def probe():
        for line in reversed(rig.platform.log(program).splitlines()):
            if f'"{message}"' in line:
                row = json.loads(line)
                if row.get("JobId") == job:
                    return datetime.fromisoformat(row["time"].replace("Z", "+00:00")).timestamp()
        return None

    return wait_until(f'"{message}" of job {job} in the log of {program}', probe, 600, 0.1)


class Table:
    """Rows of figures per contestant, one a round; printed at once, with the medians at the end."""

    def __init__(self, title: str, columns: list[str]) -> None:
        self.columns, self.rows = columns, {}
        print(f"\n{title}\n{'':24}" + "".join(f"{c:>12}" for c in columns), flush=True)

    def add(self, name: str, *values: float) -> None:
        self.rows.setdefault(name, []).append(values)
        self._line(name, values)

    @staticmethod
    def _line(name: str, values) -> None:
        print(f"{name:24}" + "".join(f"{v:12.2f}" for v in values), flush=True)

    def median(self, name: str, column: str) -> float:
        return statistics.median(row[self.columns.index(column)] for row in self.rows[name])

    def medians(self) -> None:
        print("medians")
        for name in self.rows:
            self._line(f"  {name}", [self.median(name, c) for c in self.columns])


missed = []


def verdict(what: str, value: float, limit: float, at_least: bool = False) -> None:
    ok = value >= limit if at_least else value <= limit
    if not ok:
        missed.append(what)
    print(f"{'ok    ' if ok else 'MISSED'} {what}: {value:.2f} (target {'at least' if at_least else 'at most'} {limit:g})",
          flush=True)


def finish() -> None:
    sys.exit(1 if missed else 0)


def clean(path: pathlib.Path) -> None:
    """Gone from the disk too: what one round leaves to be written back must not slow the next one down."""
    shutil.rmtree(path, ignore_errors=True)
    os.sync()
