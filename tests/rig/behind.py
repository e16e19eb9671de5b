"""The running platform from behind."""
import os
import pathlib
import re
import shlex
import signal
import subprocess

from waiting import wait_until


class Platform:
    """The running platform, from behind: processes, database, Redis, logs, disk."""

    def __init__(self, rig: "Rig") -> None:
        self.var = pathlib.Path(rig["VAR_DIR"])
        self.downloads = self.var / "downloads"
        self.run = pathlib.Path(
            re.search(r"^pidfile=(.*)/supervisord.pid$", (self.var / "etc/supervisord.conf").read_text(), re.M)[1])

    @property
    def owner(self) -> str | None:
        """Who own() runs programs as; None: as whoever runs the tests."""
        return "tc-upload" if os.geteuid() == 0 else None

    def ctl(self, *arguments: str) -> str:
        """supervisorctl: ctl("stop", "workers:s3-worker"). Exit 3 of `status`, and 1 of
        `pid` with the answer 0, only say that something does not run."""
        r = subprocess.run(["/usr/bin/supervisorctl", "-c", str(self.var / "etc/supervisord.conf"), *arguments],
                           capture_output=True, text=True, timeout=400)
        if r.returncode not in (0, 3) and r.stdout.strip() != "0":
            raise AssertionError(f"supervisorctl {arguments}: {r.stdout}{r.stderr}")
        return r.stdout

    @staticmethod
    def full_name(program: str) -> str:
        group = {"api-fast": "api:", "api-edge": "api:", "torrent-worker": "workers:", "s3-worker": "workers:",
                 "gdrive-worker": "workers:"}
        return group.get(program, "") + program

    def pid(self, program: str) -> int:
        """0 while it does not run."""
        return int(self.ctl("pid", self.full_name(program)))

    def kill(self, program: str, sig: int = signal.SIGKILL) -> int:
        """Signal the program (and, with SIGKILL, everything it forked); supervisord starts it again. Returns the pid."""
        pid = self.wait_running(program)
        (os.killpg if sig == signal.SIGKILL else os.kill)(pid, sig)
        return pid

    def wait_running(self, program: str, other_than: int = 0, timeout: float = 60) -> int:
        def probe():
            pid = self.pid(program)
            return pid if pid and pid != other_than else None

        return wait_until(f"{program} runs again", probe, timeout, 0.2)

    def stop(self, program: str) -> None:
        self.ctl("stop", self.full_name(program))

    def start(self, program: str) -> None:
        self.ctl("start", self.full_name(program))

    def own(self, program: str, log: str, **settings: str) -> subprocess.Popen:
        """A process of this program beside the plan's, with other settings; as the user that it has there. The caller ends it."""
        env = {**self.environment(program), "METRICS_DIR": "", "PATH": os.environ["PATH"], "ASAN_OPTIONS": "detect_leaks=0", **settings}
        who = {"user": self.owner, "group": "torrentclou", "extra_groups": []} if self.owner else {}
        with open(self.var / "log" / f"{log}.log", "ab") as out:
            return subprocess.Popen([self.var / "app/bin" / f"torrentclou-{program}"], env=env, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=out, start_new_session=True, **who)

    def environment(self, program: str = "api-fast") -> dict[str, str]:
        """What the program was given."""
        env = {}
        for line in (self.var / "etc/env" / program).read_text().splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            env[name] = shlex.split(value)[0] if value else ""
        return env

    def sql(self, statement: str) -> list[list[str]]:
        """Rows as text, through psql and the platform's own role. Several statements are not one transaction by themselves."""
        r = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-f", "-",
                            "-d", self.environment()["DATABASE_URL"]], input=statement, capture_output=True, text=True, timeout=60,
                           env={**os.environ, "PGOPTIONS": "-c search_path=torrentclou,public -c timezone=UTC"})
        if r.returncode:
            raise AssertionError(f"{statement}: {r.stderr}")
        return [line.split("\x1f") for line in r.stdout.splitlines()]

    def redis(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-s", str(self.run / "redis/redis.sock"), *words],
                              capture_output=True, text=True, timeout=30, check=True).stdout.strip()

    def log(self, program: str) -> str:
        return (self.var / "log" / f"{program}.log").read_text(errors="replace")

    def files_on_disk(self) -> list[str]:
        """Payload below the downloads folder, without the platform's own dot files."""
        return sorted(str(p.relative_to(self.downloads)) for p in self.downloads.rglob("*")
                      if p.is_file() and not any(part.startswith(".") for part in p.relative_to(self.downloads).parts))
