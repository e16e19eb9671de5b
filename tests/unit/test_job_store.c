/* store/job_store: what people do with jobs, and the guard of the status, against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/file_store.h"
#include "store/local_store.h"
#include "stores.h"

static const int64_t no_delays[1];

static enum job_status cancel(const struct made *m)
{
    enum job_status was = JOB_STATUS__MAX;
    OK(job_cancel(db, arena, m->user, m->job, &was, &err));
    return was;
}

static enum job_status retry(const struct made *m)
{
    enum job_status was, to = JOB_STATUS_NONE;
    OK(job_retry(db, arena, m->user, m->job, &was, &to, &err));
    return to;
}

/* Bring a fresh job of two files to a status, by the ways that workers take. */
static struct lease bring_to(struct made *m, enum job_status status)
{
    static const struct err remote = {.class = ERR_REMOTE, .code = "Remote", .msg = "broke"};
    bool completed;
    stores_clean(NULL);
    *m = make_job(2);
    if (status == JOB_QUEUED)
        return (struct lease){0};
    struct claim c = claim(m->job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &c.lease, &err));
    if (status == JOB_DOWNLOADING)
        return c.lease;
    if (status == JOB_TORRENT_FAILED || status == JOB_TORRENT_DOWNLOAD_RETRY) {
        OK(phase_failed(db, arena, &c.lease, &remote, no_delays, status == JOB_TORRENT_DOWNLOAD_RETRY, 1, 1, &err));
        return c.lease;
    }
    OK(file_ready(db, arena, &c.lease, 0, MD5_A, SHA_A, &err));
    OK(file_ready(db, arena, &c.lease, 1, MD5_A, SHA_A, &err));
    OK(phase_finish(db, arena, &c.lease, NULL, &completed, &err));
    if (status == JOB_PENDING_UPLOAD)
        return c.lease;
    c = claim(m->job, PHASE_UPLOAD, "s3-1");
    OK(file_done(db, arena, &c.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
    if (status == JOB_UPLOAD_FAILED || status == JOB_UPLOAD_RETRY)
        OK(phase_failed(db, arena, &c.lease, &remote, no_delays, status == JOB_UPLOAD_RETRY, 1, 1, &err));
    if (status == JOB_FAILED) {
        int n;
        sql("update job_phases set crashes = 9, lease_until = now() - interval '1 s' where phase = 'upload'");
        OK(phase_recover(db, arena, PHASE_UPLOAD, 3, &n, &err));
    }
    if (status == JOB_COMPLETED) {
        OK(file_done(db, arena, &c.lease, &(struct file_proof){1, NULL, "etag", "etag-md5"}, 1, &err));
        OK(phase_finish(db, arena, &c.lease, NULL, &completed, &err));
    }
    if (status == JOB_CANCELLED)
        cancel(m);
    assert_int_equal(status_of(m->job), status);
    return c.lease;
}

static void test_create(void **state)
{
    (void)state;
    struct made m = make_job(3);
    struct job *job;
    OK(job_get(db, arena, m.user, m.job, &job, &err));
    assert_int_equal(job->status, JOB_QUEUED);
    assert_int_equal(job->total_bytes, 600);
    assert_string_equal(job->profile_name, "store");
    assert_int_equal(job->provider, PROVIDER_S3);
    assert_null(job->selected_json);
    assert_null(job->error_message);
    assert_int_equal(job->eta_seconds, -1);
    assert_true(job->created_at > 1600000000000000);
    assert_int_equal(job->started_at + job->completed_at + job->waiting_since, 0);
    struct job_file *files;
    int n;
    OK(job_files(db, arena, m.job, &files, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(files[2].path, "folder/file2");
    assert_int_equal(files[2].size, 300);
    assert_int_equal(files[2].state, FILE_PENDING);
    assert_string_equal(timeline(m.job), "QUEUED/System");

    OK(job_get(db, arena, m.user + 1, m.job, &job, &err)); /* somebody else's */
    assert_null(job);
    enum job_status was, to;
    OK(job_cancel(db, arena, m.user + 1, m.job, &was, &err));
    assert_int_equal(was, JOB_STATUS_NONE);
    OK(job_retry(db, arena, m.user + 1, m.job, &was, &to, &err));
    assert_int_equal(was, JOB_STATUS_NONE);
    assert_int_equal(status_of(m.job), JOB_QUEUED);
}

static void test_only_the_selection(void **state)
{
    (void)state;
    struct made m = make_job(1);
    int64_t id, torrent = make_torrent(m.user, 7, 4);
    struct torrent_file *all;
    int n;
    OK(torrent_files(db, arena, torrent, &all, &n, &err));
    const struct torrent_file chosen[] = {all[1], all[3]};
    struct job_new job = {.user_id = m.user,
                          .torrent_id = torrent,
                          .profile_id = m.profile,
                          .selected_json = "[\"folder/file1\", \"\\\"x\\\"\"]",
                          .files = chosen,
                          .file_count = 2,
                          .selected_count = 2};
    OK(job_create(db, arena, &job, &id, &err));
    assert_string_equal(
        sql_text("select string_agg(path, ' ' order by path) from job_files where job_id = %lld", (long long)id),
        "folder/file1 folder/file3");
    assert_int_equal(sql_int("select total_bytes from jobs where id = %lld", (long long)id), 600);
    struct job *found;
    OK(job_find_active(db, arena, m.user, torrent, &found, &err));
    assert_int_equal(found->id, id);
    assert_string_equal(found->selected_json, "[\"folder/file1\", \"\\\"x\\\"\"]");
    FAILS(ERR_CONFLICT, job_create(db, arena, &job, &id, &err)); /* one active job per torrent */
    assert_string_equal(err.code, "JobAlreadyExists");
    assert_int_equal(sql_int("select count(*) from jobs where torrent_id = %lld", (long long)torrent), 1);
}

static void test_cancel_in_every_status(void **state)
{
    (void)state;
    struct made m;
    for (int s = 0; s < JOB_STATUS__MAX; s++) {
        if (s == JOB_GOOGLE_DRIVE_FAILED)
            continue; /* is only read */
        struct lease l = bring_to(&m, (enum job_status)s);
        const char *before = timeline(m.job);
        assert_int_equal(cancel(&m), s);
        if (!job_status_info((enum job_status)s)->cancellable) {
            assert_int_equal(status_of(m.job), s);
            assert_string_equal(timeline(m.job), before);
            continue;
        }
        assert_int_equal(status_of(m.job), JOB_CANCELLED);
        assert_string_equal(timeline(m.job), arena_printf(arena, "%s CANCELLED/User", before));
        assert_int_equal(sql_int("select count(*) from job_phases where state in ('active', 'idle', 'retry', "
                                 "'waiting')"),
                         0);
        if (l.job_id) /* the running worker is refused from now on */
            FAILS(ERR_LOST, file_sent(db, arena, &l, 1, 1, &err));
        struct claim none;
        OK(phase_claim(db, arena, m.job, PHASE_UPLOAD, "s3-2", "vol", 30000, &none, &err));
        assert_false(none.won);
    }
}

static void test_retry_of_every_status(void **state)
{
    (void)state;
    static const struct {
        enum job_status from, to;
    } cases[] = {
        {JOB_TORRENT_FAILED, JOB_QUEUED},
        {JOB_FAILED, JOB_QUEUED},
        {JOB_CANCELLED, JOB_QUEUED},
        {JOB_UPLOAD_FAILED, JOB_PENDING_UPLOAD},
    };
    struct made m;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lease old = bring_to(&m, cases[i].from);
        assert_int_equal(retry(&m), cases[i].to);
        assert_int_equal(status_of(m.job), cases[i].to);
        assert_int_equal(sql_int("select sum(attempts + crashes) from job_phases"), 0);
        assert_string_equal(sql_text("select error_message || error_code from jobs"), "-");
        FAILS(ERR_LOST, phase_check(db, arena, &old, 1000, &err));
        struct claim c = claim(m.job, cases[i].to == JOB_QUEUED ? PHASE_DOWNLOAD : PHASE_UPLOAD, "next");
        assert_true(c.lease.epoch > old.epoch);
    }
}

/* Only the upload failed: what is verified at the destination stays done, the rest is sent from the disk. */
static void test_retry_sends_what_is_missing(void **state)
{
    (void)state;
    struct made m;
    bring_to(&m, JOB_UPLOAD_FAILED);
    assert_int_equal(retry(&m), JOB_PENDING_UPLOAD);
    assert_string_equal(file_states(), "done ready");
    assert_int_equal(sql_int("select bytes_uploaded from jobs"), 100);
    assert_string_equal(sql_text("select metadata->>'filesAtDestination' || (metadata->>'filesToUpload') from "
                                 "job_status_history where source = 'User'"),
                        "11");

    bring_to(&m, JOB_UPLOAD_FAILED); /* but the bucket is another one now */
    sql("update job_files set remote_key = 'k', remote_id = 'i' where state = 'done'");
    sql("update storage_profiles set settings = jsonb_set(settings, '{bucket}', '\"other\"')");
    assert_int_equal(retry(&m), JOB_PENDING_UPLOAD);
    assert_string_equal(file_states(), "ready ready");
    assert_int_equal(sql_int("select count(*) from job_files where coalesce(remote_key, remote_id, remote_etag, "
                             "verified_by, done_at::text) is not null"),
                     0);
    assert_int_equal(sql_int("select bytes_uploaded from jobs"), 0);

    bring_to(&m, JOB_UPLOAD_FAILED); /* but the bytes are gone */
    sql("update jobs set local_state = 'deleted'");
    assert_int_equal(retry(&m), JOB_QUEUED);
    assert_string_equal(file_states(), "done pending");
    assert_int_equal(sql_int("select bytes_downloaded from jobs"), 100);
    assert_string_equal(sql_text("select metadata->>'downloadsAgain' from job_status_history order by id desc limit 1"),
                        "true");
}

static void test_nothing_to_retry(void **state)
{
    (void)state;
    struct made m;
    for (int s = JOB_QUEUED; s <= JOB_COMPLETED; s++) {
        enum job_status was, to = JOB_STATUS_NONE;
        bring_to(&m, (enum job_status)s);
        OK(job_retry(db, arena, m.user, m.job, &was, &to, &err));
        assert_int_equal(was, s);
        assert_int_equal(to, JOB_STATUS_NONE);
        assert_int_equal(status_of(m.job), s);
    }
}

static void test_no_retry_while_another_job_of_the_torrent_runs(void **state)
{
    (void)state;
    struct made m;
    enum job_status was, to;
    bring_to(&m, JOB_CANCELLED);
    make_job_for(m.user, m.profile, m.torrent);
    FAILS(ERR_CONFLICT, job_retry(db, arena, m.user, m.job, &was, &to, &err));
    assert_string_equal(err.code, "JobAlreadyExists");
    assert_int_equal(status_of(m.job), JOB_CANCELLED);
}

static void test_pages_and_counts(void **state)
{
    (void)state;
    struct made m = make_job(1);
    int64_t ids[5] = {m.job}, total, counts[JOB_STATUS__MAX];
    struct job *jobs;
    int n;
    for (int i = 1; i < 5; i++)
        ids[i] = make_job_for(m.user, m.profile, make_torrent(m.user, 10 + i, 1));
    sql("update jobs set created_at = '2026-01-01'"); /* equal times: the id decides */
    OK(job_page(db, arena, m.user, NULL, 1, 2, &jobs, &n, &total, &err));
    assert_true(n == 2 && total == 5 && jobs[0].id == ids[4] && jobs[1].id == ids[3]);
    OK(job_page(db, arena, m.user, NULL, 3, 2, &jobs, &n, &total, &err));
    assert_true(n == 1 && total == 5 && jobs[0].id == ids[0]);
    OK(job_page(db, arena, m.user, NULL, 9, 2, &jobs, &n, &total, &err));
    assert_true(n == 0 && total == 5);
    cancel(&m);
    enum job_status only = JOB_CANCELLED;
    OK(job_page(db, arena, m.user, &only, 1, 100, &jobs, &n, &total, &err));
    assert_true(n == 1 && total == 1 && jobs[0].id == m.job);
    only = JOB_COMPLETED;
    OK(job_page(db, arena, m.user, &only, 1, 100, &jobs, &n, &total, &err));
    assert_true(n == 0 && total == 0);
    OK(job_page(db, arena, m.user + 1, NULL, 1, 100, &jobs, &n, &total, &err));
    assert_true(n == 0 && total == 0);
    OK(job_counts(db, arena, m.user, counts, &err));
    assert_true(counts[JOB_QUEUED] == 4 && counts[JOB_CANCELLED] == 1 && counts[JOB_COMPLETED] == 0);
    sql("delete from jobs where id = (select min(id) from jobs)");
    OK(job_page(db, arena, m.user, NULL, 1, 2, &jobs, &n, &total, &err));
    assert_int_equal(total, 4);
}

static void test_history(void **state)
{
    (void)state;
    struct made m;
    struct job_event *events;
    int n;
    int64_t total;
    bring_to(&m, JOB_UPLOAD_FAILED);
    OK(job_history(db, arena, m.job, 1, 0, &events, &n, &total, &err));
    assert_int_equal(n, 5);
    assert_int_equal(total, 5);
    assert_int_equal(events[0].from, JOB_STATUS_NONE);
    assert_int_equal(events[0].to, JOB_QUEUED);
    for (int i = 1; i < n; i++) {
        assert_int_equal(events[i].from, events[i - 1].to);
        assert_true(events[i].changed_at >= events[i - 1].changed_at);
    }
    assert_string_equal(events[4].error_message, "broke");
    assert_string_equal(events[4].source, "Worker");
    assert_null(events[3].error_message); /* the words of one change do not stick to another */
    OK(job_history(db, arena, m.job, 2, 2, &events, &n, &total, &err));
    assert_true(n == 2 && total == 5 && events[0].to == JOB_PENDING_UPLOAD);

    struct job_phase_row phases[2];
    OK(job_phases(db, arena, m.job, phases, &err));
    assert_int_equal(phases[PHASE_DOWNLOAD].state, PHASE_DONE);
    assert_int_equal(phases[PHASE_UPLOAD].state, PHASE_FAILED);
    assert_int_equal(phases[PHASE_UPLOAD].attempts, 1);
    assert_true(phases[PHASE_UPLOAD].finished_at >= phases[PHASE_UPLOAD].started_at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_create),
        STORE_TEST(test_only_the_selection),
        STORE_TEST(test_cancel_in_every_status),
        STORE_TEST(test_retry_of_every_status),
        STORE_TEST(test_retry_sends_what_is_missing),
        STORE_TEST(test_nothing_to_retry),
        STORE_TEST(test_no_retry_while_another_job_of_the_torrent_runs),
        STORE_TEST(test_pages_and_counts),
        STORE_TEST(test_history),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
