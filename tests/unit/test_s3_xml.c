/* provider/s3_xml and provider/s3_error: what servers send, and what hostile ones might. */
#include "base/buf.h"
#include "base/encode.h"
#include "provider/s3_error.h"
#include "provider/s3_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void collect(void *arg, const char *path, const char *text)
{
    buf_addf(arg, "%s=%s;", path, text);
}

static int parse(const char *xml, struct buf *out)
{
    struct err e = ERR_INIT;
    int rc = s3_xml_parse(xml, strlen(xml), collect, out, &e);
    if (rc)
        assert_string_equal(e.code, "UnexpectedAnswer");
    return rc;
}

static void test_elements_in_order(void **state)
{
    (void)state;
    struct buf out = BUF_INIT(4096);
    assert_int_equal(
        parse("\n  \r\n<?xml version=\"1.0\"?>\n<a xmlns=\"x\"> <s3:b> 1 &amp; 2 </s3:b><b/><c><d>&#xe9;</d></c></a>",
              &out),
        0);
    assert_string_equal(buf_str(&out), "a/b=1 & 2;a/b=;a/c/d=\xc3\xa9;a/c=;a=;");
    buf_free(&out);
}

/* One level more than the reader allows. */
static const char deep[] = "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
                           "</a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>";

static void test_hostile_documents(void **state)
{
    static const char *const bad[] = {
        "",
        "   ",
        "not xml",
        "<a><b></a>",
        "<a>",
        "<a/><b/>",
        "{\"json\":1}",
        "<html><p>hello</html>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<a>&undefined;</a>",
        "<s3:><Error><Code>x</Code></Error></s3:>", /* found by the fuzzer: Error looked like the root */
        deep,
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = BUF_INIT(4096);
        if (parse(bad[i], &out) == 0)
            fail_msg("accepted: %s", bad[i]);
        buf_free(&out);
    }
    struct buf big = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    buf_adds(&big, "<a>");
    for (int i = 0; i < 20000; i++)
        buf_addc(&big, 'x');
    buf_adds(&big, "</a>");
    assert_int_equal(parse(buf_str(&big), &out), -1);
    buf_clear(&big);
    buf_addc(&big, '<');
    for (int i = 0; i < 600; i++)
        buf_addc(&big, 'x');
    buf_adds(&big, "/>");
    assert_int_equal(parse(buf_str(&big), &out), -1);
    buf_free(&big);
    buf_free(&out);
}

static void classify(int status, const char *body, const char *header, enum err_class class, const char *code,
                     const char *words)
{
    struct http_response res = {.status = status, .body = BUF_INIT(4096), .header_lines = BUF_INIT(4096)};
    struct s3_error s;
    struct err e = ERR_INIT;
    buf_adds(&res.body, body);
    if (header)
        buf_add(&res.header_lines, header, strlen(header) + 1 + strlen(header + strlen(header) + 1) + 1);
    assert_true(s3_error_read(&res, &s));
    assert_int_equal(s3_error_fill(&s, "photos", &e), -1);
    assert_int_equal(e.class, class);
    assert_string_equal(e.code, code);
    if (!strstr(e.msg, words) || !strstr(e.msg, "photos"))
        fail_msg("%s does not say %s", e.msg, words);
    http_response_free(&res);
}

