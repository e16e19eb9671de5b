"""The proof of a job: the manifest, and as a list that sha256sum reads."""
import hashlib
import json
import pathlib
import subprocess
import tempfile
import urllib.parse

from api_case import ApiCase, golden

# Names as torrents have them at worst; the database holds nothing but UTF-8 without NUL.
NAMES = ["plain.txt", "-rf", "--check", "two\nlines", "back\\slash", "\\n", "carriage\rreturn", " blank ", "*?[a]$(x)`y`", "#comment",
         "\u202egpj.exe", "caf\u00e9/e\u0301.txt", "\ufffd\ufffd", "\U0001f600", "a  b", "%41", "zero", "quo\"te'"]


def quoted(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\r", "\\r") + "'"


class Manifest(ApiCase):
    def proven_job(self, contents: dict[str, bytes], status: str = "COMPLETED") -> int:
        """A job whose files are these, all done."""
        job = self.job_id(status)
        rows = ",".join(
            f"({job}, {n}, {n}, {quoted(path)}, {len(data)}, 'done', '{hashlib.md5(data).hexdigest()}', "
            f"'{hashlib.sha256(data).hexdigest()}', {quoted(f'torrents/{job}/Root/{path}')}, 'e{n}', 'etag-md5', now())"
            for n, (path, data) in enumerate(contents.items()))
        self.rig.platform.sql(
            f"delete from job_files where job_id = {job}; update jobs set completed_at = now() where id = {job}; "
            "insert into job_files (job_id, file_index, engine_index, path, size, state, md5, sha256, remote_key, remote_etag, "
            f"verified_by, done_at) values {rows}")
        return job

    def manifest(self, job: int, query: str = "") -> dict:
        return self.api.must("GET", f"/api/jobs/{job}/manifest{query}")

    def test_it_has_the_golden_shape(self):
        job = self.proven_job({"a/one": b"1", "two": b""})
        found = self.manifest(job)
        self.assert_shape(found, golden("manifest"))
        detail = self.api.job(job)
        self.assertEqual((found["torrentName"], found["infoHash"], found["profileName"], found["totalBytes"]), (
            detail["requestFileName"], detail["infoHash"], detail["storageProfileName"], detail["totalBytes"]))
        self.assertEqual((found["destination"], found["complete"], found["fileCount"]), (f"untested/torrents/{job}/Root", True, 2))
        self.assertEqual(found["completedAt"], detail["completedAt"])
        one, two = found["files"]
        self.assertEqual((one["path"], one["sha256"], one["remoteKey"], one["etag"], one["remoteId"], one["method"]), (
            "a/one", hashlib.sha256(b"1").hexdigest(), f"torrents/{job}/Root/a/one", "e0", None, "etag-md5"))
        self.assertEqual((two["size"], two["state"]), (0, "done"))
        self.assertIsNotNone(one["verifiedAt"])

    def test_a_job_on_its_way_proves_what_there_is(self):
        job = self.job_id("UPLOADING")
        found = self.manifest(job)
        self.assertEqual((found["destination"], found["complete"], found["completedAt"]), ("untested", False, None))
        self.assertEqual([(f["path"], f["state"], f["sha256"], f["method"]) for f in found["files"]], [
            ("a.bin", "pending", None, None), ("sub/b.bin", "pending", None, None)])
        self.assertEqual(self.api.get(f"/api/jobs/{job}/manifest?format=sha256sum").body, b"")

    def test_it_names_the_place_where_the_files_are(self):
        job = self.proven_job({"a": b"1"})
        self.rig.platform.sql(f"update jobs set destination = 'the old bucket' where id = {job}")
        self.assertEqual(self.manifest(job)["destination"], f"the old bucket/torrents/{job}/Root")
        self.rig.platform.sql(f"update job_files set remote_key = 'cut~0123', remote_id = 'id at Drive' where job_id = {job}")
        found = self.manifest(job)
        self.assertEqual((found["destination"], found["files"][0]["remoteKey"], found["files"][0]["remoteId"]), (
            "the old bucket", "cut~0123", "id at Drive"))

    def test_a_job_without_files(self):
        job = self.job_id("COMPLETED")
        self.rig.platform.sql(f"delete from job_files where job_id = {job}")
        found = self.manifest(job)
        self.assertEqual((found["files"], found["fileCount"], found["complete"]), ([], 0, False))

    def test_sha256sum_reads_it(self):
        contents = {name: name.encode() * 3 if name != "zero" else b"" for name in NAMES}
        job = self.proven_job(contents)
        answer = self.api.get(f"/api/jobs/{job}/manifest?format=sha256sum")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        with tempfile.TemporaryDirectory() as folder:
            for name, data in contents.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
            listed = pathlib.Path(folder, "list.sha256")
            listed.write_bytes(answer.body)

            def check() -> subprocess.CompletedProcess:
                return subprocess.run(["sha256sum", "-c", "--strict", "list.sha256"], cwd=folder, capture_output=True, text=True)

            good = check()
            self.assertEqual((good.returncode, good.stderr, good.stdout.count("OK\n")), (0, "", len(NAMES)), good)
            written = subprocess.run(["sha256sum", "--", *contents], cwd=folder, capture_output=True, check=True)
            self.assertEqual(answer.body, written.stdout)
            pathlib.Path(folder, "two\nlines").write_bytes(b"something else")
            self.assertEqual(check().returncode, 1)

    def test_only_what_is_done_is_listed(self):
        job = self.proven_job({"a": b"1", "b": b"2"})
        self.rig.platform.sql(f"update job_files set state = 'ready' where job_id = {job} and path = 'b'")
        self.assertEqual(self.api.get(f"/api/jobs/{job}/manifest?format=sha256sum").text, f"{hashlib.sha256(b'1').hexdigest()}  a\n")
        found = self.manifest(job)
        self.assertFalse(found["complete"])
        self.assertEqual([f["method"] for f in found["files"]], ["etag-md5", None])

    def test_downloads_are_named_after_the_torrent(self):
        job = self.proven_job({"a": b"1"})
        torrent = self.api.job(job)["requestFileId"]
        for name in ("Plain 1.0", "quo\"te\\and/more", "Ελλάδα 100%", "new\nline\x7f"):
            self.rig.platform.sql(f"update torrents set name = {quoted(name)} where id = {torrent}")
            for query, ending in (("json", ".manifest.json"), ("sha256sum", ".sha256")):
                answer = self.api.get(f"/api/jobs/{job}/manifest?format={query}")
                kind, ascii_name, whole = answer.headers["Content-Disposition"].split("; ")
                self.assertEqual((kind, whole), ("attachment", "filename*=UTF-8''" + urllib.parse.quote(name + ending, safe="")))
                self.assertRegex(ascii_name, r'^filename="[ -!#-$&-.0-\[\]-~]+' + ending.replace(".", r"\.") + '"$')
        self.assertEqual(json.loads(self.api.get(f"/api/jobs/{job}/manifest?format=json").body), self.manifest(job))
        self.assertNotIn("Content-Disposition", self.api.get(f"/api/jobs/{job}/manifest").headers)

    def test_what_is_refused(self):
        job = self.proven_job({"a": b"1"})
        self.assert_problem(self.stranger().get(f"/api/jobs/{job}/manifest"), 404, "JobNotFound", "Job not found.")
        self.assert_problem(self.api.get(f"/api/jobs/{job}/manifest?format=pdf"), 400, "ValidationFailed", None,
                            {"format": ["The value 'pdf' is not valid."]})

    def test_ten_thousand_files(self):
        job = self.job_id("COMPLETED")
        name = "a rather long name, as releases have them, in a folder of its own "
        self.rig.platform.sql(
            f"delete from job_files where job_id = {job}; insert into job_files (job_id, file_index, engine_index, path, size, state, md5, "
            f"sha256, remote_key, verified_by, done_at) select {job}, n, n, '{name}/{name}' || n, n, 'done', md5(n::text), "
            f"encode(sha256(n::text::bytea), 'hex'), 'torrents/{job}/R/{name}/{name}' || n, 'etag-md5', now() from generate_series(0, 9999) n")
        found = self.manifest(job)
        self.assertEqual((len(found["files"]), found["complete"], found["files"][9999]["size"]), (10000, True, 9999))
        self.assertEqual(self.api.get(f"/api/jobs/{job}/manifest?format=sha256sum").text.count("\n"), 10000)
