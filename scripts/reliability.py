#!/usr/bin/env python3
"""reliability.py: docs/reliability.md from the table that the kill matrix (tests/chaos/test_matrix.py) leaves in
build/reliability.json. `make reliability` prints it to where it belongs; after a change of lib/base/fault_points.h, or of what happens
when a worker dies."""
import json
import pathlib
import sys

TABLE = pathlib.Path(__file__).resolve().parent.parent / "build/reliability.json"
WAYS = {
    "RUN": "an upload that begins",
    "RESUME": "an upload that goes on inside a file, after a first death there",
    "SENT": "a small file that had arrived, after a first death before anything said so",
    "LOST": "a multipart upload of which only the server knew, after a first death",
    "DAMAGE": "the destination had stored other bytes, once",
    "CANCEL": "the job was cancelled after a first death inside a file; a janitor cleans up",
    "TOKEN": "the access token was old",
}
HEAD = """# Reliability

Printed by `make reliability` from a run of the kill matrix (`tests/chaos/test_matrix.py`) on {at}: {rows} deaths at {points} fault points.{left_out}

A row is one upload: a 16 MiB file (S3: four parts, two at a time; Drive: one resumable session), a file of 1,000 bytes and an empty
one, in folders. The worker that carries it dies by SIGKILL at the point, and is started again. Then the job must be completed, the
destination must hold exactly the three files byte for byte (by an independent client, or by the digests of the fake Drive, which keeps
no secrets from the test), each once, with no multipart upload or session that holds bytes left open, the journal closed, and little sent
twice: at S3 no more than the parts that were in flight (10 MiB here), at Drive no more than 8 MiB. A job that was cancelled must
leave nothing open, and say so on its timeline. A point that is not reached at all fails.

`make test` kills once for every point and way to it; `make test-long` at its first, second and third passing, and {random} more at random
points. The points are the rows of `lib/base/fault_points.h`, which is compiled into VARIANT=asan only (`tests/check/faults.sh`);
`TC_FAULT=point:n` kills any of its workers at the n-th passing.

## What else is tried

| What | Where | `make test` | `make test-long` |
|---|---|---|---|
| the answer to every create and every completion is lost, once for each file | `test_storm.py`, S3 and Drive | 10 files of each kind | 1,000 of each kind |
| nearly a third of all requests is answered 429 or 503 | `test_storm.py`, S3 and Drive | 15 files | the same |
| access tokens that end during the upload | `test_drive_faults.py` | of 3 s, in some 15 s | of 60 s, in 10 minutes |
| faults of a server by the number of a request | `test_s3_faults.py`, `test_drive_faults.py` | all | all |

Refusals cost little time: with 30 % of its requests refused by chance a job of 800 MiB took 1.3 times (S3) and 1.1 times (Drive) as
long as without (`BENCH_UPLOADS=refused scripts/bench.sh upload`). It takes half a second to find out that the refusals are chance and
not for having too many lanes; then as many calls run as before.

## What is left behind

- **A session at Google whose address was never stored.** Between Google's answer to a session start and the commit of its address only
  Google knows it; it holds no byte and no name, cannot be found by any call, and ends by itself after a week. The file gets a new
  session under the same id, so there is no twin. Two lanes that die at once may leave one each.
- **A multipart upload at S3 whose id was never stored** is found by its key and time and aborted; only credentials that may not list
  uploads leave it to the bucket's lifecycle rule, and the log says so.
"""


def mib(n: int) -> str:
    return f"{n / 1048576:.1f} MiB" if n else "–"


def text(table: dict) -> str:
    order = list(dict.fromkeys(r["point"] for r in table["rows"]))
    rows = sorted((r for r in table["rows"] if r["died"]), key=lambda r: (order.index(r["point"]), r["provider"], r["passing"]))
    alive = len(table["rows"]) - len(rows)
    left_out = f"\n{alive} more uploads came to their end without passing their point that often; they are not listed." if alive else ""
    out = [HEAD.format(at=table["at"], rows=len(rows), points=len({r["point"] for r in rows}), random=80, left_out=left_out)]
    out.append("## The rows\n")
    for way, title in WAYS.items():
        mine = [r for r in rows if r["way"] == way]
        if not mine:
            continue
        out.append(f"### {title[0].upper()}{title[1:]}\n")
        out.append("| Fault point | Destination | When the worker dies | Outcome | Sent again |\n|---|---|---|---|---|")
        for r in mine:
            passing = f" (passing {r['passing']})" if r["passing"] > 1 else ""
            outcome = "nothing left, and told" if way == "CANCEL" else "complete, each file once"
            out.append(f"| `{r['point']}`{passing} | {r['provider']} | {r['what']} | {outcome} | {mib(r['sentAgain'])} |")
        out.append("")
    return "\n".join(out)


if not TABLE.exists():
    sys.exit(f"{TABLE} is missing: run the matrix first (tests/rig/rig run /usr/bin/python3 tests/rig/suite.py tests/chaos test_matrix)")
print(text(json.loads(TABLE.read_text())), end="")
