/* What workers write besides phases: files, the upload journal, local bytes; against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/drive_folder_store.h"
#include "store/drive_usage_store.h"
#include "store/file_store.h"
#include "store/local_store.h"
#include "store/upload_store.h"
#include "stores.h"

static const char *states(void)
{
    return sql_text("select string_agg(state, ' ' order by file_index) from job_files");
}

static void test_files(void **state)
{
    (void)state;
    struct made m = make_job(3);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    const int index[] = {0, 2};
    const int64_t bytes[] = {40, 50};
    OK(file_progress(db, arena, &d.lease, index, bytes, 2, &err));
    OK(file_progress(db, arena, &d.lease, index, bytes, 0, &err));
    assert_string_equal(states(), "downloading pending downloading");
    FAILS(ERR_BUG, file_ready(db, arena, &d.lease, 0, NULL, SHA_A, &err)); /* ready means hashed */
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    OK(file_progress(db, arena, &d.lease, index, bytes, 1, &err)); /* a late word does not unready it */
    assert_string_equal(states(), "ready pending downloading");

    struct claim u = claim(m.job, PHASE_UPLOAD, "s3-1");
    FAILS(ERR_LOST, file_uploading(db, arena, &u.lease, &(struct file_key){1, "key"}, 1, &err)); /* is not ready */
    OK(file_uploading(db, arena, &u.lease, &(struct file_key){0, "torrents/1/Torrent/folder/file0"}, 1, &err));
    OK(file_sent(db, arena, &u.lease, 0, 60, &err));
    OK(file_failed(db, arena, &u.lease, 0, "It broke.", &err));
    struct job_file *files;
    int n;
    OK(job_files(db, arena, m.job, &files, &n, &err));
    assert_int_equal(files[0].state, FILE_READY); /* its bytes are as good as before */
    assert_string_equal(files[0].error_message, "It broke.");
    assert_int_equal(files[0].bytes_uploaded, 60);
    OK(file_uploading(db, arena, &u.lease, &(struct file_key){0, "torrents/1/Torrent/folder/file0"}, 1, &err));
    OK(file_done(db, arena, &u.lease, &(struct file_proof){0, NULL, "etag", "etag-md5"}, 1, &err));
    OK(file_failed(db, arena, &d.lease, 1, "x", &err));
    FAILS(ERR_LOST, file_failed(db, arena, &u.lease, 0, "too late", &err)); /* done stays done */
    FAILS(ERR_BUG, file_done(db, arena, &u.lease, &(struct file_proof){2, NULL, "etag", NULL}, 1, &err));
    OK(job_files(db, arena, m.job, &files, &n, &err));
    assert_int_equal(files[0].state, FILE_DONE);
    assert_int_equal(files[0].bytes_uploaded, 100);
    assert_string_equal(files[0].verified_by, "etag-md5");
    assert_string_equal(files[0].md5, MD5_A);
    assert_null(files[0].error_message);
    assert_int_equal(files[1].state, FILE_PENDING);
    assert_string_equal(files[1].error_message, "x");
}

static struct claim upload_claimed(struct made *m)
{
    *m = make_job(1);
    struct claim d = claim(m->job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &d.lease, &err));
    OK(file_ready(db, arena, &d.lease, 0, MD5_A, SHA_A, &err));
    return claim(m->job, PHASE_UPLOAD, "s3-1");
}

static void check_orphans(int64_t keep_failed_ms, int expected)
{
    struct upload_session *sessions;
    int n = -1;
    OK(upload_sessions_orphaned(db, arena, PROVIDER_S3, keep_failed_ms, 10, &sessions, &n, &err));
    assert_int_equal(n, expected);
    OK(upload_sessions_orphaned(db, arena, PROVIDER_GOOGLE_DRIVE, keep_failed_ms, 10, &sessions, &n, &err));
    assert_int_equal(n, 0);
}

