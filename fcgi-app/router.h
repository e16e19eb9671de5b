/* Which row of routes.c a method and a path belong to. Pure. */
#ifndef TC_FCGI_ROUTER_H
#define TC_FCGI_ROUTER_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

struct request;
struct response;

/* A handler reads its input, calls a service and renders the answer: 0, or -1 with *e, which the caller renders. */
typedef int route_handler(struct request *req, struct response *res, struct err *e);

enum route_pool { POOL_ANY, POOL_EDGE };  /* POOL_EDGE: its handler is linked into torrentclou-api-edge only */
enum route_auth { AUTH_USER, AUTH_NONE }; /* the default needs a session */
/* What an API key must be allowed. A row that says nothing is for sessions only. */
enum route_scope { SCOPE_NONE = 0, SCOPE_READ = 1, SCOPE_JOBS = 2, SCOPE_STORAGE = 4 };
enum route_body { BODY_NONE, BODY_JSON, BODY_FORM }; /* BODY_FORM: the handler streams it */

struct route {
    const char *method;
    const char *pattern; /* "/api/jobs/{id}/retry": compared without ASCII case, a literal segment beats {…} */
    route_handler *handler;
    enum route_pool pool;
    enum route_auth auth;
    enum route_scope scope;
    enum route_body body;
};

struct route_match {
    const struct route *route; /* NULL: see allow */
    const char *capture;       /* what {…} stands for, percent-decoded, NULL when the pattern has none */
    char allow[64];            /* methods of the path when only the method is wrong, "" when the path is unknown */
};

/* router_find(routes, n, method, path, a, out): path is percent-encoded and without a query. */
void router_find(const struct route *routes, size_t n, const char *method, const char *path, struct arena *a,
                 struct route_match *out);

#endif
