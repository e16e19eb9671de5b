"""What people see who watch the platform: logs at Loki, traces at a collector, every panel of the dashboards and every alert against
a real Prometheus, after jobs have run from end to end."""
import copy
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

import yaml
from tc import MIB, PROJECT, RigCase, wait_until
from telemetry import Collector, Prometheus, logql

sys.path.insert(0, str(PROJECT / "tests/fakes"))
import collector as fakes  # noqa: E402

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
DASHBOARDS = sorted((PROJECT / "docker/grafana/dashboards").glob("*.json"))
ALERTS = PROJECT / "docker/prometheus/alerts.yml"
# What Grafana puts in the place of its variables; ".+" is All.
VARIABLES = {"$__range": "1h", "$__interval": "1m", "$__rate_interval": "1m", "$job_type": ".+", "$service": ".+", "$search": ""}


def panels(kind: str) -> list[tuple[str, str]]:
    """(where, expression) of every query of the dashboards to a source of this kind."""
    found = []
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                if target["datasource"]["type"] != kind:
                    continue
                expr = target["expr"]
                for name, value in VARIABLES.items():
                    expr = expr.replace(name, value)
                found.append((f"{path.name}, {panel['title']}", expr))
    return found


def alerts() -> list[tuple[str, str]]:
    """(name, what it looks at) of every alert: its expression without the comparison, or what must not be absent."""
    found = []
    for rule in (r for group in yaml.safe_load(ALERTS.read_text())["groups"] for r in group["rules"]):
        absent = re.findall(r"absent\(([^()]*)\)", rule["expr"])
        found += [(rule["alert"], expr) for expr in absent or [re.sub(r"\s(==|!=|<|>|<=|>=)\s[^()]*$", "", rule["expr"])]]
    return found


class Receivers(unittest.TestCase):
    """What the other tests rely on is strict."""

    def refused(self, collector, good: dict, path: list, value) -> None:
        body = copy.deepcopy(good)
        at = body
        for step in path[:-1]:
            at = at[step]
        if value is None:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        with self.assertRaises((fakes.Refusal, KeyError, TypeError), msg=(path, value)):
            collector.take(body)

    def test_loki(self):
        now = time.time_ns()
        labels = {"app": "torreclou", "service": "torreclou-api", "env": "x", "level": "info"}
        line = json.dumps({"service": "torreclou-api", "level": "info", "Message": "m"})
        good = {"streams": [{"stream": labels, "values": [[str(now), line], [str(now + 1), line]]}]}
        fakes.Loki().take(good)
        row = ["streams", 0, "values", 1]
        for path, value in ((["streams"], []), (["more"], 1), (["streams", 0, "values"], []), (["streams", 0, "stream", "level"], "warn"),
                            (["streams", 0, "stream", "job_id"], "7"), (["streams", 0, "stream", "env"], None), ([*row, 0], str(now)), ([*row, 0], now + 1),
                            ([*row, 0], str(now - 2 * fakes.HOUR_NS)), ([*row, 1], "text"), ([*row, 1], line.replace("Message", "message")),
                            ([*row, 1], line.replace("info", "error")), ([*row, 1], line + "\n")):
            self.refused(fakes.Loki(), good, path, value)

    def test_otlp(self):
        now = time.time_ns()
        span = {"traceId": TRACE, "spanId": SPAN, "name": "n", "kind": 3, "startTimeUnixNano": str(now), "endTimeUnixNano": str(now),
                "attributes": [{"key": "k", "value": {"intValue": "5"}}], "status": {"code": 2}}
        about = [{"key": key, "value": {"stringValue": "torreclou-api"}} for key in ("service.name", "service.instance.id", "deployment.environment")]
        good = {"resourceSpans": [{"resource": {"attributes": about}, "scopeSpans": [{"scope": {"name": "torrentclou"}, "spans": [span]}]}]}
        fakes.Otlp().take(good)
        at = ["resourceSpans", 0, "scopeSpans", 0, "spans", 0]
        for path, value in (([*at, "traceId"], TRACE.upper()), ([*at, "traceId"], "0" * 32), ([*at, "spanId"], SPAN[1:]), ([*at, "parentSpanId"], SPAN),
                            ([*at, "name"], ""), ([*at, "kind"], "3"), ([*at, "kind"], 0), ([*at, "startTimeUnixNano"], now), ([*at, "startTimeUnixNano"], str(now + 1)),
                            ([*at, "endTimeUnixNano"], None), ([*at, "attributes", 0, "value"], {"intValue": 5}), ([*at, "status", "code"], 3), ([*at, "path"], "/"),
                            (at[:-1], []), (["resourceSpans", 0, "resource", "attributes"], about[1:])):
            self.refused(fakes.Otlp(), good, path, value)
        twice = fakes.Otlp()
        twice.take(good)
        self.refused(twice, good, [*at, "name"], "again")  # the same span once more


