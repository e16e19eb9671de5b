/* store/migrate_store, the transition table in the database and the secrets' canary, against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/seal.h"
#include "store/migrate_store.h"
#include "store/secret_store.h"
#include "stores.h"

static const char *folder(void)
{
    const char *dir = getenv("MIGRATIONS_DIR");
    return dir ? dir : "migrations";
}

/* A database of each test's own in the same server. */
static struct db *fresh(const char *name)
{
    sql("create database %s", name);
    return db_new(arena_printf(arena, "%s dbname=%s", server_url(pg), name), "test");
}

/* Lock, run, unlock; -1 with err. */
static int run(struct db *d, const char *dir, bool apply, struct migrate_result *out)
{
    if (migrate_lock(d, arena, &err))
        return -1;
    int r = migrate_run(d, arena, dir, apply, out, &err);
    migrate_unlock(d, arena);
    return r;
}

static int applied(struct db *d)
{
    int version = -1;
    OK(migrate_applied(d, arena, &version, &err));
    return version;
}

/* A copy of the real folder, in the server's folder. */
static const char *copied(const char *name)
{
    const char *to = arena_printf(arena, "%s/%s", server_path(pg), name);
    const char *command = arena_printf(arena, "cp -r '%s' '%s'", folder(), to);
    assert_int_equal(system(command), 0);
    return to;
}

static void write_file(const char *dir, const char *name, const char *text)
{
    FILE *f = fopen(arena_printf(arena, "%s/%s", dir, name), "a");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void test_fresh_and_again(void **state)
{
    (void)state;
    struct migrate_result r;
    struct db *d = fresh("fresh");
    assert_int_equal(applied(d), 0);
    FAILS(ERR_UNAVAILABLE, migrate_wait(d, 0, &err));
    assert_string_equal(err.code, "SchemaOlder");
    OK(run(d, folder(), false, &r)); /* without the right to apply */
    assert_true(r.applied == 0 && r.pending == MIGRATE_VERSION);
    assert_int_equal(applied(d), 0);
    OK(run(d, folder(), true, &r));
    assert_true(r.applied == MIGRATE_VERSION && r.pending == 0);
    assert_int_equal(applied(d), MIGRATE_VERSION);
    OK(migrate_wait(d, 0, &err));
    OK(run(d, folder(), true, &r));
    assert_true(r.applied == 0 && r.pending == 0);
    db_free(d);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    struct migrate_result r;
    const char *dir;
    struct db *d = fresh("refused");
    OK(run(d, folder(), true, &r));

    dir = copied("changed");
    write_file(dir, "0001_core.sql", "\n-- one comment more\n");
    FAILS(ERR_CONFIG, run(d, dir, true, &r));
    assert_string_equal(err.code, "MigrationChanged");

    dir = copied("gap");
    write_file(dir, arena_printf(arena, "%04d_later.sql", MIGRATE_VERSION + 2), "select 1;");
    FAILS(ERR_CONFIG, run(d, dir, true, &r));
    dir = copied("more"); /* more than this program knows */
    write_file(dir, arena_printf(arena, "%04d_next.sql", MIGRATE_VERSION + 1), "select 1;");
    FAILS(ERR_CONFIG, run(d, dir, true, &r));
    dir = copied("unnumbered");
    write_file(dir, "zz.sql", "select 1;");
    FAILS(ERR_CONFIG, run(d, dir, true, &r));
    FAILS(ERR_CONFIG, run(d, "/nonexistent", true, &r));

    OK(db_script(d, "insert into schema_migrations values (999, '0999_future.sql', 'x')", &err));
    FAILS(ERR_CONFIG, run(d, folder(), true, &r));
    assert_string_equal(err.code, "SchemaNewer");
    FAILS(ERR_CONFIG, migrate_wait(d, -1, &err)); /* a daemon does not wait for that */
    assert_string_equal(err.code, "SchemaNewer");
    db_free(d);
}

static void test_a_broken_file_leaves_nothing(void **state)
{
    (void)state;
    struct migrate_result r;
    struct db *d = fresh("broken");
    const char *dir = copied("half");
    write_file(dir, "0001_core.sql", "\ncreate table half (id int);\nselect 1/0;\n");
    FAILS(ERR_BUG, run(d, dir, true, &r));
    assert_non_null(strstr(err.msg, "0001_core.sql: division by zero"));
    assert_int_equal(applied(d), 0);
    OK(run(d, folder(), true, &r)); /* and the next try is a clean one */
    db_free(d);
}

static void test_two_runners_take_turns(void **state)
{
    (void)state;
    struct db *d = fresh("two");
    pid_t pids[2];
    const char *url = arena_printf(arena, "%s dbname=two", server_url(pg));
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct migrate_result r;
            struct db *own = db_new(url, "runner");
            _exit(run(own, folder(), true, &r) ? 99 : r.applied);
        }
    }
    int sum = 0, status;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        sum += WEXITSTATUS(status);
    }
    assert_int_equal(sum, MIGRATE_VERSION); /* one of them did it all, the other nothing, and neither failed */
    db_free(d);
}

