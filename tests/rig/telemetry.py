"""What is around the platform when somebody watches it: the collector of tests/fakes, a real Prometheus, and as much of LogQL as
our dashboards speak."""
import json
import math
import pathlib
import re
import subprocess
import tempfile
import urllib.parse
import urllib.request

import yaml
from tc import PROJECT, wait_until


def fetch(url: str, data: bytes | None = None, method: str = "GET"):
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=60) as r:
        return json.load(r)


class Collector:
    """tests/fakes/collector.py"""

    def __init__(self, rig) -> None:
        self.url = rig["COLLECTOR_URL"]

    def order(self, **orders) -> None:
        """order(loki={"do": "hang"}); without any it behaves."""
        fetch(self.url + "/_orders", json.dumps(orders).encode(), "PUT")

    def state(self) -> dict:
        return fetch(self.url + "/_state")

    def lines(self, **wish) -> list[dict]:
        return fetch(f"{self.url}/_lines?{urllib.parse.urlencode(wish)}")

    def spans(self, trace: str) -> list[dict]:
        return fetch(f"{self.url}/_spans?trace={trace}")


class Prometheus:
    """Debian's Prometheus with the configuration that we ship, but a target and an interval of its own."""

    def __init__(self, rig, port: int) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="tc-prometheus.")
        self.url = f"http://127.0.0.1:{port}"
        config = yaml.safe_load((PROJECT / "docker/prometheus/prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "1s"}
        config["rule_files"] = [str(PROJECT / "docker/prometheus" / name) for name in config["rule_files"]]
        for job, target in zip(config["scrape_configs"], (rig["API_URL"], self.url), strict=True):
            job["static_configs"] = [{"targets": [target.removeprefix("http://")]}]
        path = pathlib.Path(self.folder.name) / "prometheus.yml"
        path.write_text(yaml.safe_dump(config))
        with open(rig.folder / "log/prometheus.log", "w") as log:
            self.process = subprocess.Popen(["/usr/bin/prometheus", f"--config.file={path}", f"--storage.tsdb.path={self.folder.name}/data",
                                             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        self.after_a_scrape()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.folder.cleanup()

    def query(self, expr: str) -> list[dict]:
        """The samples of an instant query."""
        answer = fetch(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expr})}")
        return answer["data"]["result"]

    def numbers(self, expr: str) -> list[float]:
        """The same, without what is not a number."""
        return [v for v in (float(r["value"][1]) for r in self.query(expr)) if not math.isnan(v)]

    def after_a_scrape(self) -> None:
        """Until what is true now has been seen."""
        def last() -> float:
            try:
                return max(map(float, self.numbers('timestamp(up{job="torrentclou"} == 1)')), default=0)
            except OSError:
                return 0

        before = last()
        wait_until("Prometheus has scraped", lambda: last() > before, 60, 0.2)


STRING = r'"((?:[^"\\]|\\.)*)"'
MATCH = {"=": lambda have, want: have == want, "!=": lambda have, want: have != want,
         "=~": lambda have, want: re.fullmatch(want, have) is not None, "!~": lambda have, want: re.fullmatch(want, have) is None}
FILTER = {"|=": lambda line, want: want in line, "!=": lambda line, want: want not in line,
          "|~": lambda line, want: re.search(want, line) is not None, "!~": lambda line, want: re.search(want, line) is None}


def logql(expr: str, lines: list[dict]) -> list[dict]:
    """The lines that the selector and the line filters of an expression leave. Raises when a label that it groups by, or a field
    that it shows, is not in all of them."""
    selector = re.search(r"\{([^{}]*)\}((?:\s*(?:\|=|\|~|!=|!~)\s*" + STRING + ")*)", expr)
    if not selector:
        raise ValueError(f"no selector: {expr}")
    wanted = re.findall(rf"(\w+)\s*(=~|!~|!=|=)\s*{STRING}", selector[1])
    filters = re.findall(rf"(\|=|\|~|!=|!~)\s*{STRING}", selector[2])
    found = [row for row in lines if all(MATCH[op](row["labels"].get(name, ""), want) for name, op, want in wanted)
             and all(FILTER[op](json.dumps(row["line"], ensure_ascii=False), want) for op, want in filters)]
    groups = [name for group in re.findall(r"\bby \(([^)]*)\)", expr) for name in re.split(r",\s*", group)]
    fields = re.findall(r"\{\{\.(\w+)\}\}", expr)
    if fields and "| json" not in expr:
        raise ValueError(f"fields of a line that is not parsed: {expr}")
    for row in found:
        for name in groups + fields:
            if name not in row["labels"] and (name in groups or name not in row["line"]):
                raise ValueError(f"{name} is missing: {row}")
    return found
