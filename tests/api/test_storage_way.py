"""S3 destinations that say no at first: another region, another clock, a certificate that nobody knows."""
import json
import pathlib

from api_case import ApiCase
from s3_peers import Peers

HINT = "Add its CA certificate to the storage profile."


class Way(ApiCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.peers = Peers(cls.rig)
        cls.addClassCleanup(cls.peers.close)

    def order(self, **changes) -> dict:
        return {"profileName": "A way", "s3Endpoint": self.rig["S3_ENDPOINT"], "s3AccessKey": self.rig["S3_KEY"],
                "s3SecretKey": self.rig["S3_SECRET"], "s3BucketName": self.bucket, "s3Region": "us-east-1", **changes}

    def setUp(self) -> None:
        super().setUp()
        self.bucket = self.rig.s3.make_bucket()

    def tried(self, **changes) -> dict:
        return self.api.must("POST", "/api/storage/s3/test", self.order(**changes))

    def configured(self, **changes) -> dict:
        identity = self.api.must("POST", "/api/storage/s3/configure", self.order(**changes))["storageProfileId"]
        return self.api.must("GET", f"/api/storage/profiles/{identity}")

    def test_the_region_is_discovered_and_stored(self):
        found = self.tried(s3Region="mars-north-1")
        self.assertEqual((found["success"], found["region"]), (True, "us-east-1"), found)
        profile = self.configured(s3Region="mars-north-1")
        self.assertEqual(profile["s3"]["region"], "us-east-1")
        untested = self.configured(s3Region="mars-north-1", skipTest=True)
        self.assertEqual(untested["s3"]["region"], "mars-north-1")
        self.assertEqual(self.api.must("POST", f"/api/storage/profiles/{untested['id']}/test")["region"], "us-east-1")
        after = self.api.must("GET", f"/api/storage/profiles/{untested['id']}")
        self.assertEqual((after["s3"]["region"], after["checkOk"]), ("us-east-1", True))

    def test_the_clock_is_measured(self):
        endpoint, set_offset = self.peers.skewed(7200)
        found = self.tried(s3Endpoint=endpoint)
        self.assertTrue(found["success"], found)
        self.assertAlmostEqual(found["clockOffsetSeconds"], 7200, delta=5)
        profile = self.configured(s3Endpoint=endpoint)
        self.assertAlmostEqual(profile["s3"]["clockOffsetSeconds"], 7200, delta=5)
        set_offset(-90000)  # behind, and on another day
        found = self.api.must("POST", f"/api/storage/profiles/{profile['id']}/test")
        self.assertAlmostEqual(found["clockOffsetSeconds"], -90000, delta=5)
        set_offset(0)  # somebody has set a clock
        self.assertEqual(self.api.must("POST", f"/api/storage/profiles/{profile['id']}/test")["clockOffsetSeconds"], 0)
        self.assertEqual(self.api.must("GET", f"/api/storage/profiles/{profile['id']}")["s3"]["clockOffsetSeconds"], 0)

    def test_a_wrong_key_is_wrong_at_any_time(self):
        endpoint, _ = self.peers.skewed(7200)
        found = self.tried(s3Endpoint=endpoint, s3SecretKey="wrong" * 8)
        self.assertFalse(found["success"])
        self.assertIn("the secret key is wrong", found["steps"][0]["message"])

    def test_a_certificate_of_ones_own(self):
        endpoint, ca = self.peers.tls()
        other_ca = self.peers.authority("other")
        for wrong in ({}, {"s3CaCertificate": None}, {"s3CaCertificate": " "}, {"s3CaCertificate": other_ca}):
            found = self.tried(s3Endpoint=endpoint, **wrong)
            self.assertFalse(found["success"], wrong)
            self.assertIn("The server's certificate is not trusted", found["steps"][0]["message"])
            self.assertIn(HINT, found["steps"][0]["message"])
            body = self.assert_problem(self.api.post("/api/storage/s3/configure", self.order(s3Endpoint=endpoint, **wrong)),
                                       422, "S3ConnectionFailed")
            self.assertIn(HINT, body["detail"])
        self.assertTrue(self.tried(s3Endpoint=endpoint, s3CaCertificate=ca)["success"])
        self.assertTrue(self.tried(s3Endpoint=endpoint, s3CaCertificate=f"{other_ca}\n{ca}")["success"])
        profile = self.configured(s3Endpoint=endpoint, s3CaCertificate=ca)
        self.assertIs(profile["s3"]["hasCaCertificate"], True)
        self.assertNotIn("BEGIN CERTIFICATE", json.dumps(profile))
        path = f"/api/storage/profiles/{profile['id']}"
        self.assertTrue(self.api.must("POST", f"{path}/test")["success"])
        self.assert_problem(self.api.request("PATCH", path, {"s3CaCertificate": None}), 422, "S3ConnectionFailed")
        self.assertIs(self.api.must("GET", path)["s3"]["hasCaCertificate"], True)
        self.assertIs(self.api.must("PATCH", path, {"s3CaCertificate": None, "skipTest": True})["s3"]["hasCaCertificate"], False)
        self.assertFalse(self.api.must("POST", f"{path}/test")["success"])
        self.assertIs(self.api.must("PATCH", path, {"s3CaCertificate": ca})["checkOk"], True)

    def test_a_certificate_of_another_host_is_not_about_the_ca(self):
        endpoint, ca = self.peers.tls("127.0.0.2")
        found = self.tried(s3Endpoint=endpoint, s3CaCertificate=ca)
        self.assertFalse(found["success"])
        self.assertIn("The server's certificate is not valid", found["steps"][0]["message"])
        self.assertNotIn(HINT, found["steps"][0]["message"])

    def test_what_is_no_certificate(self):
        self.peers.authority("keyed")
        key = (pathlib.Path(self.peers.folder) / "keyed.key").read_text()
        good = (pathlib.Path(self.peers.folder) / "keyed.pem").read_text()
        sentence = "The CA certificate is no PEM certificate (-----BEGIN CERTIFICATE-----, at most 64 KiB)."
        profile = self.profile_id()
        for text in ("nonsense", good[:200], key, good + key, good * 200, "/etc/ssl/certs/ca-certificates.crt"):
            for path in ("configure", "test"):
                self.assert_problem(self.api.post(f"/api/storage/s3/{path}", self.order(s3CaCertificate=text, skipTest=True)),
                                    422, "InvalidS3Config", sentence)
            self.assert_problem(self.api.request("PATCH", f"/api/storage/profiles/{profile}", {"s3CaCertificate": text}),
                                422, "InvalidS3Config", sentence)