static void test_upload_journal(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_claimed(&m);
    struct upload_session *found, s = {.profile_id = m.profile, .remote_key = "k", .part_size = 60, .part_count = 2};
    struct upload_part *parts;
    int n;
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_null(found);
    OK(upload_session_create(db, arena, &u.lease, PROVIDER_S3, &s, &err));
    assert_int_equal(s.job_id, m.job);
    struct upload_session twice = s;
    FAILS(ERR_CONFLICT, upload_session_create(db, arena, &u.lease, PROVIDER_S3, &twice, &err));
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_int_equal(found->state, SESSION_INIT);
    assert_null(found->upload_id);
    OK(upload_session_opened(db, arena, &u.lease, s.id, "up-1", &err));
    FAILS(ERR_LOST, upload_session_opened(db, arena, &u.lease, s.id, "up-2", &err));
    OK(upload_part_done(db, arena, &u.lease, s.id, &(struct upload_part){2, 40, MD5_A, "e2"}, &err));
    OK(upload_part_done(db, arena, &u.lease, s.id, &(struct upload_part){1, 60, MD5_A, "e1"}, &err));
    OK(upload_part_done(db, arena, &u.lease, s.id, &(struct upload_part){1, 60, MD5_A, "e1-again"}, &err));
    OK(upload_parts(db, arena, s.id, &parts, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(parts[0].etag, "e1-again");
    assert_int_equal(parts[1].size, 40);
    OK(upload_part_lost(db, arena, &u.lease, s.id, 1, &err));
    OK(upload_parts(db, arena, s.id, &parts, &n, &err));
    assert_true(n == 1 && parts[0].number == 2);
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_string_equal(found->upload_id, "up-1");
    assert_int_equal(found->part_size, 60);

    struct lease stale = u.lease;
    stale.epoch--;
    FAILS(ERR_LOST, upload_session_opened(db, arena, &stale, s.id, "x", &err));
    FAILS(ERR_LOST, upload_session_closed(db, arena, &stale, s.id, SESSION_ABORTED, &err));
    FAILS(ERR_LOST, upload_part_done(db, arena, &stale, s.id, &parts[0], &err));
    FAILS(ERR_LOST, upload_session_create(db, arena, &stale, PROVIDER_S3, &twice, &err));
    OK(upload_part_lost(db, arena, &stale, s.id, 2, &err));
    OK(upload_parts(db, arena, s.id, &parts, &n, &err));
    assert_int_equal(n, 1);

    /* Given up: the file gets another one, and somebody sees to it that this one goes. */
    const char **ids;
    OK(upload_session_closed(db, arena, &u.lease, s.id, SESSION_ABORTING, &err));
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_null(found);
    OK(upload_session_create(db, arena, &u.lease, PROVIDER_S3, &twice, &err)); /* a new attempt */
    check_orphans(0, 0);                                                       /* not at once */
    sql("update upload_sessions set updated_at = now() - interval '11 s'");
    check_orphans(3600000, 1);
    bool unnamed;
    struct upload_session other = {.remote_key = "k", .profile_id = m.profile};
    OK(upload_session_ids(db, arena, &other, &ids, &n, &unnamed, &err));
    assert_true(n == 1 && !strcmp(ids[0], "up-1") && unnamed);
    other.id = twice.id;
    OK(upload_session_ids(db, arena, &other, &ids, &n, &unnamed, &err));
    assert_true(n == 1 && !unnamed);
    other.profile_id = make_profile(m.user); /* of the same bucket */
    OK(upload_session_ids(db, arena, &other, &ids, &n, &unnamed, &err));
    assert_int_equal(n, 1);
    sql("update storage_profiles set settings = settings || '{\"bucket\": \"another\"}' where id = %lld",
        (long long)other.profile_id);
    OK(upload_session_ids(db, arena, &other, &ids, &n, &unnamed, &err));
    assert_int_equal(n, 0);
    other = (struct upload_session){.remote_key = "k2", .profile_id = m.profile};
    OK(upload_session_ids(db, arena, &other, &ids, &n, &unnamed, &err));
    assert_true(n == 0 && !unnamed);
    OK(upload_session_closed(db, arena, NULL, s.id, SESSION_COMPLETED, &err));
    other.remote_key = "k";
    OK(upload_session_ids(db, arena, &other, &ids, &n, &unnamed, &err));
    assert_true(n == 0 && unnamed);
    enum job_status was;
    check_orphans(0, 0);
    OK(job_cancel(db, arena, m.user, m.job, &was, &err));
    check_orphans(0, 1);
    OK(upload_session_cleaned(db, arena, &twice, CLEANED_ABORTED, &err)); /* the janitor has no lease */
    check_orphans(0, 0);
    assert_int_equal(sql_int("select count(*) from job_status_history where metadata->>'abortedUploads' = '1'"), 1);
}

static void session(const struct made *m, const struct lease *l, int file, struct upload_session *s)
{
    *s = (struct upload_session){
        .profile_id = m->profile, .file_index = file, .remote_key = "k", .part_size = 60, .part_count = 1};
    OK(upload_session_create(db, arena, l, PROVIDER_S3, s, &err));
}

static const char *last_word(const char *member)
{
    return sql_text("select metadata->>'%s' from job_status_history order by id desc limit 1", member);
}

/* After a cancel the last session tells it for all of them, once. */
static void test_a_cleanup_is_told_with_its_last_session(void **state)
{
    (void)state;
    struct made m = make_job(6);
    struct upload_session before, s[4];
    enum job_status was, to;
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &d.lease, &err));
    for (int i = 0; i < 6; i++)
        OK(file_ready(db, arena, &d.lease, i, MD5_A, SHA_A, &err));
    struct claim u = claim(m.job, PHASE_UPLOAD, "s3-1");
    session(&m, &u.lease, 0, &before);
    OK(upload_session_closed(db, arena, &u.lease, before.id, SESSION_ABORTED, &err)); /* of no business here */
    for (int i = 0; i < 4; i++)
        session(&m, &u.lease, i, &s[i]);
    OK(file_done(db, arena, &u.lease, &(struct file_proof){5, NULL, "etag", "etag-md5"}, 1, &err));
    OK(job_cancel(db, arena, m.user, m.job, &was, &err));
    assert_string_equal(last_word("filesAtDestination"), "1");
    assert_string_equal(last_word("unfinishedUploads"), "4");
    OK(upload_session_cleaned(db, arena, &s[0], CLEANED_ABORTED, &err));
    OK(upload_session_cleaned(db, arena, &s[1], CLEANED_NOTHING, &err));
    OK(upload_session_cleaned(db, arena, &s[2], CLEANED_LEFT, &err));
    const char *silent = timeline(m.job);
    assert_string_equal(silent, "QUEUED/System DOWNLOADING/Worker CANCELLED/User");
    OK(upload_session_cleaned(db, arena, &s[3], CLEANED_ABORTED, &err));
    assert_string_equal(timeline(m.job), arena_printf(arena, "%s CANCELLED/Worker", silent));
    assert_string_equal(last_word("cleaned"), "2 unfinished uploads aborted, 1 unfinished upload left to expire, "
                                              "1 finished file stays at the destination");
    assert_string_equal(last_word("abortedUploads"), "2");

    /* Cancelled again: what the first cleanup did is not told twice. */
    OK(job_retry(db, arena, m.user, m.job, &was, &to, &err));
    OK(job_cancel(db, arena, m.user, m.job, &was, &err));
    sql("update upload_sessions set state = 'open', cleaned = null where id = %lld", (long long)s[1].id);
    OK(upload_session_cleaned(db, arena, &s[1], CLEANED_NOTHING, &err));
    assert_string_equal(last_word("cleaned"), "1 finished file stays at the destination");

    /* Started again meanwhile: the session is closed, and that is all. */
    OK(job_retry(db, arena, m.user, m.job, &was, &to, &err));
    sql("update upload_sessions set state = 'open' where id = %lld", (long long)s[1].id);
    silent = timeline(m.job);
    OK(upload_session_cleaned(db, arena, &s[1], CLEANED_ABORTED, &err));
    assert_string_equal(timeline(m.job), silent);
    assert_int_equal(sql_int("select count(*) from upload_sessions where state in ('init', 'open')"), 0);
}

