/* store/phase_store: how a phase ends (attempts, waits, drain, lost bytes) and what is due, against a real PostgreSQL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/file_store.h"
#include "store/local_store.h"
#include "stores.h"

static const int64_t delays[] = {60000, 300000, 900000};
enum { DELAYS = 3, PROBE = 60000, WAIT_LIMIT = 3600000 };

static struct err why(enum err_class class)
{
    struct err e;
    err_set(&e, class, "Why\"quoted\"", "It broke: \"%s\".", "\xc3\xa4\xff");
    return e;
}

static void failed(const struct lease *l, enum err_class class)
{
    struct err w = why(class);
    OK(phase_failed(db, arena, l, &w, delays, DELAYS, PROBE, WAIT_LIMIT, &err));
}

static int64_t due_in(const char *phase)
{
    return sql_int("select round(extract(epoch from next_retry_at - now()))::int from job_phases where phase = '%s'",
                   phase);
}

static void make_due(void)
{
    sql("update job_phases set next_retry_at = now() where next_retry_at is not null");
}

static struct claim upload_claimed(struct made *m, int files)
{
    bool completed;
    *m = make_job(files);
    struct claim d = claim(m->job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &d.lease, &err));
    for (int i = 0; i < files; i++)
        OK(file_ready(db, arena, &d.lease, i, MD5_A, SHA_A, &err));
    OK(phase_finish(db, arena, &d.lease, NULL, &completed, &err));
    return claim(m->job, PHASE_UPLOAD, "s3-1");
}

static void test_backoff_until_the_attempts_are_used_up(void **state)
{
    (void)state;
    struct made m;
    struct claim c = upload_claimed(&m, 1), none;
    for (int i = 0; i < DELAYS; i++) {
        assert_int_equal(c.attempts, i);
        failed(&c.lease, ERR_REMOTE);
        assert_int_equal(status_of(m.job), JOB_UPLOAD_RETRY);
        int64_t s = due_in("upload");
        assert_true(s >= delays[i] / 1000 - 5 && s <= delays[i] * 11 / 10000 + 1); /* jitter: up to a tenth more */
        OK(phase_claim(db, arena, m.job, PHASE_UPLOAD, "s3-1", "vol", 30000, &none, &err));
        assert_false(none.won);
        make_due();
        c = claim(m.job, PHASE_UPLOAD, "s3-1");
    }
    failed(&c.lease, ERR_REMOTE);
    assert_int_equal(status_of(m.job), JOB_UPLOAD_FAILED);
    assert_string_equal(sql_text("select error_message from jobs where completed_at is not null"),
                        "It broke: \"\xc3\xa4?\".");
    assert_string_equal(sql_text("select metadata->>'code' from job_status_history order by id desc limit 1"),
                        "Why\"quoted\"");
    assert_string_equal(sql_text("select metadata->>'hasRetries' from job_status_history order by id desc limit 1"),
                        "false");
    FAILS(ERR_LOST, phase_check(db, arena, &c.lease, 30000, &err));
}

static void moves(const struct claim *c, int64_t bytes)
{
    OK(phase_progress(db, arena, &c->lease, &(struct progress){.bytes = bytes, .eta_seconds = -1}, &err));
}

/* A large upload over a bad line: as long as bytes arrive in between, no number of hiccups fails it. */
static void test_progress_gives_the_attempts_back(void **state)
{
    (void)state;
    struct made m;
    struct claim c = upload_claimed(&m, 1);
    for (int i = 1; i <= 3 * DELAYS; i++) {
        moves(&c, 5 * i);
        failed(&c.lease, ERR_REMOTE);
        assert_int_equal(status_of(m.job), JOB_UPLOAD_RETRY);
        assert_true(due_in("upload") <= 66); /* the first wait, each time */
        assert_string_equal(sql_text("select metadata->>'attempt' from job_status_history order by id desc limit 1"),
                            "1");
        make_due();
        c = claim(m.job, PHASE_UPLOAD, "s3-1");
        assert_int_equal(c.attempts, 1);
    }
}

