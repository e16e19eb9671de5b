"""The kill matrix: a worker dies at every fault point of an upload, to S3 and to Google Drive; nothing is lost, doubled or left.
LONG=1: at the first, second and third passing, and at random ones."""
import concurrent.futures
import os
import random
import traceback

import matrix
from ready import ReadyCase

AT_ONCE = 3  # rows of a provider
LONG = os.environ.get("LONG") == "1"
RANDOM_ROWS, RANDOM_PASSING = 40, 8  # of each provider, in the long form


class Matrix(ReadyCase):
    def damage(self, who: str) -> None:
        """The destination stores other bytes than it gets, once."""
        if who == "S3":
            self.faulty.order(etag_wrong=1)
        else:
            self.rig.google.order(put={"do": "damage"})

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
        torrent = self.content("matrix", matrix.SHAPE)
        lines = self.run_rows([matrix.Row(self, torrent, who, point) for who, point in matrix.all_points()])
        if LONG:
            for n in (2, 3):
                lines += self.run_rows([matrix.Row(self, torrent, who, point, n, must=False) for who, point in matrix.all_points()])
            lines += self.run_rows(self.random_rows(torrent))
        matrix.write_table(lines)

    def random_rows(self, torrent) -> list[matrix.Row]:
        chance = random.Random(4)
        by_provider = {who: [p for w, p in matrix.all_points() if w == who and p.way not in matrix.ALONE] for who in matrix.PROGRAMS}
        return [matrix.Row(self, torrent, who, chance.choice(points), chance.randint(1, RANDOM_PASSING), must=False)
                for _ in range(RANDOM_ROWS) for who, points in by_provider.items()]
