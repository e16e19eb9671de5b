/*
 * Forms. A line with the Content-Type, then the body; it is parsed in one piece, byte by byte and in pieces of
 * pseudo-random sizes: the same events each time. What a part holds stands in the body, between two delimiters.
 */
#include "base/buf.h"
#include "fcgi-app/multipart.h"
#include "tests/fuzz/fuzz.h"

/* All that the events told, each part as "name NUL filename NUL data NUL". */
struct told {
    struct buf text;
    int begun, ended;
};

static bool on_begin(void *arg, const struct multipart_part *part)
{
    struct told *t = arg;
    MUST(t->begun == t->ended && *part->name);
    t->begun++;
    buf_add(&t->text, part->name, strlen(part->name) + 1);
    buf_add(&t->text, part->filename, strlen(part->filename) + 1);
    MUST(part->has_filename || !*part->filename);
    return true;
}

static bool on_data(void *arg, const char *bytes, size_t n)
{
    struct told *t = arg;
    MUST(t->begun == t->ended + 1 && n > 0);
    buf_add(&t->text, bytes, n);
    return true;
}

static bool on_end(void *arg)
{
    struct told *t = arg;
    MUST(t->begun == ++t->ended);
    buf_addc(&t->text, '\0');
    return true;
}

static const struct multipart_events events = {on_begin, on_data, on_end};

/* Feeds pieces of 1 to `most` bytes, 0: all at once, each in a block of its own size. */
static bool feed(struct multipart *m, const char *body, size_t n, uint32_t most)
{
    uint32_t dice = (uint32_t)n + most;
    for (size_t at = 0, piece; at < n; at += piece) {
        dice = dice * 1103515245u + 12345u;
        piece = most ? 1 + (dice >> 16) % most : n;
        piece = piece < n - at ? piece : n - at;
        char *copy = mem_alloc(piece);
        memcpy(copy, body + at, piece);
        bool on = multipart_feed(m, copy, piece);
        mem_free(copy);
        if (!on)
            break;
    }
    return multipart_finish(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *type = fuzz_line(&f);
    size_t n = f.left;
    const char *body = fuzz_take(&f, n);
    struct multipart *m = ARENA_NEW(f.arena, struct multipart), *again = ARENA_NEW(f.arena, struct multipart);
    struct told all = {.text = BUF_INIT(BUF_MAX_TORRENT)}, pieces = {.text = BUF_INIT(BUF_MAX_TORRENT)};
    if (multipart_init(m, type, &events, &all)) {
        MUST(m->delimiter_len > 4 && m->delimiter_len <= 4 + MULTIPART_MAX_BOUNDARY);
        MUST(strlen(m->delimiter) == m->delimiter_len && strlen(type) >= m->delimiter_len - 4);
        bool whole = feed(m, body, n, 0);
        MUST(whole ? !m->error && all.begun == all.ended : m->error != NULL);
        MUST(all.begun <= MULTIPART_MAX_PARTS && all.begun - all.ended <= 1);
        MUST(all.text.len <= n + 3u * (unsigned)all.begun);
        MUST(!whole || memmem(body, n, m->delimiter + 2, m->delimiter_len - 2));
        for (uint32_t most = n < 1024 ? 1 : 64; most <= 512; most *= 8) {
            buf_clear(&pieces.text);
            pieces.begun = pieces.ended = 0;
            MUST(multipart_init(again, type, &events, &pieces));
            MUST(feed(again, body, n, most) == whole);
            MUST(again->state == m->state && again->error == m->error);
            MUST(pieces.text.len == all.text.len && !memcmp(buf_str(&pieces.text), buf_str(&all.text), all.text.len));
        }
    }
    buf_free(&all.text);
    buf_free(&pieces.text);
    fuzz_close(&f);
    return 0;
}
