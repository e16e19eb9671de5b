/*
 * A request: FastCGI parameters, one a line, "NAME=value", an empty line, the body. Headers, cookies, the path, the
 * query and the client's address are read from them; what is read is a part of what was sent.
 */
#include "fcgi-app/request.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

enum { PARAMS = 40, MAX_BODY = 256 };

static size_t read_some(void *stream, char *out, size_t n)
{
    struct fuzz *f = stream;
    n = n < 97 ? n : 97;
    n = n < f->left ? n : f->left;
    if (n)
        memcpy(out, f->at, n);
    f->at += n;
    f->left -= n;
    return n;
}

/* The body comes whole or not at all. */
static void read_body(struct request *req, const uint8_t *sent, size_t n)
{
    struct buf body = BUF_INIT(MAX_BODY);
    struct err e = ERR_INIT;
    int64_t told = req->content_length;
    if (request_body(req, MAX_BODY, &body, &e) == 0)
        MUST(n <= MAX_BODY && told <= (int64_t)n && body.len == n && !memcmp(buf_str(&body), sent, n));
    else
        MUST(e.class == (n > MAX_BODY || told > MAX_BODY ? ERR_TOO_LARGE : ERR_FORMAT));
    buf_free(&body);
}

static void cookies(const struct request *req, const char *name)
{
    const char *header = request_header(req, "Cookie"), *value = request_cookie(req, name);
    if (!value)
        return;
    MUST(header && !strchr(value, ';'));
    MUST(strstr(header, arena_printf(req->arena, "%s=%s", name, value)));
}

static void head(const struct request *req)
{
    size_t n = strlen(req->id);
    MUST(n >= 8 && n <= 63 && strspn(req->id, "0123456789abcdefABCDEF-") == n);
    MUST(*req->method && strcmp(req->method, "HEAD") != 0);
    MUST(!strchr(req->path, '?') && strncasecmp(req->path, "/proxy/api/", 11) != 0);
    MUST(req->client && (req->listener == LISTENER_WEB || req->listener == LISTENER_API));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct err e = ERR_INIT;
    struct request req;
    char *params[PARAMS + 1] = {NULL};
    fuzz_config();
    for (int i = 0; i < PARAMS && f.left && *(params[i] = fuzz_line(&f)); i++)
        ;
    const uint8_t *body = f.at;
    size_t n = f.left;
    if (request_open(&req, f.arena, params, read_some, &f, &e) == 0) {
        MUST(req.content_length >= -1 && req.query.count <= QUERY_MAX);
        read_body(&req, body, n);
    } else {
        MUST(e.class == ERR_FORMAT && *e.msg && fuzz_is_text(e.msg));
    }
    head(&req);
    cookies(&req, "tc_session");
    cookies(&req, "a");
    for (const char *p = request_media_type(&req); *p; p++)
        MUST(!strchr("; \t", *p) && !(*p >= 'A' && *p <= 'Z'));
    request_close(&req);
    fuzz_close(&f);
    return 0;
}
