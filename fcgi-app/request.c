#include "fcgi-app/request.h"

#include "base/config.h"
#include "base/encode.h"
#include "fcgi-app/client_address.h"
#include "net/json.h"
#include "net/seal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { READ_CHUNK = 16 * 1024 };

const char *request_param(const struct request *req, const char *name)
{
    size_t n = strlen(name);
    for (char *const *p = req->params; *p; p++)
        if (!strncmp(*p, name, n) && (*p)[n] == '=')
            return (*p)[n + 1] ? *p + n + 1 : NULL;
    return NULL;
}

const char *request_header(const struct request *req, const char *name)
{
    char param[80] = "HTTP_";
    if (!strcasecmp(name, "Content-Type"))
        return request_param(req, "CONTENT_TYPE");
    for (size_t i = 0; name[i] && i + 6 < sizeof param; i++)
        param[5 + i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
    return request_param(req, param);
}

const char *request_cookie(const struct request *req, const char *name)
{
    const char *p = request_header(req, "Cookie");
    size_t n = strlen(name);
    while (p && *p) {
        p += strspn(p, " ;");
        size_t len = strcspn(p, ";");
        if (len > n && !strncmp(p, name, n) && p[n] == '=')
            return arena_strndup(req->arena, p + n + 1, len - n - 1);
        p += len;
    }
    return NULL;
}

const char *request_media_type(const struct request *req)
{
    const char *value = request_header(req, "Content-Type");
    if (!value)
        return "";
    char *type = arena_strndup(req->arena, value, strcspn(value, "; \t"));
    for (char *p = type; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return type;
}

/* nginx's $request_id when it is one, so that its log and ours can be joined; else our own. */
static const char *choose_id(const struct request *req)
{
    const char *given = request_param(req, "REQUEST_ID");
    size_t n = given ? strlen(given) : 0;
    if (n >= 8 && n <= 63 && strspn(given, "0123456789abcdefABCDEF-") == n)
        return given;
    return seal_token(req->arena, 16);
}

/* The path as the client sent it, so that an encoded slash stays inside its segment. */
static const char *choose_path(const struct request *req)
{
    const char *uri = request_param(req, "REQUEST_URI");
    if (!uri)
        uri = "/";
    if (!strncasecmp(uri, "/proxy/api/", 11)) /* contract-api "Ours" 11 */
        uri += 6;
    return arena_strndup(req->arena, uri, strcspn(uri, "?"));
}

int request_open(struct request *req, struct arena *arena, char *const *params, request_read *read, void *stream,
                 struct err *e)
{
    *req = (struct request){.arena = arena, .params = params, .read = read, .stream = stream, .content_length = -1};
    const char *listener = request_param(req, "TC_LISTENER");
    const char *https = request_param(req, "HTTPS"), *query = request_param(req, "QUERY_STRING");
    const char *method = request_param(req, "REQUEST_METHOD"), *length = request_param(req, "CONTENT_LENGTH");
    req->id = choose_id(req);
    req->path = choose_path(req);
    req->method = !method || !strcmp(method, "HEAD") ? "GET" : method;
    /* Whatever is not said to be the browsers' port gets no cookies. */
    req->listener = listener && !strcmp(listener, "web") ? LISTENER_WEB : LISTENER_API;
    const char *peer = request_param(req, "REMOTE_ADDR");
    bool trusted = client_address_trusted(config_str(CFG_TRUSTED_PROXIES), peer);
    const char *proto = trusted ? request_header(req, "X-Forwarded-Proto") : NULL;
    req->secure = (https && !strcasecmp(https, "on")) || (proto && !strcasecmp(proto, "https"));
    req->client = client_address(arena, config_str(CFG_TRUSTED_PROXIES), peer, request_header(req, "X-Forwarded-For"));
    if (length && !parse_i64(length, 0, INT64_MAX, &req->content_length))
        return err_set(e, ERR_FORMAT, NULL, "The Content-Length is not a number.");
    return query_parse(query ? query : "", arena, &req->query, e);
}

void request_close(struct request *req)
{
    json_free(req->json);
    req->json = NULL;
}

struct origin request_origin(const struct request *req)
{
    return (struct origin){req->client, request_header(req, "User-Agent"), req->listener == LISTENER_WEB};
}

int request_body(struct request *req, size_t max, struct buf *out, struct err *e)
{
    char chunk[READ_CHUNK];
    size_t n;
    if (req->content_length > (int64_t)max)
        return err_set(e, ERR_TOO_LARGE, NULL, "The request body is larger than %zu bytes.", max);
    while ((n = req->read(req->stream, chunk, sizeof chunk)) > 0) {
        buf_add(out, chunk, n);
        if (!buf_ok(out) || out->len > max)
            return err_set(e, ERR_TOO_LARGE, NULL, "The request body is larger than %zu bytes.", max);
    }
    if (req->content_length >= 0 && (int64_t)out->len < req->content_length)
        return err_set(e, ERR_FORMAT, NULL, "The request body ended before its announced length.");
    return 0;
}

void request_field_error(struct request *req, const char *field, const char *fmt, ...)
{
    struct field_error *row = ARENA_NEW(req->arena, struct field_error), **tail = &req->field_errors;
    va_list ap;
    va_start(ap, fmt);
    *row = (struct field_error){arena_strdup(req->arena, field), arena_vprintf(req->arena, fmt, ap), NULL};
    va_end(ap);
    while (*tail)
        tail = &(*tail)->next;
    *tail = row;
}

int request_invalid(struct request *req, struct err *e)
{
    char joined[sizeof e->msg] = "";
    size_t len = 0;
    for (const struct field_error *f = req->field_errors; f && len < sizeof joined - 1; f = f->next) {
        size_t n = strlen(f->message);
        bool stop = f->next && n > 0 && f->message[n - 1] == '.'; /* the joining ". " brings its own */
        int put =
            snprintf(joined + len, sizeof joined - len, "%.*s%s", (int)(n - stop), f->message, f->next ? ". " : "");
        len += put > 0 ? (size_t)put : 0;
    }
    return err_set(e, ERR_FORMAT, "ValidationFailed", "%s", joined);
}
