#include "provider/gdrive_call.h"

#include "base/clock.h"
#include "provider/gdrive_pacer.h"
#include "provider/google_error.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ANSWER = 64 * 1024, HEADERS_MAX = 3 + GDRIVE_MORE_MAX, STOP_LOOK_MS = 100 };

struct gdrive_api {
    const struct gdrive_target *target;
    struct http *http;
    gdrive_token *token;
    void *token_arg;
    bool (*stop)(void *arg);
    void *stop_arg;
    struct gdrive_pacer *pacer; /* NULL: none */
    const char *project, *user;
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

void gdrive_api_paced(struct gdrive_api *g, struct gdrive_pacer *p, const char *project, const char *user)
{
    g->pacer = p;
    g->project = project;
    g->user = user;
}

/* Of the calls that are made here, those that read a file's metadata and those that make one have prices of their own.
 */
static enum gdrive_cost cost_of(const char *method)
{
    return !strcmp(method, "GET") ? GDRIVE_COST_READ : !strcmp(method, "POST") ? GDRIVE_COST_WRITE : GDRIVE_COST_OTHER;
}

static int wait_for_units(struct gdrive_api *g, const char *method, struct err *e)
{
    int64_t ms;
    while (g->pacer && (ms = gdrive_pacer_take(g->pacer, g->project, g->user, cost_of(method))) > 0) {
        if (g->stop && g->stop(g->stop_arg))
            return err_set(e, ERR_STOPPED, NULL, "Stopped while waiting for Google's quota.");
        clock_sleep_ms(ms < STOP_LOOK_MS ? ms : STOP_LOOK_MS);
    }
    return 0;
}

/* One request with this token. */
static int request(struct gdrive_api *g, const char *token, const char *method, const char *url,
                   const struct gdrive_content *c, struct http_response *res, struct err *e)
{
    char bearer[GDRIVE_TOKEN_SIZE + 8];
    if (wait_for_units(g, method, e))
        return -1;
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
        req.tail = c->tail;
        req.tail_len = c->tail ? strlen(c->tail) : 0;
    }
    if (c && c->from_file) {
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
    if (c && c->from_file && !c->tail) /* a session is asked first what it has taken */
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
