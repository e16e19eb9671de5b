"""Google Drive destinations: how full they are, and where in a Drive uploads go."""
import uuid

from api_case import golden
from google_case import ABOUT, CUT, TOKEN, GoogleCase

MIB = 1024 * 1024
DAY = 750 * 10**9


class Usage(GoogleCase):
    def setUp(self) -> None:
        super().setUp()
        self.profile = self.connect()
        self.email = self.profiles()[0]["email"]
        self.google.reset()

    def usage(self) -> dict:
        found = self.user.must("GET", f"/api/storage/profiles/{self.profile}/usage")
        self.assert_shape(found, golden("profile-usage"))
        self.assertEqual(self.google.state()["complaints"], [])
        return found

    def test_storage(self):
        for limit, other, shown in ((100 * MIB, 30 * MIB, (100 * MIB, 30 * MIB, 70 * MIB)), (10, 30, (10, 30, 0)), (None, 7, (None, 7, None))):
            self.google.quota(self.email, limit, other)
            storage = self.usage()["storage"]
            self.assertEqual((storage["limitBytes"], storage["usedBytes"], storage["freeBytes"]), shown)
            self.assertTrue(storage["checkedAt"])
        self.assertEqual(self.google.calls(TOKEN), 0, "the stored token is good")

    def test_google_is_away(self):
        for order in ({"do": "500"}, CUT, {"do": "not_json"}, {"do": "hang"}):
            self.google.order(about=order)
            self.assertIsNone(self.usage()["storage"], order)
        self.google.order()
        self.assertTrue(self.usage()["storage"])

    def test_a_token_that_has_ended(self):
        self.google.order(about={"do": "401"})
        self.assertTrue(self.usage()["storage"])
        self.assertEqual((self.google.calls(TOKEN), self.google.calls(ABOUT)), (1, 2))
        self.google.revoke(self.email)
        self.assertIsNone(self.usage()["storage"])
        self.assertTrue(self.profiles()[0]["needsReauth"])

    def test_the_day(self):
        self.assertEqual(self.usage()["day"], {"sentBytes": 0, "limitBytes": DAY, "freeAt": None})
        self.rig.platform.sql("insert into drive_usage select lower(email), now() - interval '2 hours', 1234 "
                              f"from storage_profiles where id = {self.profile}")
        self.assertEqual(self.usage()["day"], {"sentBytes": 1234, "limitBytes": DAY, "freeAt": None})
        self.rig.platform.sql(f"insert into drive_usage select lower(email), now(), {DAY} from storage_profiles where id = {self.profile}")
        day = self.usage()["day"]
        self.assertEqual(day["sentBytes"], DAY + 1234)
        self.assertTrue(day["freeAt"])

    def test_of_what_is_no_drive(self):
        self.assert_problem(self.user.get(f"/api/storage/profiles/{self.profile_id(self.user)}/usage"), 422, "NotADriveProfile")
        self.assert_problem(self.stranger().get(f"/api/storage/profiles/{self.profile}/usage"), 404, "ProfileNotFound")


