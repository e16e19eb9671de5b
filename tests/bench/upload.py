"""Uploads by our workers beside `rclone copy` and `aws s3 cp` of the same files to the same server, in interleaved pairs;
docs/benchmarks.md says what each figure means. BENCH_UPLOADS names some of the parts of PARTS below."""
import json
import os
import sys
import time

from common import HERE, MIB, PAIRS, SCALE, Content, Rig, Table, clean, finish, seeding, verdict, wait_until
from uploaders import aws, check, download, drop, empty, far, ours, rclone, setting, start_if_stopped

sys.path.append(str(HERE.parent / "chaos"))
from drive_case import FOLDER  # noqa: E402
from faulty import Faulty  # noqa: E402

ROUND_TRIP_MS = 100


def compare(rig: Rig, title: str, content: Content, contestants: dict, bucket: str, unit: str, amount: float,
            pairs: int = PAIRS) -> Table:
    """contestants: name -> a function that answers (seconds, CPU seconds, RSS)."""
    table = Table(title, [f"{unit}/s", "CPU s", "RSS MiB"])
    for _ in range(pairs):
        for name, run in contestants.items():
            empty(rig, bucket)
            os.sync()
            time.sleep(1)
            seconds, cpu, rss = run()
            check(rig, bucket, content, name)
            table.add(name, amount / seconds, cpu, rss)
    empty(rig, bucket)
    table.medians()
    return table


def with_job(rig: Rig, name: str, count: int, size: int, use, endpoint: str | None = None) -> None:
    """use(bucket, content, job, source), with the bytes on the disk."""
    bucket = rig.s3.make_bucket()
    content = Content(rig, name, count, size)
    job = download(rig, content, rig.api().s3_profile(bucket, endpoint=endpoint or rig["S3_DIRECT"]))
    source = str(rig.platform.downloads / str(job) / content.name)
    use(bucket, content, job, source)
    drop(rig, content, job)


def large(rig: Rig, name: str, count: int, size: int) -> None:
    def use(bucket: str, content: Content, job: int, source: str) -> None:
        contestants = {
            "torrentclou": lambda: ours(rig, job),
            "rclone": lambda: rclone(rig, source, bucket, rig["S3_DIRECT"]),
            "rclone 4 x 64 MiB": lambda: rclone(rig, source, bucket, rig["S3_DIRECT"], "--s3-chunk-size=64Mi",
                                                "--s3-upload-concurrency=4"),
            "aws s3 cp": lambda: aws(rig, source, bucket, rig["S3_DIRECT"]),
        }
        what = f"{count} x {size // MIB} MiB"
        table = compare(rig, f"upload of {what} to Swift's S3 API", content, contestants, bucket, "MiB",
                        content.size / MIB)
        rivals = [n for n in contestants if n.startswith("rclone")]
        verdict(f"{what}, speed / the faster rclone",
                table.median("torrentclou", "MiB/s") / max(table.median(n, "MiB/s") for n in rivals), 1.5, at_least=True)
        print(f"       {what}, speed / aws s3 cp: "
              f"{table.median('torrentclou', 'MiB/s') / table.median('aws s3 cp', 'MiB/s'):.2f}")
        verdict(f"{what}, CPU / the thriftier rclone",
                table.median("torrentclou", "CPU s") / min(table.median(n, "CPU s") for n in rivals), 0.4)
        verdict(f"{what}, peak RSS, MiB", max(row[2] for row in table.rows["torrentclou"]), 64)

    with_job(rig, name, count, size, use)


def small(rig: Rig, round_trip_ms: int, count: int, speed: float) -> None:
    with far(rig["S3_DIRECT"], round_trip_ms) as relay:
        endpoint = relay if round_trip_ms else rig["S3_DIRECT"]

        def use(bucket: str, content: Content, job: int, source: str) -> None:
            contestants = {"torrentclou": lambda: ours(rig, job),
                           "rclone": lambda: rclone(rig, source, bucket, endpoint),
                           "aws s3 cp": lambda: aws(rig, source, bucket, endpoint)}
            what = f"{count} x 10 KiB " + (f"behind {round_trip_ms} ms" if round_trip_ms else "on loopback")
            table = compare(rig, f"upload of {what}", content, contestants, bucket, "files", count)
            verdict(f"{what}, speed / rclone",
                    table.median("torrentclou", "files/s") / table.median("rclone", "files/s"), speed, at_least=True)
            print(f"       {what}, speed / aws s3 cp: "
                  f"{table.median('torrentclou', 'files/s') / table.median('aws s3 cp', 'files/s'):.2f}")
            verdict(f"{what}, CPU / rclone",
                    table.median("torrentclou", "CPU s") / table.median("rclone", "CPU s"), 0.4)

        with_job(rig, f"small-{round_trip_ms}", count, 10 * 1024, use, endpoint)


def many_parts(rig: Rig) -> None:
    """A line so slow that lanes are all there is to gain, until 32 parts and more are in flight."""
    with far(rig["S3_DIRECT"], 2000) as endpoint:
        def use(bucket: str, content: Content, job: int, source: str) -> None:
            most = 0

            def run() -> tuple[float, float, float]:
                nonlocal most
                result = ours(rig, job)
                rows = [json.loads(line) for line in rig.platform.log("s3-worker").splitlines() if '"job completed"' in line]
                most = rows[-1]["MostLanes"]
                return result

            table = compare(rig, "one file through many lanes", content, {"torrentclou": run}, bucket, "MiB",
                            content.size / MIB, 1)
            verdict("parts in flight at a time", most, 32, at_least=True)
            verdict("with those, peak RSS, MiB", max(row[2] for row in table.rows["torrentclou"]), 64)

        with_job(rig, "parts.bin", 1, int(4096 * SCALE) * MIB, use, endpoint)


