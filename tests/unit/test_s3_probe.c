/* provider/s3_probe: what it finds out about a destination, and how it says what is wrong. */
#include "provider/s3_probe.h"

#include "s3_rig.h"

/* A bucket in another region, whose keys may not delete. */
static void region_server(const struct fake_request *req, struct fake_answer *out, void *arg)
{
    char mark[64] = "", auth[1024] = "";
    char *seen = arg;
    fake_header(req, "Authorization", auth, sizeof auth);
    if (!strstr(auth, "/eu-central-1/s3/")) {
        out->status = 400;
        snprintf(out->body, sizeof out->body,
                 XML "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-central-1</Region></Error>");
        return;
    }
    if (fake_header(req, "x-amz-meta-tc-job", mark, sizeof mark))
        snprintf(seen, 64, "%s", mark);
    snprintf(out->headers, sizeof out->headers, "ETag: \"e\"\r\nx-amz-meta-tc-job: %s\r\n", seen);
    if (strcmp(req->method, "HEAD") == 0)
        snprintf(out->headers + strlen(out->headers), 64, "Content-Length: 64\r\n");
    if (strcmp(req->method, "POST") == 0)
        snprintf(out->body, sizeof out->body, "%s",
                 strstr(req->target, "uploads=")
                     ? "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                     : "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>");
    if (strcmp(req->method, "DELETE") == 0) {
        out->status = 403;
        snprintf(out->body, sizeof out->body, "<Error><Code>AccessDenied</Code></Error>");
    }
}

static void test_probe_finds_the_region(void **state)
{
    struct s3_rig *f = *state;
    char seen[64] = "";
    struct err e = ERR_INIT;
    struct s3_probe_result r;
    fake_http_answer(f->server, region_server, seen);
    assert_int_equal(s3_probe_run(&f->target, &s3_plan_aws, &r, &e), 0);
    for (int i = 0; i < S3_PROBE_DELETE; i++)
        if (!r.steps[i].ok)
            fail_msg("%s: %s", r.steps[i].name, r.steps[i].err.msg);
    assert_false(r.steps[S3_PROBE_DELETE].ok); /* a warning */
    assert_true(r.success);
    assert_null(s3_probe_failure(&r));
    assert_string_equal(r.region, "eu-central-1");
    assert_false(r.virtual_host);
}

/* What a server makes of "If-None-Match: *": a status for each of two calls; 0: it does not look at it. */
struct condition {
    int put, complete;
    const char *found;
    char mark[64];
};

static void condition_server(const struct fake_request *req, struct fake_answer *out, void *arg)
{
    struct condition *c = arg;
    char wish[8];
    bool post = strcmp(req->method, "POST") == 0, create = strstr(req->target, "uploads=");
    int refusal = post ? c->complete : c->put;
    if (fake_header(req, "If-None-Match", wish, sizeof wish)) {
        assert_true(!create && !strstr(req->target, "partNumber=") && strcmp(wish, "*") == 0);
        if (refusal) {
            out->status = refusal;
            snprintf(out->body, sizeof out->body, "<Error><Code>%s</Code></Error>",
                     refusal == 412   ? "PreconditionFailed"
                     : refusal == 501 ? "NotImplemented"
                                      : "InternalError");
            return;
        }
    }
    fake_header(req, "x-amz-meta-tc-job", c->mark, sizeof c->mark);
    snprintf(out->headers, sizeof out->headers, "ETag: \"e\"\r\nx-amz-meta-tc-job: %s\r\n%s", c->mark,
             strcmp(req->method, "HEAD") == 0 ? "Content-Length: 64\r\n" : "");
    if (post)
        snprintf(out->body, sizeof out->body, "%s",
                 create ? "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                        : "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>");
}

static void test_probe_finds_what_keeps_objects(void **state)
{
    struct s3_rig *f = *state;
    struct condition rows[] = {{0, 0, "none", ""},    {501, 501, "none", ""}, {412, 0, "put", ""},
                               {412, 501, "put", ""}, {412, 412, "all", ""},  {500, 500, NULL, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err e = ERR_INIT;
        struct s3_probe_result r;
        fake_http_answer(f->server, condition_server, &rows[i]);
        assert_int_equal(s3_probe_run(&f->target, &s3_plan_aws, &r, &e), 0);
        assert_true(r.success && r.steps[S3_PROBE_DELETE].ok); /* whatever it is: no failure */
        assert_true(!r.conditional == !rows[i].found && (!r.conditional || !strcmp(r.conditional, rows[i].found)));
    }
}

static void test_probe_tells_what_is_wrong(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct s3_probe_result r;
    fake_script(f->server, 403, "", XML "<Error><Code>SignatureDoesNotMatch</Code></Error>");
    assert_int_equal(s3_probe_run(&f->target, &s3_plan_aws, &r, &e), 0);
    assert_false(r.success);
    assert_string_equal(s3_probe_failure(&r)->code, "SignatureDoesNotMatch");
    assert_string_equal(r.steps[S3_PROBE_MULTIPART].err.code, "NotTried");
    assert_int_equal(f->server->count, 1); /* wrong keys are no reason to try another style */
    struct s3_target t = f->target;
    t.endpoint = "http://127.0.0.1:1";
    assert_int_equal(s3_probe_run(&t, &s3_plan_aws, &r, &e), 0);
    assert_int_equal(s3_probe_failure(&r)->class, ERR_UNAVAILABLE);
    t.endpoint = "nonsense";
    assert_int_equal(s3_probe_run(&t, &s3_plan_aws, &r, &e), -1);
    assert_string_equal(e.field, "s3Endpoint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        S3_TEST(test_probe_finds_the_region),
        S3_TEST(test_probe_tells_what_is_wrong),
        S3_TEST(test_probe_finds_what_keeps_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