class Watched(RigCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.collector = Collector(cls.rig)
        port = int(subprocess.run(["/usr/bin/python3", PROJECT / "tests/rig/free_ports.py", "1"], capture_output=True, text=True, check=True).stdout)
        cls.prometheus = Prometheus(cls.rig, port)
        cls.addClassCleanup(cls.prometheus.stop)
        api = cls.rig.api()
        bucket, gone = cls.rig.s3.make_bucket(), cls.rig.s3.make_bucket()
        s3, drive, nowhere = api.s3_profile(bucket), cls.rig.drive_profile(api), api.s3_profile(gone)
        cls.rig.s3.client.delete_bucket(Bucket=gone)
        cls.kill_a_child()
        # Twice, with a look of Prometheus between: what only counts up has a rate then.
        for _ in range(2):
            jobs = [(api.create_job(cls.rig.make_torrent("watched", {"a.bin": MIB, "b.bin": 7}), profile), end)
                    for profile, end in ((s3, "COMPLETED"), (drive, "COMPLETED"), (nowhere, "UPLOAD_FAILED"))]
            for job, end in jobs:
                api.wait_job(job, end)
            cls.prometheus.after_a_scrape()
            cls.prometheus.after_a_scrape()
        cls.job, cls.drive_job = jobs[0][0], jobs[1][0]

    @classmethod
    def kill_a_child(cls) -> None:
        """Its parent logs an error."""
        children = subprocess.run(["pgrep", "-P", str(cls.rig.platform.pid("api-fast"))], capture_output=True, text=True, check=True)
        os.kill(int(children.stdout.split()[0]), signal.SIGKILL)

    def test_every_panel_has_data(self):
        for where, expr in panels("prometheus"):
            with self.subTest(where, expr=expr):
                wait_until("it has data", lambda: self.prometheus.numbers(expr), 15)

    def test_every_alert_looks_at_what_is_there(self):
        self.assertGreaterEqual(len(alerts()), 14)
        for name, expr in alerts():
            with self.subTest(name, expr=expr):
                wait_until("there is something", lambda: self.prometheus.query(expr), 15)

    def test_the_alerts_fire_when_they_must(self):
        for command in (["check", "config", "docker/prometheus/prometheus.yml"], ["test", "rules", "tests/fixtures/alerts.yml"]):
            r = subprocess.run(["/usr/bin/promtool", *command], cwd=PROJECT, capture_output=True, text=True, timeout=120)
            self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        fixture = yaml.safe_load((PROJECT / "tests/fixtures/alerts.yml").read_text())
        fires = {re.search(r'alertname="(\w+)"', s["labels"])[1] for t in fixture["tests"] for p in t.get("promql_expr_test", []) for s in p["exp_samples"]}
        silent = {row["alertname"] for t in fixture["tests"] for row in t.get("alert_rule_test", [])}
        self.assertEqual({name for name, _ in alerts()}, fires)
        self.assertEqual(fires, silent)

    def test_every_variable_has_values(self):
        for path in DASHBOARDS:
            board = json.loads(path.read_text())
            self.assertEqual([v["query"] for v in board["templating"]["list"][:2]], ["loki", "prometheus"])
            for variable in board["templating"]["list"][2:]:
                query = variable.get("definition", "")
                found = re.fullmatch(r"label_values\((.*), (\w+)\)", query)
                if variable["type"] == "query" and variable["datasource"]["type"] == "prometheus":
                    values = {r["metric"][found[2]] for r in self.prometheus.query(found[1])}
                    self.assertEqual(values, {"torrent_download", "s3_upload", "googledrive_upload"})
                elif variable["type"] == "query":
                    wait_until("lines of every service", lambda: {row["labels"][found[2]] for row in logql(found[1], self.collector.lines())} ==
                               {"torreclou-api", "torreclou-worker", "torreclou-s3-worker", "torreclou-googledrive-worker"})

    def test_every_log_panel_finds_lines(self):
        def missing() -> list[str]:
            lines = self.collector.lines()
            return [where for where, expr in panels("loki") if not logql(expr, lines)]

        wait_until("lines for every panel", lambda: not missing())

    def test_lines_say_whose_they_are(self):
        trace = self.trace_of(self.job)
        line = wait_until("the job's last line", lambda: next(
            (row for row in self.collector.lines(service="torreclou-s3-worker", contains="job completed") if row["line"]["JobId"] == self.job), None))
        self.assertEqual(line["line"]["TraceId"], trace)
        self.assertEqual(line["labels"]["env"], "Rig")
        # Other processes send their lines when it is their turn.
        wait_until("the request's line", lambda: "job created" in [
            row["line"]["Message"] for row in self.collector.lines(service="torreclou-api", contains=trace)])
        wait_until("the download's line", lambda: ("QUEUED", "DOWNLOADING", "Worker") in [
            (row["line"]["FromStatus"], row["line"]["ToStatus"], row["line"]["Source"])
            for row in self.collector.lines(contains="FromStatus") if row["line"]["JobId"] == self.job])

    def trace_of(self, job: int) -> str:
        return self.rig.platform.sql(f"select split_part(traceparent, '-', 2) from jobs where id = {job}")[0][0]

    def spans_of(self, job: int, calls: set[str]) -> dict[str, list[dict]]:
        """By name, once all are there: each process sends its own, and the one that ends last need not come last."""
        trace = self.trace_of(job)
        wanted = {"POST /api/torrents/create-job", "publish", "download", "upload", *calls}

        def all_there() -> dict[str, list[dict]] | None:
            names: dict[str, list[dict]] = {}
            for span in self.collector.spans(trace):
                names.setdefault(span["name"], []).append(span)
            return names if wanted <= names.keys() and len(names.get("receive", [])) == 2 else None

        return wait_until("a span of every kind", all_there)

    def check_tree(self, job: int, upload: str, calls: set[str]) -> dict[str, list[dict]]:
        """Request, queue, both phases and the remote calls: one tree."""
        spans = self.spans_of(job, calls)
        request, = spans["POST /api/torrents/create-job"]
        (publish,), (download,), (uploaded,) = spans["publish"], spans["download"], spans["upload"]
        self.assertEqual([s["kind"] for s in (request, publish, download)], [2, 4, 1])
        self.assertEqual({s["parentSpanId"] for s in (publish, download, uploaded)}, {request["spanId"]})
        self.assertEqual((download["service"], uploaded["service"]), ("torreclou-worker", upload))
        self.assertEqual((uploaded["attributes"]["job.id"], uploaded["attributes"]["job.outcome"]), (job, "done"))
        waits = {s["parentSpanId"]: s for s in spans["receive"]}
        self.assertEqual(set(waits), {download["spanId"], uploaded["spanId"]})
        self.assertTrue(all(s["kind"] == 5 for s in waits.values()))
        remote = [s for of in spans.values() for s in of if s["kind"] == 3]
        self.assertLessEqual(calls, {s["name"] for s in remote})
        for call in remote:
            self.assertEqual((call["parentSpanId"], call["attributes"]["server.address"]), (uploaded["spanId"], "127.0.0.1"))
            self.assertIn("http.response.status_code", call["attributes"])
        return spans

    def test_a_job_is_one_trace(self):
        spans = self.check_tree(self.job, "torreclou-s3-worker", {"PutObject"})
        request, = spans["POST /api/torrents/create-job"]
        self.assertNotIn("parentSpanId", request)
        # One number finds the trace, the log lines and the request.
        self.assertEqual(request["attributes"]["request.id"], request["traceId"])
        self.check_tree(self.drive_job, "torreclou-googledrive-worker", {"POST"})

    def test_a_callers_trace_is_taken_over(self):
        api = self.rig.api()

        def ask(flags: str, path: str = "/api/jobs") -> None:
            api.get(path, headers={"traceparent": f"00-{TRACE}-{SPAN}-{flags}"})

        ask("00")  # a caller that does not want it traced
        ask("01", "/api/health")  # probes are not
        ask("01")
        spans = wait_until("the caller's trace", lambda: self.collector.spans(TRACE))
        self.assertEqual([(s["name"], s["parentSpanId"]) for s in spans], [("GET /api/jobs", SPAN)])

    def test_a_collector_that_misbehaves_holds_up_nothing(self):
        self.addCleanup(self.collector.order)
        self.collector.order(loki={"do": "hang"}, otlp={"do": "refuse", "status": 500, "times": 1000})
        api = self.rig.api()
        job = api.create_job(self.rig.make_torrent("unseen", MIB), api.s3_profile(self.rig.s3.make_bucket()))
        api.wait_job(job, "COMPLETED")
        wait_until("both were asked", lambda: min(self.collector.state()["refused"].values()) > 0)
        trace = self.trace_of(job)
        self.assertEqual(self.collector.spans(trace), [])
        # It comes to its senses: what was kept arrives, in order, and nothing that breaks a rule.
        self.collector.order(otlp={"do": "refuse", "status": 429, "times": 1})
        wait_until("the spans", lambda: any(s["name"] == "upload" for s in self.collector.spans(trace)))
        wait_until("the lines", lambda: any(row["line"].get("JobId") == job for row in self.collector.lines(contains="job completed")))

    def test_nothing_that_was_sent_broke_a_rule(self):
        time.sleep(1.5)  # what is on its way
        state = self.collector.state()
        self.assertEqual(state["complaints"], [])
        self.assertGreater(min(state["pushes"].values()), 0)
