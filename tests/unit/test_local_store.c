/* store/local_store: what jobs have on the disk, and when it goes; against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/file_store.h"
#include "store/local_store.h"
#include "stores.h"

static int64_t reserved(int64_t except)
{
    int64_t bytes = -1;
    OK(local_reserved(db, arena, "vol", except, &bytes, &err));
    return bytes;
}

static void test_reserved_bytes(void **state)
{
    (void)state;
    struct made m = make_job(2); /* 100 + 200 bytes */
    assert_int_equal(reserved(0), 0);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    assert_int_equal(reserved(0), 0); /* it has not asked for the disk yet */
    OK(local_present(db, arena, &d.lease, &err));
    assert_int_equal(reserved(0), 300);
    assert_int_equal(reserved(m.job), 0);
    const int index = 1;
    const int64_t bytes = 150;
    OK(file_progress(db, arena, &d.lease, &index, &bytes, 1, &err));
    assert_int_equal(reserved(0), 150);
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    assert_int_equal(reserved(0), 50);
    OK(phase_release(db, arena, &d.lease, &err)); /* drained: it will go on, and needs the room */
    assert_int_equal(reserved(0), 50);
    enum job_status was;
    OK(job_cancel(db, arena, m.user, m.job, &was, &err));
    assert_int_equal(reserved(0), 0);
}

static int unlinked, refuse;

static int unlink_now(int64_t job_id, void *ctx, struct err *e)
{
    assert_int_equal(job_id, *(const int64_t *)ctx);
    unlinked++;
    return refuse ? err_set(e, ERR_DISK, NULL, "rename failed") : 0;
}

static int doomed(int64_t completed_hours, int64_t failed_hours)
{
    int64_t *ids;
    int n = -1;
    const struct local_keep keep = {completed_hours, failed_hours};
    OK(local_doomed(db, arena, "vol", &keep, &ids, &n, &err));
    return n;
}

static void test_local_bytes_are_forgotten_once(void **state)
{
    (void)state;
    struct made m = make_job(1);
    const struct local_keep none = {0, 0};
    bool done;
    enum job_status was, to;
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &d.lease, &err));
    assert_int_equal(doomed(0, 0), 0);
    unlinked = refuse = 0;
    OK(local_forget(db, arena, m.job, &none, unlink_now, &m.job, NULL, &done, &err));
    assert_true(!done && unlinked == 0); /* it is running */
    OK(job_cancel(db, arena, m.user, m.job, &was, &err));
    assert_int_equal(doomed(0, 1), 1);
    refuse = 1;
    FAILS(ERR_DISK, local_forget(db, arena, m.job, &none, unlink_now, &m.job, NULL, &done, &err));
    assert_int_equal(doomed(0, 0), 1);
    refuse = 0;
    OK(local_forget(db, arena, m.job, &none, unlink_now, &m.job, "{\"cleaned\": [\"disk\"]}", &done, &err));
    assert_true(done && unlinked == 2);
    assert_string_equal(sql_text("select metadata->'cleaned'->>0 from job_status_history order by id desc limit 1"),
                        "disk");
    assert_string_equal(timeline(m.job), "QUEUED/System DOWNLOADING/Worker CANCELLED/User CANCELLED/Worker");
    assert_int_equal(doomed(0, 0), 0);
    OK(local_forget(db, arena, m.job, &none, unlink_now, &m.job, NULL, &done, &err));
    assert_true(!done && unlinked == 2);

    OK(job_retry(db, arena, m.user, m.job, &was, &to, &err)); /* retried between doomed and forget: kept */
    d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &d.lease, &err));
    struct err why = {.class = ERR_PERMANENT, .code = "X", .msg = "x"};
    OK(phase_failed(db, arena, &d.lease, &why, NULL, 0, 0, 0, &err));
    assert_int_equal(doomed(0, 1), 0); /* failed: kept for a while */
    sql("update jobs set completed_at = now() - interval '61 min'");
    assert_int_equal(doomed(0, 1), 1);
    OK(job_retry(db, arena, m.user, m.job, &was, &to, &err));
    OK(local_forget(db, arena, m.job, &none, unlink_now, &m.job, NULL, &done, &err));
    assert_true(!done && unlinked == 2);
}

static int64_t kept(void)
{
    int64_t bytes = -1;
    OK(local_kept(db, arena, "vol", &bytes, &err));
    return bytes;
}

/* A completed job's bytes go at once, after some hours, or not at all; those that were said to stay are told of. */
static void test_local_bytes_of_completed_jobs(void **state)
{
    (void)state;
    enum { NEVER = 0, ALWAYS = -1 };
    static const char *const summaries[] = {"{\"files\": 1}", "{\"localFiles\": \"kept for 2 h\"}"};
    for (int told = 0; told < 2; told++) {
        struct made m;
        bool completed, done;
        stores_clean(NULL);
        struct claim u = upload_beside_download(&m);
        OK(phase_finish(db, arena, &(struct lease){m.job, 1, PHASE_DOWNLOAD, "torrent-1"}, NULL, &completed, &err));
        OK(file_done(db, arena, &u.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
        assert_int_equal(doomed(NEVER, 0) + kept(), 0);
        OK(phase_finish(db, arena, &u.lease, summaries[told], &completed, &err));
        assert_true(completed);
        assert_int_equal(kept(), 100);
        assert_int_equal(doomed(NEVER, 0), 1);
        assert_int_equal(doomed(2, 0) + doomed(ALWAYS, 0), 0);
        sql("update jobs set completed_at = now() - interval '121 min'");
        assert_int_equal(doomed(2, 0), 1);
        assert_int_equal(doomed(3, 0) + doomed(ALWAYS, 0), 0);
        const struct local_keep always = {ALWAYS, 0}, two = {2, 0};
        unlinked = refuse = 0;
        OK(local_forget(db, arena, m.job, &always, unlink_now, &m.job, NULL, &done, &err));
        assert_true(!done && unlinked == 0);
        const char *before = timeline(m.job);
        OK(local_forget(db, arena, m.job, &two, unlink_now, &m.job, "{\"deleted\": \"local files\"}", &done, &err));
        assert_true(done && unlinked == 1);
        assert_string_equal(timeline(m.job), arena_printf(arena, "%s%s", before, told ? " COMPLETED/Worker" : ""));
        assert_int_equal(doomed(NEVER, 0) + kept(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_reserved_bytes),
        STORE_TEST(test_local_bytes_are_forgotten_once),
        STORE_TEST(test_local_bytes_of_completed_jobs),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
