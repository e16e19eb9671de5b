/* provider/gdrive_pacer on a clock of the test's own: alone, and shared through a real Redis. */
#include "provider/gdrive_pacer.h"

#include "base/log.h"
#include "servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* 10 units a second for the project with 100 at once, 6 for the user with 60. */
static const struct gdrive_units units = {.cost = {5, 50, 1}, .per_minute_project = 600, .per_minute_user = 360};

static int64_t now;

static int64_t clock_of_test(void)
{
    return now;
}

static int64_t take(struct gdrive_pacer *p, const char *user, enum gdrive_cost cost)
{
    return gdrive_pacer_take(p, "project", user, cost);
}

static int setup(void **state)
{
    now = 1000000;
    *state = gdrive_pacer_new(NULL, &units, clock_of_test);
    return 0;
}

static int teardown(void **state)
{
    gdrive_pacer_free(*state);
    return 0;
}

static void calls_cost_what_they_cost(void **state)
{
    struct gdrive_pacer *p = *state;
    assert_int_equal(take(p, "ada", GDRIVE_COST_WRITE), 0); /* 60 - 50 */
    assert_int_equal(take(p, "ada", GDRIVE_COST_READ), 0);
    assert_int_equal(take(p, "ada", GDRIVE_COST_READ), 0);
    for (int i = 0; i < 3; i++) /* asking costs nothing */
        assert_int_equal(take(p, "ada", GDRIVE_COST_WRITE), 8334);
    assert_int_equal(take(p, "ada", GDRIVE_COST_OTHER), 167);
    now += 166;
    assert_int_equal(take(p, "ada", GDRIVE_COST_OTHER), 1);
    now += 1;
    assert_int_equal(take(p, "ada", GDRIVE_COST_OTHER), 0);
    now += 24 * 3600 * 1000; /* no more than a burst is saved up */
    assert_int_equal(take(p, "ada", GDRIVE_COST_WRITE), 0);
    assert_true(take(p, "ada", GDRIVE_COST_WRITE) > 0);
}

static void users_share_the_project(void **state)
{
    struct gdrive_pacer *p = *state;
    assert_int_equal(take(p, "ada", GDRIVE_COST_WRITE), 0);
    assert_int_equal(take(p, "bob", GDRIVE_COST_WRITE), 0); /* 100 - 100 */
    assert_int_equal(take(p, "eve", GDRIVE_COST_OTHER), 100);
    assert_int_equal(gdrive_pacer_take(p, "other", "eve", GDRIVE_COST_OTHER), 100); /* one project a process, away */
    now += 100;
    assert_int_equal(take(p, "eve", GDRIVE_COST_OTHER), 0);
}

/* How many reads the pacers may make at this moment, in turn. */
static int reads(struct gdrive_pacer **p, int n)
{
    int total = 0;
    for (int idle = 0; idle < n;) {
        idle = 0;
        for (int i = 0; i < n; i++) {
            bool may = take(p[i], "ada", GDRIVE_COST_READ) == 0;
            total += may;
            idle += !may;
        }
    }
    return total;
}

static void processes_share_through_redis(void **state)
{
    (void)state;
    struct server *redis = server_redis();
    struct gdrive_pacer *p[3];
    for (int i = 0; i < 3; i++)
        p[i] = gdrive_pacer_new(server_url(redis), &units, clock_of_test);
    now = 1000000;
    assert_int_equal(reads(p, 3), 12); /* 60 units of the user, once */
    assert_int_equal(take(p[0], "ada", GDRIVE_COST_READ), 834);
    now += 5000;
    assert_int_equal(reads(p, 3), 6);
    assert_int_equal(take(p[1], "bob", GDRIVE_COST_WRITE), 0); /* 100 - 90 + 50 of the project */
    assert_true(take(p[2], "bob", GDRIVE_COST_WRITE) > 0);

    server_crash(redis); /* each for itself: full at first */
    assert_int_equal(reads(p, 1), 12);
    assert_int_equal(reads(p + 1, 1), 12);
    server_start(redis);
    assert_int_equal(reads(p, 1), 0); /* not asked yet */
    now += 60 * 1000;
    assert_int_equal(reads(p, 3), 12); /* shared again */
    for (int i = 0; i < 3; i++)
        gdrive_pacer_free(p[i]);
    server_stop(redis);
}

/* What was taken ahead lapses: a process that rests gives its share up. */
static void grants_lapse(void **state)
{
    (void)state;
    static const struct gdrive_units many = {
        .cost = {5, 50, 1}, .per_minute_project = 600000, .per_minute_user = 120000};
    struct server *redis = server_redis();
    struct gdrive_pacer *p = gdrive_pacer_new(server_url(redis), &many, clock_of_test);
    now = 1000000;
    assert_int_equal(take(p, "ada", GDRIVE_COST_READ), 0); /* 1000 units, 995 left */
    server_crash(redis);
    for (int i = 0; i < 199; i++)
        assert_int_equal(take(p, "ada", GDRIVE_COST_READ), 0); /* nobody was asked */
    server_start(redis);
    assert_int_equal(take(p, "ada", GDRIVE_COST_READ), 0);
    now += 1001;
    server_crash(redis);
    assert_int_equal(take(p, "ada", GDRIVE_COST_READ), 0); /* asked in vain, and counted here */
    gdrive_pacer_free(p);
    server_stop(redis);
}

int main(void)
{
    log_open("test", LOG_ERROR, false);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_cost_what_they_cost, setup, teardown),
        cmocka_unit_test_setup_teardown(users_share_the_project, setup, teardown),
        cmocka_unit_test(processes_share_through_redis),
        cmocka_unit_test(grants_lapse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
