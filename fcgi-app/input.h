/*
 * Input: JSON bodies and query parameters become C values by tables of fields, with the error messages that clients of
 * the replaced product know (contract-api 1.2). Everything that is wrong is collected and told at once.
 */
#ifndef TC_FCGI_INPUT_H
#define TC_FCGI_INPUT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;

enum input_type {
    INPUT_TEXT,       /* const char *; absent: "" */
    INPUT_MAYBE_TEXT, /* const char *; absent: NULL */
    INPUT_ID,         /* int64_t within int32, also as a string; absent: 0 */
    INPUT_FLAG,       /* bool; absent: false */
    INPUT_TEXT_LIST   /* struct input_list */
};

struct input_list {
    bool given;         /* false: absent or null */
    const char **items; /* NULL for an element that is null */
    size_t count;
};

struct input_field {
    const char *name; /* "torrentFileId"; matched without ASCII case */
    enum input_type type;
    size_t offset; /* of the value in the target */
    bool nullable; /* null is the same as absent */
};

/* input_body(req, fields, n, target, e): the request's JSON object into *target; strings live as long as the request.
 */
int input_body(struct request *req, const struct input_field *fields, size_t n, void *target, struct err *e);

/* input_id(req, out, e): the {id} of the route. ERR_FORMAT when it is no number; a number that no row can have is 0. */
int input_id(struct request *req, int64_t *out, struct err *e);

struct input_page {
    int number, size;
};

/* input_page(req, out, e): pageNumber (1) and pageSize (10), clamped to 1 ≤ number and 1 ≤ size ≤ 100. */
int input_page(struct request *req, struct input_page *out, struct err *e);

#endif
