#include "provider/gdrive_pacer.h"

#include "base/clock.h"
#include "base/log.h"
#include "net/redis.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    BURST_PARTS = 6,      /* of a minute's units may be spent at once */
    GRANT_PARTS = 120,    /* are taken ahead */
    GRANT_LIFE_MS = 1000, /* what was not used by then has lapsed */
    REDIS_AWAY_MS = 10 * 1000,
    MINUTE_MS = 60 * 1000,
    KEY_MAX = 400,
    SCRIPT_ARGS = 5
};

/* Full at first; `level` in units × MINUTE_MS, so that a millisecond adds `per_minute`. */
struct bucket {
    int64_t per_minute, level, at;
};

struct spender {
    struct spender *next;
    char project[KEY_MAX], user[KEY_MAX]; /* Redis keys */
    int64_t granted, until;
    struct bucket alone; /* of the user, while Redis is away */
};

struct gdrive_pacer {
    struct gdrive_units units;
    int64_t (*clock)(void);
    bool own_clock;
    pthread_mutex_t mutex; /* guards what follows */
    struct redis *redis;   /* NULL: none */
    struct arena *arena;
    int64_t redis_again; /* when it is worth another try */
    bool away;
    struct bucket alone; /* of the project, while Redis is away */
    struct spender *spenders;
};

/*
 * KEYS project, user. ARGV their units per minute, units needed, units wanted, now in ms ('': Redis' own). Answers the
 * units granted, or minus the ms until those needed are there.
 */
static const char script[] =
    "local now = tonumber(ARGV[5])\n"
    "if not now then local t = redis.call('TIME') now = t[1] * 1000 + math.floor(t[2] / 1000) end\n"
    "local level, wait = {}, 0\n"
    "local give, need = tonumber(ARGV[4]), tonumber(ARGV[3])\n"
    "for i = 1, 2 do\n"
    "  local per, was = tonumber(ARGV[i]), redis.call('HMGET', KEYS[i], 'level', 'at')\n"
    "  local burst = per / 6\n"
    "  level[i] = tonumber(was[1]) or burst\n"
    "  level[i] = math.min(burst, level[i] + math.max(0, now - (tonumber(was[2]) or now)) * per / 60000)\n"
    "  give = math.min(give, math.floor(level[i]))\n"
    "  wait = math.max(wait, math.ceil((need - level[i]) * 60000 / per))\n"
    "end\n"
    "if give < need then give = 0 end\n"
    "for i = 1, 2 do\n"
    "  redis.call('HSET', KEYS[i], 'level', level[i] - give, 'at', now)\n"
    "  redis.call('PEXPIRE', KEYS[i], 120000)\n"
    "end\n"
    "if give > 0 then return give end\n"
    "return -math.max(1, wait)\n";

static int64_t burst_of(const struct bucket *b)
{
    return b->per_minute / BURST_PARTS * MINUTE_MS;
}

static void bucket_fill(struct bucket *b, int64_t now)
{
    if (now > b->at)
        b->level += (now - b->at) * b->per_minute;
    if (b->level > burst_of(b))
        b->level = burst_of(b);
    b->at = now;
}

static struct bucket bucket_full(int64_t per_minute, int64_t now)
{
    struct bucket b = {.per_minute = per_minute, .at = now};
    b.level = burst_of(&b);
    return b;
}

/* ms until so many units are there. */
static int64_t bucket_wait(const struct bucket *b, int64_t units)
{
    int64_t missing = units * MINUTE_MS - b->level;
    return missing > 0 ? (missing + b->per_minute - 1) / b->per_minute : 0;
}

struct gdrive_pacer *gdrive_pacer_new(const char *redis_url, const struct gdrive_units *units, int64_t (*now_ms)(void))
{
    struct gdrive_pacer *p = MEM_NEW(struct gdrive_pacer);
    p->units = *units;
    p->own_clock = now_ms != NULL;
    p->clock = now_ms ? now_ms : clock_mono_ms;
    p->redis = redis_url ? redis_new(redis_url, NULL) : NULL;
    p->arena = arena_new(0);
    p->alone = bucket_full(units->per_minute_project, p->clock());
    pthread_mutex_init(&p->mutex, NULL);
    return p;
}

