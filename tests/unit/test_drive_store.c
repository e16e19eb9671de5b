/* What Google Drive needs besides: folders, and what an account has sent today; against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/drive_folder_store.h"
#include "store/drive_usage_store.h"
#include "store/file_store.h"
#include "store/upload_store.h"
#include "stores.h"

static void test_folders_have_one_id(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_beside_download(&m);
    struct drive_folder f;
    const char *id;
    OK(drive_folder_find(db, arena, m.job, "torrents/1", &f, &err));
    assert_null(f.id);
    OK(drive_folder_claim(db, arena, &u.lease, "torrents/1", "first", &f, &err));
    OK(drive_folder_claim(db, arena, &u.lease, "torrents/1", "second", &f, &err));
    assert_string_equal(f.id, "first");
    assert_false(f.created);
    struct lease stale = u.lease;
    stale.epoch--;
    FAILS(ERR_LOST, drive_folder_claim(db, arena, &stale, "torrents/2", "third", &f, &err));
    FAILS(ERR_LOST, drive_folder_made(db, arena, &stale, "torrents/1", &err));
    OK(drive_folder_made(db, arena, &u.lease, "torrents/1", &err));
    OK(drive_folder_find(db, arena, m.job, "torrents/1", &f, &err));
    assert_true(f.created);
    OK(drive_folders_forget(db, arena, &stale, NULL, &err));
    OK(drive_folder_find(db, arena, m.job, "torrents/1", &f, &err));
    assert_string_equal(f.id, "first");
    static const char *const below[] = {"torrents/1/a_b", "torrents/1/a_b/c", "torrents/1/aXb", "torrents/1/a_bc"};
    for (int i = 0; i < 4; i++)
        OK(drive_folder_claim(db, arena, &u.lease, below[i], "id", &f, &err));
    OK(drive_folders_forget(db, arena, &u.lease, "torrents/1/a_b", &err)); /* this one, and what is below it */
    assert_string_equal(sql_text("select string_agg(path, ' ' order by path collate \"C\") from drive_folders"),
                        "torrents/1 torrents/1/aXb torrents/1/a_bc");
    OK(drive_folders_forget(db, arena, &u.lease, NULL, &err));
    OK(drive_folder_find(db, arena, m.job, "torrents/1", &f, &err));
    assert_null(f.id);

    OK(drive_root(db, arena, m.profile, NULL, NULL, &id, &err));
    assert_null(id);
    OK(drive_root(db, arena, m.profile, NULL, "root-1", &id, &err));
    OK(drive_root(db, arena, m.profile, NULL, "root-2", &id, &err)); /* another worker was first */
    assert_string_equal(id, "root-1");
    OK(drive_root(db, arena, m.profile, "root-1", "root-3", &id, &err)); /* it was thrown away */
    assert_string_equal(id, "root-3");
}

static struct drive_day day_of(const char *account, int64_t most)
{
    struct drive_day day = {-1, -1, -1};
    OK(drive_day_read(db, arena, account, most, &day, &err));
    return day;
}

/* Two profiles of one account, and what both sent counts for a day, by the hour. */
static void test_an_account_has_a_day(void **state)
{
    (void)state;
    struct made m = make_job(3);
    sql("delete from drive_usage");
    sql("update storage_profiles set provider_type = 'GoogleDrive', email = 'Ada@Example.org'");
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    for (int i = 0; i < 3; i++)
        OK(file_ready(db, arena, &d.lease, i, MD5_A, SHA_A, &err));
    struct claim u = claim(m.job, PHASE_UPLOAD, "drive-1");
    struct upload_session s = {
        .profile_id = m.profile, .file_index = 2, .remote_key = "k", .part_size = 300, .part_count = 1};
    OK(upload_session_create(db, arena, &u.lease, PROVIDER_GOOGLE_DRIVE, &s, &err));
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, "id", NULL, "sha256"}, 1, &err));
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, "id", NULL, "sha256"}, 1,
                 &err)); /* the commit's answer was lost: said again */
    OK(file_done(db, arena, &u.lease, &(struct file_proof){1, "id", NULL, "sha256"}, 1, &err));
    struct lease stale = u.lease;
    stale.epoch--;
    FAILS(ERR_LOST, file_done(db, arena, &stale, &(struct file_proof){2, "id", NULL, "sha256"}, 1, &err));
    struct drive_day day = day_of("ADA@example.org", 1000);
    assert_int_equal(day.sent, 300);
    assert_int_equal(day.running, 300);
    assert_int_equal(day.free_at, 0);
    OK(phase_release(db, arena, &u.lease, &err));
    assert_int_equal(day_of("ada@example.org", 0).running, 0); /* nobody sends it now */
    assert_int_equal(day_of("bob@example.org", 0).sent, 0);

    sql("insert into drive_usage values ('ada@example.org', now() - interval '24 h 30 min', 50), "
        "('ada@example.org', now() - interval '20 h', 70), ('ada@example.org', now() - interval '25 h 1 s', 1000)");
    int64_t now = sql_int("select (date_part('epoch', now()) * 1000000)::bigint"), hour = 3600000000;
    day = day_of("ada@example.org", 420);
    assert_int_equal(day.sent, 420);
    assert_int_equal(day.free_at, 0);
    assert_in_range(day_of("ada@example.org", 419).free_at, now + hour / 4, now + hour / 2); /* without the 50 */
    assert_in_range(day_of("ada@example.org", 369).free_at, now + 4 * hour, now + 5 * hour); /* without the 70 too */
    assert_true(day_of("ada@example.org", 299).free_at > now + 23 * hour);
    OK(drive_day_forget(db, arena, &err));
    assert_int_equal(sql_int("select count(*) from drive_usage"), 3);
}

static void test_only_drive_has_a_day(void **state)
{
    (void)state;
    struct made m;
    sql("delete from drive_usage");
    struct claim u = upload_beside_download(&m);
    bool waited = true;
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
    assert_int_equal(sql_int("select count(*) from drive_usage"), 0);
    OK(drive_day_waited(db, arena, m.job, &waited, &err));
    assert_false(waited);
    struct err why = {.class = ERR_LIMIT, .code = "DayLimit", .msg = "Enough for today.", .retry_after_s = 7200};
    OK(phase_failed(db, arena, &u.lease, &why, NULL, 0, 1000, 0, &err));
    OK(drive_day_waited(db, arena, m.job, &waited, &err));
    assert_true(waited);
    assert_true(sql_int("select (waiting_next_at > now() + interval '119 min')::int from jobs"));
    assert_int_equal(sql_int("select attempts from job_phases where phase = 'upload'"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_folders_have_one_id),
        STORE_TEST(test_an_account_has_a_day),
        STORE_TEST(test_only_drive_has_a_day),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
