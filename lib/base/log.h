/*
 * Logs: one line per event on stdout or stderr, JSON (LOG_FORMAT=json, the default under supervisord) or key=value
 * (text), and by the shipper to Loki (base/telemetry.h).
 *
 *     log_info("part uploaded", kv_int("Part", n), kv_str("Key", key));
 *
 * Field names are PascalCase: existing dashboards read Message, JobId, UserId, FileName, Bucket, Key, Status … Foreign
 * bytes are escaped (control bytes, quotes, invalid UTF-8), so a torrent's name cannot forge a line. No call changes
 * errno, takes a lock across a write, or fails. The context (request id, job id, trace) is per thread.
 */
#ifndef TC_BASE_LOG_H
#define TC_BASE_LOG_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

enum kv_type { KV_NONE, KV_STR, KV_INT, KV_DOUBLE, KV_BOOL, KV_ERR };

struct kv {
    const char *key;
    enum kv_type type;
    union {
        const char *s;
        int64_t i;
        double d;
        bool b;
        const struct err *e;
    } v;
};

static inline struct kv kv_str(const char *key, const char *s)
{
    return (struct kv){key, KV_STR, {.s = s}};
}
static inline struct kv kv_int(const char *key, int64_t i)
{
    return (struct kv){key, KV_INT, {.i = i}};
}
static inline struct kv kv_double(const char *key, double d)
{
    return (struct kv){key, KV_DOUBLE, {.d = d}};
}
static inline struct kv kv_bool(const char *key, bool b)
{
    return (struct kv){key, KV_BOOL, {.b = b}};
}
/* kv_err(e): the fields Class, Code and Error in one; e must live until the call returns. */
static inline struct kv kv_err(const struct err *e)
{
    return (struct kv){"Error", KV_ERR, {.e = e}};
}
/* For an event without fields: a C17 variadic macro needs at least one. */
#define kv_none ((struct kv){"", KV_NONE, {.s = ""}})

/* log_open(service, level, json): once, before threads start. service: "torreclou-api", a string that lives forever. */
void log_open(const char *service, enum log_level level, bool json);

/* log_to(fd): where the lines go; stderr until it is called. Daemons log to stdout, so that a container's log is it. */
void log_to(int fd);

/* log_context(request_id, job_id): set this thread's ids; NULL and 0 clear them. The string is copied (63 bytes). */
void log_context(const char *request_id, int64_t job_id);

/*
 * log_hold(): from now on lines below warning may be gathered (LOG_HELD_MAX bytes at most) until log_flush(), a warning
 * or an error: for a program of one thread that has many requests to answer and calls log_flush() whenever it has none.
 */
enum { LOG_HELD_MAX = 16 * 1024 };
void log_hold(void);
void log_flush(void);

/* log_emit(level, msg, fields, n): what the macros call. */
void log_emit(enum log_level level, const char *msg, const struct kv *fields, int n);

/* log_line(out, level, msg, fields, n): the line that log_emit writes, whatever the level, with its newline but without
 * a NUL; returns its length. */
enum { LOG_LINE_MAX = BUF_MAX_LOG_LINE };
size_t log_line(char out[LOG_LINE_MAX], enum log_level level, const char *msg, const struct kv *fields, int n);

#define LOG_FIELDS_(...) ((const struct kv[]){__VA_ARGS__})
#define LOG_COUNT_(...) ((int)(sizeof LOG_FIELDS_(__VA_ARGS__) / sizeof(struct kv)))
#define log_debug(msg, ...) log_emit(LOG_DEBUG, (msg), LOG_FIELDS_(__VA_ARGS__), LOG_COUNT_(__VA_ARGS__))
#define log_info(msg, ...) log_emit(LOG_INFO, (msg), LOG_FIELDS_(__VA_ARGS__), LOG_COUNT_(__VA_ARGS__))
#define log_warn(msg, ...) log_emit(LOG_WARN, (msg), LOG_FIELDS_(__VA_ARGS__), LOG_COUNT_(__VA_ARGS__))
#define log_error(msg, ...) log_emit(LOG_ERROR, (msg), LOG_FIELDS_(__VA_ARGS__), LOG_COUNT_(__VA_ARGS__))

#endif
