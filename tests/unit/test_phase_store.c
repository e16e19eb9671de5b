/* store/phase_store: leases, fencing and what ends a phase, against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/file_store.h"
#include "store/local_store.h"
#include "store/upload_store.h"
#include "stores.h"

static const int64_t delays[] = {60000, 300000, 900000};
static const struct progress moved = {.bytes = 50, .speed = 10, .eta_seconds = 5, .current_state = "Downloading"};

#define EXPIRE(job)                                                                                                    \
    sql("update job_phases set lease_until = now() - interval '1 s' where job_id = %lld", (long long)job)
#define COLUMN(job, phase, name)                                                                                       \
    sql_text("select " name "::text from job_phases where job_id = %lld and phase = '%s'", (long long)(job), phase)

static int recovered(enum job_phase phase)
{
    int n = -1;
    OK(phase_recover(db, arena, phase, 3, &n, &err));
    return n;
}

/* Download every file and end the phase. */
static void download(int64_t job, const struct lease *l, int files)
{
    bool completed;
    OK(local_present(db, arena, l, &err));
    for (int i = 0; i < files; i++)
        OK(file_ready(db, arena, l, i, MD5_A, SHA_A, &err));
    OK(phase_finish(db, arena, l, NULL, &completed, &err));
    assert_false(completed);
    assert_int_equal(status_of(job), JOB_PENDING_UPLOAD);
}

static struct claim downloaded_and_claimed(struct made *m, int files)
{
    *m = make_job(files);
    struct claim d = claim(m->job, PHASE_DOWNLOAD, "torrent-1");
    download(m->job, &d.lease, files);
    return claim(m->job, PHASE_UPLOAD, "s3-1");
}

static void test_the_whole_way(void **state)
{
    (void)state;
    bool completed;
    struct made m = make_job(2);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    assert_int_equal(d.user_id, m.user);
    assert_int_equal(d.torrent_id, m.torrent);
    assert_int_equal(d.profile_id, m.profile);
    assert_int_equal(d.total_bytes, 300);
    assert_int_equal(d.provider, PROVIDER_S3);
    assert_string_equal(d.torrent_name, "Torrent");
    assert_string_equal(d.info_hash, "0000000000000000000000000000000000000001");
    assert_true(d.is_multi_file);
    assert_false(d.download_done);
    assert_int_equal(status_of(m.job), JOB_DOWNLOADING);
    assert_string_equal(sql_text("select volume_id from jobs"), "vol");

    FAILS(ERR_BUG, phase_finish(db, arena, &d.lease, NULL, &completed, &err)); /* its files are not ready */
    download(m.job, &d.lease, 2);
    struct claim u = claim(m.job, PHASE_UPLOAD, "s3-1");
    assert_true(u.download_done);
    assert_string_equal(sql_text("select destination from jobs"), "b");
    assert_int_equal(status_of(m.job), JOB_UPLOADING);
    OK(file_uploading(db, arena, &u.lease, &(struct file_key){0, "torrents/1/a"}, 1, &err));
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
    OK(phase_finish(db, arena, &u.lease, NULL, &completed, &err)); /* one file is still missing */
    assert_false(completed);
    assert_int_equal(status_of(m.job), JOB_PENDING_UPLOAD);
    u = claim(m.job, PHASE_UPLOAD, "s3-1");
    OK(file_done(db, arena, &u.lease, &(struct file_proof){1, NULL, "etag", "etag-md5"}, 1, &err));
    OK(phase_finish(db, arena, &u.lease, "{\"files\": 2}", &completed, &err));
    assert_true(completed);
    assert_int_equal(status_of(m.job), JOB_COMPLETED);
    assert_string_equal(timeline(m.job), "QUEUED/System DOWNLOADING/Worker PENDING_UPLOAD/Worker UPLOADING/Worker "
                                         "PENDING_UPLOAD/System UPLOADING/Worker COMPLETED/Worker");
    assert_int_equal(sql_int("select count(*) from jobs where bytes_uploaded = 300 and bytes_downloaded = 300 "
                             "and completed_at is not null"),
                     1);
    struct claim none;
    OK(phase_claim(db, arena, m.job, PHASE_UPLOAD, "s3-2", "vol", 30000, &none, &err));
    assert_false(none.won);
}

static void test_a_claim_is_won_once(void **state)
{
    (void)state;
    struct claim second;
    struct made m = make_job(1);
    OK(phase_claim(db, arena, m.job, PHASE_UPLOAD, "s3-1", "vol", 30000, &second, &err));
    assert_false(second.won); /* no file is ready */
    claim(m.job, PHASE_DOWNLOAD, "one");
    OK(phase_claim(db, arena, m.job, PHASE_DOWNLOAD, "two", "vol", 30000, &second, &err));
    assert_false(second.won);
    EXPIRE(m.job);
    OK(phase_claim(db, arena, m.job, PHASE_DOWNLOAD, "two", "vol", 30000, &second, &err));
    assert_false(second.won); /* only recover ends a lease */
    assert_int_equal(recovered(PHASE_UPLOAD), 0);
    assert_int_equal(recovered(PHASE_DOWNLOAD), 1);
    OK(phase_claim(db, arena, m.job, PHASE_DOWNLOAD, "two", "other", 30000, &second, &err));
    assert_false(second.won); /* its bytes are on another volume */
    OK(phase_claim(db, arena, 999999, PHASE_DOWNLOAD, "two", "vol", 30000, &second, &err));
    assert_false(second.won);
    claim(m.job, PHASE_DOWNLOAD, "two");
}

