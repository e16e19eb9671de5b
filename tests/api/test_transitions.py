"""THE transition table: the program's print of it, the database's copy, and the database's refusals."""
import re
import subprocess

from api_case import WAYS, ApiCase
from tc import PROJECT


class Transitions(ApiCase):
    def test_the_database_has_the_programs_table(self):
        admin = next(p for p in (self.rig.platform.var / "app/bin/torrentclou-admin",
                                 PROJECT / "build/release-gcc/bin/torrentclou-admin") if p.exists())
        printed = subprocess.run([admin, "transitions"], capture_output=True, text=True, check=True, timeout=30).stdout
        rows = re.findall(r"^ +(\S+) --> (\w+) : .+ \((\w+)\)$", printed, re.M)
        self.assertGreater(len(rows), 40)
        table = {("" if old == "[*]" else old, new, source) for old, new, source in rows}
        self.assertEqual(len(table), len(rows), "a row stands twice in the program")
        self.assertEqual({tuple(r) for r in self.rig.platform.sql(
            "select coalesce(from_status, ''), to_status, source from job_transitions")}, table)

    def test_the_database_refuses_anything_else(self):
        job = self.job_id()
        for status, source in (("COMPLETED", "Worker"), ("DOWNLOADING", "User"), ("QUEUED", "Worker"), ("NONSENSE", "Worker"),
                               ("DOWNLOADING", "")):
            with self.assertRaisesRegex(AssertionError, f"may not go from QUEUED to {status}"):
                self.rig.platform.sql(f"begin; select set_config('torrentclou.source', '{source}', true); "
                                      f"update jobs set status = '{status}' where id = {job}; commit")
        self.assertEqual(self.api.job(job)["status"], "QUEUED")

    def test_every_change_has_its_row(self):
        for status, way in WAYS.items():
            timeline = self.api.job(self.job_id(status))["timeline"]
            self.assertEqual([(e["toStatus"], e["source"]) for e in timeline], [("QUEUED", "System"), *way])