/* The same bytes again are no progress, however often they are lost and sent anew. */
static void test_bytes_sent_again_are_no_progress(void **state)
{
    (void)state;
    struct made m;
    struct claim c = upload_claimed(&m, 1);
    for (int i = 0; i <= DELAYS; i++) {
        assert_int_equal(c.attempts, i);
        moves(&c, 0);
        moves(&c, 50);
        failed(&c.lease, ERR_REMOTE);
        if (i == DELAYS)
            break;
        assert_int_equal(status_of(m.job), JOB_UPLOAD_RETRY);
        make_due();
        c = claim(m.job, PHASE_UPLOAD, "s3-1");
    }
    assert_int_equal(status_of(m.job), JOB_UPLOAD_FAILED);
    enum job_status was, to;
    OK(job_retry(db, arena, m.user, m.job, &was, &to, &err)); /* a person's retry begins at the beginning */
    c = claim(m.job, PHASE_UPLOAD, "s3-1");
    moves(&c, 50);
    failed(&c.lease, ERR_REMOTE);
    make_due();
    assert_int_equal(claim(m.job, PHASE_UPLOAD, "s3-1").attempts, 1);
}

static void test_the_class_decides(void **state)
{
    (void)state;
    static const struct {
        enum err_class class;
        enum job_status download, upload;
    } cases[] = {
        {ERR_PERMANENT, JOB_TORRENT_FAILED, JOB_UPLOAD_FAILED},
        {ERR_CONFIG, JOB_TORRENT_FAILED, JOB_UPLOAD_FAILED},
        {ERR_DISK, JOB_TORRENT_DOWNLOAD_RETRY, JOB_UPLOAD_RETRY},
        {ERR_BUG, JOB_TORRENT_DOWNLOAD_RETRY, JOB_UPLOAD_RETRY},
        {ERR_LOGIN, JOB_QUEUED, JOB_UPLOAD_RETRY},
        {ERR_UNAVAILABLE, JOB_QUEUED, JOB_UPLOAD_RETRY},
        {ERR_THROTTLED, JOB_QUEUED, JOB_UPLOAD_RETRY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made m;
        stores_clean(NULL);
        struct claim c = upload_claimed(&m, 1);
        failed(&c.lease, cases[i].class);
        assert_int_equal(status_of(m.job), cases[i].upload);
        stores_clean(NULL);
        m = make_job(1);
        c = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
        failed(&c.lease, cases[i].class);
        assert_int_equal(status_of(m.job), cases[i].download);
        bool waits = err_class_info(cases[i].class)->retry == RETRY_WAIT;
        assert_int_equal(sql_int("select attempts from job_phases where phase = 'download'"), waits ? 0 : 1);
        assert_int_equal(sql_int("select count(*) from jobs where waiting_code is not null"), waits ? 1 : 0);
    }
    struct made m;
    stores_clean(NULL);
    struct claim c = upload_claimed(&m, 1);
    struct err lost = why(ERR_LOST);
    FAILS(ERR_BUG, phase_failed(db, arena, &c.lease, &lost, delays, DELAYS, PROBE, WAIT_LIMIT, &err));
    assert_int_equal(status_of(m.job), JOB_UPLOADING);
}

static void test_an_endpoint_that_stays_away_counts_at_last(void **state)
{
    (void)state;
    struct made m;
    struct claim c = upload_claimed(&m, 1);
    for (int i = 0; i < 5; i++) {
        failed(&c.lease, ERR_UNAVAILABLE);
        assert_int_equal(due_in("upload"), PROBE / 1000);
        make_due();
        c = claim(m.job, PHASE_UPLOAD, "s3-1");
        assert_int_equal(c.attempts, 0);
    }
    /* Five looks, one row on the timeline. */
    assert_int_equal(sql_int("select count(*) from job_status_history where to_status = 'UPLOAD_RETRY'"), 1);
    sql("update job_phases set first_wait_at = now() - interval '61 min' where phase = 'upload'");
    failed(&c.lease, ERR_UNAVAILABLE);
    assert_int_equal(sql_int("select attempts from job_phases where phase = 'upload'"), 1);
    assert_string_equal(sql_text("select waiting_code from jobs"), "-");
    make_due();
    c = claim(m.job, PHASE_UPLOAD, "s3-1");
    /* Bytes arrive: the endpoint is back, and the clock of its absence starts anew. */
    OK(phase_progress(db, arena, &c.lease, &(struct progress){.bytes = 10, .eta_seconds = -1}, &err));
    assert_int_equal(status_of(m.job), JOB_UPLOADING);
    failed(&c.lease, ERR_UNAVAILABLE);
    assert_int_equal(sql_int("select attempts from job_phases where phase = 'upload'"), 1);
    assert_string_equal(sql_text("select waiting_code from jobs"), "endpoint");
}

static void test_waits_have_a_reason_and_keep_their_beginning(void **state)
{
    (void)state;
    struct made m = make_job(1);
    struct job *job;
    struct claim c = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(phase_wait(db, arena, &c.lease, "disk", "The disk is full.", PROBE, &err));
    OK(job_get(db, arena, m.user, m.job, &job, &err));
    assert_int_equal(job->status, JOB_QUEUED);
    assert_string_equal(job->waiting_code, "disk");
    assert_string_equal(job->waiting_sentence, "The disk is full.");
    assert_true(job->waiting_since > 0 && job->waiting_next_at > job->waiting_since);
    make_due();
    c = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    assert_int_equal(status_of(m.job), JOB_QUEUED); /* still only a look */
    OK(phase_progress(db, arena, &c.lease, &(struct progress){.bytes = 1}, &err));
    assert_int_equal(status_of(m.job), JOB_DOWNLOADING);
    OK(phase_say(db, arena, &c.lease, "Looking", "no_peers", "Nobody has it.", &err));
    const char *since = sql_text("select waiting_since::text from jobs");
    OK(phase_say(db, arena, &c.lease, NULL, "no_peers", "Nobody has it.", &err));
    assert_string_equal(sql_text("select waiting_since::text from jobs"), since);
    assert_string_equal(sql_text("select current_state from jobs"), "Looking");
    OK(phase_say(db, arena, &c.lease, NULL, NULL, "ignored", &err));
    assert_int_equal(sql_int("select count(*) from jobs where waiting_code is null and waiting_since is null"), 1);
}

static void test_drain_costs_no_attempt(void **state)
{
    (void)state;
    struct made m = make_job(1);
    struct claim c = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(phase_release(db, arena, &c.lease, &err));
    assert_int_equal(status_of(m.job), JOB_QUEUED);
    c = claim(m.job, PHASE_DOWNLOAD, "torrent-2");
    assert_int_equal(c.attempts + c.crashes, 0);
    stores_clean(NULL);
    c = upload_claimed(&m, 1);
    OK(phase_release(db, arena, &c.lease, &err));
    assert_int_equal(status_of(m.job), JOB_PENDING_UPLOAD);
    assert_string_equal(timeline(m.job), "QUEUED/System DOWNLOADING/Worker PENDING_UPLOAD/Worker UPLOADING/Worker "
                                         "PENDING_UPLOAD/System");
    claim(m.job, PHASE_UPLOAD, "s3-2");
}

static void test_lost_bytes_are_downloaded_again(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_claimed(&m, 2);
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
    OK(phase_redownload(db, arena, &u.lease, "The bytes are gone.", &err));
    assert_int_equal(status_of(m.job), JOB_QUEUED);
    assert_string_equal(file_states(), "done pending");
    assert_int_equal(sql_int("select bytes_downloaded from jobs"), 100);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    bool completed;
    OK(local_present(db, arena, &d.lease, &err));
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err)); /* is at the destination: not sent again */
    OK(file_ready(db, arena, &d.lease, 1, MD5_A, SHA_A, &err));
    assert_string_equal(file_states(), "done ready");
    OK(phase_finish(db, arena, &d.lease, NULL, &completed, &err));
    u = claim(m.job, PHASE_UPLOAD, "s3-1");
    OK(file_done(db, arena, &u.lease, &(struct file_proof){1, NULL, "etag", "etag-md5"}, 1, &err));
    OK(phase_finish(db, arena, &u.lease, NULL, &completed, &err));
    assert_true(completed);
}

