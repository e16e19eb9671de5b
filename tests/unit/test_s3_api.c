/* provider/s3_api and s3_probe against a scripted S3: every request's signature is recomputed with libcrypto. */
#include "base/arena.h"
#include "net/digest.h"
#include "provider/s3_api.h"
#include "provider/s3_learned.h"
#include "provider/s3_probe.h"

#include "fake_http.h"
#include "sigv4_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

struct fixture {
    struct fake_http *server;
    struct arena *arena;
    struct s3_target target;
    struct s3_api *api;
    char endpoint[64];
    struct fake_answer answers[16]; /* in turn; the last one again and again */
    int count, next;
};

static void answer(const struct fake_request *req, struct fake_answer *out, void *arg)
{
    struct fixture *f = arg;
    (void)req;
    *out = f->answers[f->next];
    if (f->next < f->count - 1)
        f->next++;
}

static void script(struct fixture *f, int status, const char *headers, const char *body)
{
    struct fake_answer *a = &f->answers[f->count++];
    *a = (struct fake_answer){.status = status};
    snprintf(a->headers, sizeof a->headers, "%s", headers);
    snprintf(a->body, sizeof a->body, "%s", body);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->server = fake_http_start(answer, f, NULL);
    f->arena = arena_new(0);
    snprintf(f->endpoint, sizeof f->endpoint, "http://127.0.0.1:%d", f->server->port);
    f->target = (struct s3_target){.endpoint = f->endpoint,
                                   .region = "eu-test-1",
                                   .bucket = "bkt",
                                   .access_key = "test:tester",
                                   .secret_key = SECRET,
                                   .timeout_ms = 5000};
    f->api = s3_api_new(&f->target);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    s3_api_free(f->api);
    arena_free(f->arena);
    fake_http_stop(f->server);
    free(f);
    return 0;
}

static const char *header_of(void *arg, const char *name)
{
    static char values[32][1024]; /* more than one check asks for */
    static int turn;
    char *value = values[turn++ % 32];
    return fake_header(arg, name, value, sizeof values[0]) ? value : NULL;
}

/* What a verifying server does: recompute, compare. */
static void check_signature(struct fake_request *r, const char *region)
{
    char scope[256], credential[512] = "", signed_headers[512] = "", signature[128] = "", computed[65];
    const char *auth = header_of(r, "Authorization");
    assert_non_null(auth);
    assert_int_equal(sscanf(auth, "AWS4-HMAC-SHA256 Credential=%511[^,], SignedHeaders=%511[^,], Signature=%127s",
                            credential, signed_headers, signature),
                     3);
    const char *date = header_of(r, "X-Amz-Date");
    snprintf(scope, sizeof scope, "test:tester/%.8s/%s/s3/aws4_request", date, region);
    assert_string_equal(credential, scope);
    struct sigv4_input in = {.method = r->method,
                             .target = r->target,
                             .header = header_of,
                             .arg = r,
                             .signed_headers = signed_headers,
                             .payload_hash = header_of(r, "x-amz-content-sha256"),
                             .datetime = date,
                             .region = region,
                             .service = "s3",
                             .secret = SECRET};
    sigv4_signature(&in, computed);
    assert_string_equal(signature, computed);
    static const char *const must[] = {"host", "x-amz-content-sha256", "x-amz-date"};
    for (size_t i = 0; i < 3; i++)
        assert_non_null(strstr(signed_headers, must[i]));
    struct digest_sum sum;
    char hash[65];
    digest_memory(DIGEST_SHA256, r->body, r->body_len, &sum);
    sigv4_hex(sum.sha256, 32, hash);
    assert_string_equal(header_of(r, "x-amz-content-sha256"), hash); /* the payload is signed too */
}

static void expect(struct fixture *f, int i, const char *method, const char *target)
{
    assert_true(f->server->count > i);
    assert_string_equal(f->server->requests[i]->method, method);
    assert_string_equal(f->server->requests[i]->target, target);
    check_signature(f->server->requests[i], f->target.region);
}

