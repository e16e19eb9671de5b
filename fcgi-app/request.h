/*
 * One request, from the first byte to the access log. Everything it points to lives in its arena and dies with it.
 * It knows FastCGI parameters by name but not the FastCGI library: the accept loop hands in the parameters and a
 * function that reads the body.
 */
#ifndef TC_FCGI_REQUEST_H
#define TC_FCGI_REQUEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "fcgi-app/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
struct route;
struct services;

/* The port that the request came in by: browsers with cookies, or clients of the replaced product. */
enum listener { LISTENER_WEB, LISTENER_API };

enum session_by { BY_COOKIE, BY_BEARER, BY_API_KEY };

/* Who asks: filled by the guard, for routes that need it. */
struct session {
    int64_t id; /* of its row, 0 of an API key */
    int64_t user_id;
    enum session_by by;
    const char *email, *name;
    const char *csrf;  /* NULL of an API key */
    int64_t expires_s; /* seconds since 1970, 0 for never */
};

/* Where a login comes from. */
struct origin {
    const char *address, *agent; /* agent: as sent, may be NULL */
    bool browser;                /* it came by the browsers' port */
};

struct field_error {
    const char *field, *message;
    struct field_error *next;
};

/* request_read: up to n bytes of the body into out; 0 at its end. */
typedef size_t request_read(void *stream, char *out, size_t n);

struct request {
    struct arena *arena;
    const char *id;     /* traceId of errors, RequestId of log lines */
    const char *method; /* "GET"; HEAD is GET here, nginx drops the body */
    const char *path;   /* as sent, still percent-encoded, without the query and the /proxy alias */
    const char *client; /* the client's address, TRUSTED_PROXIES considered */
    enum listener listener;
    bool secure; /* came by TLS, so cookies must too */
    struct query query;
    char *const *params; /* FastCGI: "NAME=value", NULL-terminated */
    request_read *read;
    void *stream;
    int64_t content_length; /* -1: not said */

    const struct route *route; /* NULL: no such */
    const char *allow;         /* of a 405: the methods of the path */
    const char *capture;       /* what {id} matched, decoded */
    struct session session;
    struct json *json; /* the body of a BODY_JSON route */
    struct field_error *field_errors;
    struct services *services;
};

/*
 * request_open(req, arena, params, read, stream, e): fill *req. It is usable (id, method, path, listener) even when
 * this fails with ERR_FORMAT, so that the failure can be answered and logged.
 */
int request_open(struct request *req, struct arena *arena, char *const *params, request_read *read, void *stream,
                 struct err *e);

/* request_close(req): what the arena does not hold. */
void request_close(struct request *req);

/* request_param(req, name): a FastCGI parameter, NULL when missing or empty. */
const char *request_param(const struct request *req, const char *name);

/* request_header(req, name): "Content-Type" … up to 60 bytes; NULL when missing or empty. */
const char *request_header(const struct request *req, const char *name);

/* request_cookie(req, name): the value as sent, in the arena; NULL when there is none. */
const char *request_cookie(const struct request *req, const char *name);

/* request_media_type(req): the content type in lower case without parameters, "" when there is none. */
const char *request_media_type(const struct request *req);

/* request_origin(req): for the row of a new session. */
struct origin request_origin(const struct request *req);

/* request_body(req, max, out, e): the whole body into `out`; ERR_TOO_LARGE past `max` bytes. */
int request_body(struct request *req, size_t max, struct buf *out, struct err *e);

/*
 * request_field_error(req, field, fmt, …): remember what is wrong with a field; several may be. request_invalid(req, e)
 * then makes ERR_FORMAT "ValidationFailed" of all of them; returns -1.
 */
void request_field_error(struct request *req, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int request_invalid(struct request *req, struct err *e);

#endif
