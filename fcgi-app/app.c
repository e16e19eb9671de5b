#include "fcgi-app/app.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/trace.h"
#include "fcgi-app/guard.h"
#include "fcgi-app/routes.h"
#include "fcgi-app/services/session_service.h"
#include "net/json.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* application/json, text/json, application/…+json, in UTF-8. */
static bool is_json(struct request *req)
{
    const char *type = request_media_type(req), *header = request_header(req, "Content-Type");
    size_t n = strlen(type);
    const char *charset = header ? strcasestr(header, "charset=") : NULL;
    if (charset && strncasecmp(charset + 8 + (charset[8] == '"'), "utf-8", 5) != 0)
        return false;
    return !strcmp(type, "application/json") || !strcmp(type, "text/json") ||
           (!strncmp(type, "application/", 12) && n > 17 && !strcmp(type + n - 5, "+json"));
}

/* The JSON body of a route that takes one; none at all is for input_body to judge. */
static int read_json(struct request *req, struct err *e)
{
    struct buf body = BUF_INIT(BUF_MAX_REQUEST_JSON);
    int rc = request_body(req, BUF_MAX_REQUEST_JSON, &body, e);
    if (rc == 0 && body.len > 0 && !is_json(req))
        rc = err_set(e, ERR_MEDIA, NULL, "The body must be application/json in UTF-8.");
    if (rc == 0 && body.len > 0) {
        req->json = json_parse(body.data, body.len, e);
        rc = req->json ? 0 : -1;
    }
    if (rc && e->class == ERR_FORMAT) {
        request_field_error(req, "$", "%s", e->msg);
        request_field_error(req, "request", "The request field is required.");
        request_invalid(req, e);
    }
    buf_free(&body);
    return rc;
}

static int find_route(struct request *req, struct err *e)
{
    struct route_match match;
    router_find(routes, routes_count, req->method, req->path, req->arena, &match);
    req->route = match.route;
    req->capture = match.capture;
    if (match.route)
        return 0;
    if (!match.allow[0])
        return err_set(e, ERR_NOT_FOUND, NULL, "There is nothing at this address.");
    req->allow = arena_strdup(req->arena, match.allow);
    err_set(e, ERR_RULE, "MethodNotAllowed", "This address does not take %s; it takes %s.", req->method, req->allow);
    e->status = 405;
    return -1;
}

/* A compressed body could be a thousand times what it seems; nobody needs one here. */
static bool is_compressed(const struct request *req)
{
    const char *coding = request_header(req, "Content-Encoding");
    return coding && strcasecmp(coding, "identity") != 0;
}

/* With the session known as far as its token tells; see guard.h. */
static int handle(struct request *req, struct response *res, struct err *e)
{
    if (req->route->auth == AUTH_USER && guard_check(req, e))
        return -1;
    if (!req->route->handler)
        return err_set(e, ERR_UNAVAILABLE, NULL, "%s belongs to the edge pool, but came to the fast one.",
                       req->route->pattern);
    if (req->route->body != BODY_NONE && is_compressed(req))
        return err_set(e, ERR_MEDIA, NULL, "The body must not be compressed.");
    if (req->route->body == BODY_JSON && read_json(req, e))
        return -1;
    return req->route->handler(req, res, e);
}

static int answer(struct request *req, struct response *res, struct err *e)
{
    struct err refused;
    if (find_route(req, e))
        return -1;
    int rc = handle(req, res, e);
    /* Nothing leaves, no answer and no error, for a session that nobody has looked at. */
    if (guard_settle(req, &refused)) {
        req->field_errors = NULL;
        *e = refused;
        rc = -1;
    }
    session_service_forget(req->services);
    return rc;
}

/* A preflight is answered before anything else is looked at, and only where there are no cookies. */
static bool is_preflight(const struct request *req)
{
    return req->listener == LISTENER_API && !strcmp(req->method, "OPTIONS") && request_header(req, "Origin") &&
           request_header(req, "Access-Control-Request-Method");
}

static void answer_preflight(const struct request *req, struct response *res)
{
    const char *headers = request_header(req, "Access-Control-Request-Headers");
    response_empty(res, 204);
    response_header(res, "Access-Control-Allow-Methods", request_header(req, "Access-Control-Request-Method"));
    if (headers)
        response_header(res, "Access-Control-Allow-Headers", headers);
}

static void common_headers(const struct request *req, struct response *res)
{
    if (req->allow)
        response_header(res, "Allow", req->allow);
    if (res->status == 401)
        response_header(res, "WWW-Authenticate", guard_challenge(req));
    if (req->listener == LISTENER_API && request_header(req, "Origin"))
        response_header(res, "Access-Control-Allow-Origin", "*");
    response_header(res, "Cache-Control", "no-store");
    response_header(res, "X-Content-Type-Options", "nosniff");
}

