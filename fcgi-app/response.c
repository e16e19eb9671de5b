#include "fcgi-app/response.h"

#include "fcgi-app/request.h"

#include <stdio.h>
#include <string.h>

enum { MAX_HEADERS = 16 * 1024, KEEP_BODY = 256 * 1024, AWAY_RETRY_S = 5 };

void response_init(struct response *res)
{
    *res = (struct response){.headers = BUF_INIT(MAX_HEADERS), .body = BUF_INIT(BUF_MAX_RESPONSE)};
}

void response_free(struct response *res)
{
    buf_free(&res->headers);
    buf_free(&res->body);
}

void response_reset(struct response *res)
{
    if (res->body.cap > KEEP_BODY) /* one huge file list must not stay in every child */
        buf_free(&res->body);
    buf_clear(&res->body);
    buf_clear(&res->headers);
    res->body.max = BUF_MAX_RESPONSE;
    res->status = 0;
}

static struct jsonw *begin(struct response *res, int status, const char *type)
{
    res->status = status;
    buf_clear(&res->body);
    response_header(res, "Content-Type", type);
    res->json = jsonw_to(&res->body);
    return &res->json;
}

struct jsonw *response_json(struct response *res, int status)
{
    return begin(res, status, "application/json; charset=utf-8");
}

struct buf *response_text(struct response *res, int status, const char *type)
{
    begin(res, status, type);
    return &res->body;
}

void response_empty(struct response *res, int status)
{
    res->status = status;
    buf_clear(&res->body);
}

void response_header(struct response *res, const char *name, const char *value)
{
    buf_addf(&res->headers, "%s: ", name);
    for (const char *p = value; *p; p++)
        buf_addc(&res->headers, (unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p);
    buf_adds(&res->headers, "\r\n");
}

/* What a client may read of an error: of our own failures and those of our servers, not the words of the log. */
static struct err for_client(const struct err *e)
{
    struct err out = *e;
    if (e->class == ERR_BUG || e->class == ERR_LOST || e->class == ERR_STOPPED)
        err_set(&out, ERR_BUG, NULL, "An unexpected error occurred.");
    else if (e->class == ERR_UNAVAILABLE)
        err_set(&out, ERR_UNAVAILABLE, NULL,
                "A service that TorrentClou needs cannot be reached right now. Please try again in a moment.");
    return out;
}

static void field_errors(struct jsonw *w, const struct field_error *first)
{
    jsonw_object(w, "errors");
    for (const struct field_error *f = first; f; f = f->next) {
        const struct field_error *same = first;
        while (strcmp(same->field, f->field))
            same = same->next;
        if (same != f)
            continue; /* its messages stand with the first of the name */
        jsonw_array(w, f->field);
        for (; same; same = same->next)
            if (!strcmp(same->field, f->field))
                jsonw_str(w, NULL, same->message);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void response_problem(struct response *res, const struct request *req, const struct err *why)
{
    char seconds[16];
    struct err told = for_client(why), *e = &told;
    int status = err_http_status(e), retry_after = why->retry_after_s;
    buf_clear(&res->headers);
    struct jsonw *w = begin(res, status, "application/problem+json; charset=utf-8");
    jsonw_object(w, NULL);
    jsonw_str(w, "type", "about:blank");
    jsonw_str(w, "title", e->code);
    jsonw_int(w, "status", status);
    jsonw_str(w, "detail", e->msg);
    jsonw_str(w, "code", e->code);
    jsonw_str(w, "message", e->msg);
    jsonw_str(w, "traceId", req->id);
    if (req->field_errors)
        field_errors(w, req->field_errors);
    jsonw_end(w);
    if (status == 503 && retry_after == 0)
        retry_after = AWAY_RETRY_S;
    if (retry_after > 0) {
        snprintf(seconds, sizeof seconds, "%d", retry_after);
        response_header(res, "Retry-After", seconds);
    }
}