def drive(rig: Rig, count: int) -> None:
    """rclone cannot be pointed at another Drive than Google's: its address is compiled in. So only ours, beside what one
    file after the other would take at two round trips each."""
    api = rig.api()
    email = "bench@example.org"
    content = Content(rig, "drive-small", count, 10 * 1024)
    rig.google.reset()
    job = download(rig, content, rig.drive_profile(api, email))
    table = Table(f"upload of {count} x 10 KiB to the fake Drive behind {ROUND_TRIP_MS} ms", ["files/s", "CPU s", "RSS MiB"])
    unlimited = str(10**9)  # what is measured is the way, not the patience that Google's quota asks for
    with far(rig["GOOGLE_URL"], ROUND_TRIP_MS) as endpoint, setting(
            rig, "gdrive-worker", GOOGLE_API_URL=endpoint, GDRIVE_UNITS_PER_MINUTE=unlimited, GDRIVE_UNITS_PER_MINUTE_USER=unlimited):
        for _ in range(PAIRS):
            for item in rig.google.files(email):
                if item["mimeType"] != FOLDER:
                    rig.google.delete(item["id"])
            seconds, cpu, rss = ours(rig, job, "gdrive-worker")
            table.add("torrentclou", count / seconds, cpu, rss)
    table.medians()
    verdict("drive, files per round trip", table.median("torrentclou", "files/s") * ROUND_TRIP_MS / 1000, 5, at_least=True)
    drop(rig, content, job)


def overlap(rig: Rig, count: int, size: int, rate: int) -> None:
    """The job in one go, with as much speed down as up. The slower phase alone takes size / rate."""
    bucket = rig.s3.make_bucket()
    content = Content(rig, "overlap", count, size)
    start_if_stopped(rig, "torrent-worker")
    start_if_stopped(rig, "s3-worker")
    with far(rig["S3_DIRECT"], 20, rate) as endpoint, seeding(rig, content, rate):
        api = rig.api()
        job = api.create_job(content, api.s3_profile(bucket, endpoint=endpoint))
        wait_until("the job", lambda: api.job(job)["status"] == "COMPLETED", 3600, 0.2)
    seconds = float(rig.platform.sql(
        f"select extract(epoch from max(changed_at) - min(changed_at) filter (where to_status = 'DOWNLOADING')) "
        f"from job_status_history where job_id = {job}")[0][0])
    check(rig, bucket, content, "torrentclou")
    empty(rig, bucket)
    clean(content.folder)
    alone = content.size / rate
    print(f"\n{count} files of {size // MIB} MiB, {rate // MIB} MiB/s down and up: {seconds:.1f} s; one way alone: {alone:.1f} s")
    verdict("down and up at once / the slower alone", seconds / alone, 1.2)
    rig.platform.stop("s3-worker")


def refused(rig: Rig, count: int, size: int) -> None:
    """30 % of all requests are refused with 429 or 503, by chance: how much longer does it take."""
    faulty = Faulty(rig)
    bucket, email = rig.s3.make_bucket(), "refused@example.org"
    google = [{"do": word, "percent": 16, "seed": seed, "times": 10**9} for seed, word in enumerate(("429", "503"))]
    places = ("about", "ids", "create", "get", "multipart", "start", "put", "status")
    rig.google.reset()
    ways = {"s3-worker": (rig.api().s3_profile(bucket, endpoint=faulty.url), lambda on: faulty.order(slow_down=30 * on, seed=4)),
            "gdrive-worker": (rig.drive_profile(rig.api(), email),
                              lambda on: rig.google.order(**{place: google for place in places if on}))}
    for program, (profile, order) in ways.items():
        content = Content(rig, f"refused-{program}", count, size)
        job = download(rig, content, profile)
        table = Table(f"{count} x {size // MIB} MiB by {program}", ["MiB/s", "CPU s", "RSS MiB"])
        for _ in range(PAIRS):
            for name in ("clean", "30 % refused"):
                empty(rig, bucket)
                order(name != "clean")
                seconds, cpu, rss = ours(rig, job, program)
                order(False)
                table.add(name, content.size / MIB / seconds, cpu, rss)
        table.medians()
        verdict(f"{program}, time with 30 % refused / clean",
                table.median("clean", "MiB/s") / table.median("30 % refused", "MiB/s"), 1.5)
        drop(rig, content, job)
    faulty.end()


def scaled(n: int) -> int:
    return max(1, int(n * SCALE))


PARTS = {
    "one": lambda rig: large(rig, "upload.bin", 1, scaled(4096) * MIB),
    "forty": lambda rig: large(rig, "forty", scaled(100), 40 * MIB),
    "small": lambda rig: small(rig, 0, scaled(10000), 1),
    "far": lambda rig: small(rig, ROUND_TRIP_MS, scaled(10000), 5),
    "parts": many_parts,
    "drive": lambda rig: drive(rig, scaled(10000)),
    "refused": lambda rig: refused(rig, scaled(200), 4 * MIB),
    "overlap": lambda rig: overlap(rig, 100, scaled(16) * MIB, 16 * MIB),
}


def main() -> None:
    rig = Rig()
    rig.platform.stop("s3-worker")
    rig.platform.stop("gdrive-worker")
    try:
        for part in os.environ.get("BENCH_UPLOADS", " ".join(PARTS)).split():
            PARTS[part](rig)
    finally:
        for program in ("torrent-worker", "s3-worker", "gdrive-worker"):
            start_if_stopped(rig, program)
    finish()


main()
