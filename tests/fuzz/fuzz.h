/*
 * What the fuzzers share: an oracle that ends the run, and an input that is cut into fields. Every field is a block of
 * the heap of just its size, and fuzz_arena() gives each allocation a block of its own, so that AddressSanitizer sees
 * one byte too far in either.
 */
#ifndef TC_TESTS_FUZZ_H
#define TC_TESTS_FUZZ_H

#include "base/arena.h"
#include "base/config.h"
#include "base/encode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* MUST(what): what has to hold for any input; libFuzzer keeps the input for which it does not. */
#define MUST(what) ((what) ? (void)0 : fuzz_broken(#what, __FILE__, __LINE__))

static inline void fuzz_broken(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

enum { FUZZ_FIELDS = 64 };

struct fuzz {
    const uint8_t *at;
    size_t left;
    char *fields[FUZZ_FIELDS];
    int count;
    struct arena *arena;
};

static inline struct fuzz fuzz_open(const uint8_t *data, size_t size)
{
    return (struct fuzz){.at = data, .left = size, .arena = arena_new(1)};
}

static inline void fuzz_close(struct fuzz *f)
{
    for (int i = 0; i < f->count; i++)
        mem_free(f->fields[i]);
    arena_free(f->arena);
}

/* fuzz_take(f, n): the next n bytes and a NUL, fewer at the end. At most FUZZ_FIELDS times. */
static inline char *fuzz_take(struct fuzz *f, size_t n)
{
    if (f->count == FUZZ_FIELDS)
        abort();
    n = n < f->left ? n : f->left;
    char *s = mem_alloc(n + 1);
    if (n)
        memcpy(s, f->at, n);
    f->at += n;
    f->left -= n;
    return f->fields[f->count++] = s;
}

/* fuzz_line(f): up to the next line feed, as a C string: what follows a NUL in it is out of sight. */
static inline char *fuzz_line(struct fuzz *f)
{
    const uint8_t *end = f->left ? memchr(f->at, '\n', f->left) : NULL;
    char *line = fuzz_take(f, end ? (size_t)(end - f->at) : f->left);
    f->at += end != NULL;
    f->left -= end != NULL;
    /* As short as it looks: a read past its NUL is a read past its block. */
    return f->fields[f->count - 1] = mem_realloc(line, strlen(line) + 1);
}

/* fuzz_rest(f): all that is left, as a C string. */
static inline char *fuzz_rest(struct fuzz *f)
{
    char *rest = fuzz_take(f, f->left);
    return f->fields[f->count - 1] = mem_realloc(rest, strlen(rest) + 1);
}

/* fuzz_number(f): a byte, 0 at the end. */
static inline unsigned fuzz_number(struct fuzz *f)
{
    if (!f->left)
        return 0;
    f->left--;
    return *f->at++;
}

static inline bool fuzz_is_text(const char *s)
{
    return utf8_valid(s, strlen(s));
}

/* fuzz_config(): the defaults, for code that reads them; what is missing does not matter here. */
static inline void fuzz_config(void)
{
    static bool loaded;
    if (loaded)
        return;
    struct buf problems = BUF_INIT(BUF_MAX_URL);
    config_load(FOR_API, &problems);
    buf_free(&problems);
    loaded = true;
}

#endif
