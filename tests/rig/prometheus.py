"""A strict reader of Prometheus' text format 0.0.4 and of OpenMetrics 1.0: raises ValueError at the first line that breaks a rule."""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
TYPES = {"counter", "gauge", "histogram", "unknown"}


def number(text: str) -> float:
    if not re.fullmatch(r"[+-]?Inf|NaN|-?\d+(\.\d+)?(e[+-]?\d+)?", text):
        raise ValueError(f"no number: {text}")
    return float(text.replace("Inf", "inf"))


def labels_of(text: str) -> dict[str, str]:
    out: dict[str, str] = {}
    while text:
        found = LABEL.match(text)
        if not found or found[1] in out:
            raise ValueError(f"labels: {text}")
        out[found[1]] = found[2]
        text = text[found.end():]
        if text and not text.startswith(","):
            raise ValueError(f"labels: {text}")
        text = text[1:]
    return out


class Metrics:
    """samples: (name, sorted label pairs) -> value. types: family -> type."""

    def __init__(self, text: str, open_metrics: bool = False) -> None:
        self.samples: dict[tuple, float] = {}
        self.types: dict[str, str] = {}
        self.open = open_metrics
        if not text.endswith("# EOF\n" if open_metrics else "\n") or "\r" in text:
            raise ValueError("the end, or a line end")
        lines = text.split("\n")[:-2 if open_metrics else -1]
        self.family = ""
        for line in lines:
            self.comment(line) if line.startswith("#") else self.sample(line)
        self.check_histograms()

    def comment(self, line: str) -> None:
        found = re.fullmatch(rf"# (HELP|TYPE|UNIT) ({NAME}) (.+)", line)
        if not found:
            raise ValueError(line)
        kind, name, rest = found.groups()
        if kind == "HELP":
            if name in self.types or name == self.family:
                raise ValueError(f"{name}: not in one piece")
            self.family = name
        elif name != self.family:
            raise ValueError(f"{line}: amid {self.family}")
        if kind == "TYPE":
            if rest not in TYPES or name in self.types:
                raise ValueError(line)
            self.types[name] = rest
        if kind == "UNIT" and (not self.open or not name.endswith("_" + rest)):
            raise ValueError(line)

    def sample(self, line: str) -> None:
        found = SAMPLE.fullmatch(line)
        if not found:
            raise ValueError(line)
        name, labels, value = found[1], labels_of(found[2] or ""), number(found[3])
        kind = self.types.get(self.family)
        suffixes = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",) if self.open else ("",)}.get(kind, ("",))
        if not any(name == self.family + s for s in suffixes):
            raise ValueError(f"{line}: not of {self.family} ({kind})")
        if kind == "counter" and not name.endswith("_total") or kind != "gauge" and not value >= 0:
            raise ValueError(line)
        if "" in labels.values() or ("le" in labels) != name.endswith("_bucket"):
            raise ValueError(line)
        if self.open and "le" in labels and not re.fullmatch(r"\+Inf|\d+\.\d+|\d+(\.\d+)?e[+-]\d+", labels["le"]):
            raise ValueError(line)
        key = (name, tuple(sorted(labels.items())))
        if key in self.samples:
            raise ValueError(f"{line}: twice")
        self.samples[key] = value

    def check_histograms(self) -> None:
        """Buckets rise, the last is +Inf and equals the count; a sum belongs to it."""
        for family in (f for f, kind in self.types.items() if kind == "histogram"):
            rows: dict[tuple, list] = {}
            for (name, labels), value in self.samples.items():
                if name == f"{family}_bucket":
                    rest = tuple(pair for pair in labels if pair[0] != "le")
                    rows.setdefault(rest, []).append((number(dict(labels)["le"]), value))
            for rest, buckets in rows.items():
                bounds, counts = zip(*buckets)
                if list(bounds) != sorted(set(bounds)) or list(counts) != sorted(counts) or bounds[-1] != math.inf:
                    raise ValueError(f"{family}{rest}: {buckets}")
                if self.samples[f"{family}_count", rest] != counts[-1] or (f"{family}_sum", rest) not in self.samples:
                    raise ValueError(f"{family}{rest}: count or sum")

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples of the name that have these labels."""
        return sum(v for (n, have), v in self.samples.items() if n == name and labels.items() <= dict(have).items())

    def values(self, name: str, label: str) -> set[str]:
        return {dict(have)[label] for (n, have) in self.samples if n == name and label in dict(have)}

    def never_less_than(self, before: "Metrics") -> None:
        """Everything that counts: no sample went back, none went away."""
        for (name, labels), value in before.samples.items():
            if name.endswith(("_total", "_bucket", "_sum", "_count")) and self.samples.get((name, labels), -1) < value:
                raise ValueError(f"{name}{labels}: {value}, then {self.samples.get((name, labels))}")


def scrape(api, open_metrics: bool = False) -> Metrics:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"} if open_metrics else {}
    answer = api.get("/metrics", headers=accept)
    if answer.status != 200:
        raise ValueError(repr(answer))
    return Metrics(answer.text, open_metrics)
