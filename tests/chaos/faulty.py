"""tests/fakes/faulty_s3.py in front of the rig's S3 server, for as long as a test case needs it."""
import json
import pathlib
import subprocess
import sys
import urllib.parse
import urllib.request

PROXY = pathlib.Path(__file__).resolve().parent.parent / "fakes/faulty_s3.py"


class Faulty:
    def __init__(self, rig) -> None:
        upstream = urllib.parse.urlsplit(rig["S3_DIRECT"]).port
        self.process = subprocess.Popen([
            sys.executable, str(PROXY), str(upstream), rig["S3_KEY"], rig["S3_SECRET"]], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def _call(self, body: bytes | None) -> dict:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"{self.url}/_faults", body, method="PUT" if body else "GET")
        with opener.open(request, timeout=10) as answer:
            return json.load(answer)

    def order(self, **faults) -> None:
        """Misbehave; the words are in the proxy's head. Without arguments: behave."""
        self._call(json.dumps(faults).encode())

    def state(self) -> dict:
        """What struck, and what was received."""
        return self._call(None)
