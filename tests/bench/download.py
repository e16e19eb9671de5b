#!/usr/bin/env python3
"""Download speed of the engine beside aria2c: one seeder, one tracker, loopback, interleaved rounds.

transmission cannot take part: it never connects to a peer on 127.0.0.0/8.

usage: download.py [--mib 1024] [--files 100] [--rounds 5] ENGINE_DOWNLOAD
Prints a table of medians and the ratio of our wall time to the fastest other client's (asked for: at most 1.1). Wall time
ends when the client says that all is verified; CPU and peak RSS are the whole process'.
"""
import argparse
import hashlib
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "rig"))
import bencode  # noqa: E402

PIECE = 1 << 20


def make_content(folder: pathlib.Path, mib: int, files: int, announce: str) -> tuple[pathlib.Path, str]:
    root = folder / "seed" / "bench"
    root.mkdir(parents=True)
    sizes = {f"{i:03}.bin": mib * (1 << 20) // files for i in range(files)}
    hashes, piece = bytearray(), bytearray()
    for name, size in sizes.items():
        data = os.urandom(size)
        (root / name).write_bytes(data)
        piece += data
        while len(piece) >= PIECE:
            hashes += hashlib.sha1(piece[:PIECE]).digest()
            del piece[:PIECE]
    if piece:
        hashes += hashlib.sha1(piece).digest()
    info = bencode.info("bench", sizes, PIECE, pieces=bytes(hashes))
    path = folder / "bench.torrent"
    path.write_bytes(bencode.encode({"announce": announce, "info": info}))
    return path, bencode.info_hash(info)


def free_ports(n: int) -> list[int]:
    script = pathlib.Path(__file__).parents[1] / "rig" / "free_ports.py"
    return [int(x) for x in subprocess.check_output([sys.executable, script, str(n)]).split()]


def engine(args, torrent, out, port, stamp):
    return [args.engine, "get", torrent, out, str(port)]


def aria2c(args, torrent, out, port, stamp):
    return ["aria2c", "--no-conf", "--quiet", "--seed-time=0", "--enable-dht=false", "--enable-dht6=false",
            "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--file-allocation=none", "--disable-ipv6",
            f"--listen-port={port}", f"--on-bt-download-complete={stamp}", "-d", out, torrent]


CLIENTS = {"torrentclou": engine, "aria2c": aria2c}


def measure(name, args, torrent, folder: pathlib.Path, port: int) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, peak RSS in MiB."""
    out = folder / "get"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    done, stamp = folder / "done", folder / "stamp.sh"
    done.unlink(missing_ok=True)
    stamp.write_text(f"#!/bin/sh\n: >{done}\n")
    stamp.chmod(0o755)
    begin = time.monotonic()
    output = subprocess.PIPE if name == "torrentclou" else subprocess.DEVNULL  # the others draw progress bars
    p = subprocess.Popen([str(x) for x in CLIENTS[name](args, torrent, out, port, stamp)], stdout=output,
                         stderr=subprocess.DEVNULL)
    wall = None
    while time.monotonic() - begin < args.limit:
        if name == "torrentclou":
            line = p.stdout.readline()
            wall = float(line) if line else None
            break
        if done.exists():
            wall = time.monotonic() - begin
            break
        time.sleep(0.005)
    if name != "torrentclou":
        p.send_signal(signal.SIGKILL if wall is None else signal.SIGINT)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    if wall is None:
        sys.exit(f"{name} did not finish in {args.limit} s")
    for file in (folder / "seed" / "bench").iterdir():
        if (out / "bench" / file.name).stat().st_size != file.stat().st_size:
            sys.exit(f"{name} left {file.name} incomplete")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=600, help="seconds for one download")
    args = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tc-bench."))
    folder.chmod(0o755)
    servers = []
    try:
        tracker_port, seed_port, *ports = free_ports(2 + len(CLIENTS))
        torrent, info_hash = make_content(folder, args.mib, args.files, f"http://127.0.0.1:{tracker_port}/announce")
        (folder / "whitelist").write_text(info_hash + "\n")
        servers.append(subprocess.Popen(["opentracker", "-i", "127.0.0.1", "-p", str(tracker_port), "-P",
                                         str(tracker_port), "-d", folder, "-w", "whitelist"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        time.sleep(1)
        seeder = subprocess.Popen([args.engine, "seed", torrent, folder / "seed", str(seed_port)],
                                  stdout=subprocess.PIPE)
        servers.append(seeder)
        if seeder.stdout.readline().strip() != b"ready":
            sys.exit("the seeder has nothing to give")
        time.sleep(1)
        rows = {name: [] for name in CLIENTS}
        for _ in range(args.rounds):
            for name, port in zip(CLIENTS, ports):
                rows[name].append(measure(name, args, torrent, folder, port))
                print(f"  {name:12} {rows[name][-1][0]:7.2f} s", file=sys.stderr)
        print(f"{args.mib} MiB in {args.files} files, median of {args.rounds}\n"
              f"{'client':12} {'wall s':>8} {'MB/s':>8} {'CPU s':>8} {'RSS MiB':>8}")
        for name, runs in rows.items():
            wall, cpu, rss = (statistics.median(r[i] for r in runs) for i in range(3))
            print(f"{name:12} {wall:8.2f} {args.mib * 1.048576 / wall:8.0f} {cpu:8.2f} {rss:8.0f}")
        fastest = [min(rows[n][i][0] for n in CLIENTS if n != "torrentclou") for i in range(args.rounds)]
        ratio = statistics.median(rows["torrentclou"][i][0] / fastest[i] for i in range(args.rounds))
        print(f"ratio to the fastest other client: {ratio:.2f} (asked for: at most 1.1)")
    finally:
        for p in servers:
            p.terminate()
            p.wait()
        shutil.rmtree(folder, ignore_errors=True)


main()
