"""What all addresses have in common: routes, methods, bodies, errors, CORS, headers."""
import http.client
import json
import urllib.parse

from api_case import ApiCase
from tc import Api


class Transport(ApiCase):
    def raw(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
        """Without the help of urllib: status, headers, body."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.rig["API_URL"]).netloc, timeout=60)
        connection.request(method, path, body, {"Authorization": f"Bearer {self.api.token}", **(headers or {})})
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def test_unknown_addresses(self):
        for path in ("/api/nothing", "/api/jobs/1/nothing", "/api/jobs/1/retry/x", "/api/storage/gdrive"):
            self.assert_problem(self.api.get(path), 404, "NotFound")

    def test_wrong_methods(self):
        for method, path, allow in (("DELETE", "/api/jobs", "GET"), ("GET", "/api/auth/login", "POST"),
                                    ("PUT", "/api/storage/profiles/1", "GET, PATCH, DELETE"), ("PATCH", "/api/health", "GET"),
                                    ("OPTIONS", "/api/jobs", "GET")):
            answer = self.api.request(method, path)
            self.assert_problem(answer, 405, "MethodNotAllowed")
            self.assertEqual(answer.headers["Allow"], allow)

    def test_addresses_ignore_case_and_a_final_slash(self):
        for path in ("/API/Jobs", "/api/jobs/", "/Api/Jobs/STATISTICS"):
            self.assertEqual(self.api.get(path).status, 200, path)
        self.assertIn("totalJobs", self.api.get("/api/jobs/Statistics").json)

    def test_proxy_alias(self):
        self.assertEqual(self.api.get("/proxy/api/jobs?pageSize=1").json["pageSize"], 1)
        web = Api(self.rig, self.rig["WEB_URL"])
        self.assertEqual(web.get("/proxy/api/health").status, 200)

    def test_head_is_get_without_a_body(self):
        answer = self.raw("HEAD", "/api/health")
        self.assertEqual((answer.status, answer.body), (200, b""))

    def test_every_answer_forbids_caching_and_sniffing(self):
        for path in ("/api/jobs", "/api/nothing"):
            headers = self.api.get(path).headers
            self.assertEqual(headers["Cache-Control"], "no-store")
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")

    def test_media_types_of_json(self):
        body = json.dumps({"torrentFileId": 0, "storageProfileId": 1}).encode()
        for kind in ("application/json", "text/json", "application/vnd.x+json", "Application/JSON; charset=UTF-8",
                     'application/json; charset="utf-8"'):
            answer = self.raw("POST", "/api/torrents/create-job", body, {"Content-Type": kind})
            self.assertEqual(json.loads(answer.body)["code"], "TorrentNotFound", kind)
        for kind in ("text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin1", "json"):
            answer = self.api.request("POST", "/api/torrents/create-job", body, {"Content-Type": kind})
            self.assert_problem(answer, 415, "UnsupportedMediaType")
        # A form where JSON is wanted, JSON where a form is wanted.
        self.assert_problem(self.api.post("/api/torrents/analyze", {}), 415, "UnsupportedMediaType")
        self.assert_problem(self.api.post("/api/torrents/analyze"), 415, "UnsupportedMediaType")

    def test_json_that_is_none(self):
        for body in (b"{", b"nul", b'{"a":1,}', b'{"a":1} x', b"\xff", b'"\xed\xa0\x80"', b"[" * 65 + b"]" * 65,
                     b'{"torrentFileId":99999999999999999999}'):
            answer = self.api.request("POST", "/api/torrents/create-job", body, {"Content-Type": "application/json"})
            self.assertEqual(set(self.assert_problem(answer, 400, "ValidationFailed", None, answer.json["errors"])["errors"]),
                             {"$", "request"}, body)
        for body in (b"null", b"[]", b"5"):
            answer = self.api.request("POST", "/api/torrents/create-job", body, {"Content-Type": "application/json"})
            self.assertEqual((answer.status, answer.json["code"]), (400, "ValidationFailed"), body)

    def test_nul_in_a_string(self):
        for body in (b'{"selectedFilePaths":["a\\u0000"]}', b'{"unknown":{"x":"\\u0000"}}'):
            answer = self.api.request("POST", "/api/torrents/create-job", body, {"Content-Type": "application/json"})
            self.assert_problem(answer, 422, "InvalidText")

    def test_numbers_may_be_strings_and_stay_in_int32(self):
        def code(value) -> tuple[int, str]:
            answer = self.api.post("/api/torrents/create-job", {"torrentFileId": value, "storageProfileId": 1})
            return answer.status, answer.json["code"]

        self.assertEqual(code("5999999"), (404, "TorrentNotFound"))
        self.assertEqual(code(-1), (404, "TorrentNotFound"))
        for value in ("x", "", 1.5, True, [], {}, 2**31, -2**31 - 1, str(2**31)):
            self.assertEqual(code(value), (400, "ValidationFailed"), value)

    def test_ids_in_addresses(self):
        for path in ("/api/jobs/{}", "/api/jobs/{}/timeline", "/api/storage/profiles/{}"):
            for bad in ("abc", "1.5", "1e3", "%27", "0x1"):
                answer = self.api.get(path.format(bad))
                self.assertEqual(self.assert_problem(answer, 400, "ValidationFailed", None, answer.json["errors"])
                                 ["errors"].keys(), {"id"}, bad)
            for none in ("0", "-1", "2147483648", "9" * 30):
                self.assertEqual(self.api.get(path.format(none)).status, 404, none)

    def test_bodies_are_bounded(self):
        big = b'{"x":"' + b"a" * 1_100_000 + b'"}'
        answer = self.api.request("POST", "/api/torrents/create-job", big, {"Content-Type": "application/json"})
        self.assert_problem(answer, 413, "PayloadTooLarge")
        self.assert_problem(self.api.analyze(b"d" * 11_000_000), 413, "PayloadTooLarge")  # more than a .torrent may have
        self.assertEqual(self.api.analyze(b"d" * 31_500_000).status, 413)  # more than nginx lets through

    def test_a_refused_body_is_still_read(self):
        """nginx must be able to hand over all of it, or it would report a broken upstream instead of our answer."""
        other = Api(self.rig, self.rig["API_URL"])
        for _ in range(3):
            self.assert_problem(other.analyze(b"d" * 20_000_000), 401, "Unauthorized")

    def test_large_headers_are_fine(self):
        self.assertEqual(self.api.get("/api/jobs", headers={"X-Large": "a" * 7000}).status, 200)
        self.assertEqual(self.api.get("/api/jobs", headers={"Cookie": "a=" + "b" * 7000}).status, 200)

    def test_broken_query_strings(self):
        for query in ("pageNumber=%", "a=%00", "a=%ff", "&".join(["a=1"] * 65)):
            self.assertEqual(self.api.get(f"/api/jobs?{query}").status, 400, query)

    def test_cors_on_the_api_port_only(self):
        origin = {"Origin": "https://elsewhere.example"}
        preflight = {**origin, "Access-Control-Request-Method": "POST",
                     "Access-Control-Request-Headers": "authorization,content-type"}
        answer = Api(self.rig, self.rig["API_URL"]).request("OPTIONS", "/api/torrents/create-job", headers=preflight)
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertEqual(answer.headers["Access-Control-Allow-Methods"], "POST")
        self.assertEqual(answer.headers["Access-Control-Allow-Headers"], "authorization,content-type")
        self.assertNotIn("Access-Control-Allow-Credentials", answer.headers)
        for path in ("/api/jobs", "/api/nothing"):
            self.assertEqual(self.api.get(path, headers=origin).headers["Access-Control-Allow-Origin"], "*")
        self.assertNotIn("Access-Control-Allow-Origin", self.api.get("/api/jobs").headers)
        web = self.rig.browser()
        self.assertNotIn("Access-Control-Allow-Origin", web.get("/api/jobs", headers=origin).headers)
        self.assertEqual(web.request("OPTIONS", "/api/jobs", headers=preflight).status, 405)

    def test_log_lines_carry_the_trace_id(self):
        trace = self.api.get("/api/jobs/999998").json["traceId"]
        self.assertIn(trace, self.rig.platform.log("api-fast"))
