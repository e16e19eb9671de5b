"""free_ports.py N: print N ports that are free for TCP and UDP on loopback, one a line."""
import random
import socket
import sys


def is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


found: set[int] = set()
while len(found) < int(sys.argv[1]):
    candidate = random.randrange(20000, 32000)
    if candidate not in found and is_free(candidate):
        found.add(candidate)
print(*found, sep="\n")
