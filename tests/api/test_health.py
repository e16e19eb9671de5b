"""Health, for people and for load balancers."""
from api_case import ApiCase, golden
from tc import Api


class Health(ApiCase):
    def test_live(self):
        answer = Api(self.rig, self.rig["WEB_URL"]).get("/api/health")
        self.assertEqual((answer.status, answer.json["status"]), (200, "healthy"))
        self.assert_shape(answer.json, golden("health"))

    def test_ready(self):
        answer = Api(self.rig, self.rig["API_URL"]).get("/api/health/ready")
        self.assertEqual(answer.status, 200, answer)
        self.assert_shape(answer.json, golden("health-ready"))
        self.assertEqual((answer.json["isHealthy"], answer.json["database"], answer.json["redis"]), (True, "healthy", "healthy"))

    def test_detailed(self):
        answer = Api(self.rig, self.rig["API_URL"]).get("/api/health/detailed")
        self.assertEqual(answer.status, 200, answer)
        body = answer.json
        self.assert_shape(body, golden("health-detailed"))
        self.assertEqual(body["pendingMigrations"], 0)
        storage = body["storage"]
        self.assertTrue(0 < storage["usedBytes"] <= storage["totalBytes"])
        self.assertTrue(0 < storage["usagePercent"] <= 100)
