#include "base/buf.h"

#include "base/arena.h"

#include <stdio.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
    *b = BUF_INIT(max);
}

void buf_free(struct buf *b)
{
    mem_free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

/* Room for n more bytes and the NUL; false when the ceiling forbids it. */
static bool reserve(struct buf *b, size_t n)
{
    if (b->failed || n > b->max - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + n + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : 256;
        while (cap < need)
            cap *= 2;
        if (cap > b->max) /* buf_take() looks at the memory alone */
            cap = b->max + 1;
        b->data = mem_realloc(b->data, cap);
        b->cap = cap;
    }
    return true;
}

char *buf_take_slowly(struct buf *b, size_t n)
{
    if (!reserve(b, n))
        return NULL;
    char *at = b->data + b->len;
    b->len += n;
    at[n] = '\0';
    return at;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
    char *at = buf_take(b, n);
    if (at && n)
        memcpy(at, data, n);
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addi(struct buf *b, int64_t i)
{
    char text[20], *p = text + sizeof text;
    uint64_t rest = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (i < 0)
        *--p = '-';
    buf_add(b, p, (size_t)(text + sizeof text - p));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    size_t room = b->failed ? 0 : b->cap - b->len;
    va_start(ap, fmt);
    int n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, ap); /* it fits, mostly */
    va_end(ap);
    if (n < 0 || !reserve(b, (size_t)n)) {
        if (room)
            b->data[b->len] = '\0';
        b->failed = true;
        return;
    }
    if ((size_t)n < room) {
        b->len += (size_t)n;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

const char *buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}

char *buf_move(struct buf *b, struct arena *a)
{
    char *text = buf_ok(b) ? arena_strndup(a, buf_str(b), b->len) : NULL;
    buf_free(b);
    return text;
}
