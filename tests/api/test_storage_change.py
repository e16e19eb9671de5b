"""Storage profiles that exist: changed, tested, and what becomes the default when the default goes."""
import concurrent.futures
import uuid

from api_case import ApiCase, golden
from google_case import GoogleCase

NAMES = [
    ("", "InvalidProfileName", "Profile name cannot be empty"),
    (" ", "InvalidProfileName", "Profile name cannot be empty"),
    (" ab ", "ProfileNameTooShort", "Profile name must be at least 3 characters"),
    ("é" * 51, "ProfileNameTooLong", "Profile name must be at most 50 characters"),
    ("a/b", "InvalidProfileName", "Profile name can only contain letters, numbers, spaces, hyphens, and underscores"),
]


class ChangeCase(ApiCase):
    def change(self, profile: int, api=None, **body):
        return (api or self.api).request("PATCH", f"/api/storage/profiles/{profile}", body)

    def detail(self, profile: int) -> dict:
        return self.api.must("GET", f"/api/storage/profiles/{profile}")

    def working_profile(self, bucket: str | None = None) -> int:
        return self.api.s3_profile(bucket or self.rig.s3.make_bucket())

    def drive_profile(self) -> int:
        return int(self.rig.platform.sql(
            "insert into storage_profiles (user_id, profile_name, provider_type, email) select id, 'A drive', "
            f"'GoogleDrive', 'drive-{uuid.uuid4().hex}@example.com' from users where is_admin limit 1 returning id")[0][0])


