/* queue/ against a real Redis: what is promised must survive flushes, restarts, cut connections and dead consumers. */
#include "base/clock.h"
#include "base/signals.h"
#include "queue/look.h"
#include "servers.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define Q "s3@volume"
#define STREAM "{tc}:q:" Q

static struct server *server;
static struct redis *redis;     /* raw commands of the tests */
static struct queue *one, *two; /* two workers */
static struct redis *redis_one, *redis_two;
static struct arena *arena;

#define RAW(...) assert_non_null(redis_cmd(redis, arena, NULL, __VA_ARGS__))

static int setup(void **state)
{
    (void)state;
    RAW("FLUSHALL");
    redis_one = redis_new(server_url(server), NULL);
    redis_two = redis_new(server_url(server), NULL);
    one = queue_new(redis_one, "one");
    two = queue_new(redis_two, "two");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    queue_free(one);
    queue_free(two);
    redis_free(redis_one);
    redis_free(redis_two);
    arena_reset(arena);
    return 0;
}

static void put(int64_t job)
{
    assert_int_equal(queue_enqueue(one, Q, job, NULL), 0);
}

/* Reserve within ms; 0 when nothing came. */
static int64_t take_entry(struct queue *q, int ms, struct queue_entry *out)
{
    struct err e = ERR_INIT;
    if (queue_reserve(q, Q, ms, out, &e))
        fail_msg("reserve: %s", e.msg);
    return out->job_id;
}

static int64_t take(struct queue *q, int ms)
{
    struct queue_entry entry;
    if (take_entry(q, ms, &entry))
        assert_int_equal(queue_finish(q, Q, &entry, NULL), 0);
    return entry.job_id;
}

static void check_depth(int64_t ready, int64_t scheduled)
{
    int64_t r = -1, s = -1;
    assert_int_equal(queue_depth(one, Q, &r, &s, NULL), 0);
    assert_int_equal(r, ready);
    assert_int_equal(s, scheduled);
}

static void test_entries_come_once_each_and_in_order(void **state)
{
    (void)state;
    put(7), put(8), put(7); /* a duplicate is an entry of its own */
    check_depth(3, 0);
    struct queue_entry first;
    assert_int_equal(take_entry(one, 0, &first), 7);
    check_depth(2, 0);
    assert_int_equal(take(two, 0), 8);
    assert_int_equal(take(two, 0), 7);
    assert_int_equal(take(two, 0), 0);
    assert_int_equal(queue_finish(one, Q, &first, NULL), 0);
    assert_int_equal(queue_finish(one, Q, &first, NULL), 0); /* twice is harmless */
    check_depth(0, 0);
    assert_int_equal(redis_cmd(redis, arena, NULL, "XLEN", STREAM)->i, 0);
}

static void test_a_dead_consumers_entry_is_taken_over(void **state)
{
    (void)state;
    put(5);
    struct queue_entry lost;
    assert_int_equal(take_entry(one, 0, &lost), 5); /* and never finishes it */
    assert_int_equal(take(two, 0), 0);              /* it may still be alive */
    RAW("XCLAIM", STREAM, "workers", "one", "0", lost.id, "IDLE", "29000", "JUSTID");
    assert_int_equal(take(two, 0), 0);
    RAW("XCLAIM", STREAM, "workers", "one", "0", lost.id, "IDLE", "30001", "JUSTID");
    assert_int_equal(take(two, 0), 5);
    assert_int_equal(take(one, 0), 0);
}

static void test_schedule(void **state)
{
    (void)state;
    int64_t now = clock_wall_us() / 1000;
    assert_int_equal(queue_retry_at(one, Q, 3, now + 600, NULL), 0);
    assert_int_equal(queue_retry_at(one, Q, 1, now - 2000, NULL), 0);
    assert_int_equal(queue_retry_at(one, Q, 2, now - 1000, NULL), 0);
    assert_int_equal(queue_retry_at(one, Q, 4, now + 3600000, NULL), 0);
    assert_int_equal(queue_retry_at(one, Q, 5, now - 500, NULL), 0);
    assert_int_equal(queue_retry_at(one, Q, 5, now + 3600000, NULL), 0); /* a later word replaces the time */
    assert_int_equal(queue_retry_at(one, "torrents", 9, now, NULL), 0);  /* another queue's */
    check_depth(0, 5);
    assert_int_equal(take(two, 0), 1);
    assert_int_equal(take(two, 0), 2);
    assert_int_equal(take(two, 20000), 3); /* wakes for it, long before its own end */
    assert_true(clock_wall_us() / 1000 >= now + 600);
    assert_true(clock_wall_us() / 1000 < now + 19000);
    check_depth(0, 2);
    assert_int_equal(queue_remove(one, Q, 4, NULL), 0);
    assert_int_equal(queue_remove(one, Q, 4, NULL), 0);
    check_depth(0, 1);
}

