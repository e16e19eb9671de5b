#include "base/jsonw.h"

#include "base/clock.h"
#include "base/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct jsonw jsonw_to(struct buf *b)
{
    return (struct jsonw){.b = b};
}

static void quoted(struct buf *b, const char *s)
{
    buf_addc(b, '"');
    while (*s) {
        size_t plain = 0; /* a run of bytes that need nothing: most strings are one */
        while ((unsigned char)s[plain] >= 0x20 && (unsigned char)s[plain] < 0x7f && s[plain] != '"' && s[plain] != '\\')
            plain++;
        buf_add(b, s, plain);
        s += plain;
        unsigned char c = (unsigned char)*s;
        if (!c)
            break;
        size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        if (c == '"' || c == '\\') {
            buf_addc(b, '\\');
            buf_addc(b, (char)c);
        } else if (c < 0x20 || c == 0x7f) {
            buf_addf(b, "\\u%04x", (unsigned)c);
        } else if (strnlen(s, n) == n && utf8_valid(s, n)) {
            buf_add(b, s, n);
        } else {
            buf_adds(b, "\xef\xbf\xbd");
            n = 1;
        }
        s += n;
    }
    buf_addc(b, '"');
}

static void member(struct jsonw *w, const char *key)
{
    size_t n = key ? strlen(key) : 0, all = (w->comma ? 1 : 0) + (key ? n + 3 : 0);
    char *at = buf_take(w->b, all);
    if (at && w->comma)
        *at++ = ',';
    if (at && key) {
        *at++ = '"';
        at = mempcpy(at, key, n);
        *at++ = '"';
        *at = ':';
    }
    w->comma = true;
}

static void open_level(struct jsonw *w, const char *key, bool array)
{
    member(w, key);
    buf_addc(w->b, array ? '[' : '{');
    w->arrays = w->arrays << 1 | array;
    w->depth++;
    w->comma = false;
}

void jsonw_object(struct jsonw *w, const char *key)
{
    open_level(w, key, false);
}

void jsonw_array(struct jsonw *w, const char *key)
{
    open_level(w, key, true);
}

void jsonw_end(struct jsonw *w)
{
    if (w->depth == 0)
        abort(); /* an end without a begin is a bug of the caller */
    buf_addc(w->b, w->arrays & 1 ? ']' : '}');
    w->arrays >>= 1;
    w->depth--;
    w->comma = true;
}

void jsonw_null(struct jsonw *w, const char *key)
{
    jsonw_raw(w, key, "null");
}

void jsonw_bool(struct jsonw *w, const char *key, bool v)
{
    jsonw_raw(w, key, v ? "true" : "false");
}

void jsonw_int(struct jsonw *w, const char *key, int64_t v)
{
    member(w, key);
    buf_addi(w->b, v);
}

void jsonw_int_or_null(struct jsonw *w, const char *key, bool present, int64_t v)
{
    if (present)
        jsonw_int(w, key, v);
    else
        jsonw_null(w, key);
}

void jsonw_double(struct jsonw *w, const char *key, double v)
{
    char text[40];
    if (!isfinite(v)) {
        jsonw_null(w, key);
        return;
    }
    if (v > INT32_MIN && v < INT32_MAX && v == (int32_t)v) { /* most percentages */
        jsonw_int(w, key, (int32_t)v);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    jsonw_raw(w, key, text);
}

void jsonw_str(struct jsonw *w, const char *key, const char *s)
{
    if (!s) {
        jsonw_null(w, key);
        return;
    }
    member(w, key);
    quoted(w->b, s);
}

void jsonw_time(struct jsonw *w, const char *key, int64_t us)
{
    char text[CLOCK_ISO_SIZE];
    if (us == 0) {
        jsonw_null(w, key);
        return;
    }
    clock_iso(us, text);
    jsonw_str(w, key, text);
}

void jsonw_raw(struct jsonw *w, const char *key, const char *json)
{
    member(w, key);
    buf_adds(w->b, json ? json : "null");
}
