/* provider/s3_learned: what each refusal teaches, and what it must not. */
#include "provider/s3_learned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const int64_t now = 1700000000;

static const struct s3_target base = {.endpoint = "https://s3.us-east-1.amazonaws.com",
                                      .region = "us-east-1",
                                      .bucket = "bkt",
                                      .access_key = "k",
                                      .secret_key = "s"};

static struct s3_error refusal(int status, const char *code, const char *region, const char *endpoint)
{
    struct s3_error s = {.status = status};
    snprintf(s.code, sizeof s.code, "%s", code);
    snprintf(s.region, sizeof s.region, "%s", region);
    snprintf(s.endpoint, sizeof s.endpoint, "%s", endpoint);
    return s;
}

/* A refusal, and where the call goes then. */
static const struct {
    const char *used_endpoint, *used_region;
    int status;
    const char *code, *region, *said_endpoint;
    bool again;
    const char *want_region, *want_endpoint;
} places[] = {
    /* another region at the same endpoint */
    {"http://h:1", "a", 400, "AuthorizationHeaderMalformed", "b", "", true, "b", "http://h:1"},
    {"http://h:1", "", 400, "AuthorizationHeaderMalformed", "b", "", true, "b", "http://h:1"},
    {"http://h:1", "a", 403, "", "b", "", true, "b", "http://h:1"}, /* a HEAD with x-amz-bucket-region */
    {"http://h:1", "a", 403, "AccessDenied", "a", "", false, "a", "http://h:1"},
    {"http://h:1", "a", 403, "AccessDenied", "", "", false, "a", "http://h:1"},
    /* another endpoint, in the server's words or by its region */
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 301, "PermanentRedirect", "eu-west-1",
     "bkt.s3.eu-west-1.amazonaws.com", true, "eu-west-1", "https://s3.eu-west-1.amazonaws.com"},
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 301, "PermanentRedirect", "eu-west-1",
     "s3-eu-west-1.amazonaws.com", true, "eu-west-1", "https://s3-eu-west-1.amazonaws.com"},
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 301, "", "eu-west-1", "", true, "eu-west-1",
     "https://s3.eu-west-1.amazonaws.com"},
    {"https://s3.us-east-1.amazonaws.com:8443/p", "us-east-1", 301, "PermanentRedirect", "eu-west-1",
     "bkt.s3.eu-west-1.amazonaws.com", true, "eu-west-1", "https://s3.eu-west-1.amazonaws.com:8443/p"},
    /* never to somebody else */
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 301, "PermanentRedirect", "", "bkt.s3.evil.com", false,
     "us-east-1", "https://s3.us-east-1.amazonaws.com"},
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 301, "PermanentRedirect", "", "amazonaws.com.evil.com", false,
     "us-east-1", "https://s3.us-east-1.amazonaws.com"},
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 301, "PermanentRedirect", "", "xamazonaws.com", false,
     "us-east-1", "https://s3.us-east-1.amazonaws.com"},
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 301, "PermanentRedirect", "", "evil.com/.amazonaws.com", false,
     "us-east-1", "https://s3.us-east-1.amazonaws.com"},
    {"http://127.0.0.1:9000", "a", 301, "PermanentRedirect", "", "10.0.0.1", false, "a", "http://127.0.0.1:9000"},
    {"http://127.0.0.1:9000", "a", 301, "PermanentRedirect", "", "127.0.0.1:22", false, "a", "http://127.0.0.1:9000"},
    {"http://[::1]:9000", "a", 301, "PermanentRedirect", "", "[::2]", false, "a", "http://[::1]:9000"},
    /* found by the fuzzer: the region as one of the last two labels, and outside of the host */
    {"https://s3.eu.example", "eu", 301, "PermanentRedirect", "evil", "", true, "evil", "https://s3.eu.example"},
    {"https://h.example/s3.eu.x", "eu", 301, "", "us", "", true, "us", "https://h.example/s3.eu.x"},
    /* an answer that only talks of an endpoint is no redirect */
    {"https://s3.us-east-1.amazonaws.com", "us-east-1", 403, "AccessDenied", "", "bkt.s3.eu-west-1.amazonaws.com",
     false, "us-east-1", "https://s3.us-east-1.amazonaws.com"},
    /* foreign text */
    {"http://h:1", "a", 400, "AuthorizationHeaderMalformed", "b c", "", false, "a", "http://h:1"},
    {"http://h:1", "a", 400, "AuthorizationHeaderMalformed", "b:c", "", false, "a", "http://h:1"},
};

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct s3_target t = base;
        t.endpoint = places[i].used_endpoint;
        t.region = places[i].used_region;
        struct s3_learned l;
        s3_learned_init(&l, &t);
        struct s3_error s = refusal(places[i].status, places[i].code, places[i].region, places[i].said_endpoint);
        bool again = s3_learned_take(&l, &t, &s, now);
        if (again != places[i].again || strcmp(l.region, places[i].want_region) != 0 ||
            strcmp(l.endpoint, places[i].want_endpoint) != 0)
            fail_msg("row %zu: %d %s %s", i, again, l.region, l.endpoint);
        assert_int_equal(l.lessons, places[i].again);
        s3_learned_free(&l);
    }
}

