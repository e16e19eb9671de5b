/*
 * Memory by lifetime: one arena per request or job, released in one go. Nothing taken from an arena is freed alone.
 *
 * Running out of memory is not an error value in this project: Linux overcommits, so NULL hardly ever arrives, and code
 * for it is never tested. mem_alloc() and the arena log and abort(); leases and the supervisor make that a restart
 * (design 4.2). What foreign input can make us allocate is bounded where the input is read (see base/buf.h).
 */
#ifndef TC_BASE_ARENA_H
#define TC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* arena_new(block): an arena that takes memory from the heap in blocks of about `block` bytes (0: 16 KiB). Never NULL.
 */
struct arena *arena_new(size_t block);

/* arena_free(a): release everything; a NULL is a no-op. */
void arena_free(struct arena *a);

/* arena_reset(a): release all but the first block, so that the next request starts warm. */
void arena_reset(struct arena *a);

/* arena_alloc(a, n): n zeroed bytes aligned for any type, valid until arena_reset/arena_free. Never NULL. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));

/* arena_array(a, count, size): like calloc: aborts on overflow. */
void *arena_array(struct arena *a, size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* Copies, NUL-terminated. arena_strdup(a, NULL) is NULL. arena_strndup copies n bytes, which need no terminator. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) __attribute__((returns_nonnull));

/* arena_used(a): bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

/* Heap memory for long-lived objects: zeroed, never NULL; released with mem_free (NULL is a no-op). */
void *mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));
void *mem_realloc(void *p, size_t n) __attribute__((returns_nonnull));
char *mem_strdup(const char *s) __attribute__((returns_nonnull));
void mem_free(void *p);

#define MEM_NEW(type) ((type *)mem_alloc(sizeof(type)))

#endif
