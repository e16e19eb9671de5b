/* One answer: status, headers and body, sent only when it is complete, so that an error is never half an answer. */
#ifndef TC_FCGI_RESPONSE_H
#define TC_FCGI_RESPONSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"

struct request;

struct response {
    int status;
    struct buf headers; /* "Name: value\r\n" lines */
    struct buf body;    /* a handler may raise its ceiling for this answer */
    struct jsonw json;
};

/* response_init(res): once per process; response_reset(res) before each request keeps the memory of small answers. */
void response_init(struct response *res);
void response_reset(struct response *res);
void response_free(struct response *res);

/* response_json(res, status): begin an application/json body; the handler writes one value into the writer. */
struct jsonw *response_json(struct response *res, int status);

/* response_text(res, status, type): begin a body of another kind; the handler appends to the buffer. */
struct buf *response_text(struct response *res, int status, const char *type);

/* response_empty(res, status): no body. */
void response_empty(struct response *res, int status);

/* response_header(res, name, value): add one; control characters in the value become spaces. */
void response_header(struct response *res, const char *name, const char *value);

/*
 * response_problem(res, req, why): answer an error (contract-api "Ours" 1), dropping what was written so far. Sentences
 * of our own failures and of services that are away stay in the log; the client gets a general one.
 */
void response_problem(struct response *res, const struct request *req, const struct err *why);

#endif
