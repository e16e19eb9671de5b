#include "base/log.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/telemetry.h"
#include "base/trace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A fixed line of the caller's: logging allocates nothing. A text that is too long is cut, a field that has no room
 * left is left out whole with those after it: the line stays valid JSON. */
struct line {
    char *data; /* LOG_LINE_MAX bytes */
    size_t len;
    bool json, full;
};

static struct {
    const char *service;
    enum log_level level;
    bool json;
    int fd;
} g = {"torrentclou", LOG_INFO, false, STDERR_FILENO};

static _Thread_local struct {
    char request_id[64];
    int64_t job_id;
} context;

static const char *const level_names[] = {"debug", "info", "warning", "error"};

void log_open(const char *service, enum log_level level, bool json)
{
    g.service = service;
    g.level = level;
    g.json = json;
}

void log_to(int fd)
{
    g.fd = fd;
}

void log_context(const char *request_id, int64_t job_id)
{
    snprintf(context.request_id, sizeof context.request_id, "%s", request_id ? request_id : "");
    context.job_id = job_id;
}

/* 2: the closing brace and the newline. */
static size_t room(const struct line *l)
{
    return l->full ? 0 : LOG_LINE_MAX - 2 - l->len;
}

static void put(struct line *l, const char *s, size_t n)
{
    if (n > room(l)) {
        l->full = true;
        return;
    }
    memcpy(l->data + l->len, s, n);
    l->len += n;
}

static void puts_(struct line *l, const char *s)
{
    put(l, s, strlen(s));
}

/* Length of the well-formed UTF-8 sequence at s, 0 when it is none. The NUL at the end stops every look ahead. */
static size_t utf8_len(const unsigned char *s)
{
    for (size_t n = 1; n <= 4; n++)
        if (utf8_valid((const char *)s, n))
            return n;
    return 0;
}

/* Both formats quote alike: JSON escapes, and \u00XX for control bytes and for bytes that are no UTF-8. */
static void put_quoted(struct line *l, const char *s)
{
    char esc[8];
    put(l, "\"", 1);
    for (const unsigned char *p = (const unsigned char *)s; *p && room(l) > sizeof esc;) {
        size_t n = utf8_len(p);
        if (*p == '"' || *p == '\\') {
            esc[0] = '\\';
            esc[1] = (char)*p;
            put(l, esc, 2);
            n = 1;
        } else if (n == 0 || *p < 0x20 || *p == 0x7f) {
            snprintf(esc, sizeof esc, "\\u%04x", *p);
            put(l, esc, 6);
            n = 1;
        } else {
            put(l, (const char *)p, n);
        }
        p += n;
    }
    put(l, "\"", 1);
}

static void put_key(struct line *l, const char *key)
{
    if (l->json) {
        puts_(l, ",\"");
        puts_(l, key);
        puts_(l, "\":");
    } else {
        puts_(l, " ");
        puts_(l, key);
        puts_(l, "=");
    }
}

static void put_text(struct line *l, const char *key, const char *s)
{
    put_key(l, key);
    if (s)
        put_quoted(l, s);
    else
        puts_(l, "null");
}

static void put_double(struct line *l, double d)
{
    char number[40];
    if (!isfinite(d))
        snprintf(number, sizeof number, "null"); /* JSON has no word for it */
    else
        snprintf(number, sizeof number, fabs(d) < 1e15 ? "%.3f" : "%g", d);
    puts_(l, number);
}

static void put_err(struct line *l, const char *key, const struct err *e)
{
    put_text(l, "Class", err_class_info(e->class)->name);
    put_text(l, "Code", e->code);
    put_text(l, key, e->msg);
}

static void put_field(struct line *l, const struct kv *f)
{
    char number[40];
    size_t before = l->len;
    switch (f->type) {
    case KV_NONE:
        return;
    case KV_ERR:
        put_err(l, f->key, f->v.e);
        break;
    case KV_STR:
        put_text(l, f->key, f->v.s);
        break;
    case KV_INT:
        put_key(l, f->key);
        snprintf(number, sizeof number, "%lld", (long long)f->v.i);
        puts_(l, number);
        break;
    case KV_DOUBLE:
        put_key(l, f->key);
        put_double(l, f->v.d);
        break;
    case KV_BOOL:
        put_key(l, f->key);
        puts_(l, f->v.b ? "true" : "false");
        break;
    }
    if (l->full)
        l->len = before;
}