class Change(ChangeCase):
    def test_rename(self):
        for profile in (self.working_profile(), self.drive_profile()):
            before = self.detail(profile)
            answer = self.change(profile, profileName="  Renamed it ")
            self.assertEqual(answer.status, 200, answer)
            self.assert_shape(answer.json, golden("profile-detail"))
            self.assertEqual({k: v for k, v in answer.json.items() if k not in ("profileName", "updatedAt")},
                             {k: v for k, v in before.items() if k not in ("profileName", "updatedAt")})
            self.assertEqual(answer.json["profileName"], "Renamed it")
            self.assertEqual(self.detail(profile), answer.json)
            for name, code, detail in NAMES:
                self.assert_problem(self.change(profile, profileName=name), 422, code, detail)
            self.assertEqual(self.change(profile).json, answer.json, "nothing said, nothing changed")

    def test_keys_and_place_are_tested_before_they_are_stored(self):
        first, second = self.rig.s3.make_bucket(), self.rig.s3.make_bucket()
        profile = self.working_profile(first)
        before = self.detail(profile)
        self.assertEqual((before["checkOk"], before["checkMessage"], before["s3"]["bucket"]), (True, None, first))
        for wrong in ({"s3SecretKey": "wrong" * 8}, {"s3AccessKey": "nobody"}, {"s3BucketName": "no-such-bucket"},
                      {"s3Endpoint": "http://127.0.0.1:9"}, {"s3Endpoint": "http://name.invalid", "profileName": "Not kept"}):
            body = self.assert_problem(self.change(profile, **wrong), 422, "S3ConnectionFailed")
            self.assertIn("at step Put", body["detail"])
        self.assertEqual(self.detail(profile), before, "a failed change changes nothing")
        answer = self.change(profile, s3BucketName=f" {second} ", profileName="Moved")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual((answer.json["s3"]["bucket"], answer.json["profileName"], answer.json["checkOk"]), (second, "Moved", True))
        self.assertGreater(answer.json["checkedAt"], before["checkedAt"])
        self.assertEqual(self.rig.s3.keys(second), {})
        self.assertTrue(self.api.must("POST", f"/api/storage/profiles/{profile}/test")["success"], "the other keys are still there")

    def test_skip_test(self):
        profile = self.working_profile()
        answer = self.change(profile, s3Endpoint="http://127.0.0.1:9", s3SecretKey="other", skipTest=True)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual([answer.json[k] for k in ("checkedAt", "checkOk", "checkMessage")], [None, None, None])
        self.assertEqual(answer.json["s3"]["endpoint"], "http://127.0.0.1:9")

    def test_how_objects_are_stored(self):
        profile = self.working_profile()
        keys = ("pathTemplate", "storageClass", "sse", "sseKmsKeyId", "acl")
        rows = [({"s3PathTemplate": "x/{path}", "s3StorageClass": "STANDARD"}, ["x/{path}", "STANDARD", None, None, None]),
                ({"s3Acl": "private"}, ["x/{path}", "STANDARD", None, None, "private"]),
                ({"s3Sse": "aws:kms", "s3SseKmsKeyId": "k", "skipTest": True}, ["x/{path}", "STANDARD", "aws:kms", "k", "private"]),
                ({"s3StorageClass": "", "s3Acl": None, "skipTest": True}, ["x/{path}", None, "aws:kms", "k", None]),
                ({"s3Sse": None}, ["x/{path}", None, None, None, None]),  # and the key that it needs goes along
                ({"s3PathTemplate": None}, ["torrents/{jobId}/{path}", None, None, None, None])]
        for change, expected in rows:
            answer = self.change(profile, **change)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual([answer.json["s3"][k] for k in keys], expected, change)
            self.assertEqual(answer.json["checkOk"], None if "skipTest" in change else True)
        self.assert_problem(self.change(profile, s3StorageClass="COLD"), 422, "S3ConnectionFailed")
        self.assert_problem(self.change(profile, s3PathTemplate="x"), 422, "InvalidPathTemplate")
        self.assert_problem(self.change(profile, s3SseKmsKeyId="k"), 422, "InvalidS3Config")

    def test_presets_follow_the_endpoint(self):
        profile = self.profile_id()
        self.assertIsNone(self.detail(profile)["s3"]["preset"])
        rows = [({"s3Endpoint": "https://s3.fr-par.scw.cloud", "s3Region": "fr-par"}, "scaleway", False),
                ({"s3BucketName": "dotted.name"}, "scaleway", True),
                ({"preset": "storj"}, "storj", True),
                ({"s3Endpoint": " https://s3.fr-par.scw.cloud ", "s3BucketName": "dotted.name"}, "storj", True),
                ({"s3Region": "elsewhere"}, "storj", True),
                ({"preset": None}, "scaleway", True),
                ({"s3Endpoint": "http://127.0.0.1:9"}, None, True)]
        for change, preset, path_style in rows:
            s3 = self.change(profile, skipTest=True, **change).json["s3"]
            self.assertEqual((s3["preset"], s3["pathStyle"]), (preset, path_style), change)
        self.assert_problem(self.change(profile, preset="nobody"), 422, "InvalidS3Config", "There is no S3 preset of this name.")

    def test_another_server_has_another_clock(self):
        profile = self.profile_id()
        self.rig.platform.sql(f"update storage_profiles set settings = settings || '{{\"clockOffsetS\": 3600}}' where id = {profile}")
        for change, offset in (({"s3Region": "elsewhere"}, 3600), ({"s3Endpoint": self.rig["S3_ENDPOINT"]}, 3600),
                               ({"s3Endpoint": "http://127.0.0.1:9"}, 0)):
            self.assertEqual(self.change(profile, skipTest=True, **change).json["s3"]["clockOffsetSeconds"], offset, change)

    def test_what_is_malformed(self):
        profile = self.profile_id()
        rows = [({"s3Endpoint": " "}, "S3 endpoint is required"), ({"s3BucketName": ""}, "S3 bucket name is required"),
                ({"s3AccessKey": ""}, "S3 access key is required"), ({"s3SecretKey": ""}, "S3 secret key is required"),
                ({"s3Region": ""}, "S3 region is required"), ({"s3Endpoint": "ftp://x"}, None), ({"s3BucketName": "a/b"}, None),
                ({"s3Region": "a b"}, None)]
        for change, detail in rows:
            self.assert_problem(self.change(profile, skipTest=True, **change), 422, "InvalidS3Config", detail)
        self.assert_problem(self.change(profile, s3Endpoint=None), 400, "ValidationFailed", "The S3Endpoint field is required.",
                            {"S3Endpoint": ["The S3Endpoint field is required."]})
        self.assertEqual(self.change(profile, skipTest="no").json["code"], "ValidationFailed")
        self.assertEqual(self.api.request("PATCH", "/api/storage/profiles/x", {}).json["code"], "ValidationFailed")
        self.assertEqual(self.api.request("PATCH", f"/api/storage/profiles/{profile}", b"{", {
            "Content-Type": "application/json"}).status, 400)

    def test_s3_members_need_an_s3_profile(self):
        profile = self.drive_profile()
        for change in ({"s3Region": "x"}, {"s3CaCertificate": None}, {"preset": "aws"}, {"s3Acl": None}, {"s3PathTemplate": "x"}):
            self.assert_problem(self.change(profile, **change), 422, "InvalidProfile", "Profile is not an S3 profile")

    def test_active_jobs_hold_the_place_but_not_the_rest(self):
        bucket = self.rig.s3.make_bucket()
        profile = self.working_profile(bucket)
        job = self.job_id("UPLOADING", profile)
        for change in ({"s3BucketName": "other"}, {"s3Endpoint": "http://127.0.0.1:9"}):
            for skip in (True, False):
                self.assert_problem(self.change(profile, skipTest=skip, **change), 400, "ProfileInUse",
                                    "Cannot change endpoint or bucket of a profile while there are active jobs using it")
        self.assertEqual(self.change(profile, profileName="New name", s3Region="elsewhere", skipTest=True).status, 200)
        self.assertEqual(self.change(profile, s3SecretKey=self.rig["S3_SECRET"], s3Region="us-east-1",
                                     s3BucketName=bucket).status, 200)
        self.api.must("POST", f"/api/jobs/{job}/cancel")
        self.assertEqual(self.change(profile, s3BucketName="other", skipTest=True).status, 200)

    def test_others_and_absent_profiles(self):
        profile, other, gone = self.profile_id(), self.stranger(), self.profile_id()
        self.api.must("POST", f"/api/storage/profiles/{gone}/disconnect")
        for api, which in ((other, profile), (self.api, gone), (self.api, 0), (self.api, 2**40)):
            for method, path, body in (("PATCH", "", {"profileName": "Mine now"}), ("PATCH", "", {"s3Region": "x", "skipTest": True}),
                                       ("PATCH", "", {}), ("POST", "/test", None)):
                self.assert_problem(api.request(method, f"/api/storage/profiles/{which}{path}", body), 404, "ProfileNotFound",
                                    "Storage profile not found")
        self.assertNotEqual(self.detail(profile)["profileName"], "Mine now")

    def test_keys_are_neither_answered_nor_logged(self):
        access, secret = "AKIA" + uuid.uuid4().hex[:16].upper(), "s/" + uuid.uuid4().hex
        profile = self.profile_id(s3AccessKey=access, s3SecretKey=secret)
        again = "S+" + uuid.uuid4().hex
        answers = [self.change(profile, s3SecretKey=again), self.change(profile, s3SecretKey=again, skipTest=True),
                   self.api.post(f"/api/storage/profiles/{profile}/test"), self.api.get("/api/storage/profiles"),
                   self.api.get(f"/api/storage/profiles/{profile}")]
        self.assertEqual([a.status for a in answers], [422, 200, 200, 200, 200])
        row = self.rig.platform.sql(f"select p::text from storage_profiles p where id = {profile}")[0][0]
        logs = "".join(self.rig.platform.log(p) for p in ("api-fast", "api-edge"))
        for text in [a.text for a in answers] + [row, logs]:
            for key in (access, secret, again):
                self.assertNotIn(key, text)
        self.assertEqual(answers[-1].json["s3"]["accessKeyMasked"], f"AKIA...{access[-4:]}")
        self.assertEqual(self.detail(self.profile_id(s3AccessKey="short"))["s3"]["accessKeyMasked"], "****")


