"""GET /metrics: who may read it, both text formats, what it counts, and that nothing goes backwards when processes die."""
import os
import signal
import subprocess

from api_case import ApiCase
from prometheus import Metrics, scrape
from second import Second
from tc import Api, wait_until

STATUSES = {"QUEUED", "DOWNLOADING", "PENDING_UPLOAD", "UPLOADING", "TORRENT_DOWNLOAD_RETRY", "UPLOAD_RETRY", "COMPLETED",
            "FAILED", "CANCELLED", "TORRENT_FAILED", "UPLOAD_FAILED", "GOOGLE_DRIVE_FAILED"}


class Reader(ApiCase):
    """The reader that the other tests rely on is strict."""

    def test_what_is_no_text_format(self):
        good = "# HELP a_total x\n# TYPE a_total counter\na_total{b=\"c\"} 1\n"
        Metrics(good)
        for old, new in (("a_total{", "b_total{"), ("} 1", "} x"), ("} 1", "} -1"), ('b="c"', 'b="c",b="d"'), ('"c"', '"c'), ("# TYPE a_total", "# TYPE b"),
                         ('{b="c"} 1', "{b=\"c\"} 1\na_total{b=\"c\"} 2"), ("\n# TYPE", "\n\n# TYPE"), (" 1\n", " 1"), ('"c"', '""')):
            self.assertIn(old, good)
            with self.assertRaises(ValueError, msg=(old, new)):
                Metrics(good.replace(old, new, 1))
        histogram = ("# HELP h x\n# TYPE h histogram\n" 'h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n')
        Metrics(histogram)
        for old, new in (("Inf\"} 2", "Inf\"} 0"), ("h_count 2", "h_count 3"), ("h_sum 3\n", ""), ('"+Inf"', '"2"')):
            with self.assertRaises((ValueError, KeyError), msg=(old, new)):
                Metrics(histogram.replace(old, new, 1))


class Access(ApiCase):
    def test_strangers_find_nothing(self):
        for base in ("API_URL", "WEB_URL"):
            api = Api(self.rig, self.rig[base])
            for headers in ({"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=1.2.3.4"},
                            {"Origin": "https://elsewhere.example"}, {"Authorization": "Bearer wrong", "X-Forwarded-For": "1.2.3.4"},
                            {"Authorization": "Bearer ", "X-Forwarded-For": "1.2.3.4"},
                            {"Authorization": f"Bearer {self.api.token}", "X-Forwarded-For": "1.2.3.4"}):
                self.assert_problem(api.get("/metrics", headers=headers), 404, "NotFound", "There is nothing at this address.")
            self.assertEqual(api.get("/proxy/metrics").status, 404)

    def test_the_token_opens_it_from_anywhere(self):
        token = self.rig.platform.environment()["METRICS_TOKEN"]
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.7"}
        self.assertEqual(Api(self.rig, self.rig["API_URL"]).get("/metrics", headers=headers).status, 200)
        # It opens nothing else.
        self.assertEqual(Api(self.rig, self.rig["API_URL"]).get("/api/jobs", headers=headers).status, 401)

    def test_loopback_needs_none(self):
        answer = Api(self.rig, self.rig["API_URL"]).get("/metrics")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        self.assert_problem(self.api.post("/metrics"), 405, "MethodNotAllowed")

    def test_switched_off_there_is_nothing_for_anybody(self):
        """At a web part of its own, which meets the rig's servers at their addresses."""
        shared = ("DATABASE_URL", "REDIS_URL", "CREDENTIALS_KEY", "JWT_SECRET", "ADMIN_EMAIL", "ADMIN_PASSWORD", "METRICS_TOKEN")
        given = self.rig.platform.environment()
        web = Second(self, self.rig, PROGRAMS="web", OBSERVABILITY_ENABLE_PROMETHEUS="false", **{name: given[name] for name in shared})
        up = web.run("platform.sh", "up")
        self.assertEqual(up.returncode, 0, up.stderr)
        api = Api(self.rig, f"http://127.0.0.1:{web.api}")
        self.assertTrue(api.must("GET", "/api/health/ready")["isHealthy"])
        for headers in ({}, {"Authorization": f"Bearer {given['METRICS_TOKEN']}"}):
            self.assert_problem(api.get("/metrics", headers=headers), 404, "NotFound", "There is nothing at this address.")


