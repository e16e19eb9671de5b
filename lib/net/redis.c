#include "net/redis.h"

#include "base/encode.h"

#include <hiredis/hiredis.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { TIMEOUT_MS = 5000, MAX_ARGS = 64 };

struct redis {
    char *host, *path, *password;
    int port, database;
    redisContext *conn;
    int timeout_ms; /* what the socket is set to now */
};

static int parse_url(struct redis *r, const char *url, struct err *e)
{
    if (!strncmp(url, "rediss://", 9))
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: rediss:// (TLS) is not supported; use a local TLS proxy");
    if (!strncmp(url, "unix:", 5) && url[5] == '/') {
        r->path = mem_strdup(url + 5);
        return 0;
    }
    char host[256], db[16] = "0", port[16] = "6379";
    const char *p = url + 8;
    if (strncmp(url, "redis://", 8) != 0)
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: use redis://host:port or unix:/path");
    const char *at = strrchr(p, '@');
    if (at) {
        const char *colon = memchr(p, ':', (size_t)(at - p));
        const char *from = colon ? colon + 1 : p;
        char *password = mem_alloc((size_t)(at - from) + 1);
        if (decode_percent(from, (size_t)(at - from), false, password) < 0) {
            mem_free(password);
            return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: the password is badly escaped");
        }
        r->password = password;
        p = at + 1;
    }
    int64_t number = 0;
    if (sscanf(p, "[%255[^]]]:%15[0-9]/%15[0-9]", host, port, db) < 1 &&
        sscanf(p, "%255[^:/]:%15[0-9]/%15[0-9]", host, port, db) < 1)
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: no host in it");
    if (!parse_i64(port, 1, 65535, &number))
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: the port is not a number from 1 to 65535");
    r->port = (int)number;
    if (!parse_i64(db, 0, 1023, &number))
        return err_set(e, ERR_CONFIG, NULL, "REDIS_URL: the database is not a small number");
    r->database = (int)number;
    r->host = mem_strdup(host);
    return 0;
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

static struct timeval to_timeval(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static int handshake(struct redis *r, const char *verb, const char *arg, struct err *e)
{
    redisReply *reply = redisCommand(r->conn, "%s %s", verb, arg);
    if (!reply)
        return lost(r, e);
    int bad = reply->type == REDIS_REPLY_ERROR;
    if (bad)
        err_set(e, ERR_UNAVAILABLE, "RedisUnavailable", "Redis refused %s: %s", verb, reply->str);
    freeReplyObject(reply);
    return bad ? -1 : 0;
}

static int ensure(struct redis *r, struct err *e)
{
    if (r->conn)
        return 0;
    struct timeval t = to_timeval(TIMEOUT_MS);
    r->conn = r->path ? redisConnectUnixWithTimeout(r->path, t) : redisConnectWithTimeout(r->host, r->port, t);
    if (!r->conn || r->conn->err)
        return lost(r, e);
    redisSetTimeout(r->conn, t);
    r->timeout_ms = TIMEOUT_MS;
    char db[16];
    snprintf(db, sizeof db, "%d", r->database);
    if ((r->password && handshake(r, "AUTH", r->password, e)) || (r->database && handshake(r, "SELECT", db, e))) {
        if (r->conn)
            redisFree(r->conn);
        r->conn = NULL;
        return -1;
    }
    return 0;
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

struct redis_value *redis_cmd_argv(struct redis *r, struct arena *a, struct err *e, int block_ms,
                                   const char *const *argv, int n)
{
    bool kept = r->conn != NULL;
    for (;;) {
        if (ensure(r, e))
            return NULL;
        if (r->timeout_ms != TIMEOUT_MS + block_ms) {
            r->timeout_ms = TIMEOUT_MS + block_ms;
            redisSetTimeout(r->conn, to_timeval(r->timeout_ms));
        }
        redisReply *reply = redisCommandArgv(r->conn, n, (const char **)(uintptr_t)argv, NULL);
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
        lost(r, e);
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