/* Many small files cost one statement each time, and the fence holds for all of them or none. */
static void test_rows_of_many_files(void **state)
{
    (void)state;
    struct made m = make_job(3);
    struct claim d = claim(m.job, PHASE_DOWNLOAD, "torrent-1");
    OK(local_present(db, arena, &d.lease, &err));
    for (int i = 0; i < 2; i++)
        OK(file_ready(db, arena, &d.lease, i, MD5_A, SHA_A, &err));
    struct claim u = claim(m.job, PHASE_UPLOAD, "drive-1");
    const struct file_key keys[] = {{1, "k/\"1\""}, {0, "k/0"}, {2, "k/2"}};
    FAILS(ERR_LOST, file_uploading(db, arena, &u.lease, keys, 3, &err)); /* the last one is not ready */
    OK(file_uploading(db, arena, &u.lease, keys, 2, &err));

    struct upload_session s[] = {
        {.profile_id = m.profile,
         .file_index = 1,
         .remote_key = "k/\"1\"",
         .upload_id = "id-1",
         .part_size = 200,
         .part_count = 1},
        {.profile_id = m.profile,
         .file_index = 0,
         .remote_key = "k/0",
         .upload_id = "id-0",
         .part_size = 100,
         .part_count = 1},
    };
    struct upload_session *found[3];
    const int index[] = {0, 1, 2};
    struct lease stale = u.lease;
    stale.epoch--;
    FAILS(ERR_LOST, upload_sessions_open(db, arena, &stale, PROVIDER_GOOGLE_DRIVE, s, 2, &err));
    OK(upload_sessions_open(db, arena, &u.lease, PROVIDER_GOOGLE_DRIVE, s, 2, &err));
    FAILS(ERR_CONFLICT, upload_sessions_open(db, arena, &u.lease, PROVIDER_GOOGLE_DRIVE, s, 2, &err));
    OK(upload_sessions_find(db, arena, m.job, index, 3, found, &err));
    assert_true(found[0]->id == s[1].id && found[1]->id == s[0].id && !found[2]);
    assert_string_equal(found[1]->upload_id, "id-1");
    assert_string_equal(found[1]->remote_key, "k/\"1\"");
    assert_int_equal(found[0]->state, SESSION_OPEN);

    const struct file_proof proofs[] = {{0, "id-0", NULL, "md5"}, {1, "id-1", NULL, "sha256"}};
    FAILS(ERR_LOST, file_done(db, arena, &stale, proofs, 2, &err));
    OK(file_done(db, arena, &u.lease, proofs, 2, &err));
    assert_string_equal(states(), "done done pending");
    assert_string_equal(sql_text("select remote_id || verified_by from job_files where file_index = 1"), "id-1sha256");
    const int64_t ids[] = {s[0].id, s[1].id};
    FAILS(ERR_LOST, upload_sessions_closed(db, arena, &stale, ids, 2, SESSION_COMPLETED, &err));
    OK(upload_sessions_closed(db, arena, &u.lease, ids, 2, SESSION_COMPLETED, &err));
    OK(upload_sessions_find(db, arena, m.job, index, 3, found, &err));
    assert_true(!found[0] && !found[1]);
}

