"""/hangfire: the queue dashboard, for the admin's browser alone; what it shows, what its forms do, and names that want to be HTML."""
import html.parser
import re
import urllib.parse

from api_case import ApiCase
from tc import Api

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)> &amp; \' </td>'


class Page(html.parser.HTMLParser):
    """Sections by title: the text of their rows; forms: their action and fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.sections: dict[str, list[str]] = {}
        self.forms: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.title = self.section = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag not in ("input", "meta", "link"):
            self.open.append(tag)
        if tag == "tr" and "tbody" in self.open:
            self.sections[self.section].append("")
        if tag == "form":
            self.forms.append((attributes["action"], {}))
        if tag == "input":
            self.forms[-1][1][attributes["name"]] = attributes["value"]

    def handle_endtag(self, tag) -> None:
        if self.open[-1] != tag:
            raise ValueError(f"</{tag}> in {self.open}")
        self.open.pop()

    def handle_data(self, data) -> None:
        if self.open[-1:] == ["title"]:
            self.title += data
        if self.open[-1:] == ["h2"]:
            self.section = data.strip()
            self.sections[self.section] = []
        if "tbody" in self.open and self.sections[self.section]:
            self.sections[self.section][-1] += data + " "

    def rows(self, section: str, word: str) -> list[str]:
        return [row for row in self.sections[section] if word in row]


class Hangfire(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.browser = self.rig.browser()

    def page(self, answer=None) -> Page:
        answer = answer or self.browser.get("/hangfire")
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        return Page(answer.text)

    def send(self, job: int, verb: str, api: Api | None = None, csrf: str | None = None):
        api = api or self.browser
        body = urllib.parse.urlencode({"csrf": api.csrf if csrf is None else csrf}).encode()
        return api.post(f"/hangfire/jobs/{job}/{verb}", body, headers={
            "Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": ""})

    def test_only_the_admins_browser(self):
        self.assertEqual(self.browser.get("/hangfire").status, 200)
        for path in ("/hangfire", "/Hangfire/", "/hangfire?x=y"):
            answer = Api(self.rig, self.rig["WEB_URL"]).get(path)
            self.assertEqual((answer.status, answer.headers["Location"]), (303, "/login?next=%2Fhangfire"))
        # A session that was ended is none.
        gone = self.rig.browser()
        cookies = {"Cookie": "; ".join(f"{c.name}={c.value}" for c in gone.cookies)}
        gone.must("POST", "/api/auth/logout")
        for headers in (cookies, {"Cookie": "tc_session=rubbish"}):
            answer = Api(self.rig, self.rig["WEB_URL"]).get("/hangfire", headers=headers)
            self.assertEqual((answer.status, answer.headers["Location"]), (303, "/login?next=%2Fhangfire"))
        # Somebody who is no admin, programs, and the other port: nothing is there.
        email = self.stranger().email
        other = Api(self.rig, self.rig["WEB_URL"])
        other.login(email)
        job = self.job_id("FAILED")
        for api, headers in ((other, {}), (self.api, {}), (Api(self.rig, self.rig["API_URL"]), {}),
                             (Api(self.rig, self.rig["API_URL"]), {"Cookie": "; ".join(f"{c.name}={c.value}" for c in self.browser.cookies)}),
                             (Api(self.rig, self.rig["WEB_URL"]), {"Authorization": f"Bearer {self.api.token}"})):
            self.assert_problem(api.get("/hangfire", headers=headers), 404, "NotFound", "There is nothing at this address.")
        self.assert_problem(self.send(job, "requeue", other), 404, "NotFound", "There is nothing at this address.")
        for path in ("/hangfire/x", "/proxy/hangfire", "/hangfire/jobs/1"):
            self.assertEqual(self.browser.get(path).status, 404, path)

    def test_a_form_of_another_page_does_nothing(self):
        job = self.job_id("FAILED")
        for csrf in ("", "x", self.rig.browser().csrf):
            for verb in ("requeue", "delete"):
                self.assert_problem(self.send(job, verb, csrf=csrf), 403, "CsrfFailed")
        self.assertEqual(self.api.job(job)["status"], "FAILED")

    def test_the_page_obeys_the_policy(self):
        answer = self.browser.get("/hangfire")
        page = self.page(answer)
        self.assertEqual(page.title, "TorreClou Jobs")
        self.assertNotIn("unsafe", answer.headers["Content-Security-Policy"])
        self.assertFalse([t for t, _ in page.tags if t in ("script", "style", "img", "iframe")])
        self.assertFalse([a for _, attributes in page.tags for a in attributes if a == "style" or a.startswith("on")])
        self.assertEqual(page.open, [])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_what_it_shows(self):
        jobs = {status: self.job_id(status) for status in ("QUEUED", "DOWNLOADING", "UPLOAD_RETRY", "FAILED", "UPLOAD_FAILED", "COMPLETED", "CANCELLED")}
        self.rig.platform.sql(
            f"update job_phases set state = 'active', worker_id = 'host:1:abcd', lease_until = now() + interval '30 s' "
            f"where job_id = {jobs['DOWNLOADING']} and phase = 'download'; "
            f"update job_phases set state = 'retry', next_retry_at = '2031-02-03 04:05:06+00', attempts = 2 where job_id = {jobs['UPLOAD_RETRY']} and phase = 'upload'; "
            f"update jobs set error_message = 'The bucket is gone.' where id = {jobs['FAILED']}")
        self.rig.platform.redis("hset", "{tc}:servers", "host:1:abcd", '{"service":"torreclou-worker","queue":"torrents","active":3,"at":1}')
        self.rig.platform.redis("zadd", "{tc}:servers:seen", str(2**41), "host:1:abcd")
        self.addCleanup(self.rig.platform.redis, "hdel", "{tc}:servers", "host:1:abcd")
        self.addCleanup(self.rig.platform.redis, "zrem", "{tc}:servers:seen", "host:1:abcd")
        page = self.page()
        self.assertEqual(list(page.sections), ["Servers", "Queues", "Processing", "Scheduled", "Enqueued", "Failed", "Succeeded"])
        for section, status, words in (("Processing", "DOWNLOADING", "download host:1:abcd"), ("Scheduled", "UPLOAD_RETRY", "2031-02-03 04:05:06 2"),
                                       ("Enqueued", "QUEUED", "QUEUED"), ("Failed", "FAILED", "The bucket is gone."), ("Failed", "UPLOAD_FAILED", "UPLOAD_FAILED"),
                                       ("Succeeded", "COMPLETED", "COMPLETED")):
            rows = page.rows(section, f"#{jobs[status]} ")
            self.assertEqual(len(rows), 1, (section, status))
            self.assertIn(words, re.sub(r"\s+", " ", rows[0]))
        self.assertIn("torreclou-worker torrents 3", re.sub(r"\s+", " ", page.rows("Servers", "host:1:abcd")[0]))
        self.assertTrue(page.rows("Queues", "torrents"))
        offered = {(action.split("/")[-2], action.split("/")[-1]) for action, _ in page.forms}
        for status, verbs in (("FAILED", {"requeue", "delete"}), ("COMPLETED", set()), ("QUEUED", {"requeue", "delete"}), ("DOWNLOADING", {"delete"})):
            self.assertEqual({v for j, v in offered if j == str(jobs[status])}, verbs, status)
        self.assertEqual({fields["csrf"] for _, fields in page.forms}, {self.browser.csrf})

    def test_requeue_and_delete_obey_the_rules_of_jobs(self):
        stranger = self.stranger()  # the admin's page is about all users
        job = self.job_id("FAILED", self.profile_id(stranger), stranger)
        answer = self.send(job, "requeue")
        self.assertEqual((answer.status, answer.headers["Location"], answer.body), (303, "/hangfire", b""))
        detail = stranger.job(job)
        self.assertEqual((detail["status"], detail["timeline"][-1]["source"]), ("QUEUED", "User"))
        self.rig.platform.redis("del", "{tc}:q:torrents")
        self.assertEqual(self.send(job, "requeue").status, 303)  # what is queued gets another entry
        self.assertIn(str(job), self.rig.platform.redis("xrange", "{tc}:q:torrents", "-", "+"))
        self.assertEqual(self.send(job, "delete").status, 303)
        self.assertEqual(stranger.job(job)["status"], "CANCELLED")
        for verb, of, status, words in (("delete", job, 409, "Job is already cancelled."), ("delete", self.job_id("COMPLETED"), 400, "Cannot cancel a completed job."),
                                        ("requeue", self.job_id("COMPLETED"), 400, "Cannot retry a completed job."),
                                        ("requeue", self.job_id("UPLOADING"), 400, "Job is currently UPLOADING."), ("delete", 999999, 404, "Job not found.")):
            answer = self.send(of, verb)
            self.assertEqual(answer.status, status, (verb, answer))
            self.assertIn(words, answer.text)
            self.page(answer)

    def test_names_stay_text(self):
        job = self.job_id("FAILED")
        quoted = HOSTILE.replace("'", "''")
        self.rig.platform.sql(f"update torrents set name = '{quoted}' where id = (select torrent_id from jobs where id = {job}); "
                              f"update jobs set error_message = '{quoted}' where id = {job}")
        self.rig.platform.redis("hset", "{tc}:servers", HOSTILE, '{"service":"<b>","queue":"\\u0022><i>","active":"x"}')
        self.rig.platform.redis("zadd", "{tc}:servers:seen", str(2**41), HOSTILE)
        self.rig.platform.redis("xadd", "{tc}:q:" + HOSTILE, "*", "job", "1")
        self.addCleanup(self.rig.platform.redis, "del", "{tc}:q:" + HOSTILE)
        self.addCleanup(self.rig.platform.redis, "hdel", "{tc}:servers", HOSTILE)
        self.addCleanup(self.rig.platform.redis, "zrem", "{tc}:servers:seen", HOSTILE)
        answer = self.browser.get("/hangfire")
        page = self.page(answer)
        self.assertFalse([t for t, _ in page.tags if t in ("script", "img", "b", "i")])
        self.assertEqual(page.open, [])
        self.assertEqual(page.rows("Failed", f"#{job} ")[0].count(HOSTILE), 2)
        self.assertTrue(page.rows("Servers", HOSTILE))
        self.assertTrue(page.rows("Queues", HOSTILE))

    def test_without_redis(self):
        self.addCleanup(self.rig.platform.start, "redis")
        self.rig.platform.stop("redis")
        page = self.page()
        self.assertEqual(page.sections["Servers"], [])
        self.assertIn("Failed", page.sections)
