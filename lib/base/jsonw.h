/*
 * JSON output, written straight into a buffer: no tree, no allocation of its own. Every call names its member with
 * `key`; inside an array (and for the root) the key is NULL.
 *
 *     struct jsonw w = jsonw_to(&b);
 *     jsonw_object(&w, NULL); jsonw_int(&w, "id", 5); jsonw_array(&w, "files"); jsonw_end(&w); jsonw_end(&w);
 *
 * Errors are the buffer's own (buf_ok). Keys are our own names and are written as they are.
 */
#ifndef TC_BASE_JSONW_H
#define TC_BASE_JSONW_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct jsonw {
    struct buf *b;
    uint64_t arrays; /* one bit per open level: it is an array */
    int depth;       /* at most 64 levels */
    bool comma;      /* the next member needs one in front */
};

/* jsonw_to(b): a writer that appends to b, which must outlive it. */
struct jsonw jsonw_to(struct buf *b);

void jsonw_object(struct jsonw *w, const char *key);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_end(struct jsonw *w); /* closes the innermost object or array */

void jsonw_null(struct jsonw *w, const char *key);
void jsonw_bool(struct jsonw *w, const char *key, bool v);
void jsonw_int(struct jsonw *w, const char *key, int64_t v);
void jsonw_int_or_null(struct jsonw *w, const char *key, bool present, int64_t v);

/* jsonw_double: the shortest form that reads back as the same number; not-a-number and infinities are null. */
void jsonw_double(struct jsonw *w, const char *key, double v);

/* jsonw_str: NULL is null. What is no valid UTF-8 becomes U+FFFD; non-ASCII is not escaped. */
void jsonw_str(struct jsonw *w, const char *key, const char *s);

/* jsonw_time: microseconds since 1970 as "2026-02-18T18:37:25.123456Z"; 0 is null. */
void jsonw_time(struct jsonw *w, const char *key, int64_t us);

/* jsonw_raw: `json` is JSON already; NULL is null. */
void jsonw_raw(struct jsonw *w, const char *key, const char *json);

#endif
