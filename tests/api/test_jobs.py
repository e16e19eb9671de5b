"""Jobs: shapes, paging, statistics, every status, retry, cancel, and whose they are."""
from api_case import DATE, WAYS, ApiCase, golden

ACTIVE = {"QUEUED", "DOWNLOADING", "PENDING_UPLOAD", "UPLOADING", "TORRENT_DOWNLOAD_RETRY", "UPLOAD_RETRY"}
FAILED = {"FAILED", "TORRENT_FAILED", "UPLOAD_FAILED"}


class Jobs(ApiCase):
    def test_list_and_detail_have_the_golden_shape(self):
        job = self.job_id("UPLOAD_FAILED")
        self.rig.platform.sql(
            f"update jobs set error_message = 'The bucket is gone.', waiting_code = 'endpoint', waiting_sentence = 'Away.', "
            f"waiting_since = now(), waiting_next_at = now(), started_at = now(), bytes_downloaded = 35002 where id = {job}")
        detail = self.api.job(job)
        like = golden("job-detail")
        like["waiting"] = golden("jobs-page")["items"][1]["waiting"]
        like["errorMessage"] = ""
        like["selectedFilePaths"] = [""]
        self.assert_shape_any_order(detail, like)
        page = self.api.get("/api/jobs").json
        self.assert_shape_any_order(page["items"][0], {k: v for k, v in like.items() if k not in ("files", "phases", "localFiles")})
        self.assertEqual(page["items"][0]["timeline"], [])
        self.assertEqual(set(page), set(golden("jobs-page")))
        self.assertEqual(detail["progressPercentage"], 35002 / 70005 * 100)
        self.assertEqual(detail["phases"]["upload"]["state"], "idle")

    def assert_shape_any_order(self, value, like):
        self.assertEqual(set(value), set(like))
        self.assert_shape({k: value[k] for k in like}, like)

    def test_no_null_is_left_out_and_dates_end_in_z(self):
        job = self.api.job(self.job_id())
        for member in ("errorMessage", "currentState", "startedAt", "completedAt", "lastHeartbeat", "selectedFilePaths",
                       "etaSeconds", "waiting"):
            self.assertIn(member, job)
            self.assertIsNone(job[member], member)
        for member in ("createdAt", "updatedAt"):
            self.assertRegex(job[member], DATE)
        event = job["timeline"][0]
        self.assertEqual((event["fromStatus"], event["errorMessage"], event["durationFromPrevious"]), (None, None, None))
        self.assertEqual(event["metadataJson"], '{"requestFileId": %d, "storageProfileId": %d, "selectedFilesCount": 2}'
                         % (job["requestFileId"], job["storageProfileId"]))

    def test_what_each_status_means(self):
        for status in WAYS:
            job = self.api.job(self.job_id(status))
            self.assertEqual(job["status"], status)
            self.assertEqual(job["isActive"], status in ACTIVE, status)
            self.assertEqual(job["canCancel"], status in ACTIVE, status)
            self.assertEqual(job["canRetry"], status in FAILED | {"CANCELLED"}, status)

    def test_until_when_local_bytes_are_kept(self):
        job = self.job_id("UPLOAD_FAILED")
        self.assertEqual(self.api.job(job)["localFiles"], {"present": False, "keptUntil": None})
        self.rig.platform.sql(f"update jobs set local_state = 'present', completed_at = '2026-01-01' where id = {job}")
        self.assertEqual(self.api.job(job)["localFiles"], {"present": True, "keptUntil": "2026-01-04T00:00:00Z"})
        job = self.job_id("COMPLETED")  # about to be deleted: KEEP_LOCAL is never
        self.rig.platform.sql(f"update jobs set local_state = 'present', completed_at = now() where id = {job}")
        self.assertEqual(self.api.job(job)["localFiles"], {"present": True, "keptUntil": None})

    def test_percentages_are_clamped(self):
        job = self.job_id()
        self.rig.platform.sql(f"update jobs set bytes_downloaded = total_bytes * 3 where id = {job}")
        self.assertEqual(self.api.job(job)["progressPercentage"], 100)

    def test_paging(self):
        other = self.stranger()
        profile = self.profile_id(other)
        jobs = [self.job_id(profile=profile, api=other) for _ in range(5)]

        def page(query: str) -> dict:
            answer = other.get(f"/api/jobs{query}")
            self.assertEqual(answer.status, 200, answer)
            return answer.json

        first = page("?pageNumber=1&pageSize=2")
        self.assertEqual([j["id"] for j in first["items"]], jobs[:-3:-1])
        self.assertEqual({k: v for k, v in first.items() if k != "items"}, {
            "totalCount": 5, "pageNumber": 1, "pageSize": 2, "totalPages": 3, "hasPreviousPage": False, "hasNextPage": True})
        last = page("?PAGENUMBER=3&pagesize=2")
        self.assertEqual([j["id"] for j in last["items"]], [jobs[0]])
        self.assertEqual((last["hasPreviousPage"], last["hasNextPage"]), (True, False))
        beyond = page("?pageNumber=2147483647&pageSize=100")
        self.assertEqual((beyond["items"], beyond["totalCount"], beyond["totalPages"]), ([], 5, 1))
        for query, number, size in (("?pageNumber=0&pageSize=0", 1, 1), ("?pageNumber=-7&pageSize=-7", 1, 1),
                                    ("?pageSize=1000000", 1, 100), ("?pageNumber=" + "9" * 30, 2147483647, 10), ("", 1, 10)):
            found = page(query)
            self.assertEqual((found["pageNumber"], found["pageSize"]), (number, size), query)
        for query in ("pageNumber=x", "pageSize=1.5", "pageNumber=", "status=NOPE", "status=12", "status=-1"):
            answer = other.get(f"/api/jobs?{query}")
            self.assert_problem(answer, 400, "ValidationFailed", None, answer.json["errors"])

    def test_filter_by_status(self):
        job = self.job_id("CANCELLED")
        for word in ("CANCELLED", "cancelled", "8"):
            self.assertIn(job, [j["id"] for j in self.api.get(f"/api/jobs?status={word}&pageSize=100").json["items"]])
        self.assertNotIn(job, [j["id"] for j in self.api.get("/api/jobs?status=QUEUED&pageSize=100").json["items"]])
        self.assertEqual(self.api.get("/api/jobs?status=").status, 200)

    def test_timeline(self):
        job = self.job_id("COMPLETED")
        answer = self.api.get(f"/api/jobs/{job}/timeline?pageSize=2")
        self.assert_shape(answer.json, golden("timeline-page"))
        self.assertEqual([e["toStatus"] for e in answer.json["items"]], ["QUEUED", "DOWNLOADING"])
        self.assertEqual((answer.json["totalCount"], answer.json["totalPages"]), (5, 3))
        self.assertRegex(answer.json["items"][1]["durationFromPrevious"], r"^\d\d:\d\d:\d\d$")
        second = self.api.get(f"/api/jobs/{job}/timeline?pageSize=2&pageNumber=2").json
        self.assertEqual([e["toStatus"] for e in second["items"]], ["PENDING_UPLOAD", "UPLOADING"])
        self.assertIsNone(second["items"][0]["durationFromPrevious"])
        self.assertEqual(self.api.get(f"/api/jobs/{job}/timeline?pageNumber=9").json["items"], [])
        self.rig.platform.sql(f"update job_status_history set changed_at = changed_at + interval '26 hours' "
                              f"where job_id = {job} and to_status = 'COMPLETED'")
        self.assertRegex(self.api.job(job)["timeline"][-1]["durationFromPrevious"], r"^1\.02:00:0\d$")

    def test_statistics(self):
        other = self.stranger()
        self.assertEqual(other.get("/api/jobs/statistics").json["statusFilters"], [])
        profile = self.profile_id(other)
        for status in ("QUEUED", "CANCELLED", "CANCELLED", "TORRENT_FAILED", "FAILED", "UPLOAD_RETRY", "COMPLETED"):
            self.job_id(status, profile, other)
        found = other.get("/api/jobs/statistics").json
        self.assert_shape(found, golden("statistics"))
        self.assertEqual({k: v for k, v in found.items() if k != "statusFilters"}, {
            "totalJobs": 7, "activeJobs": 2, "completedJobs": 1, "failedJobs": 2, "queuedJobs": 1, "downloadingJobs": 0,
            "pendingUploadJobs": 0, "uploadingJobs": 0, "retryingJobs": 1, "cancelledJobs": 2})
        self.assertEqual(found["statusFilters"][0], {"status": "CANCELLED", "count": 2})
        self.assertEqual(sum(f["count"] for f in found["statusFilters"]), 7)

    def test_others_jobs_do_not_exist(self):
        job = self.job_id("FAILED")
        other = self.stranger()
        for method, path in (("GET", ""), ("GET", "/timeline"), ("POST", "/retry"), ("POST", "/cancel")):
            self.assert_problem(other.request(method, f"/api/jobs/{job}{path}"), 404, "JobNotFound", "Job not found.")
        self.assertEqual(self.api.job(job)["status"], "FAILED")

    def test_cancel(self):
        for status in (*sorted(ACTIVE), *sorted(FAILED)):
            job = self.job_id(status)
            answer = self.api.post(f"/api/jobs/{job}/cancel")
            self.assertEqual((answer.status, answer.body), (200, b""), (status, answer))
            detail = self.api.job(job)
            self.assertEqual((detail["status"], detail["currentState"]), ("CANCELLED", "Cancelled by User"))
            self.assertEqual((detail["timeline"][-1]["fromStatus"], detail["timeline"][-1]["source"]), (status, "User"))
            self.assertIsNotNone(detail["completedAt"])
            self.assert_problem(self.api.post(f"/api/jobs/{job}/cancel"), 409, "JobAlreadyCancelled", "Job is already cancelled.")
        self.assert_problem(self.api.post(f"/api/jobs/{self.job_id('COMPLETED')}/cancel"), 400, "JobCompleted",
                            "Cannot cancel a completed job.")

    def test_retry(self):
        for status in (*sorted(FAILED), "CANCELLED"):
            job = self.job_id(status)
            self.rig.platform.sql(f"update jobs set error_message = 'x', completed_at = now() where id = {job}")
            answer = self.api.post(f"/api/jobs/{job}/retry")
            self.assertEqual((answer.status, answer.body), (200, b""), (status, answer))
            detail = self.api.job(job)
            self.assertEqual((detail["status"], detail["errorMessage"], detail["completedAt"]), ("QUEUED", None, None), status)
            self.assertEqual(detail["currentState"], "Manually retried by User")
            self.assertIn('"retriedFrom": "%s"' % status, detail["timeline"][-1]["metadataJson"])
            self.assertIn(str(job), self.rig.platform.redis("xrange", "{tc}:q:torrents", "-", "+"))
        for status in sorted(ACTIVE):
            self.assert_problem(self.api.post(f"/api/jobs/{self.job_id(status)}/retry"), 400, "JobActive",
                                f"Job is currently {status}. Wait for it to complete or fail before retrying.")
        self.assert_problem(self.api.post(f"/api/jobs/{self.job_id('COMPLETED')}/retry"), 400, "JobCompleted",
                            "Cannot retry a completed job.")

    def test_retry_of_an_upload_keeps_the_download(self):
        job = self.job_id("UPLOAD_FAILED")
        self.rig.platform.sql(f"update jobs set local_state = 'present', volume_id = 'v1' where id = {job}")
        self.assertEqual(self.api.post(f"/api/jobs/{job}/retry").status, 200)
        self.assertEqual(self.api.job(job)["status"], "PENDING_UPLOAD")
        self.assertIn(str(job), self.rig.platform.redis("xrange", "{tc}:q:s3@v1", "-", "+"))

    def test_retry_needs_its_destination_and_no_rival(self):
        job = self.job_id("FAILED")
        detail = self.api.job(job)
        rival = self.api.must("POST", "/api/torrents/create-job", {
            "torrentFileId": detail["requestFileId"], "storageProfileId": detail["storageProfileId"]})["jobId"]
        self.assert_problem(self.api.post(f"/api/jobs/{job}/retry"), 409, "JobAlreadyExists")
        self.forget(rival)
        self.api.must("POST", f"/api/storage/profiles/{detail['storageProfileId']}/disconnect")
        self.assert_problem(self.api.post(f"/api/jobs/{job}/retry"), 400, "StorageInactive",
                            "The storage profile for this job is no longer active.")
