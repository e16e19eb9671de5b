#include "base/err.h"

#include "base/encode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct err_class_info classes[ERR__MAX] = {
    [ERR_NONE] = {"none", "", 200, RETRY_NEVER},
    [ERR_FORMAT] = {"format", "ValidationFailed", 400, RETRY_NEVER},
    [ERR_INPUT] = {"input", "Invalid", 422, RETRY_NEVER},
    [ERR_RULE] = {"rule", "InvalidOperation", 400, RETRY_NEVER},
    [ERR_AUTH] = {"auth", "Unauthorized", 401, RETRY_NEVER},
    [ERR_DENIED] = {"denied", "Forbidden", 403, RETRY_NEVER},
    [ERR_NOT_FOUND] = {"not_found", "NotFound", 404, RETRY_NEVER},
    [ERR_CONFLICT] = {"conflict", "Conflict", 409, RETRY_NEVER},
    [ERR_TOO_LARGE] = {"too_large", "PayloadTooLarge", 413, RETRY_NEVER},
    [ERR_MEDIA] = {"media", "UnsupportedMediaType", 415, RETRY_NEVER},
    [ERR_LIMIT] = {"limit", "TooManyRequests", 429, RETRY_WAIT},
    [ERR_UNAVAILABLE] = {"unavailable", "Unavailable", 503, RETRY_WAIT},
    [ERR_REMOTE] = {"remote", "RemoteError", 502, RETRY_BACKOFF},
    [ERR_THROTTLED] = {"throttled", "RemoteThrottled", 503, RETRY_WAIT},
    [ERR_PERMANENT] = {"permanent", "RemoteRefused", 422, RETRY_NEVER},
    [ERR_LOGIN] = {"login", "NeedsReauth", 422, RETRY_WAIT},
    [ERR_DISK] = {"disk", "DiskError", 500, RETRY_BACKOFF},
    [ERR_LOST] = {"lost", "Lost", 409, RETRY_DROP},
    [ERR_STOPPED] = {"stopped", "Stopped", 503, RETRY_DROP},
    [ERR_CONFIG] = {"config", "ServerConfigError", 500, RETRY_NEVER},
    [ERR_BUG] = {"bug", "InternalError", 500, RETRY_BACKOFF},
};

const struct err_class_info *err_class_info(enum err_class class)
{
    return &classes[(unsigned)class < ERR__MAX ? class : ERR_BUG];
}

int err_http_status(const struct err *e)
{
    return e->status ? e->status : err_class_info(e->class)->http_status;
}

int err_set(struct err *e, enum err_class class, const char *code, const char *fmt, ...)
{
    int saved = errno;
    if (e) {
        *e = (struct err){.class = class};
        snprintf(e->code, sizeof e->code, "%s", code ? code : err_class_info(class)->code);
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(e->msg, sizeof e->msg, fmt, ap);
        va_end(ap);
        /* Sentences quote foreign bytes, may be cut inside a letter, and end in PostgreSQL and JSON. */
        utf8_scrub(e->msg);
        utf8_scrub(e->code);
    }
    errno = saved;
    return -1;
}

int err_sys(struct err *e, enum err_class class, const char *what)
{
    char text[128];
    int saved = errno;
    if (strerror_r(saved, text, sizeof text) != text)
        snprintf(text, sizeof text, "%s", strerror(saved));
    err_set(e, class, NULL, "%s: %s", what, text);
    errno = saved;
    return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    if (!e)
        return -1;
    char context[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(context, sizeof context, fmt, ap);
    va_end(ap);
    char old[sizeof e->msg];
    memcpy(old, e->msg, sizeof old);
    /* A too long chain keeps its front: the context says where, the cause may lose its tail. */
    if (snprintf(e->msg, sizeof e->msg, "%s: %s", context, old) < 0)
        e->msg[0] = '\0';
    utf8_scrub(e->msg);
    return -1;
}

int err_field(struct err *e, const char *field)
{
    if (e)
        snprintf(e->field, sizeof e->field, "%s", field);
    return -1;
}

void err_clear(struct err *e)
{
    if (e)
        *e = ERR_INIT;
}
