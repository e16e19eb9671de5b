"""Live events, through nchan, as a browser gets them."""
import http.client
import json
import urllib.parse

from api_case import ApiCase, golden


class Events(ApiCase):
    def listen(self, browser):
        """The open stream of a browser's session."""
        cookie = next(iter(browser.cookies))
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.rig["WEB_URL"]).netloc, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/events", headers={"Cookie": f"tc_session={cookie.value}", "Accept": "text/event-stream"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Content-Type"].split(";")[0]), (200, "text/event-stream"))
        self.assertIsNone(answer.headers["X-Accel-Redirect"], "the channel's name stays inside")
        return answer

    def next_event(self, stream) -> tuple[str, dict]:
        """The next event, comments (pings) skipped."""
        fields = {}
        while line := stream.readline():
            text = line.decode().rstrip("\r\n")
            if not text and "data" in fields:
                return fields.get("event"), json.loads(fields["data"])
            name, _, value = text.partition(":")
            if name:
                fields[name] = value.strip()
        self.fail("the stream ended")

    def test_what_a_person_does_is_seen_at_once(self):
        stream = self.listen(self.rig.browser())
        job = self.job_id()
        event, body = self.next_event(stream)
        self.assertEqual((event, body["jobId"], body["status"]), ("job", job, "QUEUED"))
        self.assert_shape(body, golden("event-job"))
        self.api.must("POST", f"/api/jobs/{job}/cancel")
        event, body = self.next_event(stream)
        self.assertEqual((body["jobId"], body["status"], body["currentState"]), (job, "CANCELLED", "Cancelled by User"))

    def test_events_go_to_their_user_only(self):
        stream = self.listen(self.rig.browser())
        other = self.stranger()
        self.job_id(api=other)
        mine = self.job_id()
        self.assertEqual(self.next_event(stream)[1]["jobId"], mine)

    def test_channels_cannot_be_named(self):
        browser = self.rig.browser()
        for path in ("/_sse/u1", "/events/u1", "/pub?id=u1"):
            answer = browser.get(path, headers={"Accept": "text/event-stream"}, timeout=10)
            self.assertNotIn("event-stream", answer.headers["Content-Type"], path)