static struct s3_payload payload_of(const void *data, size_t n, struct digest_sum *sum)
{
    digest_memory(DIGEST_BOTH, data, n, sum);
    return (struct s3_payload){.data = data, .len = n, .md5 = sum->md5, .sha256 = sum->sha256};
}

static void test_objects(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("hello", 5, &sum);
    struct s3_owner owner = {"12", "3", "abcd"};
    script(f, 200, "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n", "");
    assert_int_equal(s3_api_put(f->api, "torrents/12/\xc3\xa9 +%'(1)&=?#.txt", &p, &owner, S3_REPLACE, NULL, &etag, &e),
                     0);
    assert_string_equal(etag.text, "5d41402abc4b2a76b9719d911017c592");
    expect(f, 0, "PUT", "/bkt/torrents/12/%C3%A9%20%2B%25%27%281%29%26%3D%3F%23.txt");
    struct fake_request *r = f->server->requests[0];
    assert_string_equal(header_of(r, "x-amz-meta-tc-job"), "12");
    assert_string_equal(header_of(r, "x-amz-meta-tc-file"), "3");
    assert_string_equal(header_of(r, "x-amz-meta-tc-sha256"), "abcd");
    assert_string_equal(header_of(r, "Content-MD5"), "XUFAKrxLKna5cZ2REBfFkg==");
    assert_string_equal(header_of(r, "Content-Type"), "application/octet-stream");

    p = payload_of("", 0, &sum); /* a zero-byte file is a PutObject like any other */
    assert_int_equal(s3_api_put(f->api, "empty", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    expect(f, 1, "PUT", "/bkt/empty");
    assert_string_equal(header_of(f->server->requests[1], "Content-Length"), "0");

    script(f, 200, "Content-Length: 5\r\nETag: \"e\"\r\nx-amz-meta-tc-job: 12\r\nX-Amz-Meta-Tc-Sha256: abcd\r\n", "");
    f->next = 1;
    struct s3_object o;
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), 0);
    expect(f, 2, "HEAD", "/bkt/k");
    assert_int_equal(o.size, 5);
    assert_string_equal(o.etag.text, "e");
    assert_string_equal(o.owner.job, "12");
    assert_string_equal(o.owner.sha256, "abcd");
    assert_null(o.owner.file);

    script(f, 404, "", "");
    f->next = 2;
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1);
    assert_int_equal(e.class, ERR_NOT_FOUND);
    assert_int_equal(s3_api_delete(f->api, "k", &e), 0); /* gone already */
    expect(f, 4, "DELETE", "/bkt/k");
    script(f, 200, "", ""); /* some web server that says 200 to everything */
    f->next = 3;
    assert_int_equal(s3_api_put(f->api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), -1);
    assert_string_equal(e.code, "UnexpectedAnswer");
}

/* Sent where an object is made, and nowhere else: servers refuse a header that they do not know there. */
static void test_options(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("hello", 5, &sum);
    struct s3_owner owner = {"12", "3", "abcd"};
    const char *const names[] = {"x-amz-storage-class", "x-amz-server-side-encryption",
                                 "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-acl"};
    const char *const values[] = {"COLD", "aws:kms", "arn:aws:kms:eu-x:1:key/2", "public-read"};
    f->target.options = (struct s3_options){values[0], values[1], values[2], values[3]};
    script(f, 200, "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n", "");
    assert_int_equal(s3_api_put(f->api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_true(etag.opaque); /* although the server does not say so again */
    script(f, 200, "", XML "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
    f->next = 1;
    assert_non_null(s3_api_create(f->api, f->arena, "k", &owner, &e));
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 4; k++)
            assert_string_equal(header_of(f->server->requests[i], names[k]), values[k]);
    f->next = 0;
    assert_int_equal(s3_api_upload_part(f->api, "k", "id", 1, &p, NULL, &etag, &e), 0);
    assert_int_equal(s3_api_delete(f->api, "k", &e), 0);
    for (int i = 2; i < 4; i++)
        for (int k = 0; k < 4; k++)
            assert_null(header_of(f->server->requests[i], names[k]));
    for (int i = 0; i < 4; i++)
        check_signature(f->server->requests[i], f->target.region);
}

/* libcurl repeats by itself what a kept connection did not answer. Of two uploads we would know one. */
static void test_an_upload_is_created_once(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    struct s3_owner owner = {"1", "2", "x"};
    struct s3_object o;
    script(f, 404, "", "");
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1); /* leaves a connection open */
    script(f, 200, "", "");
    f->answers[1].drop = true;
    f->next = 1;
    assert_null(s3_api_create(f->api, f->arena, "k", &owner, &e));
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_int_equal(f->server->count, 2);
    f->next = 0;
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1);
    assert_int_equal(f->server->requests[2]->connection, 1); /* the kept one */
}

