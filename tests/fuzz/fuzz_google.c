/*
 * What Google's servers answer. A line with the status, one with Retry-After or nothing, then the body: read as tokens,
 * which have to fit a header, and as the refusal of an API.
 */
#include "provider/google_error.h"
#include "provider/google_oauth.h"
#include "tests/fuzz/fuzz.h"

/* A token that can stand in a header: printable, without blanks. */
static bool is_token(const char *s)
{
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return false;
    return *s && strlen(s) <= 4096;
}

static void tokens(struct arena *a, const char *body, size_t n)
{
    struct google_tokens t;
    struct err e = ERR_INIT;
    if (google_oauth_read_tokens(a, body, n, GOOGLE_SCOPE_FILE, &t, &e) == 0) {
        MUST(is_token(t.access) && (!t.refresh || is_token(t.refresh)));
        MUST(t.expires_s >= 0 && t.expires_s <= 30 * 86400);
        MUST(t.scope_granted || memmem(body, n, "scope", 5) || memchr(body, '\\', n));
    } else {
        MUST(e.class == ERR_REMOTE);
        MUST(!strcmp(e.code, "InvalidTokenResponse") || !strcmp(e.code, "MissingAccessToken"));
    }
}

static void refusal(int status, const char *wait, const char *body, size_t n)
{
    struct http_response res = {
        .status = status, .body = BUF_INIT(BUF_MAX_REMOTE_TEXT), .header_lines = BUF_INIT(BUF_MAX_URL)};
    struct err e = ERR_INIT;
    buf_add(&res.body, body, n);
    if (*wait) {
        buf_add(&res.header_lines, "Retry-After", sizeof "Retry-After");
        buf_add(&res.header_lines, wait, strlen(wait) + 1);
    }
    MUST(google_error_fill(&res, &e) == -1);
    MUST(e.class != ERR_NONE && e.class != ERR_BUG && *e.code && *e.msg);
    MUST(fuzz_is_text(e.code) && fuzz_is_text(e.msg));
    MUST(e.retry_after_s >= 0 && e.retry_after_s <= 86400);
    http_response_free(&res);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    int64_t status = 0;
    if (!parse_i64(fuzz_line(&f), 100, 599, &status))
        status = 403;
    const char *wait = fuzz_line(&f);
    size_t n = f.left;
    const char *body = fuzz_take(&f, n);
    tokens(f.arena, body, n);
    refusal((int)status, wait, body, n);
    fuzz_close(&f);
    return 0;
}
