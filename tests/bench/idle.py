"""CPU and memory of the daemons together while nobody asks for anything: all API processes and the three workers."""
import time

from common import Rig, children, cpu_seconds, finish, proc_kib, verdict

PROGRAMS = ["api-fast", "api-edge", "torrent-worker", "s3-worker", "gdrive-worker"]
SETTLE_S, WATCH_S = 30, 20


def main() -> None:
    rig = Rig()
    time.sleep(SETTLE_S)
    pids = {name: children(rig.platform.pid(name)) for name in PROGRAMS}
    before = {name: sum(map(cpu_seconds, p)) for name, p in pids.items()}
    begin = time.monotonic()
    time.sleep(WATCH_S)
    took = time.monotonic() - begin
    print(f"\nidle, {WATCH_S} s after {SETTLE_S} s of rest\n{'':24}{'processes':>12}{'CPU %':>12}{'PSS MiB':>12}{'RSS MiB':>12}")
    cpu_sum = pss_sum = 0.0
    for name, p in pids.items():
        cpu = 100 * (sum(map(cpu_seconds, p)) - before[name]) / took
        pss = sum(proc_kib(pid, "smaps_rollup", "Pss") for pid in p) / 1024
        rss = sum(proc_kib(pid, "smaps_rollup", "Rss") for pid in p) / 1024
        print(f"{name:24}{len(p):12}{cpu:12.2f}{pss:12.2f}{rss:12.2f}")
        cpu_sum += cpu
        pss_sum += pss
    verdict("idle CPU of all daemons, %", cpu_sum, 1)
    verdict("idle PSS of all daemons, MiB", pss_sum, 60)
    finish()


main()
