/* net/db: what db_require() asks for goes along with the next statement, and nothing happens without it. */
#include "net/db.h"

#include "pg_proxy.h"
#include "servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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
    db_require(db, NULL, NULL, 0);
    int rc = db_script(other,
                       "drop schema if exists torrentclou cascade; create schema torrentclou; "
                       "create table t (id int primary key, n int not null default 0); "
                       "create table door (open boolean not null); insert into door values (true); "
                       "create function enter(who int) returns void language plpgsql as $$ begin "
                       "if not (select open from door) then "
                       "raise exception 'Not you, %.', who using errcode = 'TC003'; end if; "
                       "insert into t values (1000 + who) on conflict do nothing; end $$",
                       &e);
    if (db_ping(db, &e))
        return -1;
    pg_proxy_round_trips();
    pg_proxy_parses();
    return rc;
}

static void require(int64_t who)
{
    const struct db_param params[] = {p_int(who)};
    db_require(db, "select enter($1)", params, 1);
}

static void door(bool open)
{
    assert_non_null(db_query(other, a, &e, "update door set open = $1", p_bool(open)));
}

static int64_t other_int(const char *sql)
{
    struct db_rows *r = db_query0(other, a, &e, sql);
    assert_non_null(r);
    return db_int(r, 0, 0);
}

static void kill_backend(void)
{
    assert_true(other_int("select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity "
                          "where application_name = 'unit'") > 0);
}

static void refused(struct db_rows *r)
{
    assert_null(r);
    assert_int_equal(e.class, ERR_AUTH);
    assert_string_equal(e.code, "Unauthorized");
    assert_string_equal(e.msg, "Not you, 7.");
    err_clear(&e);
}

static void met_in_the_same_round_trip(void **state)
{
    (void)state;
    require(7);
    assert_non_null(db_query(db, a, &e, "insert into t values ($1)", p_int(1)));
    assert_int_equal(pg_proxy_round_trips(), 1);
    assert_int_equal(other_int("select count(*) from t where id in (1, 1007)"), 2);
    assert_int_equal(db_required(db, &e), 0); /* it has been met, and is not asked again */
    assert_non_null(db_query0(db, a, &e, "select 1"));
    assert_int_equal(pg_proxy_round_trips(), 1);
}

static void refused_without_an_effect(void **state)
{
    (void)state;
    door(false);
    require(7);
    refused(db_query(db, a, &e, "insert into t values ($1)", p_int(1)));
    refused(db_query0(db, a, &e, "insert into t values (2)")); /* nor does a caller get through who goes on */
    assert_int_equal(db_begin(db, &e), -1);
    refused(NULL);
    assert_int_equal(db_script(db, "insert into t values (3)", &e), -1);
    refused(NULL);
    assert_int_equal(db_required(db, &e), -1);
    refused(NULL);
    assert_int_equal(pg_proxy_round_trips(), 1);
    assert_int_equal(other_int("select count(*) from t"), 0);
    door(true);
    refused(db_query0(db, a, &e, "select 1")); /* refused is refused, until the next request */
    db_require(db, NULL, NULL, 0);
    assert_non_null(db_query0(db, a, &e, "insert into t values (4)"));
    assert_int_equal(other_int("select count(*) from t"), 1); /* and what is forgotten is not asked */
}

static void a_transaction_begins_with_it(void **state)
{
    (void)state;
    require(7);
    assert_int_equal(db_begin(db, &e), 0);
    assert_int_equal(pg_proxy_round_trips(), 1);
    assert_non_null(db_query0(db, a, &e, "insert into t values (1)"));
    db_rollback(db);
    assert_int_equal(other_int("select count(*) from t"), 0); /* one transaction: what the requirement wrote goes too */
    door(false);
    require(7);
    assert_int_equal(db_begin(db, &e), -1);
    refused(NULL);
    db_require(db, NULL, NULL, 0);
    assert_int_equal(db_begin(db, &e), 0); /* none was left open */
    assert_non_null(db_query0(db, a, &e, "insert into t values (2)"));
    assert_int_equal(db_commit(db, &e), 0);
    assert_int_equal(other_int("select count(*) from t"), 1);
}

static void a_failing_statement_is_its_own_error(void **state)
{
    (void)state;
    require(7);
    assert_null(db_query0(db, a, &e, "insert into t values (1), (1)"));
    assert_int_equal(e.class, ERR_CONFLICT);
    assert_string_equal(db_constraint(db), "t_pkey");
    require(7);
    assert_null(db_query0(db, a, &e, "select nonsense"));
    assert_int_equal(e.class, ERR_BUG);
    assert_non_null(db_query0(db, a, &e, "select 1")); /* the connection is as good as before */
}

