/* store/import_store: a database of the replaced product, made from its description, against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "store/drive_store.h"
#include "store/import_store.h"
#include "store/oauth_store.h"
#include "store/upload_store.h"
#include "store/user_store.h"
#include "stores.h"

static struct db *old;
static struct buf notes;
static struct import_count counts[IMPORT__MAX];

static struct torrent_file files[] = {{0, 0, "a.bin", 100}, {1, 2, "Sub/B.bin", 200}};
static int die_at = -1; /* the torrent at which the process dies */

/* The files of all torrents but B and F are known. */
static int known(void *ctx, struct arena *a, const char *hash, struct import_torrent **out, const char **why,
                 struct err *e)
{
    (void)ctx, (void)e;
    if (die_at >= 0 && die_at-- == 0)
        _exit(9);
    *why = "not there";
    if (strchr("BF", hash[0]))
        return 0;
    *out = ARENA_NEW(a, struct import_torrent);
    **out = (struct import_torrent){
        .record = {.name = arena_printf(a, "Torrent %c", hash[0]),
                   .total_size = 300,
                   .piece_length = 16384,
                   .piece_count = 1,
                   .is_multi_file = true,
                   .trackers_json = "[\"udp://t\"]"},
        .metainfo = "d4:infoe",
        .len = 8,
        .files = files,
        .file_count = 2,
    };
    return 0;
}

static void note(void *ctx, const struct import_note *n)
{
    (void)ctx;
    buf_addf(&notes, "%s%s.%s %lld: %s\n", n->left_out ? "- " : "", n->table, n->column, (long long)n->row, n->what);
}

static const struct import_hooks hooks = {known, note, NULL};

/* A database of theirs, empty but for the tables. */
static int empty(void **state)
{
    if (stores_clean(state))
        return -1;
    sql("delete from settings where name = 'replaced_product'");
    sql("truncate drive_usage");
    db_free(old);
    old = NULL;
    sql("drop database if exists replaced with (force)");
    sql("create database replaced");
    old = db_new(arena_printf(arena, "%s dbname=replaced", server_url(pg)), "test");
    OK(db_script(old, stores_file("tests/fixtures/replaced/schema.sql"), &err));
    buf_free(&notes);
    notes = BUF_INIT(64 * 1024);
    die_at = -1;
    return 0;
}

static int full(void **state)
{
    int r = empty(state);
    OK(db_script(old, stores_file("tests/fixtures/replaced/rows.sql"), &err));
    return r;
}

static int run(bool dry)
{
    return import_run(db, old, arena, &hooks, dry, counts, &err);
}

#define TEXT(expected, ...) assert_string_equal(sql_text(__VA_ARGS__), expected)
#define NOTED(line)                                                                                                    \
    do {                                                                                                               \
        if (!strstr(buf_str(&notes), line))                                                                            \
            fail_msg("no note \"%s\" in\n%s", line, buf_str(&notes));                                                  \
    } while (0)

