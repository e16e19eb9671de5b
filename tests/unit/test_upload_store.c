/* store/upload_store: the journal of uploads, and what is left of them; against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/file_store.h"
#include "store/local_store.h"
#include "store/upload_store.h"
#include "stores.h"

static void session(const struct made *m, const struct lease *l, int file, struct upload_session *s)
{
    *s = (struct upload_session){
        .profile_id = m->profile, .file_index = file, .remote_key = "k", .part_size = 60, .part_count = 1};
    OK(upload_session_create(db, arena, l, PROVIDER_S3, s, &err));
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

/* A session of the file that is open at the server. */
static struct upload_session opened(const struct made *m, const struct claim *u)
{
    struct upload_session s;
    session(m, &u->lease, 0, &s);
    OK(upload_session_opened(db, arena, &u->lease, s.id, "up-1", &err));
    return s;
}

static void test_upload_journal(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_beside_download(&m);
    struct upload_session *found, s, twice;
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_null(found);
    session(&m, &u.lease, 0, &s);
    assert_int_equal(s.job_id, m.job);
    twice = s;
    FAILS(ERR_CONFLICT, upload_session_create(db, arena, &u.lease, PROVIDER_S3, &twice, &err));
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_int_equal(found->state, SESSION_INIT);
    assert_null(found->upload_id);
    OK(upload_session_opened(db, arena, &u.lease, s.id, "up-1", &err));
    FAILS(ERR_LOST, upload_session_opened(db, arena, &u.lease, s.id, "up-2", &err));
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_string_equal(found->upload_id, "up-1");
    assert_int_equal(found->part_size, 60);
}

static void test_parts(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_beside_download(&m);
    struct upload_session s = opened(&m, &u);
    struct upload_part *parts;
    int n;
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
}

static void test_who_has_lost_the_phase_writes_nothing(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_beside_download(&m);
    struct upload_session s = opened(&m, &u), another = s;
    struct upload_part *parts;
    int n;
    struct lease stale = u.lease;
    stale.epoch--;
    OK(upload_part_done(db, arena, &u.lease, s.id, &(struct upload_part){2, 40, MD5_A, "e2"}, &err));
    FAILS(ERR_LOST, upload_session_opened(db, arena, &stale, s.id, "x", &err));
    FAILS(ERR_LOST, upload_session_closed(db, arena, &stale, s.id, SESSION_ABORTED, &err));
    FAILS(ERR_LOST, upload_part_done(db, arena, &stale, s.id, &(struct upload_part){1, 60, MD5_A, "e1"}, &err));
    FAILS(ERR_LOST, upload_session_create(db, arena, &stale, PROVIDER_S3, &another, &err));
    OK(upload_part_lost(db, arena, &stale, s.id, 2, &err));
    OK(upload_parts(db, arena, s.id, &parts, &n, &err));
    assert_int_equal(n, 1);
}

/* Given up: the file gets another one, and somebody sees to it that this one goes. */
static void test_a_session_that_was_given_up(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_beside_download(&m);
    struct upload_session s = opened(&m, &u), another, *found;
    enum job_status was;
    OK(upload_session_closed(db, arena, &u.lease, s.id, SESSION_ABORTING, &err));
    OK(upload_session_find(db, arena, m.job, 0, &found, &err));
    assert_null(found);
    session(&m, &u.lease, 0, &another);
    check_orphans(0, 0); /* not at once */
    sql("update upload_sessions set updated_at = now() - interval '11 s'");
    check_orphans(3600000, 1);
    OK(upload_session_closed(db, arena, NULL, s.id, SESSION_COMPLETED, &err));
    check_orphans(0, 0);
    OK(job_cancel(db, arena, m.user, m.job, &was, &err));
    check_orphans(0, 1);
    OK(upload_session_cleaned(db, arena, &another, CLEANED_ABORTED, &err)); /* the janitor has no lease */
    check_orphans(0, 0);
    assert_int_equal(sql_int("select count(*) from job_status_history where metadata->>'abortedUploads' = '1'"), 1);
}

/* Ids under a key besides s, and whether one of them was never heard of: "up-1 ?". */
static const char *ids_beside(const struct upload_session *s)
{
    const char **ids, *text = "";
    bool unnamed;
    int n;
    OK(upload_session_ids(db, arena, s, &ids, &n, &unnamed, &err));
    for (int i = 0; i < n; i++)
        text = arena_printf(arena, "%s%s ", text, ids[i]);
    return arena_printf(arena, "%s%s", text, unnamed ? "?" : "");
}

static void test_which_uploads_a_key_has(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_beside_download(&m);
    struct upload_session s = opened(&m, &u), another, asked = {.remote_key = "k", .profile_id = m.profile};
    OK(upload_session_closed(db, arena, &u.lease, s.id, SESSION_ABORTING, &err));
    session(&m, &u.lease, 0, &another);
    assert_string_equal(ids_beside(&asked), "up-1 ?");
    asked.id = another.id;
    assert_string_equal(ids_beside(&asked), "up-1 ");
    asked.profile_id = make_profile(m.user); /* of the same bucket */
    assert_string_equal(ids_beside(&asked), "up-1 ");
    sql("update storage_profiles set settings = settings || '{\"bucket\": \"another\"}' where id = %lld",
        (long long)asked.profile_id);
    assert_string_equal(ids_beside(&asked), "");
    asked = (struct upload_session){.remote_key = "k2", .profile_id = m.profile};
    assert_string_equal(ids_beside(&asked), "");
    OK(upload_session_closed(db, arena, NULL, s.id, SESSION_COMPLETED, &err));
    asked.remote_key = "k";
    assert_string_equal(ids_beside(&asked), "?");
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
    assert_string_equal(file_states(), "done done pending");
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
    struct claim u = upload_beside_download(&m);
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

/* A session's address is a secret like a token: sealed in the table, opened for who may upload. */
static void test_session_addresses_are_sealed(void **state)
{
    (void)state;
    struct made m;
    struct claim u = upload_beside_download(&m);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_upload_journal),
        STORE_TEST(test_parts),
        STORE_TEST(test_who_has_lost_the_phase_writes_nothing),
        STORE_TEST(test_a_session_that_was_given_up),
        STORE_TEST(test_which_uploads_a_key_has),
        STORE_TEST(test_rows_of_many_files),
        STORE_TEST(test_orphans_of_failed_jobs_are_kept_for_a_while),
        STORE_TEST(test_session_addresses_are_sealed),
        STORE_TEST(test_a_cleanup_is_told_with_its_last_session),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