static void test_wait_ends_when_the_schema_comes(void **state)
{
    (void)state;
    struct migrate_result r;
    int status;
    struct db *d = fresh("waited");
    const char *url = arena_printf(arena, "%s dbname=waited", server_url(pg));
    pid_t pid = fork();
    if (pid == 0)
        _exit(migrate_wait(db_new(url, "daemon"), 60000, NULL) != 0);
    clock_sleep_ms(300);
    OK(run(d, folder(), true, &r));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    db_free(d);
}

static void test_transitions_are_the_c_table(void **state)
{
    (void)state;
    size_t n;
    const struct job_transition *t = job_transitions(&n);
    OK(job_transitions_sync(db, arena, &err)); /* twice is the same */
    assert_int_equal(sql_int("select count(*) from job_transitions"), n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(sql_int("select count(*) from job_transitions where from_status is not distinct from "
                                 "nullif('%s', '') and to_status = '%s' and source = '%s'",
                                 t[i].from == JOB_STATUS_NONE ? "" : job_status_info(t[i].from)->name,
                                 job_status_info(t[i].to)->name, job_source_name(t[i].source)),
                         1);
}

/* Every pair of statuses by every source: the trigger answers as job_may() does. */
static void test_the_trigger_refuses_the_rest(void **state)
{
    (void)state;
    struct made m = make_job(1);
    for (int from = 0; from < JOB_STATUS__MAX; from++)
        for (int to = 0; to < JOB_STATUS__MAX; to++)
            for (int s = 0; s < SOURCE__MAX; s++) {
                sql("alter table jobs disable trigger all");
                sql("update jobs set status = '%s'", job_status_info((enum job_status)from)->name);
                sql("alter table jobs enable trigger all");
                OK(db_begin(db, &err));
                int r = job_transition(db, arena, m.job, (enum job_status)to, (enum job_source)s, NULL, NULL, &err);
                if (r)
                    assert_string_equal(err.code, "BadTransition");
                db_rollback(db);
                if ((r == 0) != job_may((enum job_status)from, (enum job_status)to, (enum job_source)s))
                    fail_msg("%d to %d by %d: the trigger answers %d", from, to, s, r);
            }
}

static void test_nobody_changes_a_status_silently(void **state)
{
    (void)state;
    struct made m = make_job(1);
    static const char update[] = "update jobs set status = 'DOWNLOADING'";
    static const char insert[] = "insert into jobs (user_id, torrent_id, storage_profile_id, status, total_bytes) "
                                 "select user_id, torrent_id, storage_profile_id, 'COMPLETED', 0 from jobs";
    FAILS(ERR_BUG, db_query0(db, arena, &err, update) ? 0 : -1);
    assert_string_equal(err.code, "BadTransition");
    FAILS(ERR_BUG, db_query0(db, arena, &err, insert) ? 0 : -1);
    assert_string_equal(err.code, "BadTransition");
    /* The word of one change does not allow a second one. */
    OK(db_begin(db, &err));
    OK(job_transition(db, arena, m.job, JOB_DOWNLOADING, SOURCE_WORKER, NULL, NULL, &err));
    FAILS(ERR_BUG, db_query0(db, arena, &err, "update jobs set status = 'PENDING_UPLOAD'") ? 0 : -1);
    db_rollback(db);
    assert_string_equal(timeline(m.job), "QUEUED/System");
}

static void test_secrets(void **state)
{
    (void)state;
    static const char other[] = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    bool active;
    int n;
    struct profile_s3 s3;
    struct made m = make_job(1);
    sql("delete from settings");
    OK(secret_check(db, arena, &err)); /* makes the canary */
    OK(secret_check(db, arena, &err));
    OK(seal_init(other, "", &err));
    FAILS(ERR_CONFIG, secret_check(db, arena, &err));
    assert_string_equal(err.code, "WrongCredentialsKey");
    OK(seal_init(other, TEST_KEY, &err)); /* rotation: the old key still opens */
    OK(secret_check(db, arena, &err));
    OK(profile_s3_secret(db, arena, m.profile, &s3, &active, &err));
    OK(secret_reseal(db, arena, &n, &err));
    assert_int_equal(n, 1);
    OK(seal_init(other, "", &err)); /* and is not needed any more */
    OK(secret_check(db, arena, &err));
    OK(profile_s3_secret(db, arena, m.profile, &s3, &active, &err));
    assert_string_equal(s3.secret_key, "secret");
    OK(seal_init(TEST_KEY, "", &err));
    sql("delete from settings");

    /* The list in secret_store.c names every sealed column: a new one must be added there and here. */
    assert_string_equal(sql_text("select string_agg(table_name || '.' || column_name, ' ' order by table_name) from "
                                 "information_schema.columns where table_schema = 'torrentclou' and column_name like "
                                 "'%%sealed'"),
                        "oauth_credentials.client_secret_sealed oauth_states.verifier_sealed "
                        "storage_profiles.secret_sealed upload_sessions.uri_sealed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_fresh_and_again),
        STORE_TEST(test_what_is_refused),
        STORE_TEST(test_a_broken_file_leaves_nothing),
        STORE_TEST(test_two_runners_take_turns),
        STORE_TEST(test_wait_ends_when_the_schema_comes),
        STORE_TEST(test_transitions_are_the_c_table),
        STORE_TEST(test_the_trigger_refuses_the_rest),
        STORE_TEST(test_nobody_changes_a_status_silently),
        STORE_TEST(test_secrets),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