static void test_multipart(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("part", 4, &sum);
    struct s3_owner owner = {"1", "2", "x"};
    script(f, 200, "",
           XML "<InitiateMultipartUploadResult><UploadId>a/b+c&amp;d==</UploadId></InitiateMultipartUploadResult>");
    const char *id = s3_api_create(f->api, f->arena, "k", &owner, &e);
    assert_string_equal(id, "a/b+c&d==");
    expect(f, 0, "POST", "/bkt/k?uploads=");
    assert_string_equal(header_of(f->server->requests[0], "x-amz-meta-tc-job"), "1");

    script(f, 200, "ETag: \"11\"\r\n", "");
    f->next = 1;
    assert_int_equal(s3_api_upload_part(f->api, "k", id, 7, &p, NULL, &etag, &e), 0);
    assert_string_equal(etag.text, "11");
    expect(f, 1, "PUT", "/bkt/k?partNumber=7&uploadId=a%2Fb%2Bc%26d%3D%3D");

    script(f, 200, "",
           " \n \n" XML
           "<CompleteMultipartUploadResult><ETag>&quot;abc-2&quot;</ETag></CompleteMultipartUploadResult>");
    f->next = 2;
    struct s3_part parts[] = {{1, 5, "11"}, {2, 5, "2&<2"}};
    assert_int_equal(s3_api_complete(f->api, "k", id, parts, 2, S3_REPLACE, &etag, &e), 0);
    assert_string_equal(etag.text, "abc-2");
    expect(f, 2, "POST", "/bkt/k?uploadId=a%2Fb%2Bc%26d%3D%3D");
    assert_non_null(
        strstr(f->server->requests[2]->body,
               "<Part><PartNumber>2</PartNumber><ETag>\"2&amp;&lt;2\"</ETag></Part></CompleteMultipartUpload>"));

    script(f, 200, "", XML "<Error><Code>InternalError</Code><Message>We failed.</Message></Error>"); /* trust no 200 */
    f->next = 3;
    assert_int_equal(s3_api_complete(f->api, "k", id, parts, 2, S3_REPLACE, &etag, &e), -1);
    assert_int_equal(e.class, ERR_REMOTE);
    assert_string_equal(e.code, "InternalError");

    script(f, 204, "", "");
    f->next = 4;
    assert_int_equal(s3_api_abort(f->api, "k", id, &e), 0);
    expect(f, 4, "DELETE", "/bkt/k?uploadId=a%2Fb%2Bc%26d%3D%3D");
    script(f, 404, "", XML "<Error><Code>NoSuchUpload</Code></Error>");
    f->next = 5;
    assert_int_equal(s3_api_abort(f->api, "k", id, &e), 0);
    script(f, 404, "", XML "<Error><Code>NoSuchBucket</Code></Error>");
    f->next = 6;
    assert_int_equal(s3_api_abort(f->api, "k", id, &e), -1);
    assert_string_equal(e.code, "BucketNotFound");
}