static void test_refusals(void **state)
{
    (void)state;
#define ERROR(code, more) "<?xml version=\"1.0\"?><Error><Code>" code "</Code><Message>m</Message>" more "</Error>"
    classify(403, ERROR("AccessDenied", ""), NULL, ERR_PERMANENT, "AccessDenied", "Access denied to bucket");
    classify(403, ERROR("SignatureDoesNotMatch", ""), NULL, ERR_PERMANENT, "SignatureDoesNotMatch", "secret key");
    classify(403, ERROR("RequestTimeTooSkewed", ""), NULL, ERR_UNAVAILABLE, "RequestTimeTooSkewed", "clock");
    classify(404, ERROR("NoSuchBucket", ""), NULL, ERR_PERMANENT, "BucketNotFound", "does not exist");
    classify(404, ERROR("NoSuchUpload", ""), NULL, ERR_NOT_FOUND, "NoSuchUpload", "no longer exists");
    classify(404, "", NULL, ERR_NOT_FOUND, "NoSuchKey", "does not exist");
    classify(403, "", "x-amz-bucket-region\0eu-west-1", ERR_PERMANENT, "AccessDenied", "Its region is eu-west-1");
    classify(400, ERROR("AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>"), NULL, ERR_PERMANENT,
             "WrongRegion", "eu-central-1");
    classify(400,
             "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'a' is wrong; expecting 'eu-x-1'"
             "</Message></Error>",
             NULL, ERR_PERMANENT, "WrongRegion", "Its region is eu-x-1");
    classify(301, ERROR("PermanentRedirect", "<Endpoint>e</Endpoint>"), NULL, ERR_PERMANENT, "WrongEndpoint",
             "another endpoint");
    classify(503, ERROR("SlowDown", ""), NULL, ERR_THROTTLED, "SlowDown", "slow down");
    classify(503, "<html>", NULL, ERR_THROTTLED, "ServiceUnavailable", "busy");
    classify(429, "", NULL, ERR_THROTTLED, "SlowDown", "slow down");
    classify(500, ERROR("InternalError", ""), NULL, ERR_REMOTE, "InternalError", "internal error");
    classify(200, ERROR("InternalError", ""), NULL, ERR_REMOTE, "InternalError", "internal error");
    classify(200, ERROR("Whatever", ""), NULL, ERR_REMOTE, "Whatever", "200 Whatever: m");
    classify(502, "", NULL, ERR_REMOTE, "S3Error", "502");
    classify(418, ERROR("Teapot", ""), NULL, ERR_PERMANENT, "Teapot", "418 Teapot: m");
    classify(403, ERROR("SomethingNew", ""), NULL, ERR_PERMANENT, "AccessDenied", "SomethingNew: m");
    classify(400, ERROR("InvalidPart", ""), NULL, ERR_CONFLICT, "InvalidPart", "lacks a part");
    classify(400, ERROR("BadDigest", ""), NULL, ERR_REMOTE, "BadDigest", "damaged");
    struct http_response late = {.status = 403, .header_lines = BUF_INIT(256)};
    struct s3_error said;
    buf_add(&late.header_lines, "Date\0Fri, 24 May 2013 00:00:00 GMT", 35);
    assert_true(s3_error_read(&late, &said));
    assert_int_equal(said.clock_s, 1369353600);
    http_response_free(&late);
    struct http_response fine = {.status = 204};
    struct s3_error s;
    assert_false(s3_error_read(&fine, &s));
}

/* Found by the fuzzer: a text that is cut inside a letter, and a header of any bytes, are text all the same. */
static void test_what_is_kept_is_text(void **state)
{
    struct http_response res = {.status = 400, .body = BUF_INIT(4096), .header_lines = BUF_INIT(4096)};
    static const char header[] = "x-amz-bucket-region\0eu-\xff\xfe";
    struct s3_error s;
    (void)state;
    buf_adds(&res.body, "<Error><Code>C</Code><Message>");
    for (int i = 0; i < 100; i++)
        buf_adds(&res.body, "\xe2\x82\xac");
    buf_adds(&res.body, "</Message></Error>");
    buf_add(&res.header_lines, header, sizeof header);
    assert_true(s3_error_read(&res, &s));
    assert_string_equal(s.region, "eu-??");
    assert_int_equal(strlen(s.message), sizeof s.message - 1);
    assert_true(utf8_valid(s.message, strlen(s.message)));
    buf_clear(&res.body);
    buf_clear(&res.header_lines);
    buf_adds(&res.body, "<Error><Code>AuthorizationHeaderMalformed</Code><Message>expecting '");
    for (int i = 0; i < 40; i++)
        buf_adds(&res.body, "\xc3\xa9");
    buf_adds(&res.body, "'</Message></Error>");
    assert_true(s3_error_read(&res, &s));
    assert_int_equal(strlen(s.region), sizeof s.region - 1);
    assert_true(utf8_valid(s.region, strlen(s.region)));
    http_response_free(&res);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_in_order),
        cmocka_unit_test(test_hostile_documents),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_what_is_kept_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
