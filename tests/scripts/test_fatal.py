"""docker/fatal.sh, spoken to as supervisord does: which event ends the container, and which does not."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
# Stands for supervisord: the listener's parent, which notes a TERM.
PARENT = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: open(sys.argv[2] + "/state/term", "w").close())
listener = subprocess.Popen(sys.argv[1:3])
while listener.poll() is None:
    try:
        listener.wait()
    except InterruptedError:
        pass
"""


class Fatal(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run_dir = pathlib.Path(folder.name)
        (self.run_dir / "state").mkdir()
        self.parent = subprocess.Popen([sys.executable, "-c", PARENT, str(PROJECT / "docker/fatal.sh"), str(self.run_dir)],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.parent.wait)
        self.addCleanup(self.parent.stdout.close)
        self.addCleanup(self.parent.stdin.close)

    def event(self, name: str, payload: str) -> str:
        """What became of it: the reason that the container ends for, or nothing."""
        data = payload.encode()
        self.assertEqual(self.parent.stdout.readline(), b"READY\n")
        self.parent.stdin.write(f"ver:3.0 server:s serial:1 pool:fatal poolserial:1 eventname:{name} len:{len(data)}\n".encode() + data)
        self.parent.stdin.flush()
        self.assertEqual(self.parent.stdout.read(11), b"RESULT 2\nOK")
        fatal = self.run_dir / "state/fatal"
        return fatal.read_text().strip() if fatal.exists() else ""

    def test_a_program_without_starts_left(self):
        self.assertEqual(self.event("PROCESS_STATE_FATAL", "processname:nginx groupname:nginx from_state:BACKOFF"), "nginx cannot be started")
        self.parent.stdin.close()  # the listener ends, and then its parent, which has been told
        self.parent.wait()
        self.assertTrue((self.run_dir / "state/term").exists())

    def test_a_failed_migration(self):
        self.assertEqual(self.event("PROCESS_STATE_EXITED", "processname:migrate groupname:migrate from_state:RUNNING expected:1 pid:7"), "")
        self.assertEqual(self.event("PROCESS_STATE_EXITED", "processname:migrate groupname:migrate from_state:RUNNING expected:0 pid:7"),
                         "migrate has failed")

    def test_a_dozen_deaths_of_one_program(self):
        for i in range(11):
            self.assertEqual(self.event("PROCESS_STATE_BACKOFF", f"processname:redis groupname:redis from_state:STARTING tries:{i}"), "")
            self.assertEqual(self.event("PROCESS_STATE_EXITED", f"processname:postgres groupname:postgres from_state:RUNNING expected:0 pid:{i}"), "")
        self.assertEqual(self.event("PROCESS_STATE_BACKOFF", "processname:redis groupname:redis from_state:STARTING tries:11"),
                         "redis dies again and again")
