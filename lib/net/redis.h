/*
 * Redis: the only file that includes hiredis. One connection per process or thread, reconnected by itself at the next
 * call. Everything kept there can be rebuilt from PostgreSQL, so a caller treats ERR_UNAVAILABLE as "later".
 */
#ifndef TC_NET_REDIS_H
#define TC_NET_REDIS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct redis;

enum redis_type { REDIS_NIL, REDIS_STRING, REDIS_INT, REDIS_ARRAY };

struct redis_value {
    enum redis_type type;
    int64_t i;
    const char *s; /* NUL-terminated, len bytes */
    size_t len;
    struct redis_value *items; /* len of them when an array */
};

/*
 * redis_new(url, e): redis://[[user]:password@]host[:port][/db] or unix:/path. NULL when the URL cannot be understood;
 * rediss:// is refused with a sentence (Debian's hiredis has no TLS). Connects lazily.
 */
struct redis *redis_new(const char *url, struct err *e);
void redis_free(struct redis *r);

/* redis_ping(r, e): connect if needed. */
int redis_ping(struct redis *r, struct err *e);

/*
 * redis_cmd(r, a, e, argv, n): one command, arguments as NUL-terminated strings. NULL with *e on failure; a server
 * error is ERR_BUG with Redis' own word as the code ("NOGROUP", "NOSCRIPT", "WRONGTYPE"), a lost connection
 * ERR_UNAVAILABLE. Each call has a deadline of 5 s plus `block_ms` of redis_cmd_block. A stop signal (base/signals.h)
 * ends a redis_cmd_block at once with ERR_STOPPED; the others work on while the daemon drains.
 */
struct redis_value *redis_cmd_argv(struct redis *r, struct arena *a, struct err *e, int block_ms,
                                   const char *const *argv, int n);
#define redis_cmd(r, a, e, ...)                                                                                        \
    redis_cmd_argv((r), (a), (e), 0, (const char *const[]){__VA_ARGS__},                                               \
                   (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))
#define redis_cmd_block(r, a, e, block_ms, ...)                                                                        \
    redis_cmd_argv((r), (a), (e), (block_ms), (const char *const[]){__VA_ARGS__},                                      \
                   (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

/*
 * redis_script(r, a, e, script, keys, nkeys, args, nargs): run a Lua script by its SHA-1, loading it when the server
 * has forgotten it (FLUSHALL, restart).
 */
struct redis_value *redis_script(struct redis *r, struct arena *a, struct err *e, const char *script,
                                 const char *const *keys, int nkeys, const char *const *args, int nargs);

#endif
