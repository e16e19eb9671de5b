"""The image as people run it, with the rig's store, tracker and seeder around it: `make test-image`. Needs podman and an image
(`make image`); IMAGE names it."""
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

from tc import MIB, PROJECT, Api, RigCase, wait_until

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
    os.environ["CONTAINERS_CONF"] = file.name


def free_ports(n: int) -> list[int]:
    out = subprocess.run([sys.executable, str(PROJECT / "tests/rig/free_ports.py"), str(n)], capture_output=True, text=True, check=True)
    return [int(p) for p in out.stdout.split()]


# Volumes as the replaced product leaves them: a cluster of another image's users, its role, its tables, a folder per job.
REPLACED = r"""
runuser -u postgres -- initdb -D /data/postgres -U postgres --locale=C -E UTF8 -A trust >/dev/null
echo "listen_addresses = '127.0.0.1'" >>/data/postgres/postgresql.conf
printf '%s\n' "create role torrenclo_user login password 'changeme'" 'create database torrenclo owner torrenclo_user' |
    runuser -u postgres -- postgres --single -D /data/postgres postgres >/dev/null
echo 'create table their_jobs as select 5 as id' | runuser -u postgres -- postgres --single -D /data/postgres torrenclo >/dev/null
mkdir -p /data/downloads/1 && echo theirs >/data/downloads/1/file && chmod 777 /data/downloads
chown -R 105:107 /data/postgres /data/redis && chown -R root:root /data/downloads
"""

# And with its own tables, by its own role, beside what the test has put into /theirs.
REPLACED_DATA = REPLACED + r"""
chown -R postgres:postgres /data/postgres
{ printf 'set session authorization torrenclo_user;\n\n'; cat /fixture/schema.sql /fixture/rows.sql /theirs/rows.sql; } |
    runuser -u postgres -- postgres --single -j -D /data/postgres torrenclo >/tmp/load 2>&1 || cat /tmp/load
if grep -E 'ERROR|FATAL' /tmp/load; then exit 1; fi
mkdir /data/downloads/torrents && cp /theirs/*.torrent /data/downloads/torrents/ && chown -R 1654:1654 /data/downloads/torrents
chown -R 105:107 /data/postgres
"""


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


