#include "net/json.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

/* `struct json` is jansson's json_t under a name that its users cannot look into. */
static json_t *raw(const struct json *v)
{
    return (json_t *)(uintptr_t)v;
}

static const struct json *wrap(const json_t *v)
{
    return (const struct json *)v;
}

/* jansson recurses up to 2048 levels; ours is the limit of the replaced product. Counts brackets outside strings. */
static bool too_deep(const char *s, size_t n)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']'))
            depth--;
        if (depth > JSON_MAX_DEPTH)
            return true;
    }
    return false;
}

static bool holds_nul(json_t *v)
{
    const char *key;
    json_t *member;
    size_t i;
    switch (json_typeof(v)) {
    case JSON_STRING:
        return strlen(json_string_value(v)) != json_string_length(v);
    case JSON_ARRAY:
        json_array_foreach(v, i, member) if (holds_nul(member)) return true;
        return false;
    case JSON_OBJECT:
        json_object_foreach(v, key, member) if (holds_nul(member)) return true;
        return false;
    default:
        return false;
    }
}

struct json *json_parse(const char *text, size_t n, struct err *e)
{
    json_error_t why;
    if (too_deep(text, n)) {
        err_set(e, ERR_FORMAT, NULL, "The JSON is nested deeper than %d levels.", JSON_MAX_DEPTH);
        return NULL;
    }
    /* NUL is allowed here only to be refused below by its own name. */
    json_t *root = json_loadb(text, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!root) {
        err_set(e, ERR_FORMAT, NULL, "The JSON could not be read: line %d, column %d.", why.line, why.column);
        return NULL;
    }
    if (holds_nul(root)) {
        json_decref(root);
        err_set(e, ERR_INPUT, "InvalidText", "The text must not contain the character U+0000.");
        return NULL;
    }
    return (struct json *)root;
}

void json_free(struct json *root)
{
    json_decref(raw(root));
}

enum json_kind json_kind(const struct json *v)
{
    static const enum json_kind kinds[] = {
        [JSON_OBJECT] = JSON_KIND_OBJECT, [JSON_ARRAY] = JSON_KIND_ARRAY, [JSON_STRING] = JSON_KIND_STRING,
        [JSON_INTEGER] = JSON_KIND_INT,   [JSON_REAL] = JSON_KIND_REAL,   [JSON_TRUE] = JSON_KIND_BOOL,
        [JSON_FALSE] = JSON_KIND_BOOL,    [JSON_NULL] = JSON_KIND_NULL,
    };
    return v ? kinds[json_typeof(raw(v))] : JSON_KIND_MISSING;
}

const struct json *json_get(const struct json *obj, const char *name)
{
    return wrap(json_object_get(raw(obj), name));
}

const struct json *json_get_ci(const struct json *obj, const char *name)
{
    const struct json *exact = json_get(obj, name);
    const char *key;
    json_t *member;
    if (exact || !json_is_object(raw(obj)))
        return exact;
    json_object_foreach(raw(obj), key, member) if (!strcasecmp(key, name)) return wrap(member);
    return NULL;
}

size_t json_len(const struct json *arr)
{
    return json_array_size(raw(arr));
}

const struct json *json_at(const struct json *arr, size_t i)
{
    return wrap(json_array_get(raw(arr), i));
}

const char *json_str(const struct json *v)
{
    return json_string_value(raw(v));
}

bool json_int(const struct json *v, int64_t *out)
{
    if (!json_is_integer(raw(v)))
        return false;
    *out = json_integer_value(raw(v));
    return true;
}

bool json_truth(const struct json *v)
{
    return json_is_true(raw(v));
}

double json_number(const struct json *v)
{
    return json_number_value(raw(v));
}
