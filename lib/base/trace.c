#include "base/trace.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/jsonw.h"
#include "base/telemetry.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { SPAN_MAX = 8 * 1024, STATUS_ERROR = 2 };

static int percent_sampled = 100;
static _Thread_local struct trace_context current;

static const uint8_t none[16];

void trace_open(int percent)
{
    percent_sampled = percent;
}

bool trace_on(void)
{
    return telemetry_on(TELEMETRY_SPAN) && percent_sampled > 0;
}

static bool has_trace(const struct trace_context *c)
{
    return memcmp(c->trace_id, none, sizeof c->trace_id) != 0;
}

/* Ids need to differ, not to be secret. */
static void random_id(uint8_t *out, size_t n)
{
    do
        if (getrandom(out, n, 0) != (ssize_t)n)
            memset(out, 1, n); /* before the kernel has any: never in a daemon's life */
    while (memcmp(out, none, n) == 0);
}

/* The id's last bytes are the random ones, whoever made it. */
static bool sampled(const uint8_t trace_id[16])
{
    uint64_t n = 0;
    for (int i = 9; i < 16; i++)
        n = n << 8 | trace_id[i];
    return (int)(n % 100) < percent_sampled;
}

static bool lower_hex(const char *s, size_t n)
{
    return strspn(s, "0123456789abcdef") >= n;
}

bool trace_parse(const char *text, struct trace_context *out)
{
    uint8_t version, flags;
    size_t n = strlen(text);
    *out = (struct trace_context){0};
    if (n < TRACEPARENT_SIZE - 1 || text[2] != '-' || text[35] != '-' || text[52] != '-' || !lower_hex(text, 2) ||
        !lower_hex(text + 3, 32) || !lower_hex(text + 36, 16) || !lower_hex(text + 53, 2))
        return false;
    decode_hex((char[]){text[0], text[1], '\0'}, &version, 1);
    /* What a later version appends begins with a dash; 00 has nothing behind its flags, and ff is forbidden. */
    if (version == 0xff || (n >= TRACEPARENT_SIZE && (version == 0 || text[55] != '-')))
        return false;
    char part[33];
    snprintf(part, sizeof part, "%.32s", text + 3);
    decode_hex(part, out->trace_id, 16);
    snprintf(part, sizeof part, "%.16s", text + 36);
    decode_hex(part, out->span_id, 8);
    snprintf(part, sizeof part, "%.2s", text + 53);
    decode_hex(part, &flags, 1);
    out->sampled = flags & 1;
    if (has_trace(out) && memcmp(out->span_id, none, 8) != 0)
        return true;
    *out = (struct trace_context){0};
    return false;
}

void trace_format(const struct trace_context *c, char out[TRACEPARENT_SIZE])
{
    char trace[33], span[17];
    out[0] = '\0';
    if (!has_trace(c))
        return;
    encode_hex(c->trace_id, 16, trace);
    encode_hex(c->span_id, 8, span);
    snprintf(out, TRACEPARENT_SIZE, "00-%s-%s-%s", trace, span, c->sampled ? "01" : "00");
}

struct trace_context trace_root(const char *given, const char *id)
{
    struct trace_context c = {0};
    if (!trace_on())
        return c;
    if (given && trace_parse(given, &c)) {
        c.sampled = c.sampled && sampled(c.trace_id);
        return c;
    }
    if (!id || !decode_hex(id, c.trace_id, 16) || !has_trace(&c))
        random_id(c.trace_id, 16);
    c.sampled = sampled(c.trace_id);
    return c;
}

struct trace_context trace_current(void)
{
    return current;
}

struct trace_context trace_enter(struct trace_context c)
{
    struct trace_context before = current;
    current = c;
    return before;
}

void trace_start(struct trace_span *s, const struct trace_context *parent, enum trace_kind kind, const char *name,
                 int64_t started_us)
{
    *s = (struct trace_span){.self = *parent, .before = current, .kind = kind, .name = name};
    if (!parent->sampled || !trace_on())
        return;
    s->started_us = started_us ? started_us : clock_wall_us();
    memcpy(s->parent, parent->span_id, sizeof s->parent);
    random_id(s->self.span_id, sizeof s->self.span_id);
}

void trace_begin(struct trace_span *s, enum trace_kind kind, const char *name)
{
    trace_start(s, &current, kind, name, 0);
    current = s->self;
}

static void put_id(struct jsonw *w, const char *key, const uint8_t *id, size_t n)
{
    char hex[33];
    encode_hex(id, n, hex);
    jsonw_str(w, key, hex);
}

/* 64-bit numbers are strings in the JSON of protocol buffers. */
static void put_number(struct jsonw *w, const char *key, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    jsonw_str(w, key, text);
}

static void put_attribute(struct jsonw *w, const struct kv *f)
{
    if (f->type == KV_NONE || f->type == KV_ERR || (f->type == KV_STR && !f->v.s))
        return;
    jsonw_object(w, NULL);
    jsonw_str(w, "key", f->key);
    jsonw_object(w, "value");
    if (f->type == KV_STR)
        jsonw_str(w, "stringValue", f->v.s);
    else if (f->type == KV_INT)
        put_number(w, "intValue", f->v.i);
    else if (f->type == KV_DOUBLE)
        jsonw_double(w, "doubleValue", f->v.d);
    else
        jsonw_bool(w, "boolValue", f->v.b);
    jsonw_end(w);
    jsonw_end(w);
}

static void put_span(struct jsonw *w, const struct trace_span *s, int64_t ended_us, const struct err *why,
                     const struct kv *attributes, int n)
{
    bool failed = why && why->class != ERR_NONE;
    jsonw_object(w, NULL);
    put_id(w, "traceId", s->self.trace_id, 16);
    put_id(w, "spanId", s->self.span_id, 8);
    if (memcmp(s->parent, none, sizeof s->parent) != 0)
        put_id(w, "parentSpanId", s->parent, 8);
    jsonw_str(w, "name", s->name);
    jsonw_int(w, "kind", s->kind);
    put_number(w, "startTimeUnixNano", s->started_us * 1000);
    put_number(w, "endTimeUnixNano", ended_us * 1000);
    jsonw_array(w, "attributes");
    for (int i = 0; i < n; i++)
        put_attribute(w, &attributes[i]);
    if (failed)
        put_attribute(w, &(struct kv){"error.type", KV_STR, {.s = why->code}});
    jsonw_end(w);
    if (failed) {
        jsonw_object(w, "status");
        jsonw_int(w, "code", STATUS_ERROR);
        jsonw_str(w, "message", why->msg);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void trace_drop(struct trace_span *s)
{
    if (memcmp(&current.span_id, &s->self.span_id, sizeof current.span_id) == 0)
        current = s->before;
    *s = (struct trace_span){0};
}

void trace_end(struct trace_span *s, const struct err *why, const struct kv *attributes, int n)
{
    if (s->started_us && trace_on()) {
        int64_t now = clock_wall_us();
        struct buf b = BUF_INIT(SPAN_MAX);
        struct jsonw w = jsonw_to(&b);
        /* A clock that was set back must not make a span end before it began. */
        put_span(&w, s, now > s->started_us ? now : s->started_us, why, attributes, n);
        if (buf_ok(&b))
            telemetry_send(TELEMETRY_SPAN, 0, now, b.data, b.len);
        buf_free(&b);
    }
    trace_drop(s);
}