/* Every write of a worker whose lease was taken away is refused and changes nothing. */
static void test_every_write_is_fenced(void **state)
{
    (void)state;
    bool b;
    int index = 0;
    int64_t bytes = 7;
    struct err why = {.class = ERR_REMOTE, .code = "X", .msg = "x"};
    struct made m = make_job(1);
    struct claim old = claim(m.job, PHASE_DOWNLOAD, "one");
    EXPIRE(m.job);
    assert_int_equal(recovered(PHASE_DOWNLOAD), 1);
    struct lease *l = &old.lease;
    /* First nobody has the phase, then another worker, then the same worker once more. */
    for (int round = 0; round < 3; round++) {
        const char *before =
            sql_text("select md5(string_agg(t::text, '')) from (select j::text t from jobs j union all "
                     "select f::text from job_files f union all select p::text from job_phases p) x");
        FAILS(ERR_LOST, phase_check(db, arena, l, 30000, &err));
        FAILS(ERR_LOST, phase_progress(db, arena, l, &moved, &err));
        FAILS(ERR_LOST, phase_say(db, arena, l, "x", NULL, NULL, &err));
        FAILS(ERR_LOST, phase_finish(db, arena, l, NULL, &b, &err));
        FAILS(ERR_LOST, phase_release(db, arena, l, &err));
        FAILS(ERR_LOST, phase_wait(db, arena, l, "disk", "x", 1000, &err));
        FAILS(ERR_LOST, phase_failed(db, arena, l, &why, delays, 3, 1000, 1000, &err));
        FAILS(ERR_LOST, phase_redownload(db, arena, l, "x", &err));
        FAILS(ERR_LOST, file_progress(db, arena, l, &index, &bytes, 1, &err));
        FAILS(ERR_LOST, file_ready(db, arena, l, 0, MD5_A, SHA_A, &err));
        FAILS(ERR_LOST, file_uploading(db, arena, l, &(struct file_key){0, "key"}, 1, &err));
        FAILS(ERR_LOST, file_sent(db, arena, l, 0, 5, &err));
        FAILS(ERR_LOST, file_done(db, arena, l, &(struct file_proof){0, NULL, "etag", "md5"}, 1, &err));
        FAILS(ERR_LOST, file_failed(db, arena, l, 0, "x", &err));
        FAILS(ERR_LOST, local_present(db, arena, l, &err));
        OK(phase_renew(db, arena, l, 1, 30000, &b, &err));
        assert_false(b);
        assert_string_equal(before,
                            sql_text("select md5(string_agg(t::text, '')) from (select j::text t from jobs j union all "
                                     "select f::text from job_files f union all select p::text from job_phases p) x"));
        EXPIRE(m.job);
        assert_int_equal(recovered(PHASE_DOWNLOAD), round > 0);
        sql("update job_phases set crashes = 0");
        claim(m.job, PHASE_DOWNLOAD, round == 0 ? "two" : "one");
    }
    struct lease forged = *l; /* the right epoch of another worker */
    forged.worker_id = "three";
    forged.epoch = sql_int("select epoch from job_phases where phase = 'download'");
    FAILS(ERR_LOST, phase_check(db, arena, &forged, 30000, &err));
}

static void test_renew(void **state)
{
    (void)state;
    struct made m = make_job(1);
    struct claim c = claim(m.job, PHASE_DOWNLOAD, "one");
    struct lease leases[3] = {c.lease, c.lease, c.lease};
    bool held[3];
    leases[1].epoch++;
    leases[2].worker_id = "two";
    OK(phase_renew(db, arena, leases, 3, 90000, held, &err));
    assert_true(held[0] && !held[1] && !held[2]);
    assert_true(
        sql_int("select extract(epoch from lease_until - now())::int from job_phases where phase = 'download'") > 60);
    OK(phase_renew(db, arena, leases, 0, 90000, held, &err));
    OK(phase_check(db, arena, &c.lease, 30000, &err));
    EXPIRE(m.job); /* late, but nobody has taken it: still ours */
    OK(phase_renew(db, arena, leases, 1, 30000, held, &err));
    assert_true(held[0]);
    assert_int_equal(recovered(PHASE_DOWNLOAD), 0);
}

