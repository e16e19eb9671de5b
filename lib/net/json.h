/*
 * JSON input: the only file that includes jansson. Parsed values are read-only and belong to their root. For output see
 * base/jsonw.h. Text must be UTF-8, nested at most 64 deep; a number that fits no int64 is an error.
 */
#ifndef TC_NET_JSON_H
#define TC_NET_JSON_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

enum json_kind {
    JSON_KIND_MISSING, /* of a NULL value: "no such member" */
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INT,
    JSON_KIND_REAL,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
};

enum { JSON_MAX_DEPTH = 64 };

/*
 * json_parse(text, n, e): any JSON value; the caller frees it with json_free. NULL with ERR_FORMAT (line and column in
 * the sentence), or with ERR_INPUT "InvalidText" when a string holds U+0000, which neither C nor PostgreSQL keep.
 */
struct json *json_parse(const char *text, size_t n, struct err *e);
void json_free(struct json *root);

enum json_kind json_kind(const struct json *v);

/* json_get(obj, name): the member, NULL when there is none or obj is no object. json_get_ci ignores ASCII case, an
 * exact match first. */
const struct json *json_get(const struct json *obj, const char *name);
const struct json *json_get_ci(const struct json *obj, const char *name);

/* json_len(arr): elements of an array, 0 for anything else. json_at(arr, i): NULL past the end. */
size_t json_len(const struct json *arr);
const struct json *json_at(const struct json *arr, size_t i);

/* json_str(v): the text, which lives as long as the root; NULL when v is no string. */
const char *json_str(const struct json *v);

/* json_int(v, out): an integer; false when v is none. json_truth(v): is v the literal true. json_number(v): any number,
 * 0 when v is none. */
bool json_int(const struct json *v, int64_t *out);
bool json_truth(const struct json *v);
double json_number(const struct json *v);

#endif