static void alone_when_nothing_takes_it_along(void **state)
{
    (void)state;
    require(7);
    assert_int_equal(db_required(db, &e), 0);
    assert_int_equal(db_required(db, &e), 0);
    assert_int_equal(pg_proxy_round_trips(), 1);
    door(false);
    require(7);
    assert_int_equal(db_required(db, &e), -1);
    refused(NULL);
}

static void over_a_connection_that_dies(void **state)
{
    (void)state;
    pg_proxy_cut();
    require(7);
    assert_non_null(db_query0(db, a, &e, "select 1")); /* a read is sent again, and so is what it requires */
    assert_int_equal(other_int("select count(*) from t where id = 1007"), 1);
    pg_proxy_cut();
    require(8);
    assert_int_equal(db_begin(db, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    err_clear(&e);
    assert_int_equal(db_begin(db, &e), 0); /* the requirement is still open */
    assert_int_equal(db_commit(db, &e), 0);
    pg_proxy_cut();
    require(9);
    assert_int_equal(db_required(db, &e), 0);
    assert_int_equal(other_int("select count(*) from t where id in (1008, 1009)"), 2);
    pg_proxy_cut();
    door(false);
    require(7);
    assert_null(db_query0(db, a, &e, "insert into t values (1)")); /* a write is not */
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    err_clear(&e);
    refused(db_query0(db, a, &e, "insert into t values (2)")); /* and the requirement is still open */
    assert_int_equal(other_int("select count(*) from t where id < 1000"), 0);
}

static void open_while_the_server_is_away(void **state)
{
    (void)state;
    require(7);
    server_crash(server);
    assert_int_equal(db_required(db, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_null(db_query0(db, a, &e, "select 1"));
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    server_start(server);
    assert_int_equal(db_required(db, &e), 0);
    assert_int_equal(other_int("select count(*) from t where id = 1007"), 1);
}

/* Prepared at the first use; the plan goes with its connection, and one that no longer fits its table is made anew. */
static void plans_are_kept(void **state)
{
    (void)state;
    struct db *fast = db_new(pg_proxy_url(), "unit");
    db_keep_plans(fast);
    assert_int_equal(db_script(other, "insert into t values (1, 5)", &e), 0);
    db_require(db, NULL, NULL, 0);
    for (int i = 0; i < 3; i++) {
        struct db_rows *r = db_query(fast, a, &e, "select * from t where id = $1", p_int(1));
        assert_non_null(r);
        assert_int_equal(db_int(r, 0, 1), 5);
        assert_int_equal(pg_proxy_parses(), i == 0);
    }
    assert_null(db_query(fast, a, &e, "select nothing from t where id = $1", p_int(1)));
    assert_int_equal(e.class, ERR_BUG);
    assert_null(db_query(fast, a, &e, "select nothing from t where id = $1", p_int(1)));
    assert_string_equal(e.code, "DatabaseError"); /* a text that does not parse never counts as prepared */
    kill_backend();
    assert_non_null(db_query(fast, a, &e, "select * from t where id = $1", p_int(1)));
    assert_int_equal(db_script(other, "alter table t add column more text", &e), 0);
    struct db_rows *r = db_query(fast, a, &e, "select * from t where id = $1", p_int(1));
    assert_non_null(r);
    assert_true(db_null(r, 0, 2));
    for (int i = 0; i < 300; i++) /* past the table's room they are sent as they are */
        assert_non_null(db_query(fast, a, &e, arena_printf(a, "select $1::int + %d", i), p_int(1)));
    db_free(fast);
}

static int start(void **state)
{
    (void)state;
    server = server_postgres();
    db = db_new(pg_proxy_start(server), "unit");
    other = db_new(server_url(server), "other");
    a = arena_new(0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    db_free(db);
    db_free(other);
    arena_free(a);
    server_stop(server);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(met_in_the_same_round_trip),        TEST(refused_without_an_effect),
        TEST(a_transaction_begins_with_it),      TEST(a_failing_statement_is_its_own_error),
        TEST(alone_when_nothing_takes_it_along), TEST(over_a_connection_that_dies),
        TEST(open_while_the_server_is_away),     TEST(plans_are_kept),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
