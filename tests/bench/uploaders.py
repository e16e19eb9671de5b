"""Who uploads: our worker, rclone and the AWS command line, each from the same files to the same server. A result is
(seconds, CPU seconds, peak RSS in MiB).

The job downloads once. From then on the torrent worker is stopped, so that nobody deletes the local bytes, and each round
puts the job's rows back to "downloaded, not uploaded" in one transaction (the trigger that guards status changes is off
for that transaction only), starts a fresh worker and tells its queue. Its time is that of the job's history: from the claim
(UPLOADING) to COMPLETED, which stands there after everything was compared. CPU and peak RSS are the whole life of the
worker's process up to then, of the others the life of theirs."""
import contextlib
import os
import subprocess
import sys
import tempfile
import time

from clients import free_ports
from common import HERE, Content, Rig, clean, cpu_seconds, proc_kib, seeding, wait_until

RESET = """
begin;
alter table jobs disable trigger job_status_update;
delete from upload_sessions where job_id = {job};
delete from drive_folders where job_id = {job};
update job_files set state = 'ready', bytes_uploaded = 0, remote_key = null, remote_id = null, remote_etag = null,
    verified_by = null, done_at = null where job_id = {job};
update job_phases set state = 'idle', worker_id = null, lease_until = null, attempts = 0, crashes = 0, progress = 0,
    progress_at_claim = 0, next_retry_at = null, enqueued_at = now(), started_at = null, finished_at = null
    where job_id = {job} and phase = 'upload';
update jobs set status = 'PENDING_UPLOAD', bytes_uploaded = 0, completed_at = null, local_state = 'present'
    where id = {job};
alter table jobs enable trigger job_status_update;
commit;
"""
QUEUES = {"s3-worker": "s3", "gdrive-worker": "googledrive"}


def start_if_stopped(rig: Rig, program: str) -> None:
    if "RUNNING" not in rig.platform.ctl("status", rig.platform.full_name(program)):
        rig.platform.start(program)


@contextlib.contextmanager
def setting(rig: Rig, program: str, **env: str):
    """The program has this in its environment when it is started inside the block."""
    file = rig.platform.var / "etc/env" / program
    was = file.read_text()
    file.write_text(was + "".join(f"export {name}={value}\n" for name, value in env.items()))
    try:
        yield
    finally:
        file.write_text(was)


def drop(rig: Rig, content: Content, job: int) -> None:
    """Content and copy, gone from the disk."""
    clean(content.folder)
    clean(rig.platform.downloads / str(job))


def download(rig: Rig, content: Content, profile: int) -> int:
    """The job, with its bytes on the disk and its upload not begun: the upload worker must be stopped."""
    api = rig.api()
    start_if_stopped(rig, "torrent-worker")
    with seeding(rig, content):
        job = api.create_job(content, profile)
        api.wait_job(job, "PENDING_UPLOAD", timeout=900)
    rig.platform.stop("torrent-worker")
    return job


def ours(rig: Rig, job: int, program: str = "s3-worker") -> tuple[float, float, float]:
    rig.platform.sql(RESET.format(job=job))
    rig.platform.start(program)
    pid = rig.platform.wait_running(program)
    volume = rig.platform.sql(f"select volume_id from jobs where id = {job}")[0][0]
    rig.platform.redis("XADD", f"{{tc}}:q:{QUEUES[program]}@{volume}", "*", "job", str(job))
    done = wait_until("the upload", lambda: rig.platform.sql(
        f"select extract(epoch from max(changed_at) filter (where to_status = 'COMPLETED')), "
        f"extract(epoch from max(changed_at) filter (where to_status = 'UPLOADING')) from job_status_history "
        f"where job_id = {job} having (select status from jobs where id = {job}) = 'COMPLETED'"), 3600, 0.2)
    cpu, rss = cpu_seconds(pid), proc_kib(pid, "status", "VmHWM")
    rig.platform.stop(program)
    return float(done[0][0]) - float(done[0][1]), cpu, rss / 1024


def process(rig: Rig, command: list[str], **env: str) -> tuple[float, float, float]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(rig.folder), **env}  # no proxy, no CA bundle of the machine
    with tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        _, status, used = os.wait4(child.pid, 0)
        took = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            raise SystemExit(f"{command[0]} failed: {errors.read().decode()[-2000:]}")
    return took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def rclone(rig: Rig, source: str, bucket: str, endpoint: str, *flags: str) -> tuple[float, float, float]:
    remote = (f":s3,provider=Other,access_key_id='{rig['S3_KEY']}',secret_access_key='{rig['S3_SECRET']}',"
              f"region=us-east-1,endpoint='{endpoint}',no_check_bucket=true:{bucket}/rclone")
    return process(rig, ["rclone", "copy", "--config", "/dev/null", *flags, source, remote])


def aws(rig: Rig, source: str, bucket: str, endpoint: str) -> tuple[float, float, float]:
    recursive = ["--recursive"] if os.path.isdir(source) else []
    return process(rig, ["/usr/bin/aws", "s3", "cp", "--quiet", *recursive, "--endpoint-url", endpoint, source,
                         f"s3://{bucket}/aws/"],
                   AWS_ACCESS_KEY_ID=rig["S3_KEY"], AWS_SECRET_ACCESS_KEY=rig["S3_SECRET"],
                   AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true")


def empty(rig: Rig, bucket: str) -> None:
    keys = list(rig.s3.keys(bucket))
    for at in range(0, len(keys), 1000):
        rig.s3.client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys[at:at + 1000]],
                                                            "Quiet": True})


def check(rig: Rig, bucket: str, content: Content, who: str) -> None:
    sizes = list(rig.s3.keys(bucket).values())
    if len(sizes) != content.count or sum(sizes) != content.size:
        raise SystemExit(f"{who}: {len(sizes)} objects, {sum(sizes)} bytes in the bucket")


@contextlib.contextmanager
def far(target: str, round_trip_ms: int, rate: int = 0):
    """The endpoint from so far away: its address there."""
    port = free_ports(1)[0]
    relay = subprocess.Popen([sys.executable, str(HERE / "latency.py"), str(port), target.rpartition(":")[2],
                              str(round_trip_ms), str(rate)], stdout=subprocess.PIPE, text=True)
    try:
        if relay.stdout.readline() != "relaying\n":
            raise SystemExit("the relay did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        relay.terminate()
        relay.wait(30)