class AllInOne(Case):
    def test_first_start_stop_in_a_job_and_what_is_kept(self):
        rig, volumes = self.rig, self.volumes()
        one = Container(self, volumes)
        one.healthy()
        said = re.search(r"e-mail +(\S+)\n +password +(\S+)\n", one.logs())
        self.assertTrue(said, one.logs()[:2000])
        api = one.client(*said.groups())
        self.check_processes(one)

        torrent = rig.make_torrent("in a container", {"large.bin": 40 * MIB, "sub/small.txt": 5000})
        bucket = rig.s3.make_bucket()
        profile = api.s3_profile(bucket)
        rig.throttle.limit(5 * MIB)
        job = api.create_job(torrent, profile)
        wait_until("parts at the store", lambda: any(
            rig.s3.parts(bucket, key, upload) for key, upload in rig.s3.uploads(bucket)), 120)
        began = time.monotonic()
        self.assertEqual(one.stop(), 0, one.logs()[-3000:])
        print(f"    stopped in the middle of an upload in {time.monotonic() - began:.1f} s", flush=True)
        self.assertIn("database system is shut down", one.logs())

        one.start()
        print(f"    healthy on used volumes after {one.healthy():.1f} s", flush=True)
        self.assertEqual(one.logs().count(said[2]), 1, "the password is printed once")
        rig.throttle.limit(0)
        api = one.client(*said.groups())
        api.wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)

        # Another container on the same volumes: an update. The secrets are found there.
        one.stop()
        podman("rm", "-v", one.name)
        two = Container(self, volumes)
        two.healthy()
        api = two.client(*said.groups())
        self.assertEqual(api.job(job)["status"], "COMPLETED")
        self.assertTrue(api.must("POST", f"/api/storage/profiles/{profile}/test")["success"])
        self.check_backup(two)

    def check_processes(self, one: Container) -> None:
        """Only supervisord and what belongs to it are root, and there is neither compiler nor Node."""
        rows = [line.split(None, 1) for line in podman("top", one.name, "user", "comm").stdout.splitlines()[1:]]
        users: dict[str, set] = {}
        for user, command in rows:
            users.setdefault(command.split()[0], set()).add(user)
        self.assertEqual(users["postgres"], {"postgres"})
        self.assertEqual(users["nginx"], {"tc-nginx"})
        self.assertEqual({u for c, us in users.items() if c.startswith("torrentclou") for u in us},
                         {"tc-api", "tc-torrent", "tc-upload"})
        self.assertLessEqual({c for c, us in users.items() if "root" in us}, {"platform.sh", "bash", "supervisord", "fatal.sh"})
        for tool in ("gcc", "cc", "make", "node", "npm"):
            self.assertNotEqual(podman("exec", one.name, "sh", "-c", f"command -v {tool}", check=False).returncode, 0, tool)

    def check_backup(self, one: Container) -> None:
        done = subprocess.run(["podman", "exec", one.name, "sh", "-c", "torrentclou-backup create - | tar -t"], capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.stdout.split(), ["MANIFEST", "database.dump", "secrets.env"], done.stderr)

    def test_placeholders_and_mistakes_are_listed(self):
        volumes = self.volumes()
        refused = Container(self, volumes, ADMIN_PASSWORD="changeme", JWT_SECRET="CHANGE_ME_to_at_least_32_characters",
                            PROGRAMS="web,workers")
        self.assertEqual(refused.ended(), 78)
        for name in ("ADMIN_PASSWORD: still the placeholder", "JWT_SECRET: still the placeholder", "PROGRAMS: 'workers'"):
            self.assertIn(name, refused.logs())

    def test_volumes_of_the_replaced_product(self):
        volumes = self.volumes()
        podman("run", "--rm", *(f"--volume={volume}:{VOLUMES[kind]}" for kind, volume in volumes.items()), IMAGE, "sh", "-ec", REPLACED)
        one = Container(self, volumes, POSTGRES_PASSWORD="changeme", JWT_SECRET="CHANGE_ME_to_at_least_32_characters",
                        ADMIN_EMAIL="me@example.com", ADMIN_PASSWORD="changeme", NEXTAUTH_SECRET="CHANGE_ME")
        one.healthy()
        for name in ("POSTGRES_PASSWORD", "JWT_SECRET", "ADMIN_PASSWORD"):
            self.assertIn(f"{name} IS STILL A PLACEHOLDER", one.logs())
        api = one.client("me@example.com", "changeme")
        torrent = self.rig.make_torrent("after them", {"a.bin": MIB})
        bucket = self.rig.s3.make_bucket()
        job = api.create_job(torrent, api.s3_profile(bucket))
        self.assertEqual(job, 1, "the number of one of their jobs")
        api.wait_job(job, "COMPLETED")
        self.rig.check_upload(bucket, torrent, job)
        self.assertEqual(podman("exec", one.name, "psql", "-Atc", "select id from their_jobs", "torrenclo").stdout.strip(), "5")
        self.assertEqual(podman("exec", one.name, "cat", "/data/downloads/replaced/1/file").stdout.strip(), "theirs")
        # The second signal hurries the first; both end in order.
        for _ in range(2):
            podman("kill", "-s", "TERM", one.name)
        self.assertEqual(one.ended(), 0)
        self.assertIn("database system is shut down", one.logs())

    def test_the_data_of_the_replaced_product(self):
        volumes, folder = self.volumes(), self.rig.folder / "theirs"
        torrent, bucket = self.rig.make_torrent("theirs", {"a.bin": 6 * MIB, "b.txt": 5}), self.rig.s3.make_bucket()
        folder.mkdir()
        (folder / f"{torrent.infohash.upper()}.torrent").write_bytes(torrent.metainfo)
        keys = json.dumps({"endpoint": self.rig["S3_ENDPOINT"], "accessKey": self.rig["S3_KEY"], "secretKey": self.rig["S3_SECRET"],
                           "bucketName": bucket, "region": "us-east-1"})
        (folder / "rows.sql").write_text(f"""
            insert into dev."UserStorageProfiles" select 31, 1, 'Real', 'S3', null, '{keys}', false, true, false, null, now(), null;
            insert into dev."RequestedFiles" select 31, 'theirs', 1, '{{}}', '{torrent.infohash.upper()}', 'Torrent', 1, null, now(), null;
            insert into dev."UserJobs" ("Id", "UserId", "StorageProfileId", "Status", "Type", "RequestFileId", "BytesDownloaded",
                "TotalBytes", "CreatedAt") values (31, 1, 31, 'FAILED', 'Torrent', 31, 0, 0, now());\n\n""")
        podman("run", "--rm", f"--volume={folder}:/theirs:ro", f"--volume={PROJECT / 'tests/fixtures/replaced'}:/fixture:ro",
               *(f"--volume={volume}:{VOLUMES[kind]}" for kind, volume in volumes.items()), IMAGE, "sh", "-ec", REPLACED_DATA)
        one = Container(self, volumes, ADMIN_EMAIL="Me@example.com", ADMIN_PASSWORD="a password of the environment")
        one.healthy()
        self.assertIn('"taken over from the replaced product"', one.logs())
        api = one.client("me@example.com", "a password of the environment")
        self.assertEqual(api.must("GET", "/api/jobs?pageSize=1")["totalCount"], 17)
        api.must("POST", "/api/jobs/31/retry")
        api.wait_job(31, "COMPLETED")
        self.rig.check_upload(bucket, torrent, 31)
        again = podman("exec", one.name, "/opt/torrentclou/scripts/platform.sh", "admin", "import", check=False)
        self.assertEqual(again.returncode, 78, again.stdout + again.stderr)

    def test_a_program_that_cannot_run_ends_the_container(self):
        broken = self.rig.folder / "broken"
        broken.write_text("#!/bin/sh\nexit 1\n")
        broken.chmod(0o755)
        one = Container(self, {**self.volumes(), "/usr/bin/redis-server": str(broken)})
        self.assertEqual(one.ended(), 70)
        self.assertRegex(one.logs(), "error: redis (cannot be started|dies again and again)")
        self.assertIn("database system is shut down", one.logs())


