/* net/db: values, errors, transactions and lost connections, against a real PostgreSQL. */
#include "net/db.h"

#include "servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static struct server *server;
static struct db *db, *other;
static struct arena *a;
static struct err e;

static int setup(void **state)
{
    (void)state;
    arena_reset(a);
    err_clear(&e);
    db_rollback(db);
    return db_script(db,
                     "drop schema if exists torrentclou cascade; create schema torrentclou; "
                     "create table t (id int primary key, v text unique, n bigint check (n < 100)); "
                     "create table child (id int references t)",
                     &e);
}

static struct db_rows *query(const char *sql)
{
    struct db_rows *r = db_query0(db, a, &e, sql);
    if (!r)
        fail_msg("%s: %s", sql, e.msg);
    return r;
}

static int64_t count(const char *where)
{
    return db_int(query(arena_printf(a, "select count(*) from t where %s", where)), 0, 0);
}

/* Kill the backend of db, as a restart of PostgreSQL does; waits until it is gone. */
static void kill_backend(void)
{
    int64_t pid = db_int(query("select pg_backend_pid()"), 0, 0);
    assert_non_null(db_query(other, a, &e, "select pg_terminate_backend($1, 10000)", p_int(pid)));
}

static void test_parameters_and_null(void **state)
{
    (void)state;
    unsigned char bytes[256];
    size_t n;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    struct db_rows *r =
        db_query(db, a, &e,
                 "select $1::bigint, $2::text, $3::boolean, $4::bytea, $5::double precision, $6::text, "
                 "$7::int, $8::bytea, $9::text, true",
                 p_int(INT64_MIN), p_text("it's \"\xc3\xa4\" \\ $1; drop"), p_bool(false), p_bytes(bytes, sizeof bytes),
                 p_double(0.1), p_text(NULL), p_null, p_bytes("", 0), p_text(""));
    assert_non_null(r);
    assert_int_equal(db_count(r), 1);
    assert_true(db_int(r, 0, 0) == INT64_MIN);
    assert_string_equal(db_text(r, 0, 1), "it's \"\xc3\xa4\" \\ $1; drop");
    assert_false(db_bool(r, 0, 2));
    assert_memory_equal(db_bytes(r, a, 0, 3, &n), bytes, sizeof bytes);
    assert_int_equal(n, sizeof bytes);
    assert_true(db_double(r, 0, 4) == 0.1);
    for (int c = 5; c <= 6; c++) {
        assert_true(db_null(r, 0, c));
        assert_null(db_text(r, 0, c));
        assert_true(db_int(r, 0, c) == 0 && !db_bool(r, 0, c) && db_double(r, 0, c) == 0);
        assert_null(db_bytes(r, a, 0, c, &n));
    }
    assert_non_null(db_bytes(r, a, 0, 7, &n)); /* empty is not NULL */
    assert_int_equal(n, 0);
    assert_false(db_null(r, 0, 8));
    assert_string_equal(db_text(r, 0, 8), "");
    assert_true(db_bool(r, 0, 9));
    assert_int_equal(db_count(query("select 1 where false")), 0);
    r = query("insert into t select i, i, i from generate_series(1, 7) i");
    assert_int_equal(db_affected(r), 7);
    assert_int_equal(db_affected(query("update t set n = 1 where id > 99")), 0);
}

/* db_read(): the same values by the other format, to the last bit. */
static void test_binary_answers(void **state)
{
    (void)state;
    static const char sql[] = "select $1::bigint, (-7)::int, 2147483647, true, false, $2::text, ''::text, '{\"a\": "
                              "[1]}'::jsonb, null::bigint, "
                              "null::text, null::timestamptz, timestamptz '1969-12-31 23:59:59.999999Z', timestamptz "
                              "'2026-11-25 01:02:03.000004Z'";
    struct db_rows *r =
        db_read(db, a, sql, (const struct db_param[]){p_int(INT64_MIN), p_text("it's \xc3\xa4")}, 2, &e);
    assert_non_null(r);
    assert_int_equal(db_count(r), 1);
    assert_true(db_int(r, 0, 0) == INT64_MIN && db_int(r, 0, 1) == -7 && db_int(r, 0, 2) == INT32_MAX);
    assert_true(db_bool(r, 0, 3) && !db_bool(r, 0, 4) && !db_null(r, 0, 4));
    assert_string_equal(db_text(r, 0, 5), "it's \xc3\xa4");
    assert_string_equal(db_text(r, 0, 6), "");
    assert_string_equal(db_text(r, 0, 7), "{\"a\": [1]}");
    for (int c = 8; c <= 10; c++)
        assert_true(db_null(r, 0, c) && db_int(r, 0, c) == 0);
    assert_int_equal(db_int(r, 0, 11), -1);
    assert_int_equal(db_int(r, 0, 12), 1795568523000004);
}

static void test_session(void **state)
{
    (void)state;
    assert_string_equal(db_text(query("show timezone"), 0, 0), "UTC");
    assert_string_equal(db_text(query("show statement_timeout"), 0, 0), "30s");
    assert_string_equal(db_text(query("show search_path"), 0, 0), "torrentclou");
    assert_string_equal(db_text(query("show application_name"), 0, 0), "unit");
    assert_int_equal(db_int(query("select " US("timestamptz '2026-02-18 18:37:25.123456Z'")), 0, 0), 1771439845123456);
    assert_true(db_check_url("postgresql://u:p@h:5432/d?sslmode=require"));
    assert_true(db_check_url("host=/tmp dbname='a b'"));
    assert_false(db_check_url("postgres//h"));
    assert_false(db_check_url("host=h nosuchoption=1"));
}