/* Upload beside the download: the status speaks of the download until its last byte is verified. */
static void test_upload_beside_the_download(void **state)
{
    (void)state;
    bool completed;
    struct made m = make_job(2);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    struct claim u = claim(m.job, PHASE_UPLOAD, "s3-1");
    assert_false(u.download_done);
    OK(phase_progress(db, arena, &u.lease, &(struct progress){.bytes = 60, .speed = 9, .current_state = "no"}, &err));
    OK(phase_progress(db, arena, &d.lease, &(struct progress){.bytes = 150, .current_state = "yes"}, &err));
    assert_int_equal(status_of(m.job), JOB_DOWNLOADING);
    assert_string_equal(sql_text("select current_state || bytes_uploaded || bytes_downloaded from jobs"), "yes60150");
    failed(&u.lease, ERR_PERMANENT); /* is not shown, and does not date the job */
    assert_int_equal(status_of(m.job), JOB_DOWNLOADING);
    assert_string_equal(sql_text("select completed_at::text from jobs"), "-");
    OK(file_ready(db, arena, &d.lease, 1, MD5_A, SHA_A, &err));
    OK(phase_finish(db, arena, &d.lease, NULL, &completed, &err));
    assert_int_equal(status_of(m.job), JOB_UPLOAD_FAILED);
    assert_string_equal(sql_text("select error_message from job_status_history order by id desc limit 1"),
                        "It broke: \"\xc3\xa4?\".");
    assert_int_equal(sql_int("select count(*) from jobs where completed_at is not null"), 1);

    stores_clean(NULL); /* and the good case: straight to UPLOADING, because the upload is running */
    m = make_job(2);
    d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    u = claim(m.job, PHASE_UPLOAD, "s3-1");
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
    OK(file_ready(db, arena, &d.lease, 1, MD5_A, SHA_A, &err));
    OK(phase_finish(db, arena, &d.lease, NULL, &completed, &err));
    assert_int_equal(status_of(m.job), JOB_UPLOADING);
    OK(file_done(db, arena, &u.lease, &(struct file_proof){1, NULL, "etag", "etag-md5"}, 1, &err));
    OK(phase_finish(db, arena, &u.lease, NULL, &completed, &err));
    assert_true(completed);
}

