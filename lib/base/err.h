/*
 * Errors are values: a class (what to do), a code (what the client branches on) and a sentence (what a person reads).
 *
 * Every function that can fail returns 0 or -1 (or a pointer or NULL) and fills the caller's `struct err`, its last
 * argument, exactly once and where the failure was first seen; callers on the way up add context with err_wrap() only.
 * An err argument may be NULL when the caller has no use for the reason. err_class_info() is THE table that maps a
 * class to an HTTP status and to what a worker does with a job.
 */
#ifndef TC_BASE_ERR_H
#define TC_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_class {
    ERR_NONE = 0,
    ERR_FORMAT,      /* the request's shape is wrong: 400 */
    ERR_INPUT,       /* a value breaks a rule of the domain: 422 */
    ERR_RULE,        /* understood, but not allowed in the present state: 400 */
    ERR_AUTH,        /* no or bad token: 401 */
    ERR_DENIED,      /* authenticated but forbidden: 403 */
    ERR_NOT_FOUND,   /* 404 */
    ERR_CONFLICT,    /* 409 */
    ERR_TOO_LARGE,   /* 413 */
    ERR_MEDIA,       /* 415 */
    ERR_LIMIT,       /* too many requests: 429; at a destination: full, or enough for today */
    ERR_UNAVAILABLE, /* PostgreSQL, Redis or the network is away: 503; not an attempt */
    ERR_REMOTE,      /* a remote failed in a way that may pass: 502; retried with backoff */
    ERR_THROTTLED,   /* a remote asks us to slow down (429, 503 SlowDown): never fails a job by itself */
    ERR_PERMANENT,   /* a remote refuses for good: 422; fail now with the sentence */
    ERR_LOGIN,       /* a remote needs a new login: the job waits */
    ERR_DISK,        /* local disk: no space or an I/O error */
    ERR_LOST,        /* the fence said no: somebody else owns the work; stop at once, write nothing */
    ERR_STOPPED,     /* drain or cancel was asked; not a failure */
    ERR_CONFIG,      /* bad configuration or schema: exit before anything starts */
    ERR_BUG,         /* our own mistake: 500 */
    ERR__MAX
};

/* What a worker does with a job whose phase ended with this class (design 4.7). */
enum err_retry {
    RETRY_NEVER,   /* fail now */
    RETRY_BACKOFF, /* counts as an attempt, try again with backoff */
    RETRY_WAIT,    /* no attempt: wait with a reason */
    RETRY_DROP     /* no attempt and no write: the job belongs to somebody else or is to stop */
};

struct err_class_info {
    const char *name; /* for logs: "input" */
    const char *code; /* the code when none was given: "InternalError" */
    int http_status;
    enum err_retry retry;
};

struct err {
    enum err_class class;
    int status;        /* HTTP status that overrides the class's, 0 for none */
    int retry_after_s; /* seconds, 0 for unknown: from Retry-After */
    char code[48];     /* "InvalidTorrent"; never renamed once released */
    char field[64];    /* the field at fault, "" for none */
    char msg[512];     /* one sentence for a person; valid UTF-8, no secrets */
};

#define ERR_INIT ((struct err){.class = ERR_NONE})

/* err_set(e, class, code, fmt, ...): fill *e (which may be NULL); returns -1 so that `return err_set(…)` reads well. */
int err_set(struct err *e, enum err_class class, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* err_sys(e, class, what): "<what>: <strerror(errno)>"; keeps errno; returns -1. */
int err_sys(struct err *e, enum err_class class, const char *what);

/* err_wrap(e, fmt, ...): put "<context>: " in front of the sentence that is there; returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* err_field(e, field): name the field at fault; returns -1. */
int err_field(struct err *e, const char *field);

/* err_clear(e): back to ERR_NONE. */
void err_clear(struct err *e);

/* err_class_info(class): the row of the table; never NULL. */
const struct err_class_info *err_class_info(enum err_class class);

/* err_http_status(e): e->status, else the class's. */
int err_http_status(const struct err *e);

#endif
