"""The image in a container of podman, beside the rig. IMAGE names another than `make image` builds."""
import atexit
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import uuid

from second import free_ports
from tc import MIB, Api, RigCase, wait_until

IMAGE = os.environ.get("IMAGE", "localhost/torrentclou:latest")
VOLUMES = {"postgres": "/data/postgres", "redis": "/data/redis", "downloads": "/data/downloads"}
HARDENED = ["--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            *(f"--cap-add={c}" for c in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"))]
# The intervals of the rig: seconds in place of minutes.
QUICK = {"LEASE_MS": 2000, "HEARTBEAT_MS": 400, "RECOVER_INTERVAL_MS": 500, "RECOVER_GRACE_MS": 1500, "REQUEUE_AFTER_MS": 1500,
         "S3_PART_BYTES": 5 * MIB, "S3_SINGLE_PUT_BYTES": 5 * MIB, "S3_LANES": 2, "DISK_FLOOR_BYTES": MIB, "TORRENT_DHT": "false",
         "TORRENT_LSD": "false", "TORRENT_UTP": "false", "TORRENT_PORT_MAPPING": "false", "TORRENT_SAME_IP_PEERS": "true",
         "SCRAPE_FALLBACK_TRACKERS": ""}


def podman(*arguments: str, check: bool = True, timeout: float = 500) -> subprocess.CompletedProcess:
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, timeout=timeout)
    if check and done.returncode:
        raise AssertionError(f"podman {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done


def settings_of_the_machine() -> None:
    """Podman where there is no systemd: no timers, no journal, limits as high as the caller may set them, and runc, because crun
    refuses a machine with both kinds of control groups."""
    if "CONTAINERS_CONF" in os.environ or pathlib.Path("/run/systemd/system").exists():
        return
    import resource
    limits = {"nofile": resource.getrlimit(resource.RLIMIT_NOFILE)[1], "nproc": min(32768, resource.getrlimit(resource.RLIMIT_NPROC)[1])}
    text = ", ".join(f'"{name}={n}:{n}"' for name, n in limits.items() if n > 0)
    file = tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False)
    file.write(f'[containers]\ndefault_ulimits = [{text}]\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n'
               'events_logger = "file"\n')
    file.close()
    atexit.register(os.unlink, file.name)
    os.environ["CONTAINERS_CONF"] = file.name


def printed_login(logs: str) -> tuple[str, str]:
    said = re.search(r"e-mail +(\S+)\n.*password +(\S+)\n", logs)
    if not said:
        raise AssertionError(f"no login in {logs[:2000]}")
    return said[1], said[2]


class Container:
    """On the machine's own network, so that the rig's servers on loopback are within reach."""

    def __init__(self, case: unittest.TestCase, volumes: dict[str, str], arguments: list[str] | None = None, **settings) -> None:
        self.name, self.case = f"tc-test-{uuid.uuid4().hex[:8]}", case
        self.web, self.api, self.peer = free_ports(3)
        env = {"WEB_PORT": self.web, "API_PORT": self.api, "BIND_ADDRESS": "127.0.0.1", "TORRENT_LISTEN": f"127.0.0.1:{self.peer}",
               **QUICK, **settings}
        case.addCleanup(podman, "rm", "-f", "-v", "-t", "1", self.name, check=False)
        self.began = time.monotonic()
        podman("run", "-d", "--name", self.name, "--network", "host", "--stop-timeout", "400",
               *(f"--volume={volume}:{VOLUMES.get(kind, kind)}" for kind, volume in volumes.items()),
               *(f"--env={name}={value}" for name, value in env.items() if value is not None),
               *(HARDENED if arguments is None else arguments), IMAGE)

    def inspect(self, what: str) -> str:
        return podman("inspect", self.name, "--format", "{{" + what + "}}").stdout.strip()

    def logs(self) -> str:
        done = podman("logs", self.name)
        return done.stdout + done.stderr

    def login(self) -> tuple[str, str]:
        """As it was printed at the first start."""
        return printed_login(self.logs())

    def pids(self, command: str) -> list[int]:
        """Outside, of every process of this name; a name is what the kernel keeps of it, 15 characters."""
        rows = podman("top", self.name, "hpid", "comm").stdout.splitlines()[1:]
        return [int(pid) for pid, comm in (row.split(None, 1) for row in rows) if comm == command[:15]]

    def healthy(self) -> float:
        """Until the image's own check passes; seconds since the start."""
        def probe():
            if self.inspect(".State.Running") != "true":
                raise AssertionError(f"{self.name} has ended: {self.logs()[-4000:]}")
            return podman("healthcheck", "run", self.name, check=False).returncode == 0

        wait_until(f"{self.name} is healthy", probe, 180, 0.2)
        return time.monotonic() - self.began

    def stop(self) -> int:
        podman("stop", self.name)
        return int(self.inspect(".State.ExitCode"))

    def start(self) -> None:
        self.began = time.monotonic()
        podman("start", self.name)

    def ended(self) -> int:
        wait_until(f"{self.name} ends", lambda: self.inspect(".State.Running") == "false", 300, 0.5)
        return int(self.inspect(".State.ExitCode"))

    def client(self, email: str, password: str) -> Api:
        client = Api(self.case.rig, f"http://127.0.0.1:{self.api}")
        client.login(email, password)
        return client


class Case(RigCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        settings_of_the_machine()

    def volumes(self, *kinds: str) -> dict[str, str]:
        volumes = {kind: f"tc-test-{uuid.uuid4().hex[:8]}" for kind in kinds or VOLUMES}
        for name in volumes.values():
            self.addCleanup(podman, "volume", "rm", "-f", name, check=False)
        return volumes