class Content(ApiCase):
    def test_both_formats_are_well_formed(self):
        text, open_metrics = scrape(self.api), scrape(self.api, True)
        self.assertLessEqual({n for n, _ in text.samples}, {n for n, _ in open_metrics.samples})
        answer = self.api.get("/metrics", headers={"Accept": "application/openmetrics-text"})
        self.assertEqual(answer.headers["Content-Type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")

    def test_requests_carry_the_known_labels(self):
        def seen(metrics: Metrics, **labels) -> float:
            return metrics.total("http_server_request_duration_seconds_count", **labels)

        ours = {"http_request_method": "GET", "http_response_status_code": "404", "http_route": "/api/jobs/{id}",
                "network_protocol_version": "1.1", "url_scheme": "http"}
        before = scrape(self.api)
        for _ in range(3):
            self.api.get("/api/jobs/0")
        self.api.request("BREW", "/api/jobs/nowhere")
        after = scrape(self.api)
        self.assertEqual(seen(after, **ours) - seen(before, **ours), 3)
        self.assertGreater(seen(after, http_request_method="_OTHER"), seen(before, http_request_method="_OTHER"))
        self.assertNotIn("BREW", after.values("http_server_request_duration_seconds_count", "http_request_method"))
        self.assertNotIn("http_route", {k for (_, have) in after.samples for k, v in have if v == "/api/jobs/nowhere"})
        self.assertGreaterEqual(after.total("http_server_active_requests"), 1)  # the scrape itself
        after.never_less_than(before)

    def test_jobs_queues_disk_and_processes(self):
        self.job_id("UPLOAD_FAILED")
        metrics = scrape(self.api)
        self.assertEqual(metrics.values("torrentclou_jobs", "status"), STATUSES)
        rows = dict(self.rig.platform.sql("select status, count(*) from jobs group by status"))
        for status in STATUSES:
            self.assertEqual(metrics.total("torrentclou_jobs", status=status), int(rows.get(status, 0)), status)
        self.assertEqual(metrics.total("torrentclou_up", server="postgresql"), 1)
        self.assertIn("torrents", metrics.values("torrentclou_queue_entries", "queue"))
        self.assertGreater(metrics.total("torrentclou_disk_available_bytes"), 0)
        for service in ("torreclou-api-fast", "torreclou-api-edge"):
            self.assertGreaterEqual(metrics.total("torrentclou_processes", service=service), 2)
            self.assertGreater(metrics.total("process_resident_memory_bytes", service=service), 1e6)
        self.assertGreater(metrics.total("process_cpu_seconds_total", service="torreclou-api-fast"), 0)

    def test_nothing_goes_back_when_a_child_dies(self):
        parent = self.rig.platform.pid("api-fast")

        def children() -> set[int]:
            found = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout
            return {int(pid) for pid in found.split()}

        before = scrape(self.api)
        for _ in range(3):
            victims = children()
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            wait_until("other children", lambda: len(now := children()) == len(victims) and not now & victims)
            wait_until("an answer", lambda: self.api.get("/api/health").status == 200)
            after = scrape(self.api)
            after.never_less_than(before)
            self.assertEqual(after.total("torrentclou_processes", service="torreclou-api-fast"), len(victims))
            before = after

    def test_without_redis(self):
        self.addCleanup(self.rig.platform.start, "redis")
        self.rig.platform.stop("redis")
        metrics = scrape(self.api)
        self.assertEqual((metrics.total("torrentclou_up", server="redis"), metrics.total("torrentclou_up", server="postgresql")), (0, 1))
