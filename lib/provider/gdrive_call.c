#include "provider/gdrive_call.h"

#include "provider/google_error.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ANSWER = 64 * 1024, HEADERS_MAX = 3 + GDRIVE_MORE_MAX };

struct gdrive_api {
    const struct gdrive_target *target;
    struct http *http;
    gdrive_token *token;
    void *token_arg;
    bool (*stop)(void *arg);
    void *stop_arg;
};

struct gdrive_api *gdrive_api_new(const struct gdrive_target *t, gdrive_token *token, void *arg)
{
    struct gdrive_api *g = MEM_NEW(struct gdrive_api);
    g->target = t;
    g->http = http_new();
    g->token = token;
    g->token_arg = arg;
    return g;
}

void gdrive_api_free(struct gdrive_api *g)
{
    if (!g)
        return;
    http_free(g->http);
    mem_free(g);
}

void gdrive_api_on_stop(struct gdrive_api *g, bool (*stop)(void *arg), void *arg)
{
    g->stop = stop;
    g->stop_arg = arg;
}

/* One request with this token. */
static int request(struct gdrive_api *g, const char *token, const char *method, const char *url,
                   const struct gdrive_content *c, struct http_response *res, struct err *e)
{
    char bearer[GDRIVE_TOKEN_SIZE + 8];
    struct http_header headers[HEADERS_MAX] = {{"Authorization", bearer}, {"Accept", "application/json"}};
    int n = 2;
    snprintf(bearer, sizeof bearer, "Bearer %s", token);
    if (c && c->type)
        headers[n++] = (struct http_header){"Content-Type", c->type};
    for (int i = 0; c && i < GDRIVE_MORE_MAX && c->more[i].name; i++)
        headers[n++] = c->more[i];
    struct http_request req = {.method = method,
                               .url = url,
                               .headers = headers,
                               .header_count = n,
                               .max_response = MAX_ANSWER,
                               .connect_timeout_ms = g->target->timeout_ms,
                               .timeout_ms = g->target->timeout_ms,
                               .stop = g->stop,
                               .stop_arg = g->stop_arg};
    if (c) {
        req.body = c->data;
        req.body_len = c->n;
        req.from_file = c->from_file;
        req.fd = c->fd;
        req.offset = c->offset;
        req.length = c->length;
        req.sent = c->sent;
    }
    if (c && (c->from_file || c->n > GDRIVE_BLOCK)) {
        req.timeout_ms = 0;
        req.stall_ms = g->target->stall_ms;
    }
    return http_perform(g->http, &req, res, e);
}

int gdrive_call_exchange(struct gdrive_api *g, const char *method, const char *url, const struct gdrive_content *c,
                         struct http_response *res, struct err *e)
{
    char token[GDRIVE_TOKEN_SIZE], fresh[GDRIVE_TOKEN_SIZE];
    if (g->token(g->token_arg, NULL, token, e) || request(g, token, method, url, c, res, e))
        return -1;
    if (res->status != 401)
        return 0;
    http_response_free(res);
    if (g->token(g->token_arg, token, fresh, e))
        return -1;
    if (c && c->from_file)
        return err_set(e, ERR_REMOTE, "TokenExpired", "The access token expired during an upload.");
    return request(g, fresh, method, url, c, res, e);
}

int gdrive_call(struct gdrive_api *g, const char *method, const char *url, const struct gdrive_content *c,
                struct http_response *res, struct err *e)
{
    if (gdrive_call_exchange(g, method, url, c, res, e))
        return -1;
    if (res->status >= 200 && res->status <= 299)
        return 0;
    google_error_fill(res, e);
    http_response_free(res);
    return -1;
}

const char *gdrive_call_base(const struct gdrive_api *g)
{
    return g->target->api_url;
}

bool gdrive_call_is_id(const char *text)
{
    size_t n = text ? strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") : 0;
    return n > 0 && n <= GDRIVE_ID_MAX && !text[n];
}
