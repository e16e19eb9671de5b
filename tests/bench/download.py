"""The torrent worker beside aria2c, qBittorrent and transmission on one swarm: one seeder, one tracker, loopback.

All are running daemons when the clock starts: at the request for the others, at the claim of the job for the worker
(both from its log). "verified" ends when the client says that every piece has passed its hash: that is what all of them
do, and what is compared. The worker goes on from there: md5 and sha256 of each file, fsync, the row in the database;
"phase" ends when that is done. No upload runs beside it."""
import os

from clients import Aria2, Client, QBittorrent, Transmission
from common import MIB, PAIRS, SIZE, Content, Rig, Table, clean, finish, log_time, seeding, verdict, wait_until

CLIENTS = {"aria2c": Aria2, "qbittorrent-nox": QBittorrent, "transmission": Transmission}
if chosen := os.environ.get("BENCH_CLIENTS"):
    CLIENTS = {name: CLIENTS[name] for name in chosen.split()}


def ours(rig: Rig, content: Content, profile: int) -> tuple[float, float]:
    api = rig.api()
    job = api.create_job(content, profile)
    verified = log_time(rig, "torrent-worker", "every selected byte is verified", job)
    phase = log_time(rig, "torrent-worker", "download complete", job)
    claimed = log_time(rig, "torrent-worker", "job claimed", job)
    api.must("POST", f"/api/jobs/{job}/cancel")
    wait_until("the local bytes are deleted", lambda: not (rig.platform.downloads / str(job)).exists(), 60)
    wait_until("the trash is empty", lambda: not any((rig.platform.downloads / ".trash").iterdir()), 60)
    os.sync()
    return verified - claimed, phase - claimed


def theirs(rig: Rig, content: Content, seeder, client: type[Client]) -> tuple[float, float]:
    folder = rig.folder / "client"
    clean(folder)

    def connect(port: int) -> None:
        seeder.stdin.write(f"connect {port}\n")
        seeder.stdin.flush()

    with client(folder).running() as c:
        took = c.get(content.metainfo, connect)
    if sum(p.stat().st_size for p in c.into.rglob("*") if p.is_file() and p.suffix == ".bin") != content.size:
        raise SystemExit(f"{client.__name__} has not written everything")
    clean(folder)
    return took, took


def compare(rig: Rig, count: int, profile: int) -> None:
    content = Content(rig, f"download-{count}.bin", count)
    table = Table(f"download of {content.size // MIB} MiB in {count} file{'s' if count > 1 else ''}, seconds",
                  ["verified", "phase"])
    with seeding(rig, content) as seeder:
        for _ in range(PAIRS):
            table.add("torrentclou", *ours(rig, content, profile))
            for name, client in CLIENTS.items():
                table.add(name, *theirs(rig, content, seeder, client))
    clean(content.folder)
    table.medians()
    fastest = min(table.median(name, "verified") for name in CLIENTS)
    verdict(f"download, {count} file(s), verified / the fastest", table.median("torrentclou", "verified") / fastest, 1.1)
    print(f"       download, {count} file(s), whole phase / the fastest: {table.median('torrentclou', 'phase') / fastest:.2f}")


def main() -> None:
    rig = Rig()
    profile = rig.api().s3_profile(rig.s3.make_bucket(), endpoint=rig["S3_DIRECT"])
    rig.platform.stop("s3-worker")
    try:
        for count in (1, 100):
            compare(rig, count, profile)
    finally:
        rig.platform.start("s3-worker")
    finish()


main()