/* So that a line leads to its trace. */
static void put_trace(struct line *l)
{
    struct trace_context c = trace_current();
    char id[33];
    if (!c.sampled)
        return;
    encode_hex(c.trace_id, sizeof c.trace_id, id);
    put_field(l, &(struct kv){"TraceId", KV_STR, {.s = id}});
}

static bool names(const struct kv *fields, int n, const char *key)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(fields[i].key, key))
            return true;
    return false;
}

static size_t compose(char out[LOG_LINE_MAX], bool json, int64_t at_us, enum log_level level, const char *msg,
                      const struct kv *fields, int n)
{
    struct line l = {.data = out, .json = json};
    char now[CLOCK_ISO_SIZE];
    clock_iso(at_us, now);
    if (json) {
        puts_(&l, "{\"time\":\"");
        puts_(&l, now);
        puts_(&l, "\"");
        put_text(&l, "level", level_names[level]);
        put_text(&l, "service", g.service);
        put_text(&l, "Message", msg);
    } else {
        puts_(&l, now);
        puts_(&l, " ");
        puts_(&l, level_names[level]);
        puts_(&l, " ");
        put_quoted(&l, msg);
    }
    if (context.request_id[0])
        put_field(&l, &(struct kv){"RequestId", KV_STR, {.s = context.request_id}});
    if (context.job_id && !names(fields, n, "JobId")) /* a line's own is meant */
        put_field(&l, &(struct kv){"JobId", KV_INT, {.i = context.job_id}});
    put_trace(&l);
    for (int i = 0; i < n; i++)
        put_field(&l, &fields[i]);
    if (json)
        l.data[l.len++] = '}';
    l.data[l.len++] = '\n';
    return l.len;
}

size_t log_line(char out[LOG_LINE_MAX], enum log_level level, const char *msg, const struct kv *fields, int n)
{
    return compose(out, g.json, clock_wall_us(), level, msg, fields, n);
}

static struct {
    bool on;
    size_t len;
    char bytes[LOG_HELD_MAX];
} held;

/* One write per line, or of whole lines, keeps those of several processes apart. A full or closed descriptor loses
 * them. */
static void write_out(const char *bytes, size_t n)
{
    ssize_t done = n ? write(g.fd, bytes, n) : 0;
    (void)done;
}

void log_hold(void)
{
    held.on = true;
}

void log_flush(void)
{
    write_out(held.bytes, held.len);
    held.len = 0;
}

/* Loki gets JSON without its newline, whatever people want to read here. */
static void ship(const char *line, size_t len, int64_t at_us, enum log_level level, const char *msg,
                 const struct kv *fields, int n)
{
    char json[LOG_LINE_MAX];
    if (!g.json) {
        len = compose(json, true, at_us, level, msg, fields, n);
        line = json;
    }
    telemetry_send(TELEMETRY_LOG, (uint8_t)level, at_us, line, len - 1);
}

void log_emit(enum log_level level, const char *msg, const struct kv *fields, int n)
{
    char line[LOG_LINE_MAX];
    if (level < g.level)
        return;
    int saved = errno;
    int64_t now = clock_wall_us();
    size_t len = compose(line, g.json, now, level, msg, fields, n);
    if (telemetry_on(TELEMETRY_LOG))
        ship(line, len, now, level, msg, fields, n);
    bool hold = held.on && level < LOG_WARN;
    if (held.len && (!hold || held.len + len > sizeof held.bytes))
        log_flush();
    if (hold && len <= sizeof held.bytes) {
        memcpy(held.bytes + held.len, line, len);
        held.len += len;
    } else {
        write_out(line, len);
    }
    errno = saved;
}
