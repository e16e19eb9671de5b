#include "net/redis.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/signals.h"

#include <hiredis/hiredis.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { TIMEOUT_S = 5, MAX_ARGS = 64 };

struct redis {
    char *host, *path, *user, *password;
    int port, database;
    redisContext *conn;
};

static char *unescape(const char *from, const char *end)
{
    char *out = mem_alloc((size_t)(end - from) + 1);
    if (decode_percent(from, (size_t)(end - from), false, out) >= 0)
        return out;
    mem_free(out);
    return NULL;
}

/* "[user]:password" or "password", up to `at`. */
static int parse_login(struct redis *r, const char *p, const char *at, struct err *e)
{
    const char *colon = memchr(p, ':', (size_t)(at - p));
    if (colon && colon > p)
        r->user = unescape(p, colon);
    r->password = unescape(colon ? colon + 1 : p, at);
    if (!r->password || (colon && colon > p && !r->user))
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: the password is badly escaped");
    return 0;
}

/* "host", "host:port", "host/db" or "host:port/db"; an IPv6 host stands in brackets. */
static int parse_place(struct redis *r, const char *p, struct err *e)
{
    bool bracket = *p == '[';
    size_t n = strcspn(p + bracket, bracket ? "]" : ":/");
    const char *rest = p + bracket + n + (bracket && p[bracket + n] == ']');
    if (n == 0 || n > 255 || (bracket && p[1 + n] != ']'))
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: no host in it");
    r->host = mem_alloc(n + 1);
    memcpy(r->host, p + bracket, n);
    int64_t number = 6379;
    char text[16];
    if (*rest == ':') {
        size_t digits = strcspn(++rest, "/");
        snprintf(text, sizeof text, "%.*s", (int)(digits < sizeof text ? digits : 0), rest);
        if (!parse_i64(text, 1, 65535, &number))
            return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: the port is not a number from 1 to 65535");
        rest += digits;
    }
    r->port = (int)number;
    number = 0;
    if (*rest && strcmp(rest, "/") != 0 && (*rest != '/' || !parse_i64(rest + 1, 0, 1023, &number)))
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: the database is not a small number");
    r->database = (int)number;
    return 0;
}

static int parse_url(struct redis *r, const char *url, struct err *e)
{
    if (!strncmp(url, "rediss://", 9))
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: rediss:// (TLS) is not supported; use a local TLS proxy");
    if (!strncmp(url, "unix:/", 6)) {
        r->path = mem_strdup(url + 5);
        return 0;
    }
    if (strncmp(url, "redis://", 8) != 0)
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: use redis://host:port or unix:/path");
    const char *p = url + 8, *at = strrchr(p, '@');
    if (at && parse_login(r, p, at, e))
        return -1;
    return parse_place(r, at ? at + 1 : p, e);
}

struct redis *redis_new(const char *url, struct err *e)
{
    struct redis *r = MEM_NEW(struct redis);
    if (parse_url(r, url, e)) {
        redis_free(r);
        return NULL;
    }
    return r;
}

void redis_free(struct redis *r)
{
    if (!r)
        return;
    if (r->conn)
        redisFree(r->conn);
    mem_free(r->host);
    mem_free(r->path);
    mem_free(r->user);
    mem_free(r->password);
    mem_free(r);
}

static int lost(struct redis *r, struct err *e)
{
    err_set(e, ERR_UNAVAILABLE, "RedisUnavailable", "Redis cannot be reached: %s",
            r->conn && r->conn->errstr[0] ? r->conn->errstr : "no connection");
    if (r->conn)
        redisFree(r->conn);
    r->conn = NULL;
    return -1;
}

static int handshake(struct redis *r, int argc, const char *const *argv, struct err *e)
{
    redisReply *reply = redisCommandArgv(r->conn, argc, (const char **)(uintptr_t)argv, NULL);
    if (!reply)
        return lost(r, e);
    bool bad = reply->type == REDIS_REPLY_ERROR;
    if (bad) {
        err_set(e, ERR_UNAVAILABLE, "RedisUnavailable", "Redis refused %s: %s", argv[0], reply->str);
        redisFree(r->conn);
        r->conn = NULL;
    }
    freeReplyObject(reply);
    return bad ? -1 : 0;
}

static int ensure(struct redis *r, struct err *e)
{
    if (r->conn)
        return 0;
    struct timeval t = {.tv_sec = TIMEOUT_S};
    r->conn = r->path ? redisConnectUnixWithTimeout(r->path, t) : redisConnectWithTimeout(r->host, r->port, t);
    if (!r->conn || r->conn->err)
        return lost(r, e);
    redisSetTimeout(r->conn, t);
    char db[16];
    snprintf(db, sizeof db, "%d", r->database);
    const char *const auth[] = {"AUTH", r->user ? r->user : r->password, r->password};
    const char *const select_db[] = {"SELECT", db};
    if (r->password && handshake(r, r->user ? 3 : 2, auth, e))
        return -1;
    return r->database ? handshake(r, 2, select_db, e) : 0;
}