static void test_waiting_does_not_spin(void **state)
{
    (void)state;
    int64_t began = clock_mono_ms();
    RAW("CONFIG", "RESETSTAT");
    assert_int_equal(take(one, 700), 0);
    assert_true(clock_mono_ms() - began >= 690);
    const char *info = redis_cmd(redis, arena, NULL, "INFO", "stats")->s;
    const char *count = strstr(info, "total_commands_processed:");
    assert_non_null(count);
    assert_true(strtol(strchr(count, ':') + 1, NULL, 10) < 25); /* two rounds, each with the commands of its script */
}

struct later {
    const char *argv[2][6];
};

/* A second later, on a connection of its own. */
static void *run_later(void *arg)
{
    const struct later *l = arg;
    struct redis *r = redis_new(server_url(server), NULL);
    struct arena *a = arena_new(0);
    for (int i = 0; i < 2; i++) {
        int n = 0;
        while (n < 6 && l->argv[i][n])
            n++;
        clock_sleep_ms(300);
        if (n && !redis_cmd_argv(r, a, NULL, 0, l->argv[i], n))
            abort();
    }
    arena_free(a);
    redis_free(r);
    return NULL;
}

static int64_t take_during(const struct later *l, int ms)
{
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, run_later, (void *)(uintptr_t)l), 0);
    int64_t job = take(one, ms);
    pthread_join(t, NULL);
    return job;
}

static void test_an_entry_wakes_the_waiter(void **state)
{
    (void)state;
    static const struct later add = {{{"XADD", STREAM, "*", "job", "41"}}};
    assert_int_equal(take_during(&add, 20000), 41);
    assert_int_equal(redis_cmd(redis, arena, NULL, "XLEN", STREAM)->i, 0);
}

static void test_flush_while_waiting(void **state)
{
    (void)state;
    static const struct later flush = {{{"FLUSHALL"}, {"XADD", STREAM, "*", "job", "42"}}};
    assert_int_equal(take_during(&flush, 20000), 42);
}

static void test_connection_killed_while_waiting(void **state)
{
    (void)state;
    static const struct later cut = {{{"CLIENT", "KILL", "TYPE", "normal"}, {"XADD", STREAM, "*", "job", "43"}}};
    assert_int_equal(take_during(&cut, 20000), 43);
}

static void test_flush_between(void **state)
{
    (void)state;
    put(1);
    struct queue_entry entry;
    assert_int_equal(take_entry(one, 0, &entry), 1);
    RAW("FLUSHALL");
    RAW("SCRIPT", "FLUSH");
    assert_int_equal(queue_finish(one, Q, &entry, NULL), 0);
    check_depth(0, 0);
    assert_int_equal(take(one, 0), 0);
    put(2);
    assert_int_equal(take(two, 0), 2);
    RAW("DEL", STREAM);
    put(3);
    put(4);
    assert_int_equal(take(one, 0), 3);
    RAW("XGROUP", "DESTROY", STREAM, "workers"); /* entries older than the group are still read */
    assert_int_equal(take(one, 0), 4);
}

