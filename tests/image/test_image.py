"""The image as people run it, with the rig's store, tracker and seeder around it: `make test-image`."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

from container import IMAGE, VOLUMES, Case, Container, podman
from second import free_ports
from tc import MIB, PROJECT, Api, wait_until

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


class AllInOne(Case):
    def test_first_start_stop_in_a_job_and_what_is_kept(self):
        rig, volumes = self.rig, self.volumes()
        one = Container(self, volumes)
        print(f"    healthy on fresh volumes after {one.healthy():.1f} s", flush=True)
        login = one.login()
        api = one.client(*login)
        self.check_processes(one)
        self.check_root(one)

        torrent = rig.make_torrent("in a container", {"large.bin": 40 * MIB, "sub/small.txt": 5000})
        bucket = rig.s3.make_bucket()
        profile = api.s3_profile(bucket)
        rig.throttle.limit(5 * MIB)
        job = api.create_job(torrent, profile)
        wait_until("parts at the store", lambda: any(
            rig.s3.parts(bucket, key, upload) for key, upload in rig.s3.uploads(bucket)), 120)
        began = time.monotonic()
        self.assertEqual(one.stop(), 0, one.logs()[-3000:])
        self.assertRegex(one.logs(), 'torreclou-s3-worker.*"draining","Jobs":1')
        print(f"    stopped in the middle of an upload in {time.monotonic() - began:.1f} s", flush=True)
        self.assertIn("database system is shut down", one.logs())

        one.start()
        print(f"    healthy on used volumes after {one.healthy():.1f} s", flush=True)
        self.assertEqual(one.logs().count(login[1]), 1, "the password is printed once")
        rig.throttle.limit(0)
        api = one.client(*login)
        api.wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)

        # Another container on the same volumes: an update. The secrets are found there.
        one.stop()
        podman("rm", "-v", one.name)
        two = Container(self, volumes)
        two.healthy()
        api = two.client(*login)
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

    def check_root(self, one: Container) -> None:
        """Nothing but the volumes, /run and /tmp can be written to, by root neither."""
        for path, code in (("/opt/torrentclou/bin", 1), ("/etc", 1), ("/var/lib", 1), ("/data/downloads", 0), ("/run", 0), ("/tmp", 0)):
            done = podman("exec", one.name, "sh", "-c", f"touch {path}/x && rm {path}/x", check=False)
            self.assertEqual((done.returncode, "Read-only file system" in done.stderr), (code, bool(code)), f"{path}: {done.stderr}")

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
        self.assertNotIn("creating the database cluster", refused.logs())
        # At servers of somebody else's nothing is made up, since other containers may share them.
        refused = Container(self, self.volumes(), DATABASE_URL="postgresql://127.0.0.1:1/none", REDIS_URL="redis://127.0.0.1:1")
        self.assertEqual(refused.ended(), 78)
        for name in ("CREDENTIALS_KEY", "JWT_SECRET", "ADMIN_EMAIL and ADMIN_PASSWORD"):
            self.assertRegex(refused.logs(), f"(?m)^  {name}:")

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

    def test_the_first_signal_drains_and_the_second_does_not_wait(self):
        rig, volumes = self.rig, self.volumes()
        one = Container(self, volumes)
        one.healthy()
        api = one.client(*one.login())
        torrent = rig.make_torrent("told twice", {"large.bin": 30 * MIB})
        bucket = rig.s3.make_bucket()
        rig.throttle.limit(3 * MIB)
        job = api.create_job(torrent, api.s3_profile(bucket))
        wait_until("parts at the store", lambda: any(
            rig.s3.parts(bucket, key, upload) for key, upload in rig.s3.uploads(bucket)), 120)
        # A database that stands still, so that no job can be given back to it: the drain does not end.
        frozen = one.pids("postgres")
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(self.go_on, pid)
        podman("kill", "-s", "TERM", one.name)
        wait_until("the workers have been told", lambda: re.search("waiting for .*s3-worker.* to die", one.logs()))
        time.sleep(2)
        self.assertEqual(len(one.pids("torrentclou-s3-worker")), 1)
        podman("kill", "-s", "TERM", one.name)
        wait_until("it leaves", lambda: not one.pids("torrentclou-s3-worker"))
        for pid in frozen:
            self.go_on(pid)
        self.assertEqual(one.ended(), 0)
        self.assertIn("database system is shut down", one.logs())
        rig.throttle.limit(0)
        one.start()
        one.healthy()
        one.client(*one.login()).wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)

    @staticmethod
    def go_on(pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

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