static int due(enum job_phase phase, int64_t requeue_ms)
{
    struct due *rows;
    int n = -1;
    OK(phase_due(db, arena, phase, requeue_ms, &rows, &n, &err));
    for (int i = 0; i < n; i++)
        assert_int_equal(rows[i].provider, PROVIDER_S3);
    return n;
}

static int64_t next_due(enum job_phase phase)
{
    int64_t ms = -2;
    OK(phase_next_due_ms(db, arena, phase, &ms, &err));
    return ms;
}

static void test_what_is_due(void **state)
{
    (void)state;
    struct made m = make_job(2);
    assert_int_equal(due(PHASE_UPLOAD, 60000), 0);
    assert_int_equal(due(PHASE_DOWNLOAD, 60000), 1); /* the enqueue after create was lost */
    assert_int_equal(due(PHASE_DOWNLOAD, 60000), 0);
    sql("update job_phases set enqueued_at = now() - interval '61 s'");
    assert_int_equal(due(PHASE_DOWNLOAD, 60000), 1);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    assert_int_equal(due(PHASE_DOWNLOAD, 0), 0); /* is being worked on */
    assert_int_equal(next_due(PHASE_DOWNLOAD), -1);
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    sql("update job_phases set enqueued_at = null");
    assert_int_equal(due(PHASE_UPLOAD, 60000), 1);
    assert_string_equal(sql_text("select volume_id from jobs"), "vol");
    failed(&d.lease, ERR_REMOTE);
    assert_int_equal(due(PHASE_DOWNLOAD, 60000), 0);
    int64_t ms = next_due(PHASE_DOWNLOAD);
    assert_true(ms > 50000 && ms <= 66000);
    make_due();
    assert_int_equal(next_due(PHASE_DOWNLOAD), -1);
    assert_int_equal(due(PHASE_DOWNLOAD, 60000), 1); /* at once: a failure forgets the old entry */
    enum job_status was;
    OK(job_cancel(db, arena, m.user, m.job, &was, &err));
    sql("update job_phases set enqueued_at = null");
    assert_int_equal(due(PHASE_DOWNLOAD, 0) + due(PHASE_UPLOAD, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_backoff_until_the_attempts_are_used_up),
        STORE_TEST(test_progress_gives_the_attempts_back),
        STORE_TEST(test_bytes_sent_again_are_no_progress),
        STORE_TEST(test_the_class_decides),
        STORE_TEST(test_an_endpoint_that_stays_away_counts_at_last),
        STORE_TEST(test_waits_have_a_reason_and_keep_their_beginning),
        STORE_TEST(test_drain_costs_no_attempt),
        STORE_TEST(test_lost_bytes_are_downloaded_again),
        STORE_TEST(test_upload_beside_the_download),
        STORE_TEST(test_what_is_due),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