static void test_lists_are_paged(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    struct s3_part *parts;
    struct s3_upload *uploads;
    int n;
    script(f, 200, "",
           XML "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>"
               "<Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag><Size>5</Size></Part>"
               "<Part><PartNumber>2</PartNumber><ETag>&quot;b&quot;</ETag><Size>6</Size></Part></ListPartsResult>");
    script(f, 200, "",
           XML "<ListPartsResult><IsTruncated>false</IsTruncated>"
               "<Part><PartNumber>9</PartNumber><ETag>\"c\"</ETag><Size>7</Size></Part></ListPartsResult>");
    assert_int_equal(s3_api_list_parts(f->api, f->arena, "k", "id", &parts, &n, &e), 0);
    assert_int_equal(n, 3);
    assert_int_equal(parts[2].number, 9);
    assert_int_equal(parts[2].size, 7);
    assert_string_equal(parts[1].etag, "b");
    expect(f, 0, "GET", "/bkt/k?uploadId=id");
    expect(f, 1, "GET", "/bkt/k?part-number-marker=2&uploadId=id");

    script(f, 200, "",
           XML "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker></"
               "ListPartsResult>");
    f->next = 2; /* a list that leads nowhere must end */
    assert_int_equal(s3_api_list_parts(f->api, f->arena, "k", "id", &parts, &n, &e), -1);
    assert_string_equal(e.code, "UnexpectedAnswer");
    script(f, 200, "", XML "<ListPartsResult><Part><PartNumber>70000</PartNumber></Part></ListPartsResult>");
    f->next = 3;
    assert_int_equal(s3_api_list_parts(f->api, f->arena, "k", "id", &parts, &n, &e), -1);

    script(f, 200, "",
           XML "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k1</"
               "NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>"
               "<Upload><Key>torrents/1/a</Key><UploadId>u1</UploadId></Upload></ListMultipartUploadsResult>");
    script(f, 200, "",
           XML "<ListMultipartUploadsResult><Upload><Key>torrents/1/b</Key><UploadId>u2</UploadId></Upload></"
               "ListMultipartUploadsResult>");
    f->next = 4;
    assert_int_equal(s3_api_list_uploads(f->api, f->arena, "torrents/1/", &uploads, &n, &e), 0);
    assert_int_equal(n, 2);
    assert_string_equal(uploads[1].key, "torrents/1/b");
    assert_string_equal(uploads[1].upload_id, "u2");
    expect(f, 5, "GET", "/bkt?key-marker=k1&prefix=torrents%2F1%2F&upload-id-marker=u1&uploads=");
}

static void test_throttling_tells_when_to_come_back(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("0123456789", 10, &sum);
    script(f, 503, "Retry-After: 7\r\n", XML "<Error><Code>SlowDown</Code></Error>");
    assert_int_equal(s3_api_upload_part(f->api, "k", "id", 5, &p, NULL, &etag, &e), -1);
    assert_int_equal(e.class, ERR_THROTTLED);
    assert_int_equal(e.retry_after_s, 7);
}

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
    struct fixture *f = *state;
    char seen[64] = "", endpoint[64];
    struct fake_http *server = fake_http_start(region_server, seen, NULL);
    struct err e = ERR_INIT;
    struct s3_probe_result r;
    struct s3_target t = f->target;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", server->port);
    t.endpoint = endpoint;
    assert_int_equal(s3_probe_run(&t, &s3_plan_aws, &r, &e), 0);
    for (int i = 0; i < S3_PROBE_DELETE; i++)
        if (!r.steps[i].ok)
            fail_msg("%s: %s", r.steps[i].name, r.steps[i].err.msg);
    assert_false(r.steps[S3_PROBE_DELETE].ok); /* a warning */
    assert_true(r.success);
    assert_null(s3_probe_failure(&r));
    assert_string_equal(r.region, "eu-central-1");
    assert_false(r.virtual_host);
    fake_http_stop(server);
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
    struct fixture *f = *state;
    struct condition rows[] = {{0, 0, "none", ""},    {501, 501, "none", ""}, {412, 0, "put", ""},
                               {412, 501, "put", ""}, {412, 412, "all", ""},  {500, 500, NULL, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char endpoint[64];
        struct err e = ERR_INIT;
        struct s3_probe_result r;
        struct s3_target t = f->target;
        struct fake_http *server = fake_http_start(condition_server, &rows[i], NULL);
        snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", server->port);
        t.endpoint = endpoint;
        assert_int_equal(s3_probe_run(&t, &s3_plan_aws, &r, &e), 0);
        assert_true(r.success && r.steps[S3_PROBE_DELETE].ok); /* whatever it is: no failure */
        assert_true(!r.conditional == !rows[i].found && (!r.conditional || !strcmp(r.conditional, rows[i].found)));
        fake_http_stop(server);
    }
}

