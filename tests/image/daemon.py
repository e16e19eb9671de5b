"""A Docker of the test's own, and compose on it: unlike podman without systemd it runs health checks by itself, and depends_on waits for
them. Debian's docker.io and docker-compose."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import uuid

from container import IMAGE
from tc import PROJECT, wait_until

# Debian's client; another one on the PATH may be too new for its own builder.
DOCKER = "/usr/bin/docker"


class Daemon:
    """In a folder of its own, without a network of its own and without a rule in the machine's packet filter."""

    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tc-docker.", dir="/tmp"))
        self.env = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "HOME": str(self.folder), "DOCKER_HOST": f"unix://{self.folder}/sock",
                    "DOCKER_BUILDKIT": "0"}
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/dockerd", "--data-root", self.folder / "data", "--exec-root", self.folder / "exec", "--pidfile",
                 self.folder / "pid", "-H", self.env["DOCKER_HOST"], "--bridge=none", "--iptables=false", "--ip-forward=false"],
                env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until("dockerd answers", self.answers)
            self.load()
        except BaseException:
            self.close()
            raise

    def answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text()[-2000:])
        return not subprocess.run([DOCKER, "info"], env=self.env, capture_output=True).returncode

    def run(self, *command, timeout: float = 500) -> subprocess.CompletedProcess:
        done = subprocess.run([str(c) for c in command], env=self.env, capture_output=True, text=True, timeout=timeout)
        if done.returncode:
            raise AssertionError(f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def load(self) -> None:
        """The image under test, and what stands for those that the compose files take from elsewhere."""
        save = subprocess.Popen(["podman", "save", IMAGE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        subprocess.run([DOCKER, "load"], env=self.env, stdin=save.stdout, check=True, capture_output=True)
        save.stdout.close()
        if save.wait():
            raise AssertionError(f"podman save {IMAGE}")
        context = self.folder / "context"
        shutil.copytree(PROJECT / "tests/image/stand-in", context)
        shutil.copy(shutil.which("prometheus"), context)
        files = "".join((PROJECT / "docker" / name).read_text() for name in ("compose.yml", "compose.scale.yml"))
        tags = {re.sub(r"\$\{\w+:-(.*)\}", r"\1", tag) for tag in re.findall(r"image: ((?:prom/prometheus|postgres|redis):.*)", files)}
        self.run(DOCKER, "build", "--network", "none", "--build-arg", f"IMAGE={IMAGE}", *(w for t in tags for w in ("-t", t)), context)

    def inspect(self, container: str) -> dict:
        return json.loads(self.run(DOCKER, "inspect", container).stdout)[0]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        for namespace in (self.folder / "exec/netns").glob("*"):
            subprocess.run(["umount", namespace], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


class Compose:
    """One of docker/*.yml as a project. `settings` are its variables; `more` is what the services get besides: a second file, as people
    write one."""

    def __init__(self, case, daemon: Daemon, path: str, more: dict[str, dict], **settings) -> None:
        self.case, self.daemon, self.name = case, daemon, f"tctest{uuid.uuid4().hex[:8]}"
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tc-compose.", dir="/tmp"))
        case.addCleanup(shutil.rmtree, folder)
        # Debian's compose is older than a file's name for its project.
        (folder / "file.yml").write_text(re.sub(r"^name: .*", "", (PROJECT / path).read_text(), flags=re.M))
        (folder / "more.yml").write_text(json.dumps({"services": more}))
        self.command = ["docker-compose", "-p", self.name, "--project-directory", PROJECT / "docker", "-f", folder / "file.yml", "-f",
                        folder / "more.yml", "--profile", "observability"]
        self.settings = {"IMAGE": IMAGE, **{name: str(value) for name, value in settings.items()}}
        self.relays: list[subprocess.Popen] = []
        case.addCleanup(self.run, "down", "-v", "-t", "1")
        case.addCleanup(self.end_relays)

    def run(self, *arguments: str) -> str:
        done = subprocess.run([*self.command, *arguments], env={**self.daemon.env, **self.settings}, capture_output=True, text=True,
                              timeout=600)
        if done.returncode:
            raise AssertionError(f"docker-compose {arguments}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def containers(self, *services: str) -> dict[str, dict]:
        """name -> state and all that docker knows."""
        found = [self.daemon.inspect(i) for i in self.run("ps", "-q", *services).split()]
        return {c["Name"].removeprefix(f"/{self.name}_"): c for c in found}

    def wait_healthy(self, *services: str) -> None:
        """By the image's own check, which dockerd runs."""
        def probe():
            states = {name: c["State"] for name, c in self.containers(*services).items()}
            gone = [name for name, s in states.items() if s["Status"] != "running"]
            if gone:
                raise AssertionError(f"{gone}: {self.run('logs', '--tail', '40')}")
            return all(s["Health"]["Status"] == "healthy" for s in states.values()) and states

        wait_until(f"{services} are healthy", probe, 180, 0.5)

    def reach_the_rig(self, *services: str) -> None:
        """The rig's servers on loopback are answered on that of each container: again after each start."""
        self.end_relays()
        rig = self.case.rig
        ports = [rig["S3_ENDPOINT"].rsplit(":", 1)[1], re.search(r":(\d+)/", rig["TRACKER_HTTP"])[1], str(rig.seeder.port())]
        for container in self.containers(*services).values():
            relay = subprocess.Popen(["/usr/bin/python3", PROJECT / "tests/image/loopback.py", str(container["State"]["Pid"]), *ports],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.relays.append(relay)
            if relay.stdout.readline() != b"ready\n":
                raise AssertionError("the relay does not listen")

    def end_relays(self) -> None:
        while self.relays:
            relay = self.relays.pop()
            relay.stdin.close()
            relay.stdout.close()
            relay.terminate()
            relay.wait()
