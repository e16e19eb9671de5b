/* provider/s3_api with s3_learned: what a server refuses, and is asked again in the right way. */
#include "provider/s3_learned.h"

#include "s3_rig.h"

#include <time.h>

static struct s3_learned learned;

static int setup(void **state)
{
    s3_setup(state);
    struct s3_rig *f = *state;
    s3_learned_init(&learned, &f->target);
    f->target.learned = &learned;
    return 0;
}

static int teardown(void **state)
{
    s3_learned_free(&learned);
    return s3_teardown(state);
}

/* A server whose clock is `ahead` seconds from ours, as strict as AWS about it. */
struct far_clock {
    int ahead, refused;
};

static void far_server(const struct fake_request *req, struct fake_answer *out, void *arg)
{
    struct far_clock *c = arg;
    char date[64] = "", text[64];
    struct tm asked = {0}, utc;
    time_t there = time(NULL) + c->ahead;
    gmtime_r(&there, &utc);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    snprintf(out->headers, sizeof out->headers, "Date: %s\r\nETag: \"e\"\r\nx-amz-meta-tc-job: 1\r\n", text);
    fake_header(req, "X-Amz-Date", date, sizeof date);
    if (!strptime(date, "%Y%m%dT%H%M%SZ", &asked) || llabs((long long)(timegm(&asked) - there)) > 900) {
        c->refused++;
        out->status = 403;
        if (strcmp(req->method, "HEAD") != 0)
            snprintf(out->body, sizeof out->body, XML "<Error><Code>RequestTimeTooSkewed</Code></Error>");
        return;
    }
    if (strcmp(req->method, "HEAD") == 0)
        snprintf(out->headers + strlen(out->headers), 64, "Content-Length: 5\r\n");
}

static void test_clocks_are_corrected(void **state)
{
    struct s3_rig *f = *state;
    struct far_clock clock = {.ahead = 7200};
    struct err e = ERR_INIT;
    struct s3_object o;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_owner owner = {.job = "1"};
    struct s3_payload p = payload_of("hello", 5, &sum);
    fake_http_answer(f->server, far_server, &clock);
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), 0); /* refused without a word, and still understood */
    assert_int_equal(clock.refused, 1);
    assert_in_range(learned.clock_offset_s, 7190, 7210);
    assert_int_equal(s3_api_put(f->api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_int_equal(clock.refused, 1); /* it knows by now */
    expect(f, 1, "HEAD", "/bkt/k", "eu-test-1");
    expect(f, 2, "PUT", "/bkt/k", "eu-test-1");
    clock.ahead = 0; /* somebody has set the clock: libcurl signs again */
    assert_int_equal(s3_api_put(f->api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_int_equal(clock.refused, 2);
    assert_int_equal(learned.clock_offset_s, 0);
    expect(f, 4, "PUT", "/bkt/k", "eu-test-1");
}

/* A 301 is never followed: whatever it points to gets a signature of its own, or nothing. */
static void test_redirects_are_not_followed(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_owner owner = {.job = "1"};
    struct s3_payload p = payload_of("hello", 5, &sum);
    char location[128];
    snprintf(location, sizeof location, "Location: %s/elsewhere\r\nx-amz-bucket-region: eu-other-2\r\n", f->endpoint);
    fake_script(f->server, 301, location,
                XML "<Error><Code>PermanentRedirect</Code><Endpoint>elsewhere.test</Endpoint></Error>");
    fake_script(f->server, 200, "ETag: \"e\"\r\n", "");
    assert_int_equal(s3_api_put(f->api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_int_equal(f->server->count, 2);
    expect(f, 1, "PUT", "/bkt/k", "eu-other-2");
}

#define OTHER_REGION XML "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-other-2</Region></Error>"
#define FOUND "Content-Length: 5\r\nETag: \"e\"\r\n"

/* The answer to a HEAD has no body, so that a wrong region is a bare 400 (or a redirect): the question about the bucket
 * is refused in words. */
static void test_a_head_refused_without_words_asks_in_words(void **state)
{
    static const int statuses[] = {400, 301, 307};
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct s3_object o;
    for (int i = 0; i < 3; i++) {
        int first = f->server->count;
        snprintf(learned.region, sizeof learned.region, "eu-test-1");
        fake_script(f->server, statuses[i], "", "");
        fake_script(f->server, 400, "", OTHER_REGION);
        fake_script(f->server, 200, "", "");
        fake_script(f->server, 200, FOUND, "");
        assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), 0);
        assert_int_equal(o.size, 5);
        assert_int_equal(e.class, ERR_NONE);
        assert_string_equal(learned.region, "eu-other-2");
        assert_int_equal(f->server->count, first + 4);
        expect(f, first, "HEAD", "/bkt/k", "eu-test-1");
        expect(f, first + 1, "GET", "/bkt?location=", "eu-test-1");
        expect(f, first + 2, "GET", "/bkt?location=", "eu-other-2");
        expect(f, first + 3, "HEAD", "/bkt/k", "eu-other-2");
    }
}

/* Words that teach nothing: the refusal of the HEAD stands. */
static void test_a_head_refused_for_good(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct s3_object o;
    fake_script(f->server, 400, "", "");
    fake_script(f->server, 403, "", XML "<Error><Code>AccessDenied</Code></Error>");
    fake_script(f->server, 400, "", "");
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1);
    assert_int_equal(f->server->count, 3);
    assert_int_equal(e.class, ERR_PERMANENT);
    assert_string_not_equal(e.code, "AccessDenied"); /* of the question, not of the HEAD */
    fake_script(f->server, 403, "", "");             /* keys that may not look: nothing to ask about */
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1);
    assert_int_equal(f->server->count, 4);
    assert_string_equal(e.code, "AccessDenied");
    fake_script(f->server, 400, "", "");
    f->target.learned = NULL; /* what nobody would remember is not asked for */
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1);
    assert_int_equal(f->server->count, 5);
    assert_string_equal(learned.region, "eu-test-1");
}

#define LESSON(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LESSON(test_clocks_are_corrected),
        LESSON(test_redirects_are_not_followed),
        LESSON(test_a_head_refused_without_words_asks_in_words),
        LESSON(test_a_head_refused_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
