"""The compose files as people start them: every service runs, finds the others, and a job goes through and over a stop. What stands
for the images of others is in stand-in/; Loki and Grafana have none and are left out."""
from container import QUICK, Case, printed_login
from daemon import DOCKER, Compose, Daemon
from second import free_ports
from tc import MIB, Api, wait_until
from telemetry import fetch

TOKEN = "a-token-for-metrics"
QUICK = {name: str(value) for name, value in QUICK.items()}


class WithDocker(Case):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.close)

    def ports(self, *names: str) -> dict[str, int]:
        return dict(zip(names, free_ports(len(names))))

    def uploading(self, bucket: str) -> bool:
        return any(self.rig.s3.parts(bucket, key, upload) for key, upload in self.rig.s3.uploads(bucket))

    def check_metrics(self, api: Api) -> None:
        """Who asks through a published port is a stranger, whatever the address on the other side."""
        self.assertEqual(api.get("/metrics", headers={"Authorization": ""}).status, 404)
        self.assertEqual(api.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status, 200)


class AllInOne(WithDocker):
    def test_a_job_that_prometheus_sees(self):
        rig, ports = self.rig, self.ports("WEB_PORT", "API_PORT", "PEER_PORT", "GRAFANA_PORT", "PROMETHEUS_PORT")
        it = Compose(self, self.daemon, "docker/compose.yml", {"torrentclou": {"environment": QUICK}}, METRICS_TOKEN=TOKEN,
                     VOLUME_PREFIX="tc-test", **ports)
        it.run("up", "-d", "torrentclou", "prometheus")
        it.wait_healthy("torrentclou")
        login = printed_login(it.run("logs", "--no-color", "torrentclou"))
        it.reach_the_rig("torrentclou")
        api = Api(rig, f"http://127.0.0.1:{ports['API_PORT']}")
        api.login(*login)
        self.check_metrics(api)
        self.assertIn("<title>", Api(rig, f"http://127.0.0.1:{ports['WEB_PORT']}").get("/").text)
        torrent, bucket = rig.make_torrent("composed", {"large.bin": 30 * MIB, "small.txt": 5000}), rig.s3.make_bucket()
        rig.throttle.limit(5 * MIB)
        job = api.create_job(torrent, api.s3_profile(bucket))
        wait_until("parts at the store", lambda: self.uploading(bucket), 120)
        it.run("stop")
        self.assertEqual({n: c["State"]["ExitCode"] for n, c in it.containers().items()}, {"torrentclou_1": 0, "prometheus_1": 0})
        it.run("up", "-d", "torrentclou", "prometheus")
        it.wait_healthy("torrentclou")
        it.reach_the_rig("torrentclou")
        rig.throttle.limit(0)
        api.login(*login)
        api.wait_job(job, "COMPLETED")
        rig.check_upload(bucket, torrent, job)
        self.check_prometheus(f"http://127.0.0.1:{ports['PROMETHEUS_PORT']}")

    def check_prometheus(self, url: str) -> None:
        """The mounted configuration: its targets, its rules, and what it scraped."""
        def ask(what: str):
            return fetch(f"{url}/api/v1/{what}")["data"]

        wait_until("both targets are up", lambda: {t["labels"]["job"]: t["health"] for t in ask("targets")["activeTargets"]}
                   == {"torrentclou": "up", "prometheus": "up"}, 120, 1)
        wait_until("the upload is counted", lambda: [
            r for r in ask("query?query=torreclou_upload_total_bytes_total")["result"] if int(r["value"][1]) > 0], 60, 1)
        wait_until("every rule was looked at", lambda: {
            rule["health"] for group in ask("rules")["groups"] for rule in group["rules"]} == {"ok"}, 60, 1)


class InParts(WithDocker):
    OURS = ("web", "torrent-worker", "s3-worker", "gdrive-worker")

    def test_two_that_upload_and_a_stop_in_their_jobs(self):
        rig, ports = self.rig, self.ports("WEB_PORT", "API_PORT", "PEER_PORT")
        more = {name: {"environment": {**QUICK, "HANGFIRE_WORKER_COUNT": "1"}} for name in self.OURS}
        login = ("me@example.com", "a long enough password")
        it = Compose(self, self.daemon, "docker/compose.scale.yml", more, ADMIN_EMAIL=login[0], ADMIN_PASSWORD=login[1], METRICS_TOKEN=TOKEN,
                     POSTGRES_PASSWORD="letters4and2digits", JWT_SECRET="x" * 40, CREDENTIALS_KEY="5a" * 32,
                     EVENTS_PUBLISH_SECRET="a-secret-for-events", **ports)
        up = ("up", "-d", "--scale", "s3-worker=2")
        it.run(*up)
        it.wait_healthy()
        self.assertEqual(len(it.containers()), 7)
        it.reach_the_rig(*self.OURS)
        api = Api(rig, f"http://127.0.0.1:{ports['API_PORT']}")
        api.login(*login)
        self.check_metrics(api)
        bucket = rig.s3.make_bucket()
        profile = api.s3_profile(bucket)
        torrents = [rig.make_torrent(f"part {i}", {"large.bin": 30 * MIB}) for i in range(2)]
        rig.throttle.limit(3 * MIB)
        jobs = [api.create_job(torrent, profile) for torrent in torrents]
        # Each takes one job at a time, so both work.
        wait_until("both upload", lambda: len(self.holders(it)) == 2, 120)
        wait_until("parts at the store", lambda: self.uploading(bucket), 120)
        it.run("stop")
        self.assertEqual({c["State"]["ExitCode"] for c in it.containers(*self.OURS).values()}, {0})
        it.run(*up)
        it.wait_healthy()
        it.reach_the_rig(*self.OURS)
        rig.throttle.limit(0)
        api.login(*login)
        for torrent, job in zip(torrents, jobs):
            api.wait_job(job, "COMPLETED")
            rig.check_upload(bucket, torrent, job)
        # Those that work in other containers are counted.
        answer = api.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        self.assertRegex(answer.text, r'torreclou_upload_total_bytes_total\{job_type="s3_upload"\} [1-9]')

    def holders(self, it: Compose) -> set[str]:
        [postgres] = it.containers("postgres")
        return set(self.daemon.run(DOCKER, "exec", f"{it.name}_{postgres}", "psql", "-U", "torrenclo_user", "-d", "torrenclo", "-Atc",
                                   "select worker_id from torrentclou.job_phases where phase = 'upload' and worker_id is not null"
                                   ).stdout.split())