class Test(ChangeCase):
    def test_a_stored_profile(self):
        bucket = self.rig.s3.make_bucket()
        profile = self.profile_id(s3BucketName=bucket)
        self.assertIsNone(self.detail(profile)["checkedAt"])
        self.assertIsNone(self.detail(profile)["s3"]["conditionalCreate"])
        found = self.api.must("POST", f"/api/storage/profiles/{profile}/test")
        self.assert_shape(found, golden("profile-test"))
        self.assertEqual([(s["name"], s["ok"], s["message"]) for s in found["steps"]],
                         [(n, True, None) for n in ("Put", "Multipart", "Head", "Delete")])
        self.assertEqual({k: found[k] for k in ("success", "region", "pathStyle", "clockOffsetSeconds")},
                         {"success": True, "region": "us-east-1", "pathStyle": True, "clockOffsetSeconds": 0})
        self.assertEqual([self.detail(profile)[k] for k in ("checkOk", "checkMessage")], [True, None])
        self.assertIs(self.detail(profile)["s3"]["conditionalCreate"], False)
        self.assertEqual((self.rig.s3.keys(bucket), self.rig.s3.uploads(bucket)), ({}, []))

    def test_what_is_wrong_is_kept(self):
        profile = self.profile_id(s3Endpoint="http://127.0.0.1:9")
        found = self.api.must("POST", f"/api/storage/profiles/{profile}/test")
        self.assertEqual((found["success"], found["steps"][0]["ok"], found["steps"][1]["message"]),
                         (False, False, "Not tried, because an earlier step failed."))
        detail = self.detail(profile)
        self.assertIs(detail["checkOk"], False)
        self.assertEqual(detail["checkMessage"], f"Put: {found['steps'][0]['message']}")
        self.assertEqual(self.change(profile, s3Endpoint=self.rig["S3_ENDPOINT"],
                                     s3BucketName=self.rig.s3.make_bucket()).json["checkMessage"], None)

    def test_a_service_without_multipart(self):
        profile = self.profile_id(s3BucketName=self.rig.s3.make_bucket(), preset="fastly")
        found = self.api.must("POST", f"/api/storage/profiles/{profile}/test")
        self.assertTrue(found["success"])
        self.assertEqual((found["steps"][1]["ok"], found["steps"][1]["message"]),
                         (True, "Not tried: this service takes no uploads in parts."))