static void test_orphans_of_failed_jobs_are_kept_for_a_while(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_claimed(&m);
    struct upload_session s = {.profile_id = m.profile, .remote_key = "k", .part_size = 60, .part_count = 2};
    struct err why = {.class = ERR_PERMANENT, .code = "X", .msg = "x"};
    bool completed;
    OK(upload_session_create(db, arena, &u.lease, PROVIDER_S3, &s, &err));
    OK(phase_finish(db, arena, &(struct lease){m.job, 1, PHASE_DOWNLOAD, "torrent-1"}, NULL, &completed, &err));
    OK(phase_failed(db, arena, &u.lease, &why, NULL, 0, 0, 0, &err));
    assert_int_equal(status_of(m.job), JOB_UPLOAD_FAILED);
    check_orphans(3600000, 0);
    sql("update jobs set completed_at = now() - interval '61 min'");
    check_orphans(3600000, 1);
}

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
        struct claim u = upload_claimed(&m);
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

/* A session's address is a secret like a token: sealed in the table, opened for who may upload. */
static void test_session_addresses_are_sealed(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_claimed(&m);
    struct upload_session *found, s = {.profile_id = m.profile, .remote_key = "k", .part_size = 60, .part_count = 1};
    OK(upload_session_create(db, arena, &u.lease, PROVIDER_GOOGLE_DRIVE, &s, &err));
    FAILS(ERR_LOST, upload_session_uri(db, arena, &u.lease, s.id, "https://x/early", &err)); /* it has no id yet */
    OK(upload_session_opened(db, arena, &u.lease, s.id, "file-1", &err));
    OK(upload_session_uri(db, arena, &u.lease, s.id, "https://x/secret", &err));
    assert_null(strstr(sql_text("select uri_sealed from upload_sessions"), "secret"));
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_string_equal(found->uri, "https://x/secret");
    struct lease stale = u.lease;
    stale.epoch--;
    FAILS(ERR_LOST, upload_session_uri(db, arena, &stale, s.id, NULL, &err));
    OK(upload_session_uri(db, arena, &u.lease, s.id, NULL, &err));
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_null(found->uri);
    assert_string_equal(found->upload_id, "file-1");
}

static void test_folders_have_one_id(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_claimed(&m);
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
    struct claim u = upload_claimed(&m);
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
        STORE_TEST(test_files),
        STORE_TEST(test_upload_journal),
        STORE_TEST(test_rows_of_many_files),
        STORE_TEST(test_orphans_of_failed_jobs_are_kept_for_a_while),
        STORE_TEST(test_session_addresses_are_sealed),
        STORE_TEST(test_folders_have_one_id),
        STORE_TEST(test_an_account_has_a_day),
        STORE_TEST(test_only_drive_has_a_day),
        STORE_TEST(test_reserved_bytes),
        STORE_TEST(test_a_cleanup_is_told_with_its_last_session),
        STORE_TEST(test_local_bytes_are_forgotten_once),
        STORE_TEST(test_local_bytes_of_completed_jobs),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
