"""The API's processes, and the API while what it stands on is away."""
import os
import signal
import subprocess

from api_case import ApiCase
from tc import Api, wait_until


class Processes(ApiCase):
    def children(self, program: str) -> set[int]:
        found = subprocess.run(["pgrep", "-P", str(self.rig.platform.pid(program))], capture_output=True, text=True).stdout
        return {int(pid) for pid in found.split()}

    def test_a_killed_child_is_replaced(self):
        for sig in (signal.SIGKILL, signal.SIGTERM):
            before = self.children("api-fast")
            self.assertGreaterEqual(len(before), 2)
            os.kill(min(before), sig)
            wait_until("another child", lambda: len(now := self.children("api-fast")) == len(before) and now != before)
            for _ in range(2 * len(before)):
                self.assertEqual(self.api.get("/api/jobs").status, 200)

    def test_children_end_with_their_parent(self):
        before = self.children("api-edge")
        parent = self.rig.platform.pid("api-edge")
        os.kill(parent, signal.SIGKILL)
        wait_until("no child is left", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in before))
        self.rig.platform.wait_running("api-edge", other_than=parent)
        wait_until("the login answers", lambda: self.try_login().status == 200)

    def test_a_stop_ends_all_and_a_start_brings_them_back(self):
        before = self.children("api-fast")
        self.rig.platform.stop("api-fast")
        self.addCleanup(self.rig.platform.start, "api-fast")
        self.assertFalse([pid for pid in before if os.path.exists(f"/proc/{pid}")])
        self.assert_problem(self.api.get("/api/jobs"), 503, "Unavailable")
        self.rig.platform.start("api-fast")
        wait_until("the API answers", lambda: self.api.get("/api/jobs").status == 200)

    def try_login(self):
        return Api(self.rig, self.rig["API_URL"]).post(
            "/api/auth/login", {"email": self.rig["ADMIN_EMAIL"], "password": self.rig["ADMIN_PASSWORD"]})

    def test_without_redis(self):
        torrent, profile = self.torrent_id(), self.profile_id()
        self.addCleanup(self.rig.platform.start, "redis")
        self.rig.platform.stop("redis")
        created = self.api.post("/api/torrents/create-job", {"torrentFileId": torrent, "storageProfileId": profile})
        self.assertEqual(created.status, 200, created)  # the row is the truth, the queue only a hint
        self.addCleanup(self.forget, created.json["jobId"])
        self.assertEqual(self.api.job(created.json["jobId"])["status"], "QUEUED")
        self.assertEqual(self.api.post(f"/api/jobs/{created.json['jobId']}/cancel").status, 200)
        self.assertEqual(self.try_login().status, 200)
        self.assertEqual(self.api.get("/api/health").status, 200)
        self.assertEqual(self.api.get("/api/health/detailed").json["redis"], "unhealthy")
        ready = wait_until("not ready", lambda: (a := self.api.get("/api/health/ready")).status == 503 and a)
        self.assertEqual((ready.json["redis"], ready.json["redisResponseTimeMs"], ready.json["isHealthy"]),
                         ("unhealthy", None, False))

    def test_without_postgresql(self):
        self.addCleanup(wait_until, "the API is back", lambda: self.api.get("/api/jobs").status == 200)
        self.addCleanup(self.rig.platform.start, "postgres")
        self.rig.platform.stop("postgres")
        answer = self.api.get("/api/jobs")
        self.assert_problem(answer, 503, "Unavailable")  # and no 401: that would log everybody out
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertNotIn("sock", answer.text)
        self.assert_problem(self.try_login(), 503, "Unavailable")
        self.assertEqual(self.api.get("/api/health").status, 200)
        detailed = self.api.get("/api/health/detailed")
        self.assertEqual((detailed.status, detailed.json["database"]), (200, "unhealthy"))
        self.assertIn("Could not check pending migrations", detailed.json["warnings"])