class InParts(Case):
    """compose.scale.yml without compose: PostgreSQL and Redis elsewhere, web, one that downloads, two that upload."""

    def server(self, *command: str) -> None:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, 2)

    def test_a_job_through_separate_containers(self):
        rig = self.rig
        pg, redis, events = free_ports(3)
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tc-parts.", dir="/tmp"))
        self.addCleanup(subprocess.run, ["rm", "-rf", str(folder)])
        folder.chmod(0o755)
        (folder / "pg").mkdir()
        (folder / "redis").mkdir()
        subprocess.run(["chown", "postgres:", str(folder / "pg")], check=True)
        self.run_as_postgres("/usr/lib/postgresql/15/bin/initdb", "-D", str(folder / "pg"), "-A", "trust", "-U", "torrenclo_user")
        self.server("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                    "/usr/lib/postgresql/15/bin/postgres", "-D", str(folder / "pg"), "-p", str(pg), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}/pg")
        self.server("redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--dir", str(folder / "redis"))
        for port in (pg, redis):
            wait_until("the server listens", lambda p=port: self.listens(p))
        shared = {"DATABASE_URL": f"postgresql://torrenclo_user@127.0.0.1:{pg}/postgres", "REDIS_URL": f"redis://127.0.0.1:{redis}",
                  "CREDENTIALS_KEY": "5a" * 32, "EVENTS_PUBLISH_SECRET": "a-secret-for-events", "METRICS_DIR": "/data/metrics"}
        volumes = self.volumes("downloads", "/data/metrics")
        worker = {**shared, "EVENTS_PUBLISH_URL": f"http://127.0.0.1:{events}/pub"}
        uploads = [Container(self, volumes, PROGRAMS="s3-worker", **worker) for _ in range(2)]
        web = Container(self, volumes, PROGRAMS="web", EVENTS_LISTEN=f"127.0.0.1:{events}", JWT_SECRET="x" * 40,
                        ADMIN_EMAIL="me@example.com", ADMIN_PASSWORD="a long enough password", **shared)
        downloads = Container(self, volumes, PROGRAMS="torrent-worker", **worker)
        for container in (web, downloads, *uploads):
            container.healthy()
        api = web.client("me@example.com", "a long enough password")
        torrent = rig.make_torrent("in parts", {"large.bin": 30 * MIB, "small.txt": 5000})
        bucket = rig.s3.make_bucket()
        rig.throttle.limit(5 * MIB)
        job = api.create_job(torrent, api.s3_profile(bucket))
        wait_until("parts at the store", lambda: any(
            rig.s3.parts(bucket, key, upload) for key, upload in rig.s3.uploads(bucket)), 120)
        # The one that uploads is killed with its container; the other takes over.
        [[holder]] = self.sql(pg, f"select worker_id from job_phases where job_id = {job} and phase = 'upload'")
        mine = [c for c in uploads if self.holds(c, holder)]
        self.assertEqual(len(mine), 1, holder)
        podman("kill", mine[0].name)
        rig.throttle.limit(0)
        api.wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)
        self.assertEqual(self.events(events, "another secret"), 403)
        self.assertIn(self.events(events, "a-secret-for-events"), (201, 202))
        # What a worker elsewhere counts is seen by the API.
        metrics = api.get("/metrics", headers={})
        self.assertIn("torreclou_upload_total_bytes_total", metrics.text)
        for container in (web, downloads, *uploads):
            if container is not mine[0]:
                self.assertEqual(container.stop(), 0, container.logs()[-2000:])

    @staticmethod
    def listens(port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False

    def run_as_postgres(self, *command: str) -> None:
        subprocess.run(["runuser", "-u", "postgres", "--", *command], check=True, capture_output=True)

    def sql(self, port: int, statement: str) -> list[list[str]]:
        out = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", str(port), "-U", "torrenclo_user", "-d", "postgres",
                              "-c", statement], env={**os.environ, "PGOPTIONS": "-c search_path=torrentclou"}, capture_output=True,
                             text=True, check=True).stdout
        return [line.split("|") for line in out.splitlines()]

    def holds(self, container: Container, worker: str) -> bool:
        return worker in container.logs()

    def events(self, port: int, secret: str) -> int:
        web = Api(self.rig, f"http://127.0.0.1:{port}")
        return web.post("/pub?id=u1", {"a": 1}, headers={"X-Publish-Secret": secret}).status
