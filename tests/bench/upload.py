"""The upload of one file by the S3 worker beside `rclone copy` of the same file to the same server, in interleaved pairs.

The job downloads once. From then on the torrent worker is stopped, so that nobody deletes the local bytes, and each round
puts the job's rows back to "downloaded, not uploaded" in one transaction (the trigger that guards status changes is off
for that transaction only), deletes the object, starts a fresh S3 worker and tells its queue. Its time is that of the
job's history: from the claim (UPLOADING) to COMPLETED, which stands there after every ETag was compared. CPU and peak
RSS are the whole life of the worker's process up to then. rclone runs with its defaults (which verify MD5 too) and with
the same part size and concurrency as the worker; the better one of a column is the rival."""
import os
import subprocess
import tempfile
import time

from common import MIB, PAIRS, SIZE, Content, Rig, Table, cpu_seconds, finish, proc_kib, seeding, verdict, wait_until

RESET = """
begin;
alter table jobs disable trigger job_status_update;
delete from upload_sessions where job_id = {job};
update job_files set state = 'ready', bytes_uploaded = 0, remote_key = null, remote_etag = null, verified_by = null,
    done_at = null where job_id = {job};
update job_phases set state = 'idle', worker_id = null, lease_until = null, attempts = 0, crashes = 0, progress = 0,
    progress_at_claim = 0, next_retry_at = null, enqueued_at = now(), started_at = null, finished_at = null
    where job_id = {job} and phase = 'upload';
update jobs set status = 'PENDING_UPLOAD', bytes_uploaded = 0, completed_at = null, local_state = 'present'
    where id = {job};
alter table jobs enable trigger job_status_update;
commit;
"""


def download(rig: Rig, content: Content, bucket: str) -> int:
    api = rig.api()
    with seeding(rig, content):
        job = api.create_job(content, api.s3_profile(bucket, endpoint=rig["S3_DIRECT"]))
        api.wait_job(job, "PENDING_UPLOAD", timeout=300)
    rig.platform.stop("torrent-worker")
    return job


def empty(rig: Rig, bucket: str) -> None:
    for key in rig.s3.keys(bucket):
        rig.s3.client.delete_object(Bucket=bucket, Key=key)


def ours(rig: Rig, job: int, bucket: str) -> tuple[float, float, float]:
    rig.platform.sql(RESET.format(job=job))
    rig.platform.start("s3-worker")
    pid = rig.platform.wait_running("s3-worker")
    volume = rig.platform.sql(f"select volume_id from jobs where id = {job}")[0][0]
    rig.platform.redis("XADD", f"{{tc}}:q:s3@{volume}", "*", "job", str(job))
    done = wait_until("the upload", lambda: rig.platform.sql(
        f"select extract(epoch from max(changed_at) filter (where to_status = 'COMPLETED')), "
        f"extract(epoch from max(changed_at) filter (where to_status = 'UPLOADING')) from job_status_history "
        f"where job_id = {job} having (select status from jobs where id = {job}) = 'COMPLETED'"), 900, 0.2)
    cpu, rss = cpu_seconds(pid), proc_kib(pid, "status", "VmHWM")
    rig.platform.stop("s3-worker")
    if list(rig.s3.keys(bucket).values()) != [SIZE]:
        raise SystemExit("the worker's object is not in the bucket")
    return SIZE / MIB / (float(done[0][0]) - float(done[0][1])), cpu, rss / 1024


def rclone(rig: Rig, file: str, bucket: str, *flags: str) -> tuple[float, float, float]:
    remote = (f":s3,provider=Other,access_key_id='{rig['S3_KEY']}',secret_access_key='{rig['S3_SECRET']}',"
              f"region=us-east-1,endpoint='{rig['S3_DIRECT']}',no_check_bucket=true:{bucket}/rclone")
    env = {"PATH": os.environ["PATH"], "HOME": str(rig.folder)}  # no proxy, no CA bundle of the machine
    with tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        child = subprocess.Popen(["rclone", "copy", "--config", "/dev/null", *flags, file, remote], env=env,
                                 stderr=errors)
        _, status, used = os.wait4(child.pid, 0)
        took = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            raise SystemExit(f"rclone failed: {errors.read().decode()[-2000:]}")
    if list(rig.s3.keys(bucket).values()) != [SIZE]:
        raise SystemExit("rclone's object is not in the bucket")
    return SIZE / MIB / took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def compare(rig: Rig) -> None:
    bucket = rig.s3.make_bucket()
    content = Content(rig, "upload.bin", 1)
    job = download(rig, content, bucket)
    file = str(rig.platform.downloads / str(job) / content.name)
    contestants = {
        "torrentclou": lambda: ours(rig, job, bucket),
        "rclone": lambda: rclone(rig, file, bucket),
        "rclone 4 x 64 MiB": lambda: rclone(rig, file, bucket, "--s3-chunk-size=64Mi", "--s3-upload-concurrency=4"),
    }
    table = Table(f"upload of one file of {SIZE // MIB} MiB to Swift's S3 API", ["MiB/s", "CPU s", "RSS MiB"])
    for _ in range(PAIRS):
        for name, run in contestants.items():
            empty(rig, bucket)
            os.sync()
            time.sleep(1)
            table.add(name, *run())
    empty(rig, bucket)
    table.medians()
    rivals = [n for n in contestants if n != "torrentclou"]
    speed = max(table.median(n, "MiB/s") for n in rivals)
    cpu = min(table.median(n, "CPU s") for n in rivals)
    verdict("upload speed / the faster rclone", table.median("torrentclou", "MiB/s") / speed, 1.5, at_least=True)
    verdict("upload CPU / the thriftier rclone", table.median("torrentclou", "CPU s") / cpu, 0.4)
    verdict("upload peak RSS, MiB", max(row[2] for row in table.rows["torrentclou"]), 64)


def main() -> None:
    rig = Rig()
    rig.platform.stop("s3-worker")
    try:
        compare(rig)
    finally:
        for program in ("torrent-worker", "s3-worker"):
            if "RUNNING" not in rig.platform.ctl("status", rig.platform.full_name(program)):
                rig.platform.start(program)
    finish()


main()