/* One line per request; the path itself is not logged, it may be anything. */
static void access_log(const struct request *req, const struct response *res, const struct err *e, int64_t us)
{
    const char *route = req->route ? req->route->pattern : "";
    int64_t ms = us / 1000;
    if (e->class == ERR_NONE)
        log_info("request", kv_str("Method", req->method), kv_str("Route", route), kv_int("Status", res->status),
                 kv_int("DurationMs", ms), kv_int("UserId", req->session.user_id), kv_str("Client", req->client));
    else
        log_emit(res->status >= 500 ? LOG_ERROR : LOG_WARN, "request",
                 (const struct kv[]){kv_str("Method", req->method), kv_str("Route", route),
                                     kv_int("Status", res->status), kv_int("DurationMs", ms),
                                     kv_int("UserId", req->session.user_id), kv_str("Client", req->client), kv_err(e)},
                 7);
}

/* Of what a client may invent, only what is known becomes a label. */
static const char *known(const char *value, const char *const *list, const char *other)
{
    for (; value && *list; list++)
        if (!strcmp(value, *list))
            return *list;
    return other;
}

static const char *method_label(const struct request *req)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", NULL};
    return known(req->method, methods, "_OTHER");
}

/* How many are being answered: +1 and -1 of the same labels. */
static void count_active(const struct request *req, double change)
{
    metrics_add(METRIC_HTTP_ACTIVE, change, {"http_request_method", method_label(req)},
                {"url_scheme", req->secure ? "https" : "http"});
}

/* The labels of the replaced product (reference/behaviour 7.3). */
static void count(const struct app *app, const struct request *req, const struct response *res, int64_t us)
{
    static const char *const protocols[] = {"HTTP/1.0", "HTTP/1.1", "HTTP/2.0", NULL};
    const char *protocol = known(request_param(req, "SERVER_PROTOCOL"), protocols, "");
    char status[12];
    snprintf(status, sizeof status, "%d", res->status);
    metrics_add(METRIC_HTTP_DURATION, (double)us / 1e6, {"error_type", res->status >= 500 ? status : ""},
                {"http_request_method", method_label(req)}, {"http_response_status_code", status},
                {"http_route", req->route ? req->route->pattern : ""},
                {"network_protocol_version", *protocol ? protocol + strlen("HTTP/") : ""},
                {"url_scheme", req->secure ? "https" : "http"});
    metrics_cpu(app->service);
}

/* Health checks and scrapes would be most of all traces. */
static bool is_probe(const struct request *req)
{
    static const char *const patterns[] = {"/api/health", "/api/health/ready", "/api/health/detailed", "/metrics"};
    for (size_t i = 0; req->route && i < sizeof patterns / sizeof *patterns; i++)
        if (!strcmp(req->route->pattern, patterns[i]))
            return true;
    return false;
}

static void end_trace(struct trace_span *s, const struct request *req, const struct response *res, const struct err *e)
{
    const char *route = req->route ? req->route->pattern : "";
    if (is_probe(req)) {
        trace_drop(s);
        return;
    }
    const struct kv attributes[] = {
        kv_str("http.request.method", method_label(req)), kv_str("url.scheme", req->secure ? "https" : "http"),
        kv_int("http.response.status_code", res->status), kv_str("request.id", req->id),
        kv_int("user.id", req->session.user_id),          kv_str("http.route", route)};
    s->name = s->started_us ? arena_printf(req->arena, "%s%s%s", method_label(req), *route ? " " : "", route) : "";
    /* What the client did wrong is no failure of the server's span. */
    trace_end(s, res->status >= 500 ? e : NULL, attributes, *route ? 6 : 5);
}

void app_serve(void *arg, char *const *params, request_read *read, void *stream, struct response *res)
{
    struct app *app = arg;
    struct request req;
    struct trace_span span;
    struct err e = ERR_INIT;
    int64_t started = clock_mono_us();
    int opened = request_open(&req, app->arena, params, read, stream, &e);
    req.services = app->services;
    log_context(req.id, 0);
    trace_enter(trace_root(request_header(&req, "traceparent"), req.id));
    trace_begin(&span, TRACE_SERVER, "");
    count_active(&req, 1);
    if (opened == 0 && is_preflight(&req))
        answer_preflight(&req, res);
    else if (opened || answer(&req, res, &e))
        response_problem(res, &req, &e);
    if (!buf_ok(&res->body) || !buf_ok(&res->headers)) {
        err_set(&e, ERR_BUG, NULL, "The answer passed its ceiling of %zu bytes.", res->body.max);
        response_problem(res, &req, &e);
    }
    common_headers(&req, res);
    int64_t us = clock_mono_us() - started;
    access_log(&req, res, &e, us);
    count(app, &req, res, us);
    count_active(&req, -1);
    end_trace(&span, &req, res, &e);
    trace_enter((struct trace_context){0});
    request_close(&req);
    log_context(NULL, 0);
    arena_reset(app->arena);
}