/* A server whose clock is `ahead` seconds from ours, as strict as AWS about it. */
struct far_clock {
    struct fixture *f;
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
    struct fixture *f = *state;
    struct far_clock clock = {.f = f, .ahead = 7200};
    struct fake_http *server = fake_http_start(far_server, &clock, NULL);
    char endpoint[64];
    struct s3_target t = f->target;
    struct s3_learned learned;
    struct err e = ERR_INIT;
    struct s3_object o;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_owner owner = {.job = "1"};
    struct s3_payload p = payload_of("hello", 5, &sum);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", server->port);
    t.endpoint = endpoint;
    t.learned = &learned;
    s3_learned_init(&learned, &t);
    struct s3_api *api = s3_api_new(&t);
    assert_int_equal(s3_api_head(api, f->arena, "k", &o, &e), 0); /* refused without a word, and still understood */
    assert_int_equal(clock.refused, 1);
    assert_in_range(learned.clock_offset_s, 7190, 7210);
    assert_int_equal(s3_api_put(api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_int_equal(clock.refused, 1); /* it knows by now */
    check_signature(server->requests[1], "eu-test-1");
    check_signature(server->requests[2], "eu-test-1");
    clock.ahead = 0; /* somebody has set the clock: libcurl signs again */
    assert_int_equal(s3_api_put(api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_int_equal(clock.refused, 2);
    assert_int_equal(learned.clock_offset_s, 0);
    check_signature(server->requests[4], "eu-test-1");
    s3_api_free(api);
    s3_learned_free(&learned);
    fake_http_stop(server);
}

/* A 301 is never followed: whatever it points to gets a signature of its own, or nothing. */
static void test_redirects_are_not_followed(void **state)
{
    struct fixture *f = *state;
    struct s3_target t = f->target;
    struct s3_learned learned;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_owner owner = {.job = "1"};
    struct s3_payload p = payload_of("hello", 5, &sum);
    char location[128];
    t.learned = &learned;
    s3_learned_init(&learned, &t);
    struct s3_api *api = s3_api_new(&t);
    snprintf(location, sizeof location, "Location: %s/elsewhere\r\nx-amz-bucket-region: eu-other-2\r\n", f->endpoint);
    script(f, 301, location, XML "<Error><Code>PermanentRedirect</Code><Endpoint>elsewhere.test</Endpoint></Error>");
    script(f, 200, "ETag: \"e\"\r\n", "");
    assert_int_equal(s3_api_put(api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_int_equal(f->server->count, 2);
    assert_string_equal(f->server->requests[1]->target, "/bkt/k");
    check_signature(f->server->requests[1], "eu-other-2");
    s3_api_free(api);
    s3_learned_free(&learned);
}

static void test_probe_tells_what_is_wrong(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    struct s3_probe_result r;
    script(f, 403, "", XML "<Error><Code>SignatureDoesNotMatch</Code></Error>");
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
        cmocka_unit_test_setup_teardown(test_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_upload_is_created_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_multipart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_are_paged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_throttling_tells_when_to_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clocks_are_corrected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_redirects_are_not_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_probe_finds_the_region, setup, teardown),
        cmocka_unit_test_setup_teardown(test_probe_tells_what_is_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(test_probe_finds_what_keeps_objects, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
