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
    int refuse_above; /* lanes from which on it refuses what is too much; 0: never */
    int refuse_every; /* and each so-and-so-many'th call in any case; 0: none */
    int calls;
};

static int64_t now;

static void run(struct pace *p, struct service *s, int seconds)
{
    for (int step = 0; step < seconds * 10; step++) {
        int lanes = p->allowed, useful = lanes < s->most ? lanes : s->most;
        now += 100;
        pace_full(p);
        for (int i = 0; i < useful; i++) {
            bool refused =
                (s->refuse_above && i >= s->refuse_above) || (s->refuse_every && ++s->calls % s->refuse_every == 0);
            if (refused)
                pace_throttled(p, now);
            else
                pace_answered(p, now);
        }
        pace_moved(p, useful * 10000, now);
    }
}

static void test_it_finds_what_a_service_bears(void **state)
{
    (void)state;
    struct pace p;
    pace_init(&p, 64, now);
    assert_int_equal(p.allowed, 4);
    run(&p, &(struct service){.most = 1000}, 6);
    assert_int_equal(p.allowed, 64); /* latency is all there is: the cap, within seconds */
    pace_init(&p, 64, now);
    run(&p, &(struct service){.most = 4}, 60);
    assert_in_range(p.allowed, 4, 5); /* four are as fast as any: a fifth is only tried */
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
    assert_true(p.allowed > 14); /* and comes back, step by step */
    assert_true(p.allowed < 30);
    pace_init(&p, 64, now);
    for (int i = 0; i < 100; i++) {
        now += 2000;
        pace_throttled(&p, now);
    }
    assert_int_equal(p.allowed, 1); /* never none */
}

static void test_refusals_at_random_do_not(void **state)
{
    (void)state;
    struct pace p;
    pace_init(&p, 16, now);
    run(&p, &(struct service){.most = 1000}, 6);
    assert_int_equal(p.allowed, 16);
    run(&p, &(struct service){.most = 1000, .refuse_every = 3}, 20);
    assert_int_equal(p.allowed, 16);
    run(&p, &(struct service){.most = 1000, .refuse_above = 4}, 20);
    assert_in_range(p.allowed, 1, 6); /* real ones still count */
    pace_init(&p, 16, now);
    run(&p, &(struct service){.most = 1000, .refuse_every = 3}, 40);
    assert_int_equal(p.allowed, 16); /* nor do they keep it from growing */
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
    assert_int_equal(p.allowed, 4);
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
    assert_in_range(pace_delay(1, &e, 1000), 100, 125); /* others get through */
    assert_in_range(pace_delay(50, &e, 1000), 1600, 2000);
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
        cmocka_unit_test(test_refusals_at_random_do_not),
        cmocka_unit_test(test_lanes_that_are_not_wanted_teach_nothing),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_patience_goes_by_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
