/* provider/s3_request against the published AWS vectors: the AWS4 test suite (path and query) and the four signed
 * examples of the S3 manual, whose signatures are recomputed from what we build. */
#include "base/encode.h"
#include "net/digest.h"
#include "provider/s3_request.h"

#include "sigv4_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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

static const char *url_for(struct arena *a, const struct s3_target *t, const struct s3_call *c)
{
    struct http_request req;
    struct err e = ERR_INIT;
    assert_int_equal(s3_request_build(a, t, c, &req, &e), 0);
    return req.url;
}

/* aws-sig-v4-test-suite: the request and the second and third line of its .creq file. */
static void test_aws_suite_paths_and_queries(void **state)
{
    static const struct {
        const char *name, *key;
        struct s3_param params[2];
        int count;
        const char *path, *query;
    } vectors[] = {
        {"get-vanilla", NULL, {{0}}, 0, "/", ""},
        {"get-vanilla-empty-query-key", NULL, {{"Param1", "value1"}}, 1, "/", "Param1=value1"},
        {"get-vanilla-query-order-key",
         NULL,
         {{"Param1", "value2"}, {"Param1", "Value1"}},
         2,
         "/",
         "Param1=Value1&Param1=value2"},
        {"get-vanilla-query-order-key-case",
         NULL,
         {{"Param2", "value2"}, {"Param1", "value1"}},
         2,
         "/",
         "Param1=value1&Param2=value2"},
        {"get-vanilla-query-order-value",
         NULL,
         {{"Param1", "value2"}, {"Param1", "value1"}},
         2,
         "/",
         "Param1=value1&Param1=value2"},
        {"get-vanilla-query-unreserved",
         NULL,
         {{"-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
           "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}},
         1,
         "/",
         "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~"
         "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
        {"get-vanilla-utf8-query", NULL, {{"\xe1\x88\xb4", "bar"}}, 1, "/", "%E1%88%B4=bar"},
        {"get-utf8", "\xe1\x88\xb4", {{0}}, 0, "/%E1%88%B4", ""},
        {"get-space", "example space/", {{0}}, 0, "/example%20space/", ""},
        {"get-unreserved",
         "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
         {{0}},
         0,
         "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
         ""},
        /* ours: S3 does not normalise the path, a value-less parameter keeps its '=', '=' takes no part in the order */
        {"s3-path-as-is", "a//b/../c+d%&?#'()*", {{0}}, 0, "/a//b/../c%2Bd%25%26%3F%23%27%28%29%2A", ""},
        {"uploads", NULL, {{"uploads", ""}, {"prefix", "a/b c"}}, 2, "/", "prefix=a%2Fb%20c&uploads="},
        {"order-ignores-equals", NULL, {{"a-b", "1"}, {"a", "2"}}, 2, "/", "a=2&a-b=1"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct s3_call c = {.method = "GET", .key = vectors[i].key, .param_count = vectors[i].count};
        memcpy(c.params, vectors[i].params, sizeof vectors[i].params);
        const char *url = url_for(*state, &example, &c);
        char want[512];
        snprintf(want, sizeof want, "https://examplebucket.s3.amazonaws.com%s%s%s", vectors[i].path,
                 *vectors[i].query ? "?" : "", vectors[i].query);
        if (strcmp(url, want) != 0)
            fail_msg("%s: %s instead of %s", vectors[i].name, url, want);
    }
}

static const char *find_header(void *arg, const char *name)
{
    const struct http_request *req = arg;
    if (strcmp(name, "host") == 0)
        return "examplebucket.s3.amazonaws.com";
    if (strcmp(name, "x-amz-date") == 0)
        return "20130524T000000Z";
    for (int i = 0; i < req->header_count; i++)
        if (strcasecmp(req->headers[i].name, name) == 0)
            return req->headers[i].value;
    return NULL;
}

/* "Signature Calculations for the Authorization Header", examples GET object, PUT object, lifecycle, list. */
static void test_s3_manual_signatures(void **state)
{
    static const char welcome[] = "Welcome to Amazon S3.";
    struct digest_sum sum;
    digest_memory(DIGEST_SHA256, welcome, strlen(welcome), &sum);
    const struct {
        struct s3_call call;
        const char *signed_headers, *signature;
    } vectors[] = {
        {{.method = "GET", .key = "test.txt", .headers = {{"Range", "bytes=0-9"}}, .header_count = 1},
         "host;range;x-amz-content-sha256;x-amz-date",
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {{.method = "PUT",
          .key = "test$file.text",
          .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
          .header_count = 2,
          .payload = {.data = welcome, .len = sizeof welcome - 1, .sha256 = sum.sha256}},
         "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {{.method = "GET", .params = {{"lifecycle", ""}}, .param_count = 1},
         "host;x-amz-content-sha256;x-amz-date",
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {{.method = "GET", .params = {{"prefix", "J"}, {"max-keys", "2"}}, .param_count = 2},
         "host;x-amz-content-sha256;x-amz-date",
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct http_request req;
        struct err e = ERR_INIT;
        assert_int_equal(s3_request_build(*state, &example, &vectors[i].call, &req, &e), 0);
        struct sigv4_input in = {
            .method = req.method,
            .target = strchr(req.url + strlen("https://"), '/'),
            .header = find_header,
            .arg = &req,
            .signed_headers = vectors[i].signed_headers,
            .payload_hash = find_header(&req, "x-amz-content-sha256"),
            .datetime = "20130524T000000Z",
            .region = req.sigv4->region,
            .service = req.sigv4->service,
            .secret = req.sigv4->secret_key,
        };
        char signature[65];
        sigv4_signature(&in, signature);
        assert_string_equal(signature, vectors[i].signature);
    }
}

static void test_addresses(void **state)
{
    static const struct {
        const char *endpoint;
        bool virtual_host;
        const char *url;
    } rows[] = {
        {"https://s3.example.com", false, "https://s3.example.com/bkt/a%20b"},
        {"https://s3.example.com/", true, "https://bkt.s3.example.com/a%20b"},
        {"http://127.0.0.1:9000", false, "http://127.0.0.1:9000/bkt/a%20b"},
        {"http://[::1]:9000//", false, "http://[::1]:9000/bkt/a%20b"},
        {"https://host/storage/v1/s3", false, "https://host/storage/v1/s3/bkt/a%20b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_target t = {.endpoint = rows[i].endpoint,
                              .region = "",
                              .bucket = "bkt",
                              .access_key = "k",
                              .secret_key = "s",
                              .virtual_host = rows[i].virtual_host};
        struct s3_call c = {.method = "GET", .key = "a b"};
        struct err e = ERR_INIT;
        assert_int_equal(s3_request_check(&t, &e), 0);
        assert_string_equal(url_for(*state, &t, &c), rows[i].url);
    }
}

static void test_payload_headers(void **state)
{
    struct s3_target t = example;
    struct digest_sum sum;
    struct http_request req;
    struct err e = ERR_INIT;
    digest_memory(DIGEST_BOTH, "abc", 3, &sum);
    struct s3_call c = {.method = "PUT", .key = "k", .payload = {.data = "abc", .len = 3, .md5 = sum.md5}};
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), 0);
    assert_string_equal(find_header(&req, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD"); /* TLS */
    assert_string_equal(find_header(&req, "Content-MD5"), "kAFQmDzST7DWlj99KOF/cg==");
    t.endpoint = "http://s3.amazonaws.com";
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), -1); /* never unsigned over plain HTTP */
    c.payload.sha256 = sum.sha256;
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), 0);
    assert_string_equal(find_header(&req, "x-amz-content-sha256"),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    c.payload = (struct s3_payload){0};
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), 0);
    assert_string_equal(find_header(&req, "x-amz-content-sha256"),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    char key[1100];
    memset(key, 'k', sizeof key);
    key[1025] = '\0';
    c.key = key;
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), -1);
    assert_string_equal(e.code, "KeyTooLong");
    key[1024] = '\0';
    assert_int_equal(s3_request_build(*state, &t, &c, &req, &e), 0);
}

static void test_check_names_the_field(void **state)
{
    static const struct {
        const char *endpoint, *region, *bucket, *access, *secret, *field;
    } rows[] = {
        {"s3.example.com", "r", "b", "k", "s", "s3Endpoint"}, {"ftp://x", "r", "b", "k", "s", "s3Endpoint"},
        {"http://", "r", "b", "k", "s", "s3Endpoint"},        {"http://u:p@h", "r", "b", "k", "s", "s3Endpoint"},
        {"http://h/?x=1", "r", "b", "k", "s", "s3Endpoint"},  {"http://h/\r\nX: 1", "r", "b", "k", "s", "s3Endpoint"},
        {"http://h", "r", "b/c", "k", "s", "s3BucketName"},   {"http://h", "r", "..", "k", "s", "s3BucketName"},
        {"http://h", "r", "", "k", "s", "s3BucketName"},      {"http://h", "r:x", "b", "k", "s", "s3Region"},
        {"http://h", "r", "b", "", "s", "s3AccessKey"},       {"http://h", "r", "b", "k", "", "s3SecretKey"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_target t = {.endpoint = rows[i].endpoint,
                              .region = rows[i].region,
                              .bucket = rows[i].bucket,
                              .access_key = rows[i].access,
                              .secret_key = rows[i].secret};
        struct err e = ERR_INIT;
        assert_int_equal(s3_request_check(&t, &e), -1);
        assert_int_equal(e.class, ERR_INPUT);
        assert_string_equal(e.field, rows[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_aws_suite_paths_and_queries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_s3_manual_signatures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_check_names_the_field, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
