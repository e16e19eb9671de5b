"""An instance of its own beside the rig's, with the same programs (APP_DIR): for what the rig's own must not go through."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from tc import PROJECT, Rig


def free_ports(n: int) -> list[int]:
    out = subprocess.run([sys.executable, str(PROJECT / "tests/rig/free_ports.py"), str(n)], capture_output=True, text=True, check=True)
    return [int(p) for p in out.stdout.split()]


class Second:
    def __init__(self, case: type[unittest.TestCase] | unittest.TestCase, rig: Rig, **settings) -> None:
        self.app = rig.platform.var / "app"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tc-second.", dir="/tmp"))
        self.folder.chmod(0o711)
        self.var = self.folder / "var"
        self.web, self.api, peer = free_ports(3)
        self.settings = {
            "VAR_DIR": self.var, "APP_DIR": self.app, "ENV_FILE": "/dev/null", "BIND_ADDRESS": "127.0.0.1",
            "WEB_PORT": self.web, "API_PORT": self.api, "TORRENT_LISTEN": f"127.0.0.1:{peer}", "TORRENT_DHT": "false",
            "TORRENT_LSD": "false", "TORRENT_PORT_MAPPING": "false", "API_FAST_CHILDREN": 1, "API_EDGE_CHILDREN": 1, **settings}
        clean = case.addClassCleanup if isinstance(case, type) else case.addCleanup
        clean(shutil.rmtree, self.folder, ignore_errors=True)
        clean(self.run, "platform.sh", "down")

    def socket(self) -> str:
        """Folder of its PostgreSQL's socket."""
        conf = (self.var / "postgres/torrentclou.conf").read_text()
        return re.search(r"unix_socket_directories = '(.*)'", conf)[1]

    def run(self, script: str, *arguments: str, **changed) -> subprocess.CompletedProcess:
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LANG")}
        settings = {k: str(v) for k, v in {**self.settings, **changed}.items() if v is not None}
        return subprocess.run([str(PROJECT / "scripts" / script), *arguments], env={**keep, **settings},
                              capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
