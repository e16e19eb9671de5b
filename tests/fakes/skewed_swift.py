#!/usr/bin/env python3
"""skewed_swift.py RIG_DIR OFFSET_FILE PORT: the rig's S3 server once more, on a port of its own and with another clock.

It is the same Swift over the same storage, but its time is ours plus the seconds in OFFSET_FILE, read at every look: it
judges the dates of signatures by it and answers with it in `Date`.
"""
import pathlib
import re
import sys
import time

folder, offset_file, port = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
ours = time.time


def skewed() -> float:
    return ours() + float(offset_file.read_text())  # each time: a test that has set the clock asks at once


time.time = skewed  # before anything of Swift is loaded
from swift.common.wsgi import run_wsgi  # noqa: E402

conf = offset_file.with_suffix(".conf")
text = (folder / "s3/proxy.conf").read_text()
text = re.sub(r"^bind_port = \d+", f"bind_port = {port}", text, flags=re.M)
conf.write_text(re.sub(r"^workers = \d+", "workers = 0", text, flags=re.M))
sys.exit(run_wsgi(str(conf), "proxy-server"))
