"""Storage profiles and S3 destinations, tested against a real server."""
import re
import uuid

from api_case import ApiCase, golden


class Profiles(ApiCase):
    def test_list_and_detail(self):
        other = self.stranger()
        self.assertEqual(other.get("/api/storage/profiles").json, [])
        first, second = self.profile_id(other), self.profile_id(other, setAsDefault=True)
        found = other.get("/api/storage/profiles").json
        self.assert_shape(found, golden("profiles"))
        self.assertEqual([(p["id"], p["isDefault"]) for p in found], [(second, True), (first, False)])
        self.assertEqual({k: found[0][k] for k in ("providerType", "email", "isActive", "needsReauth", "isConfigured")},
                         {"providerType": "S3", "email": None, "isActive": True, "needsReauth": False, "isConfigured": True})
        self.assert_shape(other.get(f"/api/storage/profiles/{first}").json, golden("profile-detail"))

    def test_default(self):
        other = self.stranger()
        one, two = self.profile_id(other, setAsDefault=True), self.profile_id(other)
        for chosen in (two, two, one):
            answer = other.post(f"/api/storage/profiles/{chosen}/set-default")
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertEqual([p["id"] for p in other.get("/api/storage/profiles").json if p["isDefault"]], [chosen])

    def test_disconnect_and_delete(self):
        one, two = self.profile_id(), self.profile_id()
        self.assertEqual(self.api.post(f"/api/storage/profiles/{one}/disconnect").status, 200)
        self.assert_problem(self.api.post(f"/api/storage/profiles/{one}/disconnect"), 409, "AlreadyDisconnected",
                            "Storage profile is already disconnected")
        for path in (f"/api/storage/profiles/{one}",):
            self.assert_problem(self.api.get(path), 404, "ProfileNotFound", "Storage profile not found")
        self.assert_problem(self.api.post(f"/api/storage/profiles/{one}/set-default"), 404, "ProfileNotFound")
        for _ in range(2):
            answer = self.api.request("DELETE", f"/api/storage/profiles/{two}")
            self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertFalse({one, two} & {p["id"] for p in self.api.get("/api/storage/profiles").json})

    def test_profiles_in_use_stay(self):
        profile = self.profile_id()
        job = self.job_id("DOWNLOADING", profile)
        self.assert_problem(self.api.post(f"/api/storage/profiles/{profile}/disconnect"), 400, "ProfileInUse",
                            "Cannot disconnect profile while there are active jobs using it")
        self.assert_problem(self.api.request("DELETE", f"/api/storage/profiles/{profile}"), 400, "ProfileInUse",
                            "Cannot delete profile while there are active jobs using it")
        self.api.must("POST", f"/api/jobs/{job}/cancel")
        self.assertEqual(self.api.request("DELETE", f"/api/storage/profiles/{profile}").status, 204)

    def test_others_profiles_do_not_exist(self):
        profile, other = self.profile_id(), self.stranger()
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/set-default"), ("POST", "/disconnect")):
            self.assert_problem(other.request(method, f"/api/storage/profiles/{profile}{path}"), 404, "ProfileNotFound",
                                "Storage profile not found")
        self.assertEqual(self.api.get(f"/api/storage/profiles/{profile}").status, 200)


