/* Query strings: "a=1&b=x%20y" as name and value pairs, decoded, in order. Pure. */
#ifndef TC_FCGI_QUERY_H
#define TC_FCGI_QUERY_H

#include "base/arena.h"
#include "base/err.h"

enum { QUERY_MAX = 64 }; /* pairs; a request with more is refused */

struct query {
    struct {
        const char *name, *value;
    } items[QUERY_MAX];
    int count;
};

/* query_parse(text, a, q, e): ERR_FORMAT for a broken escape, a NUL, invalid UTF-8 or too many pairs. */
int query_parse(const char *text, struct arena *a, struct query *q, struct err *e);

/* query_get(q, name): the first value of that name (ASCII case ignored), NULL when there is none. */
const char *query_get(const struct query *q, const char *name);

#endif
