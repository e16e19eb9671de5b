"""torrentclou-backup: written while the platform works, restored into an empty instance of its own, which then opens what the
first one has sealed. And that instance's database as an older release would have left it."""
import hashlib
import os
import subprocess
import tarfile

from second import Second
from tc import PROJECT, Api, MIB, RigCase


# The tables of an older schema, filled from those of this one: all columns that both have.
MOVE_BACK = """
do $$ declare t text; c text; s text; begin
    for t in select table_name from information_schema.tables where table_schema = 'torrentclou' loop
        select string_agg(quote_ident(o.column_name), ', ') into c from information_schema.columns o
            join information_schema.columns n on n.table_schema = 'newer' and n.table_name = t and n.column_name = o.column_name
            where o.table_schema = 'torrentclou' and o.table_name = t;
        execute format('insert into torrentclou.%I (%s) overriding system value select %s from newer.%I', t, c, c, t);
        for c in select column_name from information_schema.columns
            where table_schema = 'torrentclou' and table_name = t and is_identity = 'YES' loop
            s := pg_get_serial_sequence('torrentclou.' || t, c);
            execute format('select setval(%L, (select coalesce(max(%I), 0) + 1 from torrentclou.%I))', s, c, t);
        end loop;
    end loop;
end $$;
drop schema newer cascade;
"""


class Backup(RigCase):
    def backup(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(PROJECT / "scripts/torrentclou-backup"), *arguments], capture_output=True, text=True, timeout=300,
                              env={**os.environ, "VAR_DIR": self.rig["VAR_DIR"]}, stdin=subprocess.DEVNULL)

    def test_into_an_empty_instance(self):
        rig, api = self.rig, self.rig.api()
        torrent = rig.make_torrent("backed up", {"large.bin": 12 * MIB, "small.txt": 5000})
        bucket = rig.s3.make_bucket()
        profile = api.s3_profile(bucket, "the profile")
        rig.seeder.limit(MIB // 4)  # it lasts longer than the backup
        running = api.create_job(torrent, profile)
        api.wait_job(running, until=lambda job: job["bytesDownloaded"] > 0)
        file = rig.folder / "backup.tar"
        done = self.backup("create", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(api.job(running)["status"], "DOWNLOADING")
        self.check_damage(file)
        api.must("POST", f"/api/jobs/{running}/cancel")
        api.wait_job(running, "CANCELLED")
        rig.seeder.limit(0)

        other = Second(self, rig, ADMIN_EMAIL="", ADMIN_PASSWORD="", LEASE_MS=2000, HEARTBEAT_MS=400, RECOVER_INTERVAL_MS=500,
                       RECOVER_GRACE_MS=1500, REQUEUE_AFTER_MS=1500, TORRENT_UTP="false", TORRENT_SAME_IP_PEERS="true")
        done = other.run("platform.sh", "up")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = other.run("torrentclou-backup", "restore", str(file))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        theirs = Api(rig, f"http://127.0.0.1:{other.api}")
        theirs.login()
        self.assertEqual([p["profileName"] for p in theirs.must("GET", "/api/storage/profiles") if p["id"] == profile], ["the profile"])
        # The stored key opens, and the job that was on its way goes on, here without its bytes.
        theirs.wait_job(running, "COMPLETED")
        rig.check_upload(bucket, torrent, running)
        # What it holds now is not given up by mistake.
        done = other.run("torrentclou-backup", "restore", str(file))
        self.assertEqual(done.returncode, 78)
        self.assertIn("not empty", done.stderr)
        self.check_older_release(other, 2)
        theirs.login()
        self.assertEqual(theirs.job(running)["status"], "COMPLETED")
        self.assertTrue(theirs.must("POST", f"/api/storage/profiles/{profile}/test")["success"])
        # A key from outside that is another one could open nothing.
        done = other.run("platform.sh", "up", CREDENTIALS_KEY="ab" * 32)
        self.assertNotEqual(done.returncode, 0)

    def check_damage(self, file) -> None:
        done = self.backup("check", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        whole = file.read_bytes()
        with tarfile.open(file) as tar:
            start = tar.getmember("database.dump").offset_data
        bad = file.with_name("bad.tar")
        bad.write_bytes(whole[:start + 4000] + bytes([whole[start + 4000] ^ 1]) + whole[start + 4001:])
        done = self.backup("check", str(bad))
        self.assertEqual((done.returncode, "damaged" in done.stderr), (65, True), done.stderr)
        bad.write_bytes(whole[:start + 4000])
        self.assertEqual(self.backup("check", str(bad)).returncode, 65)

    def check_older_release(self, other: Second, version: int) -> None:
        """Its schema, with the same data, until it starts again: an update."""
        files = sorted((PROJECT / "migrations").glob("[0-9]*.sql"))
        older = [f for f in files if int(f.name[:4]) <= version]
        self.assertLess(len(older), len(files))
        self.assertEqual(other.run("platform.sh", "pause").returncode, 0)
        sql = ["begin", "set session_replication_role = replica", "set role torrenclo_user",
               "alter schema torrentclou rename to newer", "create schema torrentclou",
               "create table torrentclou.schema_migrations (like newer.schema_migrations including all)",
               "set local search_path = torrentclou", *(f.read_text() for f in older),
               "alter table newer.schema_migrations rename to gone"]
        sql += [f"insert into torrentclou.schema_migrations (version, name, checksum) values "
                f"({int(f.name[:4])}, '{f.name}', '{hashlib.sha256(f.read_bytes()).hexdigest()}')" for f in older]
        text = ";\n".join(sql) + ";\n" + MOVE_BACK.replace("table_schema = 'torrentclou' loop",
                                                         "table_schema = 'torrentclou' and table_name <> 'schema_migrations' loop")
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", other.socket(), "-U", "postgres", "torrenclo"],
                              input=text + "commit;", capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = other.run("platform.sh", "resume")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