static void copy(struct arena *a, struct redis_value *v, const redisReply *reply)
{
    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        *v = (struct redis_value){.type = REDIS_INT, .i = reply->integer};
        break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR: /* inside an array */
        *v = (struct redis_value){.type = REDIS_STRING, .s = arena_strndup(a, reply->str, (size_t)reply->len)};
        v->len = (size_t)reply->len;
        break;
    case REDIS_REPLY_ARRAY:
        *v = (struct redis_value){.type = REDIS_ARRAY, .len = reply->elements};
        v->items = ARENA_ARRAY(a, reply->elements, struct redis_value);
        for (size_t i = 0; i < reply->elements; i++)
            copy(a, &v->items[i], reply->element[i]);
        break;
    default:
        *v = (struct redis_value){.type = REDIS_NIL};
    }
}

static int server_error(const char *text, struct err *e)
{
    char word[32];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(text, " "), text);
    /* A server that is loading its data or short of memory will be back; everything else is our mistake. */
    bool later = !strcmp(word, "LOADING") || !strcmp(word, "OOM") || !strcmp(word, "MISCONF") ||
                 !strcmp(word, "READONLY") || !strcmp(word, "BUSY");
    return err_set(e, later ? ERR_UNAVAILABLE : ERR_BUG, word, "Redis: %s", text);
}

/*
 * Wait until the answer of a blocking command begins to arrive, its time is over or a stop signal came. hiredis 0.14
 * goes on reading when a signal interrupts it, and the kernel may give the signal to another thread: hence the poll.
 */
static int wait_answer(const struct redis *r, int block_ms, struct err *e)
{
    int64_t end = clock_mono_ms() + block_ms, left;
    while ((left = end - clock_mono_ms()) > 0) {
        struct pollfd fds[] = {{.fd = r->conn->fd, .events = POLLIN}, {.fd = signals_fd(), .events = POLLIN}};
        if (signals_stopping())
            return err_set(e, ERR_STOPPED, NULL, "Waiting for Redis ended: a stop was asked for.");
        if (poll(fds, 2, (int)left) > 0 && fds[0].revents)
            return 0;
    }
    return 0;
}

/* Send and wait. NULL with ERR_STOPPED when a stop cut the wait short, else NULL when the connection is gone. */
static redisReply *exchange(struct redis *r, int block_ms, const char *const *argv, int n, struct err *stopped)
{
    void *reply = NULL;
    int sent = 0;
    if (redisAppendCommandArgv(r->conn, n, (const char **)(uintptr_t)argv, NULL) != REDIS_OK)
        return NULL;
    while (!sent)
        if (redisBufferWrite(r->conn, &sent) != REDIS_OK)
            return NULL;
    if ((block_ms > 0 && wait_answer(r, block_ms, stopped)) || redisGetReply(r->conn, &reply) != REDIS_OK)
        return NULL;
    return reply;
}

struct redis_value *redis_cmd_argv(struct redis *r, struct arena *a, struct err *e, int block_ms,
                                   const char *const *argv, int n)
{
    bool kept = r->conn != NULL;
    for (;;) {
        if (ensure(r, e))
            return NULL;
        struct err stopped = ERR_INIT;
        redisReply *reply = exchange(r, block_ms, argv, n, &stopped);
        if (reply) {
            struct redis_value *v = ARENA_NEW(a, struct redis_value);
            bool bad = reply->type == REDIS_REPLY_ERROR;
            if (bad)
                server_error(reply->str, e);
            else
                copy(a, v, reply);
            freeReplyObject(reply);
            return bad ? NULL : v;
        }
        lost(r, e); /* also after a stop: the answer that is still to come must not meet the next command */
        if (stopped.class == ERR_STOPPED) {
            if (e)
                *e = stopped;
            return NULL;
        }
        /* A kept connection may have died while idle. Every command here may be repeated: queue entries are
         * at-least-once, the rest are hints. */
        if (!kept)
            return NULL;
        kept = false;
    }
}

int redis_ping(struct redis *r, struct err *e)
{
    struct arena *a = arena_new(256);
    int result = redis_cmd(r, a, e, "PING") ? 0 : -1;
    arena_free(a);
    return result;
}

struct redis_value *redis_script(struct redis *r, struct arena *a, struct err *e, const char *script,
                                 const char *const *keys, int nkeys, const char *const *args, int nargs)
{
    const char *argv[MAX_ARGS];
    unsigned char digest[SHA_DIGEST_LENGTH];
    char sha[2 * SHA_DIGEST_LENGTH + 1], count[16];
    if (nkeys + nargs + 3 > MAX_ARGS)
        abort(); /* a script of ours with too many arguments */
    SHA1((const unsigned char *)script, strlen(script), digest);
    encode_hex(digest, sizeof digest, sha);
    snprintf(count, sizeof count, "%d", nkeys);
    int n = 0;
    argv[n++] = "EVALSHA";
    argv[n++] = sha;
    argv[n++] = count;
    for (int i = 0; i < nkeys; i++)
        argv[n++] = keys[i];
    for (int i = 0; i < nargs; i++)
        argv[n++] = args[i];
    struct err first = ERR_INIT;
    struct redis_value *v = redis_cmd_argv(r, a, &first, 0, argv, n);
    if (v)
        return v;
    if (strcmp(first.code, "NOSCRIPT") != 0) {
        if (e)
            *e = first;
        return NULL;
    }
    argv[0] = "EVAL";
    argv[1] = script;
    return redis_cmd_argv(r, a, e, 0, argv, n);
}
