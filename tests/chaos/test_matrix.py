"""The kill matrix: a worker dies at every fault point of an upload, to S3 and to Google Drive; nothing is lost, doubled or left."""
import concurrent.futures
import hashlib
import os
import traceback
import uuid

import matrix
from faulty import Faulty
from tc import RigCase

AT_ONCE = 3  # rows of a provider


class Matrix(RigCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        rig = cls.rig
        cls.api = rig.api()
        for program in matrix.PROGRAMS.values():
            rig.platform.stop(program)
            cls.addClassCleanup(rig.platform.start, program)
        cls.addClassCleanup(rig.google.reset)
        rig.google.reset()
        cls.faulty = Faulty(rig)
        cls.addClassCleanup(cls.faulty.end)
        cls.torrent = rig.make_torrent("matrix", matrix.SHAPE, seed=False)
        cls.md5 = {path: hashlib.md5((cls.torrent.content / path).read_bytes()).hexdigest() for path in cls.torrent.files}
        cls.bucket = rig.s3.make_bucket()
        cls.s3_profile = cls.api.s3_profile(cls.bucket, endpoint=cls.faulty.url)

    # What rows ask for.

    @classmethod
    def destination(cls, who: str, point: matrix.Point) -> tuple[int, str]:
        """A profile, and the bucket or the account behind it. An account of its own for each row: what is made once for an
        account, is made in each."""
        if who == "S3":
            return cls.s3_profile, cls.bucket
        if point.way == "TOKEN":  # so short a life is nearly over from its beginning
            cls.rig.google.order(token={"do": "life", "seconds": 60})
        email = f"{uuid.uuid4().hex[:10]}@example.org"
        profile = cls.rig.drive_profile(cls.api, email)
        cls.rig.google.order()
        return profile, email

    def received(self) -> dict[str, int]:
        return self.faulty.state()["received"]

    def damage(self, who: str) -> None:
        if who == "S3":
            self.faulty.order(etag_wrong=1)
        else:
            self.rig.google.order(put={"do": "damage"})

    # The rows.

    def run_rows(self, rows: list[matrix.Row]) -> list[dict]:
        """Both providers side by side, some rows of each at once, then those that must be alone. Every failure is told."""
        lines, failures = {}, []

        def one(row: matrix.Row) -> None:
            try:
                lines[row] = row.run()
            except Exception:
                failures.append(f"{row.who} {row.spec}: {traceback.format_exc(limit=-2)}")

        def column(who: str) -> None:
            mine = [r for r in rows if r.who == who]
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(one, (r for r in mine if r.point.way not in matrix.ALONE)))
            for row in mine:
                if row.point.way in matrix.ALONE:
                    one(row)

        with concurrent.futures.ThreadPoolExecutor() as columns:
            list(columns.map(column, matrix.PROGRAMS))
        self.assertEqual("\n".join(failures), "")
        return [lines[row] for row in rows]

    def test_every_point(self):
        table = [(who, point) for who, point in matrix.rows() if point.name.startswith(os.environ.get("POINTS", ""))]
        lines = self.run_rows([matrix.Row(self, who, point) for who, point in table])
        matrix.write_table(lines)