class Presets(ApiCase):
    def test_the_table(self):
        found = self.api.must("GET", "/api/storage/s3/presets")
        self.assert_shape(found, golden("s3-presets"))
        self.assertGreaterEqual(len(found), 20)
        by_id = {p["id"]: p for p in found}
        self.assertEqual(len(by_id), len(found))
        self.assertEqual(by_id["scaleway"]["maxParts"], 1000)
        self.assertEqual(by_id["storj"]["minPartBytes"], 64 * 1024 * 1024)
        self.assertEqual((by_id["r2"]["equalParts"], by_id["r2"]["regionRule"]), (True, "auto"))
        self.assertEqual(found[-1]["id"], "custom")

    def test_a_preset_may_know_the_region(self):
        answer = self.api.post("/api/storage/s3/configure", {
            "profileName": "No region", "s3Endpoint": "https://x.r2.cloudflarestorage.com", "s3AccessKey": "a",
            "s3SecretKey": "b", "s3BucketName": "c", "skipTest": True})
        s3 = self.api.must("GET", f"/api/storage/profiles/{answer.json['storageProfileId']}")["s3"]
        self.assertEqual((s3["region"], s3["preset"], s3["pathStyle"]), ("auto", "r2", True))


class Successors(ApiCase):
    def defaults(self, api) -> list[int]:
        return [p["id"] for p in api.must("GET", "/api/storage/profiles") if p["isDefault"]]

    def test_the_oldest_of_the_others(self):
        other = self.stranger()
        one, two, three = (self.profile_id(other) for _ in range(3))
        other.must("POST", f"/api/storage/profiles/{two}/set-default")
        other.must("POST", f"/api/storage/profiles/{two}/disconnect")
        self.assertEqual(self.defaults(other), [one])
        other.must("DELETE", f"/api/storage/profiles/{three}")
        self.assertEqual(self.defaults(other), [one])
        other.must("DELETE", f"/api/storage/profiles/{one}")
        self.assertEqual(self.defaults(other), [])

    def test_a_default_in_use_stays(self):
        other = self.stranger()
        one, _ = self.profile_id(other, setAsDefault=True), self.profile_id(other)
        self.job_id("UPLOADING", one, other)
        self.assertEqual(other.request("DELETE", f"/api/storage/profiles/{one}").status, 400)
        self.assertEqual(self.defaults(other), [one])

    def test_set_default_and_delete_at_once(self):
        """Whatever the order: never two defaults, never none while a profile is left, never one that is gone."""
        other = self.stranger()
        for _ in range(12):
            profiles = [self.profile_id(other) for _ in range(4)]
            other.must("POST", f"/api/storage/profiles/{profiles[0]}/set-default")
            calls = [("DELETE", profiles[0], ""), ("POST", profiles[1], "/set-default"), ("DELETE", profiles[1], ""),
                     ("POST", profiles[2], "/set-default")]
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                statuses = list(pool.map(lambda c: other.request(c[0], f"/api/storage/profiles/{c[1]}{c[2]}").status, calls))
            self.assertLessEqual(set(statuses), {200, 204, 404}, statuses)
            self.assertEqual(len(self.defaults(other)), 1, statuses)
            for profile in profiles[2:]:
                other.must("DELETE", f"/api/storage/profiles/{profile}")


