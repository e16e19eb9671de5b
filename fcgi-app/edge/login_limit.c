#include "fcgi-app/edge/login_limit.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

enum { WINDOW_MS = 60000, LOCAL_ROWS = 512 };

enum { BY_ADDRESS, BY_ACCOUNT, COUNTERS };

struct counter {
    int64_t failures, left_ms; /* of the window */
};

static const char read_script[] = "local r = {}\n"
                                  "for i, k in ipairs(KEYS) do\n"
                                  "  r[2*i-1] = tonumber(redis.call('GET', k) or 0)\n"
                                  "  r[2*i] = redis.call('PTTL', k)\n"
                                  "end\n"
                                  "return r";

static const char count_script[] = "for _, k in ipairs(KEYS) do\n"
                                   "  if redis.call('INCR', k) == 1 then redis.call('PEXPIRE', k, ARGV[1]) end\n"
                                   "end\n"
                                   "return 1";

/* A row belongs to whoever hashes there: a collision counts together, which errs to the safe side. */
static struct {
    int64_t failures, since;
} local[LOCAL_ROWS];

/* A household has a whole IPv6 /64, so that is what counts. */
static const char *address_key(struct arena *a, const char *address)
{
    struct in6_addr v6;
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, address, &v6) == 1) {
        memset(v6.s6_addr + 8, 0, 8);
        address = inet_ntop(AF_INET6, &v6, text, sizeof text);
    }
    return arena_printf(a, "{tc}:login:address:%s", address);
}

static const char *account_key(struct arena *a, const char *account)
{
    char *key = arena_printf(a, "{tc}:login:account:%s", account);
    for (char *p = key; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return key;
}

static size_t local_row(const char *key)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a */
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 1099511628211u;
    return hash % LOCAL_ROWS;
}

static struct counter local_read(const char *key)
{
    size_t row = local_row(key);
    int64_t left = local[row].since + WINDOW_MS - clock_mono_ms();
    return (struct counter){left > 0 ? local[row].failures : 0, left};
}

static void local_count(const char *key)
{
    size_t row = local_row(key);
    int64_t now = clock_mono_ms();
    if (local[row].failures == 0 || now - local[row].since >= WINDOW_MS) {
        local[row].since = now;
        local[row].failures = 0;
    }
    local[row].failures++;
}

static void read_counters(struct services *s, struct arena *a, const char *const keys[COUNTERS],
                          struct counter out[COUNTERS])
{
    struct err away;
    struct redis_value *v = redis_script(s->redis, a, &away, read_script, keys, COUNTERS, NULL, 0);
    bool usable = v && v->type == REDIS_ARRAY && v->len == 2 * COUNTERS;
    for (int i = 0; i < COUNTERS; i++) {
        out[i] = local_read(keys[i]);
        if (usable && v->items[2 * i].i > out[i].failures)
            out[i] = (struct counter){v->items[2 * i].i, v->items[2 * i + 1].i};
    }
    if (!usable)
        log_warn("failed logins are counted per process: Redis is away", kv_err(&away));
}

int login_limit_check(struct services *s, struct arena *a, const char *address, const char *account, struct err *e)
{
    const char *const keys[COUNTERS] = {address_key(a, address), account_key(a, account)};
    int64_t limit = config_int(CFG_LOGIN_LIMIT_PER_MINUTE);
    struct counter now[COUNTERS];
    read_counters(s, a, keys, now);
    const struct counter *full = NULL;
    if (now[BY_ADDRESS].failures >= limit)
        full = &now[BY_ADDRESS];
    else if (now[BY_ACCOUNT].failures >= limit && now[BY_ADDRESS].failures > 0)
        full = &now[BY_ACCOUNT];
    if (!full)
        return 0;
    int wait_s = full->left_ms > 0 ? (int)((full->left_ms + 999) / 1000) : 1;
    err_set(e, ERR_LIMIT, NULL, "Too many failed logins. Please try again in %d seconds.", wait_s);
    if (e)
        e->retry_after_s = wait_s;
    return -1;
}

void login_limit_failed(struct services *s, struct arena *a, const char *address, const char *account)
{
    const char *const keys[COUNTERS] = {address_key(a, address), account_key(a, account)};
    const char *const args[] = {arena_printf(a, "%d", WINDOW_MS)};
    struct err away;
    if (redis_script(s->redis, a, &away, count_script, keys, COUNTERS, args, 1))
        return;
    for (int i = 0; i < COUNTERS; i++)
        local_count(keys[i]);
}