static void test_connection_killed_and_restart(void **state)
{
    (void)state;
    put(1), put(2);
    assert_int_equal(take(one, 0), 1);
    RAW("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    assert_int_equal(take(one, 0), 2);
    server_crash(server);
    struct queue_entry entry;
    struct err e = ERR_INIT;
    assert_int_equal(queue_reserve(one, Q, 0, &entry, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_int_equal(queue_enqueue(one, Q, 3, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    server_start(server);
    put(4);
    assert_int_equal(take(two, 0), 4);
    assert_int_equal(take(one, 0), 0);
}

static void test_foreign_entries_are_dropped(void **state)
{
    (void)state;
    RAW("XADD", STREAM, "*", "job", "1; drop");
    RAW("XADD", STREAM, "*", "job", "99999999999");
    RAW("XADD", STREAM, "*", "a", "b", "c", "d");
    put(6);
    assert_int_equal(take(one, 5000), 6);
    assert_int_equal(redis_cmd(redis, arena, NULL, "XLEN", STREAM)->i, 0);
    RAW("SET", STREAM "x", "no stream");
    struct err e = ERR_INIT;
    struct queue_entry entry;
    assert_int_equal(queue_reserve(one, Q "x", 1000, &entry, &e), -1);
    assert_string_equal(e.code, "WRONGTYPE");
}

static void test_changes_and_heartbeat(void **state)
{
    (void)state;
    int64_t n = -1;
    assert_int_equal(queue_changes(one, &n, NULL), 0);
    assert_int_equal(n, 0);
    assert_int_equal(queue_announce(one, NULL), 0);
    assert_int_equal(queue_announce(two, NULL), 0);
    assert_int_equal(queue_changes(one, &n, NULL), 0);
    assert_int_equal(n, 2);

    assert_int_equal(queue_heartbeat(one, "{\"queues\":[]}", NULL), 0);
    RAW("ZADD", "{tc}:servers:seen", "1000", "one"); /* silent since 1970 */
    assert_int_equal(queue_heartbeat(two, "{}", NULL), 0);
    assert_int_equal(redis_cmd(redis, arena, NULL, "HEXISTS", "{tc}:servers", "one")->i, 0);
    assert_string_equal(redis_cmd(redis, arena, NULL, "HGET", "{tc}:servers", "two")->s, "{}");
    assert_int_equal(redis_cmd(redis, arena, NULL, "ZCARD", "{tc}:servers:seen")->i, 1);
}

static void test_what_a_dashboard_sees(void **state)
{
    (void)state;
    struct queue_info *queues;
    struct queue_server *servers;
    int n;
    assert_int_equal(queue_list(redis, arena, &queues, &n, NULL), 0);
    assert_int_equal(n, 0);
    assert_int_equal(queue_servers(redis, arena, &servers, &n, NULL), 0);
    assert_int_equal(n, 0);
    put(1);
    put(2);
    assert_int_equal(queue_retry_at(one, "torrents", 3, clock_wall_us() / 1000 + 60000, NULL),
                     0); /* a schedule alone */
    assert_int_equal(queue_retry_at(one, Q, 4, clock_wall_us() / 1000 + 60000, NULL), 0);
    assert_int_equal(queue_list(redis, arena, &queues, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_string_equal(queues[0].name, Q);
    assert_int_equal(queues[0].ready, 2);
    assert_int_equal(queues[0].scheduled, 1);
    assert_string_equal(queues[1].name, "torrents");
    assert_int_equal(queues[1].ready, 0);
    assert_int_equal(queues[1].scheduled, 1);
    assert_int_equal(queue_heartbeat(two, "{\"active\":2}", NULL), 0);
    assert_int_equal(queue_heartbeat(one, "{}", NULL), 0);
    assert_int_equal(queue_servers(redis, arena, &servers, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_string_equal(servers[0].id, "one");
    assert_string_equal(servers[1].json, "{\"active\":2}");
    assert_true(llabs(servers[1].seen_ms - clock_wall_us() / 1000) < 60000);
}

static void on_usr1(int signo)
{
    (void)signo;
}

/* A worker in a process of its own, because a stop cannot be taken back. Exit code 0: all as promised. */
static void drained_worker(void)
{
    struct redis *r = redis_new(server_url(server), NULL);
    struct queue *q = queue_new(r, "three");
    struct queue_entry entry, none;
    struct err e = ERR_INIT;
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_usr1}, NULL);
    if (queue_reserve(q, Q, 20000, &entry, &e) || entry.job_id != 11)
        _exit(1);
    if (queue_reserve(q, Q, 20000, &none, &e) || none.job_id != 0 || !signals_stopping())
        _exit(2);
    if (queue_finish(q, Q, &entry, &e) || queue_enqueue(q, Q, 12, &e)) /* draining still talks to Redis */
        _exit(3);
    if (queue_reserve(q, Q, 20000, &none, &e) || none.job_id != 12) /* what is there is there; nothing is waited for */
        _exit(4);
    queue_free(q);
    redis_free(r);
    _exit(0);
}

static void test_sigterm_ends_the_wait(void **state)
{
    (void)state;
    int status;
    put(11);
    int64_t began = clock_mono_ms();
    pid_t pid = fork();
    if (pid == 0)
        drained_worker();
    for (int i = 0; i < 5; i++) { /* other signals only interrupt the sleep */
        clock_sleep_ms(200);
        kill(pid, i ? SIGUSR1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(clock_mono_ms() - began < 15000);
}

static int start(void **state)
{
    (void)state;
    server = server_redis();
    redis = redis_new(server_url(server), NULL);
    arena = arena_new(0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_free(arena);
    redis_free(redis);
    server_stop(server);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_entries_come_once_each_and_in_order),
        TEST(test_a_dead_consumers_entry_is_taken_over),
        TEST(test_schedule),
        TEST(test_waiting_does_not_spin),
        TEST(test_an_entry_wakes_the_waiter),
        TEST(test_flush_while_waiting),
        TEST(test_connection_killed_while_waiting),
        TEST(test_flush_between),
        TEST(test_connection_killed_and_restart),
        TEST(test_foreign_entries_are_dropped),
        TEST(test_changes_and_heartbeat),
        TEST(test_what_a_dashboard_sees),
        TEST(test_sigterm_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
