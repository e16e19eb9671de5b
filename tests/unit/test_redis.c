/* net/redis: addresses, errors and reconnecting, against a real Redis. */
#include "net/redis.h"

#include "servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct server *server;
static struct redis *r;
static struct arena *a;
static struct err e;

static void test_addresses(void **state)
{
    (void)state;
    static const char *const good[] = {"redis://h",          "redis://h:6380",       "redis://h/3",
                                       "redis://h:6380/15",  "redis://h:6379/",      "redis://:p%40ss@h:6379",
                                       "redis://user:p@h/1", "redis://[::1]:6379/2", "redis://[fe80::1]",
                                       "redis://:a:b@h",     "unix:/run/redis.sock"};
    static const char *const bad[] = {"",
                                      "h:6379",
                                      "http://h",
                                      "redis://",
                                      "redis://:6379",
                                      "redis:///1",
                                      "redis://h:",
                                      "redis://h:0",
                                      "redis://h:65536",
                                      "redis://h:1x",
                                      "redis://h:6379x/1",
                                      "redis://h/x",
                                      "unix:rel",
                                      "redis://h/1024",
                                      "redis://h/-1",
                                      "redis://[::1",
                                      "redis://[::1]x",
                                      "redis://:p%zz@h",
                                      "redis://u%00:p@h",
                                      "rediss://h",
                                      "redis://h:-1",
                                      "redis://h:00000000000006379"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct redis *one = redis_new(good[i], &e);
        if (!one)
            fail_msg("%s: %s", good[i], e.msg);
        redis_free(one);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        err_clear(&e);
        if (redis_new(bad[i], &e))
            fail_msg("%s was taken", bad[i]);
        assert_int_equal(e.class, ERR_CONFIG);
        assert_int_equal(strncmp(e.msg, "REDIS_URL: ", 11), 0);
    }
    redis_free(NULL);
}

static void test_values(void **state)
{
    (void)state;
    struct redis_value *v = redis_cmd(r, a, &e, "SET", "k", "");
    assert_string_equal(v->s, "OK");
    v = redis_cmd(r, a, &e, "GET", "k");
    assert_true(v->type == REDIS_STRING && v->len == 0 && !strcmp(v->s, ""));
    assert_int_equal(redis_cmd(r, a, &e, "GET", "none")->type, REDIS_NIL);
    assert_int_equal(redis_cmd(r, a, &e, "INCR", "n")->i, 1);
    redis_cmd(r, a, &e, "RPUSH", "l", "a", "b\nc");
    v = redis_cmd(r, a, &e, "LRANGE", "l", "0", "-1");
    assert_true(v->type == REDIS_ARRAY && v->len == 2);
    assert_string_equal(v->items[1].s, "b\nc");
    assert_int_equal(redis_cmd(r, a, &e, "LRANGE", "none", "0", "-1")->len, 0);
}

static void test_errors_by_redis_own_word(void **state)
{
    (void)state;
    static const char *const no_keys[1];
    redis_cmd(r, a, &e, "SET", "text", "x");
    assert_null(redis_cmd(r, a, &e, "LPUSH", "text", "x"));
    assert_int_equal(e.class, ERR_BUG);
    assert_string_equal(e.code, "WRONGTYPE");
    assert_null(redis_cmd(r, a, &e, "NOSUCHCOMMAND"));
    assert_string_equal(e.code, "ERR");
    assert_non_null(redis_cmd(r, a, &e, "PING")); /* the connection is as good as before */
    redis_cmd(r, a, &e, "CONFIG", "SET", "maxmemory", "1");
    assert_null(redis_cmd(r, a, &e, "SET", "more", "x"));
    assert_int_equal(e.class, ERR_UNAVAILABLE); /* will pass */
    redis_cmd(r, a, &e, "CONFIG", "SET", "maxmemory", "0");
    assert_null(redis_script(r, a, &e, "return redis.error_reply('MINE and more')", no_keys, 0, no_keys, 0));
    assert_string_equal(e.code, "MINE");
}

static void test_scripts_survive_being_forgotten(void **state)
{
    (void)state;
    static const char *const keys[] = {"k1"}, *const args[] = {"a1", "a2"};
    for (int i = 0; i < 3; i++) {
        struct redis_value *v = redis_script(r, a, &e, "return {KEYS[1], ARGV[2], 7}", keys, 1, args, 2);
        assert_non_null(v);
        assert_string_equal(v->items[0].s, "k1");
        assert_string_equal(v->items[1].s, "a2");
        assert_int_equal(v->items[2].i, 7);
        redis_cmd(r, a, &e, "SCRIPT", "FLUSH");
    }
}

static void test_reconnects(void **state)
{
    (void)state;
    struct redis *other = redis_new(server_url(server), &e);
    assert_int_equal(redis_ping(r, &e), 0);
    for (int i = 0; i < 2; i++) {
        assert_non_null(redis_cmd(other, a, &e, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
        assert_int_equal(redis_ping(r, &e), 0); /* a kept connection that died costs nobody an error */
    }
    server_crash(server);
    assert_int_equal(redis_ping(r, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_string_equal(e.code, "RedisUnavailable");
    server_start(server);
    assert_int_equal(redis_ping(r, &e), 0);
    redis_free(other);
}

static void test_password(void **state)
{
    (void)state;
    redis_cmd(r, a, &e, "CONFIG", "SET", "requirepass", "p@ss word");
    redis_cmd(r, a, &e, "ACL", "SETUSER", "worker", "on", ">w", "~*", "+@all");
    struct redis *fresh = redis_new(server_url(server), &e);
    assert_int_equal(redis_ping(fresh, &e), -1); /* unix: has no password */
    assert_string_equal(e.code, "NOAUTH");
    redis_free(fresh);
    redis_cmd(r, a, &e, "CONFIG", "SET", "requirepass", "");
}

static int start(void **state)
{
    (void)state;
    server = server_redis();
    r = redis_new(server_url(server), &e);
    a = arena_new(0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    redis_free(r);
    arena_free(a);
    server_stop(server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_errors_by_redis_own_word),
        cmocka_unit_test(test_scripts_survive_being_forgotten),
        cmocka_unit_test(test_reconnects),
        cmocka_unit_test(test_password),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