static void fails(const char *sql, enum err_class class, const char *code)
{
    err_clear(&e);
    assert_null(db_query0(db, a, &e, sql));
    if (e.class != class || strcmp(e.code, code) != 0)
        fail_msg("%s: %d %s %s", sql, (int)e.class, e.code, e.msg);
}

static void test_sqlstates(void **state)
{
    (void)state;
    query("insert into t values (1, 'a', 1)");
    fails("insert into t values (2, 'a', 1)", ERR_CONFLICT, "UniqueViolation");
    assert_string_equal(db_constraint(db), "t_v_key");
    fails("insert into child values (5)", ERR_CONFLICT, "ForeignKeyViolation");
    fails("insert into t values (3, 'c', 100)", ERR_BUG, "DatabaseError");
    assert_string_equal(db_constraint(db), "t_n_check");
    fails("select nonsense", ERR_BUG, "DatabaseError");
    assert_string_equal(db_constraint(db), "");
    fails("do $$ begin raise exception 'x' using errcode = 'TC001'; end $$", ERR_LOST, "Lost");
    fails("do $$ begin raise exception 'x' using errcode = 'TC002'; end $$", ERR_BUG, "BadTransition");
    fails("do $$ begin raise exception 'x' using errcode = '40001'; end $$", ERR_UNAVAILABLE, "TransactionAborted");
    fails("do $$ begin raise exception 'x' using errcode = '53100'; end $$", ERR_UNAVAILABLE, "DatabaseUnavailable");
    query("set statement_timeout = 50");
    fails("select pg_sleep(5)", ERR_UNAVAILABLE, "DatabaseUnavailable");
    query("set statement_timeout = 30000");
    assert_null(db_query(db, a, &e, "select $1::text", p_text("\xff"))); /* what is no UTF-8 does not get in */
    assert_int_equal(e.class, ERR_BUG);
}

static void test_transactions(void **state)
{
    (void)state;
    assert_int_equal(db_begin(db, &e), 0);
    query("insert into t values (1, 'a', 1)");
    db_rollback(db);
    db_rollback(db); /* never fails */
    assert_int_equal(count("true"), 0);
    assert_int_equal(db_begin(db, &e), 0);
    query("insert into t values (1, 'a', 1)");
    assert_int_equal(db_commit(db, &e), 0);
    assert_int_equal(count("true"), 1);
}

/* A COMMIT after a failed statement rolls back without an error of the server's: it must not look like success. */
static void test_commit_of_a_failed_transaction(void **state)
{
    (void)state;
    assert_int_equal(db_begin(db, &e), 0);
    query("insert into t values (2, 'b', 1)");
    assert_null(db_query0(db, a, &e, "insert into t values (2, 'b', 1)"));
    assert_int_equal(db_commit(db, &e), -1);
    db_rollback(db);
    assert_int_equal(count("true"), 0);
}

static void test_statements_outlive_a_restart(void **state)
{
    (void)state;
    int64_t before = db_connected_at(db);
    clock_sleep_ms(5);
    kill_backend();
    assert_int_equal(count("true"), 0);
    assert_true(db_connected_at(db) > before);
    kill_backend();
    assert_int_equal(db_begin(db, &e), 0);
    query("insert into t values (1, 'a', 1)");
    assert_int_equal(db_commit(db, &e), 0);
    kill_backend();
    query("update t set n = n + 1"); /* a write, too: the connection was known to be dead before */
    assert_int_equal(count("n = 2"), 1);
}

static void test_a_lost_transaction_stays_lost(void **state)
{
    (void)state;
    assert_int_equal(db_begin(db, &e), 0);
    query("insert into t values (1, 'a', 1)");
    kill_backend();
    fails("insert into t values (2, 'b', 1)", ERR_UNAVAILABLE, "DatabaseUnavailable");
    fails("insert into t values (3, 'c', 1)", ERR_UNAVAILABLE, "DatabaseUnavailable"); /* not outside of it */
    fails("select 1", ERR_UNAVAILABLE, "DatabaseUnavailable");
    assert_int_equal(db_commit(db, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_int_equal(count("true"), 0);
}

static void test_a_lost_commit_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(db_begin(db, &e), 0);
    query("insert into t values (1, 'a', 1)");
    kill_backend();
    assert_int_equal(db_commit(db, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_string_equal(e.code, "CommitUnknown");
    assert_int_equal(count("true"), 0);
}

static void test_a_server_that_is_away(void **state)
{
    (void)state;
    server_crash(server);
    assert_int_equal(db_ping(db, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_null(strchr(e.msg, '\n'));
    assert_int_equal(db_connected_at(db), 0);
    assert_int_equal(db_begin(db, &e), -1);
    db_rollback(db);
    server_start(server);
    assert_int_equal(db_ping(db, &e), 0);
}

static int start(void **state)
{
    (void)state;
    server = server_postgres();
    db = db_new(server_url(server), "unit");
    other = db_new(server_url(server), "other");
    a = arena_new(0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    db_free(db);
    db_free(other);
    db_free(NULL);
    arena_free(a);
    server_stop(server);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parameters_and_null),
        TEST(test_binary_answers),
        TEST(test_session),
        TEST(test_sqlstates),
        TEST(test_transactions),
        TEST(test_commit_of_a_failed_transaction),
        TEST(test_statements_outlive_a_restart),
        TEST(test_a_lost_transaction_stays_lost),
        TEST(test_a_lost_commit_is_unknown),
        TEST(test_a_server_that_is_away),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
