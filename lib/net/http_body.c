/* The bytes of an exchange: what libcurl asks for while it sends, and what it hands over of the answer. */
#include "base/fault.h"
#include "net/http_internal.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The answer */

const char *http_response_header(const struct http_response *r, const char *name)
{
    const char *p = r->header_lines.data, *end = p ? p + r->header_lines.len : NULL;
    while (p && p < end) {
        const char *value = p + strlen(p) + 1;
        if (strcasecmp(p, name) == 0)
            return value;
        p = value + strlen(value) + 1;
    }
    return NULL;
}

int64_t http_response_clock(const struct http_response *r)
{
    const char *date = http_response_header(r, "Date");
    time_t at = date ? curl_getdate(date, NULL) : -1;
    return at > 0 ? at : 0;
}

void http_response_free(struct http_response *r)
{
    buf_free(&r->body);
    buf_free(&r->header_lines);
    *r = (struct http_response){0};
}

int64_t http_body_size(const struct http_request *r)
{
    return (int64_t)r->body_len + (r->from_file ? r->length + (int64_t)r->tail_len : 0);
}

size_t http_on_header(char *line, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    struct buf *out = &t->res.header_lines;
    size_t len = size * n;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* a new answer: after 100-continue or a redirect */
        buf_clear(out);
        return len;
    }
    while (len && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    char *colon = memchr(line, ':', len);
    if (!colon || memchr(line, '\0', len))
        return size * n;
    const char *value = colon + 1, *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    buf_add(out, line, (size_t)(colon - line));
    buf_addc(out, '\0');
    buf_add(out, value, (size_t)(end - value));
    buf_addc(out, '\0');
    t->too_large = t->too_large || !buf_ok(out);
    return t->too_large ? 0 : size * n;
}

size_t http_on_body(char *data, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    buf_add(&t->res.body, data, size * n);
    t->too_large = !buf_ok(&t->res.body);
    return t->too_large ? 0 : size * n;
}

/* The body that is sent */

static bool asked_to_stop(struct transfer *t)
{
    if (!t->stopped && t->req.stop)
        t->stopped = t->req.stop(t->req.stop_arg);
    return t->stopped;
}

static size_t least(size_t want, int64_t left)
{
    return left < (int64_t)want ? (size_t)left : want;
}

/* 0: the file failed. */
static size_t read_file(struct transfer *t, char *out, int64_t at, size_t want)
{
    ssize_t got;
    do
        got = pread(t->req.fd, out, want, (off_t)(t->req.offset + at));
    while (got < 0 && errno == EINTR);
    t->file_short = got <= 0;
    t->read_errno = got < 0 ? errno : 0;
    return got > 0 ? (size_t)got : 0;
}

/* Memory, file, memory: what comes now, `want` bytes at most. */
static size_t read_some(struct transfer *t, char *out, size_t want)
{
    const struct http_request *r = &t->req;
    int64_t in_file = t->pos - (int64_t)r->body_len, in_tail = in_file - r->length;
    if (in_file < 0) {
        want = least(want, -in_file);
        memcpy(out, (const char *)r->body + t->pos, want);
    } else if (in_tail < 0) {
        want = read_file(t, out, in_file, least(want, -in_tail));
    } else {
        want = least(want, (int64_t)r->tail_len - in_tail);
        memcpy(out, (const char *)r->tail + in_tail, want);
    }
    return want;
}

size_t http_on_read(char *out, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    if (asked_to_stop(t))
        return CURL_READFUNC_ABORT;
    if (t->pos >= t->body_size)
        return 0;
    size_t got = read_some(t, out, size * n);
    if (!got)
        return CURL_READFUNC_ABORT;
    t->pos += (int64_t)got;
    if (t->req.from_file)
        FAULT("body.sent");
    return got;
}

/* libcurl starts the body again when a kept connection turned out to be dead. */
int http_on_seek(void *arg, curl_off_t offset, int origin)
{
    struct transfer *t = arg;
    if (origin != SEEK_SET || offset < 0 || offset > t->body_size)
        return CURL_SEEKFUNC_FAIL;
    t->pos = offset;
    return CURL_SEEKFUNC_OK;
}

int http_on_progress(void *arg, curl_off_t dl_total, curl_off_t dl_now, curl_off_t ul_total, curl_off_t ul_now)
{
    struct transfer *t = arg;
    (void)dl_total, (void)dl_now, (void)ul_total;
    t->res.bytes_sent = ul_now;
    if (t->req.sent)
        __atomic_store_n(t->req.sent, ul_now, __ATOMIC_RELAXED);
    return asked_to_stop(t);
}