static void test_crashes(void **state)
{
    (void)state;
    struct made m = make_job(1);
    for (int i = 1; i <= 2; i++) {
        claim(m.job, PHASE_DOWNLOAD, "one");
        EXPIRE(m.job);
        assert_int_equal(recovered(PHASE_DOWNLOAD), 1);
        assert_int_equal(status_of(m.job), JOB_QUEUED);
        assert_int_equal(sql_int("select crashes from job_phases where phase = 'download'"), i);
    }
    struct claim c = claim(m.job, PHASE_DOWNLOAD, "one");
    assert_int_equal(c.crashes, 2);
    OK(phase_progress(db, arena, &c.lease, &moved, &err)); /* it moves: bad luck, not a crash loop */
    EXPIRE(m.job);
    assert_int_equal(recovered(PHASE_DOWNLOAD), 1);
    assert_string_equal(COLUMN(m.job, "download", "crashes"), "0");
    for (int i = 1; i <= 3; i++) {
        claim(m.job, PHASE_DOWNLOAD, "one");
        EXPIRE(m.job);
        assert_int_equal(recovered(PHASE_DOWNLOAD), 1);
    }
    assert_int_equal(status_of(m.job), JOB_FAILED);
    assert_string_equal(COLUMN(m.job, "download", "state"), "failed");
    assert_string_equal(sql_text("select error_code from jobs where completed_at is not null"), "WorkerCrashed");
    assert_int_equal(sql_int("select count(*) from job_phases where attempts > 0"), 0);
}

/* Claimed out of a wait the status stays UPLOAD_RETRY: a death, a drain and a crash loop there find their way too. */
static void test_recover_out_of_a_wait(void **state)
{
    (void)state;
    struct made m;
    struct claim u = downloaded_and_claimed(&m, 1);
    for (int i = 0; i < 3; i++) {
        OK(phase_wait(db, arena, &u.lease, "endpoint", "away", 0, &err));
        assert_int_equal(status_of(m.job), JOB_UPLOAD_RETRY);
        u = claim(m.job, PHASE_UPLOAD, "s3-1");
        assert_int_equal(status_of(m.job), JOB_UPLOAD_RETRY);
        if (i == 0) {
            OK(phase_release(db, arena, &u.lease, &err));
            assert_int_equal(status_of(m.job), JOB_PENDING_UPLOAD);
            u = claim(m.job, PHASE_UPLOAD, "s3-1");
            continue;
        }
        EXPIRE(m.job);
        assert_int_equal(recovered(PHASE_UPLOAD), 1);
        assert_int_equal(status_of(m.job), JOB_PENDING_UPLOAD);
        u = claim(m.job, PHASE_UPLOAD, "s3-1");
    }
    assert_int_equal(u.crashes, 2);
    OK(phase_wait(db, arena, &u.lease, "endpoint", "away", 0, &err));
    claim(m.job, PHASE_UPLOAD, "s3-1");
    EXPIRE(m.job);
    assert_int_equal(recovered(PHASE_UPLOAD), 1);
    assert_int_equal(status_of(m.job), JOB_FAILED);
}

/* An upload that kills its worker while the download runs must not end the download. */
static void test_an_upload_that_crashes_beside_the_download(void **state)
{
    (void)state;
    struct made m = make_job(2);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    for (int i = 0; i < 3; i++) {
        claim(m.job, PHASE_UPLOAD, "s3-1");
        sql("update job_phases set lease_until = now() - interval '1 s' where phase = 'upload'");
        assert_int_equal(recovered(PHASE_UPLOAD), 1);
        assert_int_equal(status_of(m.job), JOB_DOWNLOADING);
    }
    assert_string_equal(COLUMN(m.job, "upload", "state"), "failed");
    OK(phase_progress(db, arena, &d.lease, &moved, &err));
    bool completed;
    OK(file_ready(db, arena, &d.lease, 1, MD5_A, SHA_A, &err));
    OK(phase_finish(db, arena, &d.lease, NULL, &completed, &err));
    assert_int_equal(status_of(m.job), JOB_UPLOAD_FAILED);
    assert_string_equal(sql_text("select error_code from jobs where completed_at is not null"), "WorkerCrashed");
}

static void test_recover_goes_on_after_a_job_it_cannot_help(void **state)
{
    (void)state;
    struct made m = make_job(1);
    int64_t other = make_job_for(m.user, m.profile, make_torrent(m.user, 2, 1));
    claim(m.job, PHASE_DOWNLOAD, "one");
    claim(other, PHASE_DOWNLOAD, "one");
    EXPIRE(m.job);
    EXPIRE(other);
    sql("create function boom() returns trigger language plpgsql as $$ begin raise exception 'boom'; end $$");
    sql("create trigger boom before update on job_phases for each row when (old.job_id = %lld) "
        "execute function boom()",
        (long long)m.job);
    assert_int_equal(recovered(PHASE_DOWNLOAD), 1);
    assert_int_equal(status_of(other), JOB_QUEUED);
    sql("drop trigger boom on job_phases");
    sql("drop function boom");
    assert_int_equal(recovered(PHASE_DOWNLOAD), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_the_whole_way),
        STORE_TEST(test_a_claim_is_won_once),
        STORE_TEST(test_every_write_is_fenced),
        STORE_TEST(test_renew),
        STORE_TEST(test_crashes),
        STORE_TEST(test_recover_out_of_a_wait),
        STORE_TEST(test_an_upload_that_crashes_beside_the_download),
        STORE_TEST(test_recover_goes_on_after_a_job_it_cannot_help),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