void gdrive_pacer_free(struct gdrive_pacer *p)
{
    if (!p)
        return;
    for (struct spender *s = p->spenders, *next; s; s = next) {
        next = s->next;
        mem_free(s);
    }
    redis_free(p->redis);
    arena_free(p->arena);
    pthread_mutex_destroy(&p->mutex);
    mem_free(p);
}

/* One for each account that this process has uploaded to: few, and kept. */
static struct spender *find(struct gdrive_pacer *p, const char *project, const char *user, int64_t now)
{
    char key[KEY_MAX];
    snprintf(key, sizeof key, "{tc}:units:%s:%s", project, user);
    struct spender *s = p->spenders;
    while (s && strcmp(s->user, key) != 0)
        s = s->next;
    if (s)
        return s;
    s = MEM_NEW(struct spender);
    snprintf(s->project, sizeof s->project, "{tc}:units:%s", project);
    snprintf(s->user, sizeof s->user, "%s", key);
    s->alone = bucket_full(p->units.per_minute_user, now);
    s->next = p->spenders;
    p->spenders = s;
    return s;
}

/* Redis' answer: units, or minus the ms to wait; 0: it is away. */
static int64_t ask(struct gdrive_pacer *p, const struct spender *s, int64_t need, int64_t now)
{
    int64_t ahead = p->units.per_minute_user / GRANT_PARTS;
    struct err e = ERR_INIT;
    if (!p->redis || now < p->redis_again)
        return 0;
    arena_reset(p->arena);
    const char *keys[] = {s->project, s->user};
    const char *args[SCRIPT_ARGS] = {
        arena_printf(p->arena, "%lld", (long long)p->units.per_minute_project),
        arena_printf(p->arena, "%lld", (long long)p->units.per_minute_user),
        arena_printf(p->arena, "%lld", (long long)need),
        arena_printf(p->arena, "%lld", (long long)(ahead > need ? ahead : need)),
        p->own_clock ? arena_printf(p->arena, "%lld", (long long)now) : "",
    };
    const struct redis_value *v = redis_script(p->redis, p->arena, &e, script, keys, 2, args, SCRIPT_ARGS);
    bool away = !v || v->type != REDIS_INT || v->i == 0;
    if (away != p->away)
        log_info(away ? "Google's quota units are counted alone: Redis is away" : "quota units are shared again",
                 kv_err(&e));
    p->away = away;
    if (away)
        p->redis_again = now + REDIS_AWAY_MS;
    return away ? 0 : v->i;
}

static int64_t take_alone(struct gdrive_pacer *p, struct spender *s, int64_t need, int64_t now)
{
    bucket_fill(&p->alone, now);
    bucket_fill(&s->alone, now);
    int64_t project = bucket_wait(&p->alone, need), user = bucket_wait(&s->alone, need);
    if (project || user)
        return project > user ? project : user;
    p->alone.level -= need * MINUTE_MS;
    s->alone.level -= need * MINUTE_MS;
    return 0;
}

static int64_t take(struct gdrive_pacer *p, struct spender *s, int64_t need)
{
    int64_t now = p->clock();
    if (s->granted >= need && now < s->until) {
        s->granted -= need;
        return 0;
    }
    int64_t answer = ask(p, s, need, now);
    if (answer == 0)
        return take_alone(p, s, need, now);
    if (answer < 0)
        return -answer;
    s->granted = answer - need; /* what was left of the last grant has lapsed, or is less than one call */
    s->until = now + GRANT_LIFE_MS;
    return 0;
}

int64_t gdrive_pacer_take(struct gdrive_pacer *p, const char *project, const char *user, enum gdrive_cost cost)
{
    pthread_mutex_lock(&p->mutex);
    int64_t wait = take(p, find(p, project, user, p->clock()), p->units.cost[cost]);
    pthread_mutex_unlock(&p->mutex);
    return wait;
}
