/* provider/s3_sign: the four signed examples of the S3 manual, "Signature Calculations for the Authorization Header".
 */
#include "net/digest.h"
#include "provider/s3_request.h"
#include "provider/s3_sign.h"

#include "sigv4_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

enum { ROOM = 32 };

static const int64_t then = 1369353600; /* 2013-05-24T00:00:00Z */
static const struct http_sigv4 key = {"us-east-1", "s3", "AKIAIOSFODNN7EXAMPLE",
                                      "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
static const struct s3_target example = {
    .endpoint = "https://s3.amazonaws.com",
    .region = "us-east-1",
    .bucket = "examplebucket",
    .access_key = "AKIAIOSFODNN7EXAMPLE",
    .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    .virtual_host = true,
};

static int setup(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static const char *find(const struct http_header *headers, int n, const char *name)
{
    const char *value = NULL;
    for (int i = 0; i < n; i++)
        if (strcasecmp(headers[i].name, name) == 0) {
            assert_null(value); /* never twice */
            value = headers[i].value;
        }
    return value;
}

static void test_the_manual(void **state)
{
    static const char welcome[] = "Welcome to Amazon S3.";
    struct digest_sum sum;
    digest_memory(DIGEST_SHA256, welcome, strlen(welcome), &sum);
    const struct {
        struct s3_call call;
        const char *want;
    } vectors[] = {
        {{.method = "GET", .key = "test.txt", .headers = {{"Range", "bytes=0-9"}}, .header_count = 1},
         "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
         "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {{.method = "PUT",
          .key = "test$file.text",
          .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
          .header_count = 2,
          .payload = {.data = welcome, .len = sizeof welcome - 1, .sha256 = sum.sha256}},
         "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
         "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {{.method = "GET", .params = {{"lifecycle", ""}}, .param_count = 1},
         "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
         "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {{.method = "GET", .params = {{"prefix", "J"}, {"max-keys", "2"}}, .param_count = 2},
         "SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
         "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct http_request req;
        struct http_header headers[ROOM];
        struct err e = ERR_INIT;
        char want[512];
        assert_int_equal(s3_request_build(*state, &example, &vectors[i].call, &req, &e), 0);
        memcpy(headers, req.headers, (size_t)req.header_count * sizeof *headers);
        int n = s3_sign_request(*state, &key, &req, headers, then);
        assert_int_equal(n, req.header_count + S3_SIGN_HEADERS);
        assert_string_equal(find(headers, n, "host"), "examplebucket.s3.amazonaws.com");
        assert_string_equal(find(headers, n, "x-amz-date"), "20130524T000000Z");
        snprintf(want, sizeof want,
                 "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,%s",
                 vectors[i].want);
        assert_string_equal(find(headers, n, "Authorization"), want);
    }
}

static void test_hosts(void **state)
{
    static const struct {
        const char *url, *host;
    } rows[] = {
        {"https://h.test:443/b", "h.test"},    {"http://h.test:80/b", "h.test"}, {"https://h.test:80/b", "h.test:80"},
        {"http://[::1]:9000/b", "[::1]:9000"}, {"http://h.test?x=", "h.test"},   {"http://h.test:8080/", "h.test:8080"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_header headers[ROOM];
        struct http_request req = {.method = "GET", .url = rows[i].url};
        int n = s3_sign_request(*state, &key, &req, headers, then);
        assert_string_equal(find(headers, n, "host"), rows[i].host);
    }
}

/* With an offset the request carries our signature and libcurl adds none; without one it is libcurl's. */
static void test_the_offset_decides_who_signs(void **state)
{
    struct s3_target t = example;
    struct s3_call c = {.method = "GET", .key = "k"};
    struct http_request req;
    struct err e = ERR_INIT;
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), 0);
    assert_non_null(req.sigv4);
    assert_null(find(req.headers, req.header_count, "authorization"));
    t.clock_offset_s = -7200;
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), 0);
    assert_null(req.sigv4);
    assert_non_null(find(req.headers, req.header_count, "authorization"));
    char text[32];
    time_t there = time(NULL) - 7200;
    strftime(text, sizeof text, "%Y%m%dT%H%M", gmtime(&there));
    const char *date = find(req.headers, req.header_count, "x-amz-date");
    there -= 60; /* a minute may have begun in between */
    if (strncmp(date, text, strlen(text)) != 0) {
        strftime(text, sizeof text, "%Y%m%dT%H%M", gmtime(&there));
        assert_memory_equal(date, text, strlen(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_manual, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hosts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_offset_decides_who_signs, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
