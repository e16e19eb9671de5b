/*
 * An S3 address that a person typed. Lines: endpoint, bucket, region, the name and value of a parameter; the rest is
 * the key. What is accepted makes a URL that stays at the endpoint's host and says bucket and key, and nothing else.
 */
#include "provider/s3_request.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

static bool is_address(const char *url)
{
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("\\\"<>#@", *p))
            return false;
    return true;
}

/* The part of the URL behind the endpoint, decoded, is "/bucket/key" or "/key". */
static void says_the_key(struct arena *a, const struct s3_target *t, const char *key, const char *url)
{
    const char *host = strstr(t->endpoint, "://") + 3;
    size_t n = strlen(host);
    while (n && host[n - 1] == '/')
        n--;
    const char *at = strstr(url, "://") + 3;
    if (t->virtual_host) {
        MUST(!strncmp(at, t->bucket, strlen(t->bucket)) && at[strlen(t->bucket)] == '.');
        at += strlen(t->bucket) + 1;
    }
    MUST(!strncmp(at, host, n) && at[n] == '/');
    at += n;
    size_t len = strcspn(at, "?");
    char *path = arena_alloc(a, len + 1);
    MUST(decode_percent(at, len, false, path) >= 0);
    const char *want = t->virtual_host ? arena_printf(a, "/%s", key) : arena_printf(a, "/%s/%s", t->bucket, key);
    MUST(!strcmp(path, want));
}

static void try_style(struct arena *a, struct s3_target *t, const struct s3_call *c)
{
    struct http_request req;
    struct err e = ERR_INIT;
    if (s3_request_build(a, t, c, &req, &e) != 0) {
        MUST(!strcmp(e.code, "KeyTooLong") || !strcmp(e.code, "InvalidUrl"));
        return;
    }
    MUST(is_address(req.url) && strlen(req.url) <= BUF_MAX_URL);
    MUST(!strncasecmp(req.url, s3_request_secure(t) ? "https://" : "http://", s3_request_secure(t) ? 8 : 7));
    MUST(strchr(req.url, '?') && strchr(strchr(req.url, '?'), '='));
    MUST(req.header_count == 1 && !strcasecmp(req.headers[0].name, "x-amz-content-sha256"));
    MUST(req.sigv4 && *req.sigv4->region);
    says_the_key(a, t, c->key, req.url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct err e = ERR_INIT;
    struct s3_target t = {.access_key = "key", .secret_key = "secret"};
    t.endpoint = fuzz_line(&f);
    t.bucket = fuzz_line(&f);
    t.region = fuzz_line(&f);
    const char *name = fuzz_line(&f), *value = fuzz_line(&f);
    struct s3_call c = {.method = "GET", .params = {{"prefix", "a/b"}, {name, value}}, .param_count = 2};
    c.key = fuzz_rest(&f);
    if (s3_request_check(&t, &e) == 0) {
        try_style(f.arena, &t, &c);
        t.virtual_host = true;
        try_style(f.arena, &t, &c);
    } else {
        MUST(e.class == ERR_INPUT && !strcmp(e.code, "InvalidS3Config") && *e.field && *e.msg);
    }
    fuzz_close(&f);
    return 0;
}
