/*
 * Traces: a request, the queue, a phase of a job and each call to somebody else's server as spans of one trace. A span
 * is handed to the shipper when it ends (base/telemetry.h), as the JSON that OTLP/HTTP wants. The context travels as
 * W3C traceparent: from the browser (or made here), with the job's row, to the worker.
 *
 * Each thread has a current context; what it begins becomes a child of that. Without a context, of a trace that is not
 * sampled, and with tracing off, a span is nothing and its calls return at once.
 */
#ifndef TC_BASE_TRACE_H
#define TC_BASE_TRACE_H

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

enum trace_kind { TRACE_INTERNAL = 1, TRACE_SERVER, TRACE_CLIENT, TRACE_PRODUCER, TRACE_CONSUMER }; /* as in OTLP */

struct trace_context {
    uint8_t trace_id[16]; /* all zero: there is none */
    uint8_t span_id[8];   /* all zero: the trace has no span yet */
    bool sampled;
};

struct trace_span {
    struct trace_context self; /* of no sampled trace: the span is nothing */
    uint8_t parent[8];         /* all zero: none */
    struct trace_context before;
    enum trace_kind kind;
    const char *name; /* must live until the end; may be set until then */
    int64_t started_us;
};

enum { TRACEPARENT_SIZE = 56 }; /* "00-{32}-{16}-{2}" and a NUL */

/* trace_open(percent): how many of a hundred traces that begin here are sampled, by their id: every process decides
 * alike. Nothing is traced unless somebody wants spans (telemetry_on). */
void trace_open(int percent);
bool trace_on(void);

/* trace_parse(text, out): a traceparent of W3C Trace Context, version 00 or later; false (and *out without a trace)
 * when it is none. trace_format: the text, "" for a context without trace. */
bool trace_parse(const char *text, struct trace_context *out);
void trace_format(const struct trace_context *c, char out[TRACEPARENT_SIZE]);

/*
 * trace_root(given, id): the context of what begins here: the caller's traceparent, unless it is NULL or none; else a
 * new trace, whose id is `id` when those are 32 hex digits (a request's own id, so that one number finds all). A caller
 * may keep a trace from being sampled, but not have more sampled than trace_open() allows. Without tracing: none.
 */
struct trace_context trace_root(const char *given, const char *id);

/* trace_current: this thread's context. trace_enter sets it and returns the one before. */
struct trace_context trace_current(void);
struct trace_context trace_enter(struct trace_context c);

/* trace_begin: a child of the thread's context, which it becomes; trace_end restores the one before. */
void trace_begin(struct trace_span *s, enum trace_kind kind, const char *name);

/* trace_start: a child of *parent, begun at started_us (0: now), that leaves the thread's context alone: for what many
 * threads, or one thread for many, work at. */
void trace_start(struct trace_span *s, const struct trace_context *parent, enum trace_kind kind, const char *name,
                 int64_t started_us);

/* trace_end(s, why, {kv_…}, n): *why (or NULL) says how it failed. A span ends once; of one that is only zeroed nothing
 * is sent. trace_drop: as if it had never been. */
void trace_end(struct trace_span *s, const struct err *why, const struct kv *attributes, int n);
void trace_drop(struct trace_span *s);

#endif