class Folder(GoogleCase):
    """PATCH profiles/{id}: gdriveFolder."""

    def setUp(self) -> None:
        super().setUp()
        self.email = f"folder.{uuid.uuid4().hex[:8]}@example.org"
        self.profile = self.connect(self.email, full=True)
        self.google.order()

    def choose(self, folder) -> dict:
        drive = self.user.must("PATCH", f"/api/storage/profiles/{self.profile}", {"gdriveFolder": folder})["googleDrive"]
        self.assertEqual(self.google.state()["complaints"], [])
        return {k: drive[k] for k in ("folderId", "folderName", "driveId", "driveName")}

    def refused(self, folder, words: str, code: str = "InvalidFolder", status: int = 422) -> None:
        answer = self.user.request("PATCH", f"/api/storage/profiles/{self.profile}", {"gdriveFolder": folder})
        self.assert_problem(answer, status, code)
        self.assertIn(words, answer.json["message"])

    def test_a_folder_in_my_drive(self):
        folder = self.google.foreign("Films", owner=self.email)
        mine = {"folderId": folder, "folderName": "Films", "driveId": None, "driveName": None}
        self.assertEqual(self.choose(f" https://drive.google.com/drive/u/0/folders/{folder}?usp=sharing "), mine)
        self.assert_shape(self.user.must("GET", f"/api/storage/profiles/{self.profile}"), golden("profile-detail-gdrive"))
        asked = len(self.google.state()["calls"])
        self.assertEqual(self.choose(folder), mine)
        self.assertEqual(len(self.google.state()["calls"]), asked, "the same again asks nobody")
        self.assertEqual(set(self.choose(None).values()), {None})
        self.assertEqual(self.choose(folder), mine)
        self.assertEqual(set(self.choose("").values()), {None})

    def test_a_shared_drive(self):
        drive = self.google.foreign("Team", members=[self.email])
        folder = self.google.foreign("Films", parent=drive)
        self.assertEqual(self.choose(folder), {"folderId": folder, "folderName": "Films", "driveId": drive, "driveName": "Team"})
        self.assertEqual(self.choose(drive), {"folderId": drive, "folderName": "Team", "driveId": drive, "driveName": "Team"})
        usage = self.user.must("GET", f"/api/storage/profiles/{self.profile}/usage")
        self.assertIsNone(usage["storage"], "a shared drive's room is not told")

    def test_what_is_no_target(self):
        only_read = self.google.foreign("Look", members=[], readers=[self.email])
        trashed = self.google.foreign("Old", owner=self.email)
        self.google.trash(trashed)
        for folder, words in (
                ("https://example.org/folders/1234567890", "no link to a folder"), ("x", "no link to a folder"),
                (self.google.foreign("a.txt", owner=self.email, mimeType="text/plain"), '"a.txt" is no folder'),
                (trashed, '"Old" is in the trash'),
                (self.google.foreign("Locked", owner=self.email, locked=True), f'{self.email} may not add files to the folder "Locked"'),
                (only_read, "may not add files"),
                (self.google.foreign("Theirs", owner="bob@example.org"), "does not show this folder"),
                ("1234567890abc", "GOOGLE_DRIVE_SCOPE=full")):
            self.refused(folder, words)
        self.assertIsNone(self.user.must("GET", f"/api/storage/profiles/{self.profile}")["googleDrive"]["folderId"])

    def test_what_the_app_may_not_see(self):
        email = f"file.{self.email}"
        self.profile = self.connect(email)
        self.refused(self.google.foreign("Mine", owner=email), "may see only what it has made itself")

    def test_google_does_not_answer(self):
        folder = self.google.foreign("Films", owner=self.email)
        for order in ({"do": "500"}, CUT):
            self.google.order(get=order)
            self.refused(folder, "could not be asked", "FolderNotChecked")
        self.google.order()
        self.google.revoke(self.email)
        self.refused(folder, "could not be asked", "FolderNotChecked")

    def test_in_use_and_of_others(self):
        folder = self.google.foreign("Films", owner=self.email)
        self.choose(folder)
        self.job_id("DOWNLOADING", self.profile, self.user)
        self.refused("", "active jobs", "ProfileInUse", 400)
        self.choose(folder)
        s3 = self.profile_id(self.user)
        self.assert_problem(self.user.request("PATCH", f"/api/storage/profiles/{s3}", {"gdriveFolder": folder}), 422, "InvalidProfile")
        self.assert_problem(self.stranger().request("PATCH", f"/api/storage/profiles/{self.profile}", {"gdriveFolder": ""}), 404,
                            "ProfileNotFound")

    def test_the_test_writes_there(self):
        folder = self.google.foreign("Films", owner=self.email)
        self.choose(folder)
        self.google.order(files={"do": "undeletable"})
        self.user.must("POST", f"/api/storage/profiles/{self.profile}/test")
        self.assertEqual([f["parents"] for f in self.google.files(self.email) if "probe" in f["name"]], [[folder]])
        self.google.order()
        self.google.trash(folder)
        steps = self.user.must("POST", f"/api/storage/profiles/{self.profile}/test")["steps"]
        self.assertIn("in the trash", steps[2]["message"])