static void users_are_matched_by_address(void **state)
{
    (void)state;
    OK(run(false));
    TEXT("1 me@example.com Me !|3 user-3@replaced.invalid User !|7 user-7@replaced.invalid nnn !",
         "select string_agg(id || ' ' || email || ' ' || left(full_name, case when full_name ~ 'nnn' then 3 else 99 "
         "end) "
         "|| ' ' || password_hash, '|' order by id) from users");
    assert_int_equal(sql_int("select count(*) from users where is_admin or seed_hash is not null"), 0);
    NOTED("Users.Email 2: differs in case only from that of an earlier user");
    NOTED("Users.Email 3: is no address");
    NOTED("Users.CreatedAt 3: is no time");
    struct user *u;
    const char **locked_out;
    int n;
    OK(import_locked_out(db, arena, "ME@example.com", &locked_out, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(locked_out[0], "user-3@replaced.invalid");
    OK(user_by_email(db, arena, "ME@example.com", &u, &err));
    assert_int_equal(u->id, 1);
    OK(user_set_password(db, arena, 1, "h", "h", &err));
    OK(user_by_id(db, arena, 1, &u, &err));
    assert_true(u->is_admin); /* with the environment's password */
    assert_true(counts[IMPORT_USERS].found == 4 && counts[IMPORT_USERS].taken == 4);
    assert_true(
        sql_int("insert into users (email, full_name, password_hash) values ('new@test', 'n', 'x') returning id") > 7);
}

static void who_is_here_already_stays(void **state)
{
    (void)state;
    sql("insert into users (id, email, full_name, password_hash, is_admin) overriding system value values "
        "(3, 'me@example.com', 'Admin', 'hash', true)");
    OK(run(false));
    TEXT("3 Admin hash true", "select id || ' ' || full_name || ' ' || password_hash || ' ' || is_admin from users "
                              "where email = 'me@example.com'");
    assert_int_equal(sql_int("select count(*) from users"), 3);
    assert_true(sql_int("select id from users where email like 'user-3@%%'") > 7);
    assert_int_equal(sql_int("select count(*) from jobs where user_id = 3"), sql_int("select count(*) from jobs"));
}

static void storage_is_sealed(void **state)
{
    (void)state;
    struct oauth_credential *c;
    struct profile_s3 s3;
    struct drive_profile *d;
    bool active;
    OK(run(false));
    TEXT("1 1, 4 3", "select string_agg(id || ' ' || user_id, ', ' order by id) from oauth_credentials");
    OK(oauth_credential_secret(db, arena, 1, &c, &err));
    assert_string_equal(c->client_secret, "the client secret");
    assert_string_equal(c->redirect_uri, "http://h/api/storage/gdrive/callback");
    OK(profile_s3_secret(db, arena, 1, &s3, &active, &err));
    assert_true(active && s3.path_style);
    TEXT("http://s3.test bucket eu-1", "select '%s %s %s'", s3.endpoint, s3.bucket, s3.region);
    TEXT("the access key/the secret key", "select '%s/%s'", s3.access_key, s3.secret_key);
    OK(profile_s3_secret(db, arena, 4, &s3, &active, &err));
    TEXT("https://minio:9000 b us-east-1 old access old secret", "select '%s %s %s %s %s'", s3.endpoint, s3.bucket,
         s3.region, s3.access_key, s3.secret_key);
    OK(drive_read(db, arena, 2, &d, &err));
    assert_string_equal(d->tokens.refresh, "the refresh token");
    assert_true(!d->tokens.access && d->tokens.expires_s == 0 && !d->needs_reauth && d->credential_id == 1);
    assert_string_equal(d->email, "Ada@example.com");
    OK(profile_s3_secret(db, arena, 5, &s3, &active, &err)); /* opens, whatever it is worth */
    assert_false(active);
    assert_int_equal(
        sql_int("select count(*) from storage_profiles p, oauth_credentials c where (p::text || c::text) ~ "
                "'the client secret|the refresh token|the secret key|the access key|old secret'"),
        0);
    /* default, active, needs a login */
    TEXT("1 DA, 2 A, 3 , 4 A, 5 , 6 AR, 8 , 9 , 10 AR, 11 AR, 12 AR",
         "select string_agg(id || ' ' || case when is_default then 'D' else '' end || case when is_active then 'A' "
         "else '' "
         "end || case when needs_reauth then 'R' else '' end, ', ' order by id) from storage_profiles");
    TEXT("Profile 8", "select profile_name from storage_profiles where id = 8");
    assert_int_equal(sql_int("select length(profile_name) from storage_profiles where id = 9"), 255);
    NOTED("- UserOAuthCredentials.ClientId 2: is that of an earlier row");
    NOTED("- UserOAuthCredentials.ClientId 3: is empty");
    NOTED("- UserOAuthCredentials.UserId 9: names a user");
    NOTED("UserStorageProfiles.Email 3: is the account of another profile");
    NOTED("UserStorageProfiles.CredentialsJson 5: lacks an endpoint");
    NOTED("UserStorageProfiles.CredentialsJson 6: has no refresh token");
    NOTED("- UserStorageProfiles.ProviderType 7: is neither");
    NOTED("UserStorageProfiles.IsDefault 8: was set on a profile that is not active");
    NOTED("UserStorageProfiles.CredentialsJson 9: lacks an endpoint");
    NOTED("UserStorageProfiles.OAuthCredentialId 10: names no credential of its user");
    NOTED("UserStorageProfiles.OAuthCredentialId 11: is empty");
    NOTED("UserStorageProfiles.IsDefault 4: was set on more than one");
}

static void torrents_are_read_again(void **state)
{
    (void)state;
    int64_t id = 0;
    OK(run(false));
    TEXT("1 Torrent A 2 8, 2 .._.._etc_passwd 0 -, 5 Torrent C 2 8, 6 Torrent D 2 8, 7 Torrent E 2 8, 8 of somebody "
         "else 0 -",
         "select string_agg(t.id || ' ' || t.name || ' ' || (select count(*) from torrent_files f where f.torrent_id = "
         "t.id) || ' ' || coalesce(length(t.metainfo)::text, '-'), ', ' order by t.id) from torrents t");
    NOTED("- RequestedFiles.InfoHash 3: is that of an earlier row");
    NOTED("- RequestedFiles.InfoHash 4: is no infohash");
    NOTED("RequestedFiles.FileName 2: could not be a file's name");
    NOTED("RequestedFiles.DirectUrl 2: not there; its jobs cannot be repeated");
    /* The torrent is added again: the row that knew nothing is completed. */
    const struct torrent_record again = {.user_id = 1,
                                         .name = "Its real name",
                                         .info_hash_v1 = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB",
                                         .total_size = 300,
                                         .is_multi_file = true,
                                         .trackers_json = "[]"},
                                other = {.user_id = 1,
                                         .name = "Other",
                                         .info_hash_v1 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                         .trackers_json = "[]"};
    OK(torrent_save(db, arena, &again, "d4:infoe", 8, files, 2, &id, &err));
    assert_int_equal(id, 2);
    TEXT("Its real name 300 true 8 2", "select name || ' ' || total_size || ' ' || is_multi_file || ' ' || "
                                       "length(metainfo) || ' ' || (select count(*) from torrent_files f where "
                                       "f.torrent_id = 2) from torrents where id = 2");
    OK(torrent_save(db, arena, &other, "x", 1, files, 2, &id, &err));
    assert_int_equal(id, 1);
    TEXT("Torrent A 300 8", "select name || ' ' || total_size || ' ' || length(metainfo) from torrents where id = 1");
}

static void jobs_end_or_begin_again(void **state)
{
    (void)state;
    OK(run(false));
    TEXT("1 COMPLETED, 2 FAILED, 3 QUEUED, 4 FAILED, 5 QUEUED, 6 FAILED, 7 FAILED, 8 CANCELLED, 9 TORRENT_FAILED, "
         "10 UPLOAD_FAILED, 11 GOOGLE_DRIVE_FAILED, 12 COMPLETED, 13 FAILED, 16 FAILED, 17 QUEUED, 20 TORRENT_FAILED",
         "select string_agg(id || ' ' || status, ', ' order by id) from jobs");
    NOTED("UserJobs.Status 2: is active, as that of a later job");
    NOTED("UserJobs.SelectedFilePaths 4: selects no file");
    NOTED("UserJobs.SelectedFilePaths 5: holds what is no path");
    NOTED("UserJobs.RequestFileId 6: names a torrent whose file is gone");
    NOTED("UserJobs.CompletedAt 12: is no time");
    NOTED("UserJobs.Status 13: is not known; it is FAILED");
    NOTED("- UserJobs.StorageProfileId 14: names a profile");
    NOTED("- UserJobs.RequestFileId 15: names a torrent");
    NOTED("UserJobs.Type 16: is not Torrent");
    NOTED("UserJobs.TotalBytes 16: is no number of bytes");
    NOTED("- UserJobs.UserId 18: names a user");
    NOTED("- UserJobs.StorageProfileId 19: names a profile");
    assert_true(counts[IMPORT_JOBS].found == 20 && counts[IMPORT_JOBS].taken == 16);
    /* Each status is what its phases say, but for FAILED, which no phase says. */
    struct db_rows *r =
        db_query0(db, arena, &err,
                  "select j.status, d.state, u.state from jobs j join job_phases d on d.job_id = j.id and "
                  "d.phase = 'download' join job_phases u on u.job_id = j.id and u.phase = 'upload'");
    assert_int_equal(db_count(r), 16);
    for (int i = 0; i < db_count(r); i++) {
        enum phase_state down = PHASE_IDLE, up = PHASE_IDLE;
        assert_true(phase_state_parse(db_text(r, i, 1), &down) && phase_state_parse(db_text(r, i, 2), &up));
        const char *derived = job_status_info(job_derive(down, up))->name, *status = db_text(r, i, 0);
        if (!strcmp(status, "FAILED"))
            status = "TORRENT_FAILED";
        if (!strcmp(status, "GOOGLE_DRIVE_FAILED"))
            status = "UPLOAD_FAILED";
        assert_string_equal(status, derived);
    }
    TEXT("3 0, 3 1, 5 1, 17 0, 17 1",
         "select string_agg(job_id || ' ' || file_index, ', ' order by job_id, file_index) "
         "from job_files f where exists (select from jobs j where j.id = f.job_id and "
         "j.status = 'QUEUED')");
    TEXT("0 2", "select (select count(*) from job_files where job_id in (1, 12)) || ' ' || "
                "(select engine_index from job_files where job_id = 5)");
    TEXT("100 100 100 - [\"A.BIN\"]",
         "select bytes_downloaded || ' ' || bytes_uploaded || ' ' || total_bytes || ' ' || "
         "coalesce(error_message, '-') || ' ' || selected_paths from jobs where id = 1");
    TEXT("300 0 0 -", "select total_bytes || ' ' || bytes_downloaded || ' ' || bytes_uploaded || ' ' || "
                      "coalesce(current_state, '-') from jobs where id = 3");
    TEXT("4000 255 0",
         "select length(error_message) || ' ' || length(current_state) || ' ' || total_bytes from jobs where "
         "id = 16");
    assert_int_equal(sql_int("select count(*) from jobs where completed_at is null <> (status = 'QUEUED')"), 0);
    assert_int_equal(sql_int("select count(*) from jobs where created_at not between '2026-01-01' and now()"), 0);
    assert_int_equal(sql_int("select job_count from users where id = 1"), 16);
    assert_int_equal(sql_int("select torrent_id from jobs where id = 3"), 1);
    TEXT("3 S3 torrents/3/One/a.bin upload-1 aborting, 8 S3 torrents/8/b.bin upload-4 aborting",
         "select string_agg(job_id || ' ' || provider || ' ' || remote_key || ' ' || upload_id || ' ' || state, ', ' "
         "order "
         "by id) from upload_sessions");
    NOTED("- S3SyncProgresses.UploadId 4: is an unfinished upload whose profile has no keys");
}

static void imported_jobs_are_jobs(void **state)
{
    (void)state;
    struct job *list;
    struct due *due;
    int n;
    int64_t total;
    enum job_status was, to;
    OK(run(false));
    OK(job_page(db, arena, 1, NULL, 1, 100, &list, &n, &total, &err));
    assert_true(n == 16 && total == 16);
    /* The queues hear of the three that go on, and a new one gets a number of its own. */
    OK(phase_due(db, arena, PHASE_DOWNLOAD, 1000, &due, &n, &err));
    assert_int_equal(n, 3);
    OK(phase_due(db, arena, PHASE_UPLOAD, 1000, &due, &n, &err));
    assert_int_equal(n, 0);
    assert_int_equal(claim(3, PHASE_DOWNLOAD, "w").lease.epoch, 1);
    assert_string_equal(status_name(3), "DOWNLOADING");
    FAILS(ERR_CONFLICT, job_retry(db, arena, 1, 10, &was, &to, &err)); /* of the same torrent */
    OK(job_cancel(db, arena, 1, 3, &was, &err));
    OK(job_retry(db, arena, 1, 10, &was, &to, &err));
    assert_true(was == JOB_UPLOAD_FAILED && to == JOB_QUEUED);
    assert_int_equal(sql_int("select count(*) from job_files where job_id = 10 and state = 'pending'"), 2);
    assert_int_equal(claim(10, PHASE_DOWNLOAD, "w").total_bytes, 300);
    assert_true(make_job_for(1, 1, 5) > 20); /* torrent 5, whose only job has failed */
}

static void the_timeline_goes_on(void **state)
{
    (void)state;
    OK(run(false));
    assert_string_equal(timeline(1), "QUEUED/System DOWNLOADING/Worker PENDING_UPLOAD/Worker UPLOADING/Worker "
                                     "COMPLETED/Worker");
    TEXT("{\"totalBytes\": 100, \"torrentName\": \"One\"}",
         "select metadata::text from job_status_history where job_id = 1 and to_status = 'DOWNLOADING'");
    assert_string_equal(timeline(3), "QUEUED/System UPLOADING/Worker QUEUED/Recovery");
    TEXT("- - 4000", "select coalesce(from_status, '-') || ' ' || coalesce(metadata::text, '-') || ' ' || "
                     "length(error_message) from job_status_history where job_id = 3 and to_status = 'UPLOADING'");
    TEXT("UPLOADING {\"takenOver\": true}", "select from_status || ' ' || metadata::text from job_status_history where "
                                            "job_id = 3 and source = 'Recovery'");
    assert_string_equal(timeline(6), "FAILED/Recovery");
    assert_int_equal(sql_int("select count(*) from job_status_history where job_id = 7"), 450);
    NOTED("JobStatusHistories.Source 6: is not known; it is System");
    NOTED("JobStatusHistories.MetadataJson 6: is no JSON object");
    NOTED("JobStatusHistories.FromStatus 7: is not known");
    NOTED("JobStatusHistories.ChangedAt 7: is no time");
    NOTED("- JobStatusHistories.ToStatus 8: is not known");
    assert_true(counts[IMPORT_HISTORY].found == 459 && counts[IMPORT_HISTORY].taken == 457);
    /* The guard of jobs.status is on its post again. */
    FAILS(ERR_BUG, db_query0(db, arena, &err, "update jobs set status = 'COMPLETED' where id = 3") ? 0 : -1);
    FAILS(ERR_BUG,
          db_query0(db, arena, &err,
                    "insert into jobs (user_id, torrent_id, storage_profile_id, status, total_bytes) values (1, "
                    "1, 1, 'COMPLETED', 0)")
              ? 0
              : -1);
}

static void their_tables_stay(void **state)
{
    (void)state;
    static const char sum[] = "select md5(string_agg(q.x, '' order by q.x)) from (select md5(t::text) x from "
                              "dev.\"UserJobs\" t union all select "
                              "md5(t::text) from dev.\"UserStorageProfiles\" t union all select md5(t::text) from "
                              "dev.\"JobStatusHistories\" t "
                              "union all select md5(t::text) from dev.\"Users\" t) q";
    const char *before = db_text(db_query0(old, arena, &err, sum), 0, 0);
    OK(run(false));
    assert_string_equal(db_text(db_query0(old, arena, &err, sum), 0, 0), before);
}

static int64_t rows_of_ours(void)
{
    return sql_int(
        "select (select count(*) from users) + (select count(*) from oauth_credentials) + (select count(*) from "
        "storage_profiles) + (select count(*) from torrents) + (select count(*) from jobs) + (select count(*) "
        "from job_status_history) + (select count(*) from settings where name = 'replaced_product')");
}

static void a_dry_run_leaves_nothing(void **state)
{
    (void)state;
    int64_t next =
        sql_int("insert into users (email, full_name, password_hash) values ('x@test', 'n', 'x') returning id");
    OK(run(true));
    assert_true(counts[IMPORT_JOBS].taken == 16 && notes.len > 0);
    assert_int_equal(rows_of_ours(), 1);
    assert_true(
        sql_int("insert into users (email, full_name, password_hash) values ('y@test', 'n', 'x') returning id") <
        next + 5);
}

/* The process dies in the middle: what it has written is gone, and the next one takes all of it. */
static void a_death_leaves_nothing(void **state)
{
    (void)state;
    for (int at = 0; at < 6; at += 5) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct err e = ERR_INIT;
            struct arena *a = arena_new(0);
            struct db *to = db_new(server_url(pg), "dying");
            struct db *from = db_new(arena_printf(a, "%s dbname=replaced", server_url(pg)), "dying");
            die_at = at;
            import_run(to, from, a, &hooks, false, counts, &e);
            _exit(1);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
        assert_int_equal(rows_of_ours(), 0);
    }
    OK(run(false));
    assert_int_equal(sql_int("select count(*) from jobs"), 16);
}

static void once_and_into_the_empty(void **state)
{
    (void)state;
    bool done, possible, present;
    int64_t last;
    OK(import_present(old, arena, &present, &err));
    assert_true(present);
    OK(import_present(db, arena, &present, &err));
    assert_false(present);
    OK(import_done(db, arena, &done, &last, &err));
    assert_false(done);
    OK(run(false));
    OK(import_done(db, arena, &done, &last, &err));
    assert_true(done && last == 20);
    OK(import_possible(db, arena, &possible, &err));
    assert_false(possible);
    FAILS(ERR_CONFIG, run(false));
    assert_string_equal(err.code, "ImportNotEmpty");
    assert_int_equal(sql_int("select count(*) from jobs"), 16);
}

static void what_is_not_theirs_is_refused(void **state)
{
    (void)state;
    FAILS(ERR_CONFIG, import_run(db, db, arena, &hooks, false, counts, &err));
    OK(db_script(old, "alter table dev.\"UserJobs\" drop column \"BytesUploaded\"", &err));
    FAILS(ERR_CONFIG, run(false));
    assert_string_equal(err.code, "ImportOlder");
    OK(db_script(old, "drop schema dev cascade", &err));
    FAILS(ERR_CONFIG, run(false));
    assert_string_equal(err.code, "ImportNothing");
    assert_int_equal(rows_of_ours(), 0);
}

static void an_unused_one_is_taken_over(void **state)
{
    (void)state;
    OK(run(false));
    for (int i = 0; i < IMPORT__MAX; i++)
        assert_true(counts[i].found == 0 && counts[i].taken == 0);
    assert_string_equal(buf_str(&notes), "");
    struct made m = make_job(2);
    assert_string_equal(status_name(m.job), "QUEUED");
}

int main(void)
{
#define FULL(f) cmocka_unit_test_setup(f, full)
    const struct CMUnitTest tests[] = {
        FULL(users_are_matched_by_address),
        FULL(who_is_here_already_stays),
        FULL(storage_is_sealed),
        FULL(torrents_are_read_again),
        FULL(jobs_end_or_begin_again),
        FULL(imported_jobs_are_jobs),
        FULL(the_timeline_goes_on),
        FULL(their_tables_stay),
        FULL(a_dry_run_leaves_nothing),
        FULL(a_death_leaves_nothing),
        FULL(once_and_into_the_empty),
        cmocka_unit_test_setup(what_is_not_theirs_is_refused, empty),
        cmocka_unit_test_setup(an_unused_one_is_taken_over, empty),
    };
    int r = cmocka_run_group_tests(tests, stores_start, stores_stop);
    db_free(old);
    buf_free(&notes);
    return r;
}