class Drive(GoogleCase):
    """The test of a stored Drive profile; what each step does is lib/provider's and the fake's matter."""

    def verdict(self, profile: int) -> tuple[list, dict]:
        found = self.user.must("POST", f"/api/storage/profiles/{profile}/test")
        self.assert_shape(found, golden("profile-test-gdrive"))
        self.assertEqual([s["name"] for s in found["steps"]], ["Token", "Account", "Write"])
        self.assertEqual((found["region"], found["pathStyle"], found["clockOffsetSeconds"]), (None, None, 0))
        self.assertEqual(found["success"], all(s["ok"] for s in found["steps"]))
        return [s["ok"] for s in found["steps"]], self.user.must("GET", f"/api/storage/profiles/{profile}")

    def test_a_working_one(self):
        oks, detail = self.verdict(self.connect())
        self.assertEqual(oks, [True, True, True])
        self.assertEqual((detail["checkOk"], detail["checkMessage"]), (True, None))
        self.assertEqual((self.google.state()["complaints"], self.google.state()["files"]), ([], []))

    def test_what_is_wrong_is_kept(self):
        profile = self.connect()
        for order, oks, step in (({"files": {"do": "full"}}, [True, True, False], "Write: "),
                                 ({"about": {"do": "500"}}, [True, False, False], "Account: ")):
            self.google.order(**order)
            found, detail = self.verdict(profile)
            self.assertEqual(found, oks, order)
            self.assertIs(detail["checkOk"], False)
            self.assertTrue(detail["checkMessage"].startswith(step), detail)
        self.google.reset()
        self.google.revoke(detail["email"])
        found, detail = self.verdict(profile)
        self.assertEqual((found, detail["needsReauth"]), ([False, False, False], True))
        self.assertTrue(detail["checkMessage"].startswith("Token: "), detail)
