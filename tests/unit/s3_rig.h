/* A scripted S3 and a client of it, for the tests of provider/s3_*; every signature is recomputed with libcrypto. */
#ifndef TC_TESTS_S3_RIG_H
#define TC_TESTS_S3_RIG_H

#include "base/arena.h"
#include "net/digest.h"
#include "provider/s3_api.h"

#include "fake_http.h"
#include "sigv4_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

struct s3_rig {
    struct fake_http *server;
    struct arena *arena;
    struct s3_target target;
    struct s3_api *api;
    char endpoint[64];
};

static inline int s3_setup(void **state)
{
    struct s3_rig *f = calloc(1, sizeof *f);
    f->server = fake_http_start(NULL, NULL, NULL);
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

static inline int s3_teardown(void **state)
{
    struct s3_rig *f = *state;
    s3_api_free(f->api);
    arena_free(f->arena);
    fake_http_stop(f->server);
    free(f);
    return 0;
}

static inline const char *header_of(void *arg, const char *name)
{
    static char values[32][1024]; /* more than one check asks for */
    static int turn;
    char *value = values[turn++ % 32];
    return fake_header(arg, name, value, sizeof values[0]) ? value : NULL;
}

/* What a verifying server does: recompute, compare. */
static inline void check_signature(struct fake_request *r, const char *region)
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

/* expect(f, i, method, target, region): request i was this one, signed for the region. */
static inline void expect(struct s3_rig *f, int i, const char *method, const char *target, const char *region)
{
    assert_true(f->server->count > i);
    assert_string_equal(f->server->requests[i]->method, method);
    assert_string_equal(f->server->requests[i]->target, target);
    check_signature(f->server->requests[i], region);
}

static inline struct s3_payload payload_of(const void *data, size_t n, struct digest_sum *sum)
{
    digest_memory(DIGEST_BOTH, data, n, sum);
    return (struct s3_payload){.data = data, .len = n, .md5 = sum->md5, .sha256 = sum->sha256};
}

#define S3_TEST(f) cmocka_unit_test_setup_teardown(f, s3_setup, s3_teardown)

#endif
