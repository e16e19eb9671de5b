"""GET /api/jobs (10 of 1,000 jobs, bearer token) beside a FastCGI program that does nothing, behind the same nginx: requests a
second, latency, and the memory of a child over many requests. wrk keeps 64 connections busy.
BENCH_SECONDS (5) a run; LONG=1: the memory over 1,000,000 requests instead of some 50,000."""
import contextlib
import json
import os
import signal
import subprocess

from common import HERE, PAIRS, Rig, Table, children, finish, proc_kib, verdict, wait_until
from tc import Api

JOBS, CONNECTIONS = 1000, 64
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
LONG = os.environ.get("LONG") == "1"

WRK_REPORT = """
done = function(summary, latency, requests)
    local e = summary.errors
    print(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"p999":%f,"max":%f,"errors":%d}',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        latency:percentile(99.9) / 1000, latency.max / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
"""

# A year of work of one user: a torrent and a finished job each. The trigger that writes the timeline takes one job at a time.
FILL = f"""
begin;
alter table jobs disable trigger user;
with t as (
    insert into torrents (user_id, name, info_hash_v1, total_size, piece_length, piece_count)
    select u.id, 'debian-12.' || i || '.0-amd64-netinst', upper(lpad(to_hex(i), 40, '0')), 660602880, 262144, 2520
    from users u, generate_series(1, {JOBS}) i where u.is_admin returning id, user_id)
insert into jobs (user_id, torrent_id, storage_profile_id, status, total_bytes, bytes_downloaded, bytes_uploaded,
                  current_state, last_heartbeat, started_at, completed_at, created_at)
select t.user_id, t.id, p.id, 'COMPLETED', 660602880, 660602880, 660602880, 'Upload finished', x.at, x.at, x.at, x.at
from t join storage_profiles p on p.user_id = t.user_id and p.profile_name = 'bench',
     lateral (select now() - t.id * interval '1 hour' as at) x;
alter table jobs enable trigger user;
update users u set job_count = (select count(*) from jobs where user_id = u.id);
commit;
"""


@contextlib.contextmanager
def noop_beside(rig: Rig, count: int):
    """The program that does nothing, at /noop of the same nginx."""
    socket = rig.platform.run / "api/noop.sock"
    binary = rig.folder / "noop_fcgi"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", str(binary), str(HERE / "noop_fcgi.c"), "-lfcgi"], check=True)
    config = rig.platform.var / "etc/nginx/api.conf"
    before = config.read_text()
    config.write_text(before + f"location = /noop {{ include fastcgi.conf; fastcgi_pass unix:{socket}; }}\n")
    with subprocess.Popen([str(binary), str(socket), str(count)]) as program:
        try:
            os.kill(rig.platform.pid("nginx"), signal.SIGHUP)
            api = Api(rig, rig["API_URL"])
            wait_until("the program that does nothing answers", lambda: api.get("/noop").body == b"{}", 20)
            yield
        finally:
            program.terminate()
            config.write_text(before)


def wrk(rig: Rig, path: str, token: str, seconds: int) -> dict:
    script = rig.folder / "report.lua"
    script.write_text(WRK_REPORT)
    out = subprocess.run(["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), "-H",
                          f"Authorization: Bearer {token}", rig["API_URL"] + path],
                         capture_output=True, text=True, check=True).stdout
    figures = json.loads(out.splitlines()[-1])
    if figures["errors"]:
        raise SystemExit(f"{path}: {figures['errors']} requests failed")
    return figures


def memory(rig: Rig, token: str) -> None:
    """PSS of each fast child before and after many requests."""
    pids = children(rig.platform.pid("api-fast"))[1:]

    def pss() -> list[float]:
        return [proc_kib(pid, "smaps_rollup", "Pss") / 1024 for pid in pids]

    wrk(rig, "/api/jobs?pageSize=10", token, 2)
    before, asked, wanted = pss(), 0, 1_000_000 if LONG else 50_000
    while asked < wanted:
        asked += wrk(rig, "/api/jobs?pageSize=10", token, 60 if LONG else 5)["requests"]
    after = pss()
    if children(rig.platform.pid("api-fast"))[1:] != pids:
        raise SystemExit("a child ended in between")
    print(f"\nPSS of {len(pids)} fast children, MiB: {max(before):.2f} at most, after {asked} requests {max(after):.2f}")
    verdict("PSS of a fast child, MB", max(after) * 1.048576, 6)
    verdict("its growth over all these requests, MiB", max(a - b for a, b in zip(after, before)), 0.25)


def main() -> None:
    rig = Rig()
    for worker in ("torrent-worker", "s3-worker", "gdrive-worker"):
        rig.platform.stop(worker)
    api = rig.api()
    api.s3_profile("bench", name="bench", skipTest=True)
    rig.platform.sql(FILL)
    rig.platform.sql("vacuum analyze")  # as autovacuum does within a minute
    page = api.must("GET", "/api/jobs?pageSize=10")
    if (len(page["items"]), page["totalCount"]) != (10, JOBS):
        raise SystemExit(f"{JOBS} jobs were to be there: {page['totalCount']}")
    fast = int(rig.platform.environment().get("API_FAST_CHILDREN", 4))
    table = Table(f"GET /api/jobs, {CONNECTIONS} connections, {fast} children, {SECONDS} s", ["req/s", "p50 ms", "p99 ms",
                                                                                              "p99.9 ms", "max ms"])
    ratios = []
    with noop_beside(rig, fast):
        for path in ("/api/jobs?pageSize=10", "/noop"):
            wrk(rig, path, api.token, 2)
        for _ in range(PAIRS):
            rates = {}
            for name, path in (("no-op", "/noop"), ("jobs", "/api/jobs?pageSize=10")):
                f = wrk(rig, path, api.token, SECONDS)
                rates[name] = f["requests"] / f["seconds"]
                table.add(name, rates[name], f["p50"], f["p99"], f["p999"], f["max"])
            ratios.append(rates["jobs"] / rates["no-op"])
    table.medians()
    verdict("requests per second / those of the no-op", sorted(ratios)[len(ratios) // 2], 0.3, at_least=True)
    verdict("p99 / that of the no-op", table.median("jobs", "p99 ms") / table.median("no-op", "p99 ms"), 4)
    verdict("99.9 % of all answers, ms", table.median("jobs", "p99.9 ms"), 100)
    memory(rig, api.token)
    finish()


main()
