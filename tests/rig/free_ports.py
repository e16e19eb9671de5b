"""free_ports.py N: print N ports that are free for TCP and UDP on loopback, one a line. Below the range that the kernel gives to
outgoing connections, and in turn: who asks next gets others, although the first has not bound its own yet."""
import fcntl
import os
import random
import socket
import sys

FIRST, LAST = 20000, 32000


def is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


found: list[int] = []
with open(f"/tmp/torrentclou-ports.{os.getuid()}", "a+") as turn:
    fcntl.flock(turn, fcntl.LOCK_EX)
    turn.seek(0)
    at = int(turn.read() or random.randrange(FIRST, LAST))
    while len(found) < int(sys.argv[1]):
        at = at + 1 if at < LAST else FIRST
        if is_free(at):
            found.append(at)
    turn.truncate(0)
    turn.write(str(at))
print(*found, sep="\n")
