"""Google Drive destinations: how full they are, and where in a Drive uploads go."""
from test_google import ABOUT, CUT, TOKEN, GoogleCase

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
