/* store/session_store: what a request does to its session's row, against a real PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/session_store.h"
#include "stores.h"

static int64_t user, session, version;

static int setup(void **state)
{
    const struct session_row row = {.browser = true, .address = "192.0.2.1", .user_agent = "test"};
    stores_clean(state);
    user = make_user("a@test");
    version = sql_int("select token_version from users");
    OK(session_create(db, arena, user, &row, 3600, &session, &err));
    return 0;
}

static void seen_ago(int seconds)
{
    sql("update sessions set last_seen_at = now() - interval '%d s'", seconds);
}

static const char *seen(void)
{
    return sql_text("select last_seen_at::text from sessions");
}

/* A request: the requirement, and the statement that takes it along. */
static void request(void)
{
    session_require(db, session, user, version);
    sql("insert into settings (name, value) values ('asked', '1') on conflict (name) do update set value = "
        "(settings.value::int + 1)::text");
}

/* To write a row with each request would cost more than the request; five minutes are exact enough for a person. */
static void test_a_row_is_written_every_five_minutes_at_most(void **state)
{
    (void)state;
    seen_ago(200);
    const char *before = seen();
    request();
    request();
    assert_string_equal(seen(), before);
    seen_ago(301);
    request();
    assert_int_equal(sql_int("select count(*) from sessions where last_seen_at > now() - interval '1 min'"), 1);
    before = seen();
    request();
    assert_string_equal(seen(), before);
}

static void test_who_is_refused_is_not_seen(void **state)
{
    (void)state;
    seen_ago(301);
    const char *before = seen(), *asked = sql_text("select max(value) from settings where name = 'asked'");
    const struct {
        int64_t id, of_version;
    } cases[] = {{session + 1, version}, {session, version + 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        session_require(db, cases[i].id, user, cases[i].of_version);
        FAILS(ERR_AUTH, db_query0(db, arena, &err, "update settings set value = '99' where name = 'asked'") ? 0 : -1);
        session_require(db, cases[i].id, user, cases[i].of_version);
        FAILS(ERR_AUTH, db_required(db, &err));
        db_require(db, NULL, NULL, 0);
    }
    sql("update sessions set expires_at = now()");
    session_require(db, session, user, version);
    FAILS(ERR_AUTH, db_required(db, &err));
    db_require(db, NULL, NULL, 0);
    assert_string_equal(seen(), before);
    assert_string_equal(sql_text("select max(value) from settings where name = 'asked'"), asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_row_is_written_every_five_minutes_at_most, setup),
        cmocka_unit_test_setup(test_who_is_refused_is_not_seen, setup),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
