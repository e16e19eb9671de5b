#include "fcgi-app/input.h"

#include "base/encode.h"
#include "fcgi-app/request.h"
#include "net/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { PAGE_SIZE = 10, PAGE_SIZE_MAX = 100 };

static const char *const type_names[] = {
    [INPUT_TEXT] = "System.String",
    [INPUT_MAYBE_TEXT] = "System.String",
    [INPUT_ID] = "System.Int32",
    [INPUT_FLAG] = "System.Boolean",
    [INPUT_TEXT_LIST] = "System.Collections.Generic.List`1[System.String]",
};

/* A body that cannot be read is also one that is missing; told once. */
static void no_request(struct request *req)
{
    const struct field_error *f = req->field_errors;
    while (f && strcmp(f->field, "request") != 0)
        f = f->next;
    if (!f)
        request_field_error(req, "request", "The request field is required.");
}

static void wrong_type(struct request *req, const struct input_field *f)
{
    char path[96];
    snprintf(path, sizeof path, "$.%s", f->name);
    request_field_error(req, path, "The JSON value could not be converted to %s. Path: %s.", type_names[f->type], path);
    no_request(req);
}

static bool read_id(struct request *req, const struct input_field *f, const struct json *v, int64_t *out)
{
    const char *text = json_str(v); /* numbers are accepted as strings */
    if (!json_int(v, out) && !(text && parse_i64(text, INT64_MIN, INT64_MAX, out)))
        return false;
    if (*out < INT32_MIN || *out > INT32_MAX)
        wrong_type(req, f);
    return true;
}

static bool read_list(struct request *req, const struct json *v, struct input_list *out)
{
    if (json_kind(v) != JSON_KIND_ARRAY)
        return false;
    *out = (struct input_list){true, ARENA_ARRAY(req->arena, json_len(v) + 1, const char *), json_len(v)};
    for (size_t i = 0; i < out->count; i++) {
        const struct json *item = json_at(v, i);
        out->items[i] = json_str(item);
        if (!out->items[i] && json_kind(item) != JSON_KIND_NULL)
            return false;
    }
    return true;
}

static bool read_value(struct request *req, const struct input_field *f, const struct json *v, void *target)
{
    switch (f->type) {
    case INPUT_TEXT:
    case INPUT_MAYBE_TEXT:
        *(const char **)target = json_str(v);
        return json_str(v) != NULL;
    case INPUT_ID:
        return read_id(req, f, v, target);
    case INPUT_FLAG:
        *(bool *)target = json_truth(v);
        return json_kind(v) == JSON_KIND_BOOL;
    case INPUT_TEXT_LIST:
        return read_list(req, v, target);
    }
    return false;
}

/* "torrentFileId" → "TorrentFileId": the names under which clients look for field errors. */
static const char *pascal(struct request *req, const char *name)
{
    char *out = arena_strdup(req->arena, name);
    out[0] = (char)toupper((unsigned char)out[0]);
    return out;
}

int input_body(struct request *req, const struct input_field *fields, size_t n, void *target, struct err *e)
{
    enum json_kind root = json_kind(req->json);
    if (root == JSON_KIND_MISSING || root == JSON_KIND_NULL) {
        request_field_error(req, "", "A non-empty request body is required.");
        no_request(req);
    } else if (root != JSON_KIND_OBJECT) {
        request_field_error(req, "$", "The JSON value could not be converted to the request. Path: $.");
        no_request(req);
    }
    for (size_t i = 0; i < n; i++) {
        const struct input_field *f = &fields[i];
        const struct json *v = json_get_ci(req->json, f->name);
        enum json_kind kind = json_kind(v);
        void *out = (char *)target + f->offset;
        if (f->type == INPUT_TEXT || f->type == INPUT_MAYBE_TEXT)
            *(const char **)out = f->type == INPUT_TEXT ? "" : NULL;
        if (kind == JSON_KIND_MISSING || (kind == JSON_KIND_NULL && f->nullable))
            continue;
        if (kind == JSON_KIND_NULL && (f->type == INPUT_TEXT || f->type == INPUT_MAYBE_TEXT))
            request_field_error(req, pascal(req, f->name), "The %s field is required.", pascal(req, f->name));
        else if (!read_value(req, f, v, out))
            wrong_type(req, f);
    }
    return req->field_errors ? request_invalid(req, e) : 0;
}

/* Only digits, perhaps with a sign: a number, however large. */
static bool numeric(const char *s)
{
    s += *s == '-' || *s == '+';
    return *s && strspn(s, "0123456789") == strlen(s);
}

int input_id(struct request *req, int64_t *out, struct err *e)
{
    const char *text = req->capture ? req->capture : "";
    if (!numeric(text)) {
        request_field_error(req, "id", "The value '%s' is not valid.", text);
        return request_invalid(req, e);
    }
    if (!parse_i64(text, 1, INT32_MAX, out))
        *out = 0;
    return 0;
}

/* A parameter that is clamped rather than refused, unless it is no number at all. */
static int clamped(struct request *req, const char *name, int fallback, int max)
{
    const char *text = query_get(&req->query, name);
    int64_t value = fallback;
    if (text && !*text)
        request_field_error(req, name, "The value '' is invalid.");
    else if (text && !numeric(text))
        request_field_error(req, name, "The value '%s' is not valid.", text);
    else if (text && !parse_i64(text, INT64_MIN, INT64_MAX, &value))
        value = *text == '-' ? 1 : max;
    return (int)(value < 1 ? 1 : value > max ? max : value);
}

int input_page(struct request *req, struct input_page *out, struct err *e)
{
    out->number = clamped(req, "pageNumber", 1, INT32_MAX);
    out->size = clamped(req, "pageSize", PAGE_SIZE, PAGE_SIZE_MAX);
    return req->field_errors ? request_invalid(req, e) : 0;
}