class S3(ApiCase):
    def order(self, **changes) -> dict:
        return {"profileName": "A bucket", "s3Endpoint": self.rig["S3_ENDPOINT"], "s3AccessKey": self.rig["S3_KEY"],
                "s3SecretKey": self.rig["S3_SECRET"], "s3BucketName": "nothing", "s3Region": "us-east-1", **changes}

    def configure(self, **changes):
        return self.api.post("/api/storage/s3/configure", self.order(**changes))

    def test_configure_a_working_destination(self):
        bucket = self.rig.s3.make_bucket()
        answer = self.configure(s3BucketName=bucket)
        self.assert_shape(answer.json, golden("s3-configure"))
        self.assertEqual(self.rig.s3.keys(bucket), {}, "the test leaves nothing behind")
        self.assertEqual(self.rig.s3.uploads(bucket), [])
        # Nothing of the keys is readable in the database, and nothing is answered.
        row = self.rig.platform.sql(f"select p::text from storage_profiles p where id = {answer.json['storageProfileId']}")[0][0]
        self.assertNotIn(self.rig["S3_SECRET"], row)
        self.assertNotIn(self.rig["S3_SECRET"], self.api.get(f"/api/storage/profiles/{answer.json['storageProfileId']}").text)

    def test_every_step_is_told(self):
        bucket = self.rig.s3.make_bucket()
        found = self.api.post("/api/storage/s3/test", self.order(s3BucketName=bucket)).json
        self.assert_shape(found, golden("s3-test"))
        self.assertEqual([(s["name"], s["ok"], s["message"]) for s in found["steps"]],
                         [(n, True, None) for n in ("Put", "Multipart", "Head", "Delete")])
        self.assertEqual((found["success"], found["pathStyle"], found["region"]), (True, True, "us-east-1"))
        order = self.order(s3BucketName=bucket)
        del order["profileName"]
        self.assertTrue(self.api.post("/api/storage/s3/test", order).json["success"])

    def test_what_does_not_work_is_not_stored(self):
        before = len(self.api.get("/api/storage/profiles").json)
        for change in ({"s3BucketName": "no-such-bucket"}, {"s3SecretKey": "wrong" * 8}, {"s3AccessKey": "nobody"},
                       {"s3Endpoint": "http://127.0.0.1:9"}, {"s3Endpoint": "http://name.invalid"}):
            answer = self.configure(**change)
            body = self.assert_problem(answer, 422, "S3ConnectionFailed")
            self.assertIn("Put", body["detail"], change)
            test = self.api.post("/api/storage/s3/test", self.order(**change))
            self.assertEqual((test.status, test.json["success"], test.json["steps"][0]["ok"]), (200, False, False), change)
            self.assertTrue(test.json["steps"][0]["message"])
        self.assertEqual(len(self.api.get("/api/storage/profiles").json), before)

    def test_skip_test(self):
        answer = self.configure(s3Endpoint="http://127.0.0.1:9", skipTest=True)
        self.assertEqual(answer.status, 200, answer)

    def test_order_of_the_checks(self):
        rows = [
            ({"profileName": ""}, "InvalidProfileName", "Profile name cannot be empty"),
            ({"profileName": "  "}, "InvalidProfileName", "Profile name cannot be empty"),
            ({"profileName": " ab "}, "ProfileNameTooShort", "Profile name must be at least 3 characters"),
            ({"profileName": "é" * 51}, "ProfileNameTooLong", "Profile name must be at most 50 characters"),
            ({"profileName": "a/b"}, "InvalidProfileName",
             "Profile name can only contain letters, numbers, spaces, hyphens, and underscores"),
            ({"s3Endpoint": " ", "s3BucketName": ""}, "InvalidS3Config", "S3 endpoint is required"),
            ({"s3BucketName": "", "s3AccessKey": ""}, "InvalidS3Config", "S3 bucket name is required"),
            ({"s3AccessKey": "", "s3SecretKey": ""}, "InvalidS3Config", "S3 access key is required"),
            ({"s3SecretKey": "", "s3Region": ""}, "InvalidS3Config", "S3 secret key is required"),
            ({"s3Region": ""}, "InvalidS3Config", "S3 region is required"),
        ]
        for change, code, detail in rows:
            self.assert_problem(self.configure(**change), 422, code, detail)
        self.assert_problem(self.api.post("/api/storage/s3/configure", {}), 422, "InvalidProfileName")
        self.assert_problem(self.configure(s3Endpoint=None), 400, "ValidationFailed", "The S3Endpoint field is required.",
                            {"S3Endpoint": ["The S3Endpoint field is required."]})
        self.assertEqual(self.configure(setAsDefault="yes").json["code"], "ValidationFailed")

    def test_malformed_destinations(self):
        for change in ({"s3Endpoint": "ftp://x"}, {"s3Endpoint": "not a url"}, {"s3Endpoint": "http://u:p@h"},
                       {"s3BucketName": "a/b"}, {"s3BucketName": "../x"}, {"s3Region": "a b"}):
            for path in ("configure", "test"):
                answer = self.api.post(f"/api/storage/s3/{path}", self.order(skipTest=True, **change))
                self.assert_problem(answer, 422, "InvalidS3Config")

    def preview(self, template):
        return self.api.post("/api/storage/s3/preview-path", {"s3PathTemplate": template})

    def test_how_objects_are_stored(self):
        options = {"s3PathTemplate": " films/{year}/{path} ", "s3StorageClass": "STANDARD", "s3Acl": "private"}
        for change in (options, {"s3PathTemplate": None, "s3StorageClass": "", "s3Sse": None, "s3SseKmsKeyId": "", "s3Acl": None}, {}):
            profile = self.configure(s3BucketName=self.rig.s3.make_bucket(), **change).json["storageProfileId"]
            s3 = self.api.get(f"/api/storage/profiles/{profile}").json["s3"]
            self.assertEqual([s3[k] for k in ("pathTemplate", "storageClass", "sse", "sseKmsKeyId", "acl")],
                             ["films/{year}/{path}", "STANDARD", None, None, "private"] if change is options
                             else ["torrents/{jobId}/{path}", None, None, None, None])
            self.assertIs(s3["conditionalCreate"], False, "this server does not know If-None-Match")

    def test_what_the_bucket_does_not_have_fails_before_it_is_stored(self):
        bucket = self.rig.s3.make_bucket()
        for change, sentence in (({"s3StorageClass": "COLD"}, f"Bucket '{bucket}' has no storage class of this name."),
                                 ({"s3Sse": "AES256"}, "Server-side encryption is not supported.")):
            body = self.assert_problem(self.configure(s3BucketName=bucket, **change), 422, "S3ConnectionFailed")
            self.assertTrue(body["detail"].startswith("The destination failed its test at step Put: "), body)
            self.assertIn(sentence, body["detail"])
            found = self.api.must("POST", "/api/storage/s3/test", self.order(s3BucketName=bucket, **change))
            self.assertIn(sentence, found["steps"][0]["message"])

    def test_what_no_server_has(self):
        for change, word in (({"s3StorageClass": "a b"}, "storage class"), ({"s3StorageClass": "x" * 65}, "storage class"),
                             ({"s3Sse": "aes"}, "AES256"), ({"s3SseKmsKeyId": "k"}, "needs the encryption aws:kms"),
                             ({"s3Sse": "AES256", "s3SseKmsKeyId": "k"}, "needs the encryption aws:kms"),
                             ({"s3Sse": "aws:kms", "s3SseKmsKeyId": "a\r\nb: c"}, "KMS key"), ({"s3Acl": "everybody"}, "ACL")):
            for path in ("configure", "test"):
                body = self.assert_problem(self.api.post(f"/api/storage/s3/{path}", self.order(skipTest=True, **change)),
                                           422, "InvalidS3Config")
                self.assertIn(word, body["detail"])

    def test_path_templates(self):
        for template in (None, "", "  "):
            found = self.preview(template).json["examples"]
            self.assertEqual([e["key"] for e in found[:2]], [f"torrents/42/{e['path']}" for e in found[:2]])
            self.assertEqual(len(found), 3)
        self.assertGreater(len(found[2]["path"].encode()), 1024)
        self.assertLessEqual(len(found[2]["key"].encode()), 1024)
        self.assertRegex(found[2]["key"], r"~[0-9a-f]{16}\.mkv$")
        found = self.preview(" {year}/{torrentName}/{path}").json["examples"][0]
        self.assertRegex(found["key"], rf"^20\d\d/.+/{re.escape(found['path'])}$")
        for template, word in (("x", "must end in {path}"), ("../{path}", "as a folder"), ("{nobody}/{path}", "no variable {nobody}")):
            for answer in (self.preview(template), self.configure(skipTest=True, s3PathTemplate=template)):
                self.assertIn(word, self.assert_problem(answer, 422, "InvalidPathTemplate")["detail"])

    def test_names_are_trimmed(self):
        name = f"n {uuid.uuid4().hex[:8]}"
        answer = self.configure(profileName=f"  {name} ", skipTest=True).json
        self.assertEqual(self.api.get(f"/api/storage/profiles/{answer['storageProfileId']}").json["profileName"], name)
