/* workers/upload/pace: how many lanes, how long a pause. The file is no part of lib.a. */
#include "workers/upload/pace.c" /* NOLINT(bugprone-suspicious-include) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A service that bears `most` calls at a time, each of which takes 100 ms; more of them only take longer. */
struct service {
    int most;
    int refuse_above;       /* lanes from which on it refuses what is too much; 0: never */
    int refuse_percent;     /* and so many of a hundred calls in any case, by chance */
    double calls, refusals; /* begun */
};

static int64_t now;
static uint64_t dice;

static bool chance(int percent)
{
    dice = dice * 6364136223846793005U + 1442695040888963407U;
    return (int)((dice >> 33) % 100) < percent;
}

/* Returns the lanes that there were on average. */
static double run(struct pace *p, struct service *s, int seconds)
{
    const int steps = seconds * 100;
    int64_t sum = 0;
    for (int step = 0; step < steps; step++) {
        int lanes = p->allowed, useful = lanes < s->most ? lanes : s->most;
        now += 10;
        pace_full(p);
        for (s->calls += useful / 10.0; s->calls >= 1; s->calls--) {
            double over = s->refuse_above && lanes > s->refuse_above ? 1 - (double)s->refuse_above / lanes : 0;
            s->refusals += over;
            if (s->refusals >= 1 || chance(s->refuse_percent))
                pace_throttled(p, now);
            else
                pace_answered(p, now);
            s->refusals -= s->refusals >= 1;
        }
        pace_moved(p, useful * 1000, now);
        sum += p->allowed;
    }
    return (double)sum / steps;
}

static void test_it_finds_what_a_service_bears(void **state)
{
    (void)state;
    struct pace p;
    pace_init(&p, 64, now);
    assert_int_equal(p.allowed, 8);
    run(&p, &(struct service){.most = 1000}, 2);
    assert_int_equal(p.allowed, 64); /* latency is all there is: the cap, within two seconds */
    pace_init(&p, 64, now);
    run(&p, &(struct service){.most = 8}, 60);
    assert_in_range(p.allowed, 8, 10); /* eight are as fast as any: two more are only tried */
    pace_init(&p, 64, now);
    run(&p, &(struct service){.most = 20}, 120);
    assert_in_range(p.allowed, 16, 22);
    pace_init(&p, 3, now);
    run(&p, &(struct service){.most = 1000}, 10);
    assert_int_equal(p.allowed, 3);
}

static void test_refusals_take_lanes_away(void **state)
{
    (void)state;
    struct pace p;
    pace_init(&p, 64, now);
    run(&p, &(struct service){.most = 1000}, 6);
    for (int i = 0; i < 40; i++)
        pace_throttled(&p, now); /* all lanes are told at once: that is one event */
    assert_int_equal(p.allowed, 44);
    run(&p, &(struct service){.most = 1000, .refuse_above = 10}, 30);
    assert_in_range(p.allowed, 5, 14);
    run(&p, &(struct service){.most = 1000}, 15);
    assert_in_range(p.allowed, 9, 30); /* and comes back, step by step */
    pace_init(&p, 64, now);
    for (int i = 0; i < 100; i++) {
        now += 2000;
        pace_throttled(&p, now);
    }
    assert_int_equal(p.allowed, 1); /* never none */
}

static void test_refusals_by_chance_do_not(void **state)
{
    (void)state;
    struct pace p;
    double soon = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        dice = seed;
        pace_init(&p, 16, now);
        soon += run(&p, &(struct service){.most = 1000, .refuse_percent = 30}, 5);
        assert_true(run(&p, &(struct service){.most = 1000, .refuse_percent = 30}, 60) > 14);
        run(&p, &(struct service){.most = 1000, .refuse_above = 4}, 20);
        assert_in_range(p.allowed, 1, 6); /* real ones still count */
    }
    assert_true(soon / 200 > 11);
}

/* A limit is none of chance, however hard it is. */
static void test_a_limit_is_no_chance(void **state)
{
    (void)state;
    struct pace p;
    for (int most = 1; most < 8; most++) {
        pace_init(&p, 64, now);
        run(&p, &(struct service){.most = 1000}, 2);
        run(&p, &(struct service){.most = 1000, .refuse_above = most}, 20);
        double lanes = run(&p, &(struct service){.most = 1000, .refuse_above = most}, 60);
        assert_true(lanes < most * 1.6 + 1);
    }
}

static void test_lanes_that_are_not_wanted_teach_nothing(void **state)
{
    (void)state;
    struct pace p;
    pace_init(&p, 64, now);
    for (int i = 0; i < 100; i++) {
        now += 200;
        pace_answered(&p, now); /* slower or faster: somebody else is the limit */
        pace_moved(&p, i * 1000, now);
    }
    assert_int_equal(p.allowed, 8);
}

static void test_pauses(void **state)
{
    (void)state;
    struct err e = {.class = ERR_REMOTE};
    assert_in_range(pace_delay(1, &e, 0), 500, 625);
    assert_in_range(pace_delay(4, &e, 0), 4000, 5000);
    assert_in_range(pace_delay(50, &e, 0), 20000, 25000);
    e.class = ERR_THROTTLED;
    assert_in_range(pace_delay(4, &e, 60000), 4000, 5000);
    assert_in_range(pace_delay(1, &e, 1000), 50, 62); /* others get through */
    assert_in_range(pace_delay(50, &e, 1000), 400, 500);
    e.retry_after_s = 7;
    assert_in_range(pace_delay(1, &e, 0), 7000, 8750); /* what the service asks for, and no less */
    e.retry_after_s = 100000;
    assert_in_range(pace_delay(1, &e, 0), 300000, 375000);
}

static void test_patience_goes_by_time(void **state)
{
    (void)state;
    struct err e = {.class = ERR_REMOTE};
    assert_true(pace_patient(100, 59000, &e, true, 0));
    assert_false(pace_patient(3, 61000, &e, true, 0));
    assert_true(pace_patient(2, 120000, &e, true, 0)); /* two stalls may take so long */
    e.class = ERR_UNAVAILABLE;
    assert_true(pace_patient(5, 7000, &e, true, 0));
    assert_false(pace_patient(5, 9000, &e, true, 0));
    assert_false(pace_patient(2, 2000, &e, false, 0));
    e.class = ERR_THROTTLED;
    assert_true(pace_patient(1000, 1200000, &e, true, 500000));
    assert_false(pace_patient(2, 1000, &e, true, 700000));
    e.class = ERR_PERMANENT;
    assert_false(pace_patient(1, 0, &e, true, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_finds_what_a_service_bears),
        cmocka_unit_test(test_refusals_take_lanes_away),
        cmocka_unit_test(test_refusals_by_chance_do_not),
        cmocka_unit_test(test_a_limit_is_no_chance),
        cmocka_unit_test(test_lanes_that_are_not_wanted_teach_nothing),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_patience_goes_by_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
