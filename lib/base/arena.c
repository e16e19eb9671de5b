#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct block {
    struct block *next;
    size_t cap, used;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct block *head; /* the block that is being filled */
    size_t block_size, used;
};

static void out_of_memory(void)
{
    static const char text[] = "{\"level\":\"critical\",\"Message\":\"out of memory\"}\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(70);
    abort();
}

void *mem_alloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *mem_realloc(void *p, size_t n)
{
    void *q = realloc(p, n ? n : 1);
    if (!q)
        out_of_memory();
    return q;
}

char *mem_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(mem_alloc(n), s, n);
}

void mem_free(void *p)
{
    free(p);
}

static struct block *block_new(size_t cap, struct block *next)
{
    struct block *b = mem_alloc(sizeof *b + cap);
    b->cap = cap;
    b->next = next;
    return b;
}

struct arena *arena_new(size_t block)
{
    struct arena *a = MEM_NEW(struct arena);
    a->block_size = block ? block : 16384;
    a->head = block_new(a->block_size, NULL);
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct block *b = a->head, *next; b; b = next) {
        next = b->next;
        mem_free(b);
    }
    mem_free(a);
}

void arena_reset(struct arena *a)
{
    struct block *b = a->head;
    while (b->next) {
        struct block *next = b->next;
        mem_free(b);
        b = next;
    }
    memset(b->data, 0, b->used);
    b->used = 0;
    a->head = b;
    a->used = 0;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > SIZE_MAX / 2)
        out_of_memory();
    n = (n ? n : 1) + align - 1;
    n -= n % align;
    if (n > a->head->cap - a->head->used)
        a->head = block_new(n > a->block_size ? n : a->block_size, a->head);
    void *p = a->head->data + a->head->used;
    a->head->used += n;
    a->used += n;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size)
        out_of_memory();
    return arena_alloc(a, count * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (n)
        memcpy(p, s, n);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        abort(); /* only a broken format string gets here */
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