static void test_clocks(void **state)
{
    static const struct {
        int used;
        const char *code;
        int status, there; /* the server's clock, seconds from ours; INT32_MIN: not told */
        bool again;
        int want;
    } rows[] = {
        {0, "RequestTimeTooSkewed", 403, 3600, true, 3600},
        {0, "RequestTimeTooSkewed", 403, -86400, true, -86400},
        {3600, "RequestTimeTooSkewed", 403, 2, true, 0}, /* our clock was set right */
        {3600, "RequestTimeTooSkewed", 403, 7200, true, 7200},
        {0, "RequestTimeTooSkewed", 403, 30, false, 0}, /* not the reason */
        {0, "RequestTimeTooSkewed", 403, INT32_MIN, false, 0},
        {0, "", 403, 3600, true, 3600}, /* a HEAD */
        {0, "", 403, 200, false, 0},
        {3600, "", 403, 3601, false, 3600},
        {0, "AccessDenied", 403, 3600, false, 0},
        {0, "", 404, 3600, false, 0},
        {0, "SignatureDoesNotMatch", 403, 3600, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct s3_target t = base;
        t.clock_offset_s = rows[i].used;
        struct s3_learned l;
        s3_learned_init(&l, &t);
        struct s3_error s = refusal(rows[i].status, rows[i].code, "", "");
        s.clock_s = rows[i].there == INT32_MIN ? 0 : now + rows[i].there;
        bool again = s3_learned_take(&l, &t, &s, now);
        if (again != rows[i].again || l.clock_offset_s != rows[i].want)
            fail_msg("row %zu: %d %d", i, again, l.clock_offset_s);
        s3_learned_free(&l);
    }
}

/* Several threads are refused for the same reason: one learns, the others only repeat. */
static void test_one_lesson_for_all(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    struct s3_target mine = base, late = base;
    struct s3_learned l;
    struct s3_error s = refusal(400, "AuthorizationHeaderMalformed", "eu-west-1", "");
    s3_learned_init(&l, &base);
    assert_int_equal(s3_learned_apply(&l, a, &mine), 0);
    assert_ptr_equal(mine.region, base.region);
    assert_true(s3_learned_take(&l, &base, &s, now));
    struct s3_error other = refusal(400, "AuthorizationHeaderMalformed", "somewhere-else", "");
    assert_true(s3_learned_take(&l, &late, &other, now)); /* asked before the lesson: repeat, teach nothing */
    assert_string_equal(l.region, "eu-west-1");
    assert_int_equal(s3_learned_apply(&l, a, &mine), 1);
    assert_string_equal(mine.region, "eu-west-1");
    assert_false(s3_learned_take(&l, &mine, &s, now)); /* and still refused: then that is it */
    s3_learned_free(&l);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_one_lesson_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
