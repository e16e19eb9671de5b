/*
 * A growing byte buffer with a ceiling and a sticky error: append freely, look once at the end with buf_ok().
 * The bytes are always followed by a NUL that is not counted. All ceilings of the project stand here.
 */
#ifndef TC_BASE_BUF_H
#define TC_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BUF_MAX_LOG_LINE = 16 * 1024,
    BUF_MAX_URL = 16 * 1024,
    BUF_MAX_REQUEST_JSON = 1024 * 1024,        /* request bodies other than uploads */
    BUF_MAX_TORRENT = 10 * 1024 * 1024,        /* a .torrent file, like libtorrent's own limit */
    BUF_MAX_REQUEST_UPLOAD = 30 * 1000 * 1000, /* the replaced product's body limit */
    BUF_MAX_RESPONSE = 64 * 1024 * 1024,       /* our answers: a torrent's file list is the largest */
    BUF_MAX_MANIFEST = 256 * 1024 * 1024,      /* a manifest of 250,000 files with the longest names */
    BUF_MAX_REMOTE_TEXT = 4 * 1024 * 1024,     /* XML or JSON that a remote sends */
    BUF_MAX_RESUME = 64 * 1024 * 1024          /* libtorrent resume data */
};

struct arena;

struct buf {
    char *data; /* NULL until the first byte; use buf_str() for a string that is never NULL */
    size_t len, cap, max;
    bool failed; /* an append would have passed `max`; everything after it is ignored */
};

/* buf_init(b, max): empty, at most max bytes. */
void buf_init(struct buf *b, size_t max);
#define BUF_INIT(limit) ((struct buf){.max = (limit)})

/* buf_free(b): release the bytes; *b is then as after buf_init with the same ceiling. */
void buf_free(struct buf *b);
/* buf_clear(b): forget bytes and error, keep the memory. */
void buf_clear(struct buf *b);

/* buf_take(b, n): room for n bytes at the end, to be written by the caller; NULL when they would pass the ceiling.
 * Inline up to where memory has to grow: most of an answer is made of appends of a few bytes. */
char *buf_take_slowly(struct buf *b, size_t n);
static inline char *buf_take(struct buf *b, size_t n)
{
    if (b->failed || n >= b->cap - b->len) /* the NUL needs room, too */
        return buf_take_slowly(b, n);
    char *at = b->data + b->len;
    b->len += n;
    at[n] = '\0';
    return at;
}

void buf_add(struct buf *b, const void *data, size_t n);
void buf_adds(struct buf *b, const char *s);
static inline void buf_addc(struct buf *b, char c)
{
    char *at = buf_take(b, 1);
    if (at)
        *at = c;
}
void buf_addi(struct buf *b, int64_t i); /* decimal */
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool buf_ok(const struct buf *b);
/* buf_str(b): the bytes as a C string, "" when empty; valid until the next append. */
const char *buf_str(const struct buf *b);
/* buf_move(b, a): the text in the arena, and the buffer freed; NULL when something did not fit. */
char *buf_move(struct buf *b, struct arena *a);

#endif
