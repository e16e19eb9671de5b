/*
 * The heartbeat: one thread with connections of its own, so that neither a slow transfer nor a busy engine delays a
 * renewal. It sleeps while the worker has nothing to hold.
 */
#include "base/clock.h"
#include "base/log.h"
#include "workers/internal.h"

enum { LOOK_MS = 400, MAX_LEASES = 4096 };

struct beat {
    struct worker *w;
    struct db *db;
    struct redis *redis;
    struct queue *queue;
    struct arena *arena;
    int64_t renewed_at, changes;
};

/* The leases to renew; a job whose own loop stands still is left out, so that another worker may take it. */
static int collect(struct beat *b, struct lease *leases)
{
    int n = 0;
    int64_t now = clock_mono_ms(), stall = config_int(CFG_STALL_MS);
    pthread_mutex_lock(&b->w->mutex);
    for (struct slot *s = b->w->slots; s && n < MAX_LEASES; s = s->next) {
        if (atomic_load(&s->stop) == SLOT_LOST || atomic_load(&s->finished))
            continue;
        if (now - atomic_load(&s->alive_at) > stall)
            log_error("a job's loop stands still; its lease is not renewed", kv_int("JobId", s->claim.lease.job_id));
        else
            leases[n++] = s->claim.lease;
    }
    pthread_mutex_unlock(&b->w->mutex);
    return n;
}

static void mark(struct beat *b, const struct lease *l, bool held, int64_t asked_at)
{
    pthread_mutex_lock(&b->w->mutex);
    for (struct slot *s = b->w->slots; s; s = s->next) {
        if (s->claim.lease.job_id != l->job_id || s->claim.lease.epoch != l->epoch)
            continue;
        if (held) {
            atomic_store(&s->renewed_at, asked_at);
        } else if (!atomic_load(&s->finished)) {
            slot_lost(s);
            b->w->cancel_announced = true;
        }
    }
    pthread_mutex_unlock(&b->w->mutex);
}

/* A worker that could not renew stops by itself before anybody may take over, by its own clock. */
static void expire(struct beat *b)
{
    int64_t now = clock_mono_ms(), limit = config_int(CFG_LEASE_MS) * 2 / 3;
    pthread_mutex_lock(&b->w->mutex);
    for (struct slot *s = b->w->slots; s; s = s->next)
        if (now - atomic_load(&s->renewed_at) > limit && atomic_load(&s->stop) != SLOT_LOST &&
            !atomic_load(&s->finished)) {
            log_error("the lease could not be renewed in time; the job is given up",
                      kv_int("JobId", s->claim.lease.job_id));
            slot_lost(s);
        }
    pthread_mutex_unlock(&b->w->mutex);
}

static void renew(struct beat *b)
{
    struct err e = ERR_INIT;
    struct lease *leases = ARENA_ARRAY(b->arena, MAX_LEASES, struct lease);
    bool *held = ARENA_ARRAY(b->arena, MAX_LEASES, bool);
    int64_t asked_at = clock_mono_ms();
    int n = collect(b, leases);
    if (n && phase_renew(b->db, b->arena, leases, n, config_int(CFG_LEASE_MS), held, &e))
        log_warn("leases could not be renewed", kv_err(&e));
    else
        for (int i = 0; i < n; i++)
            mark(b, &leases[i], held[i], asked_at);
}

/* Has something been cancelled since the last look. Redis away: no; the next renewal finds out. */
static bool cancelled(struct beat *b)
{
    int64_t count;
    struct err e = ERR_INIT;
    if (queue_changes(b->queue, &count, &e))
        return false;
    bool rose = count != b->changes;
    b->changes = count;
    return rose;
}

static void *heartbeat_main(void *arg)
{
    struct beat *b = arg;
    struct worker *w = b->w;
    for (;;) {
        pthread_mutex_lock(&w->mutex);
        while (!w->slots && !w->ending)
            pthread_cond_wait(&w->changed, &w->mutex);
        bool ending = w->ending;
        pthread_mutex_unlock(&w->mutex);
        if (ending)
            break;
        bool look = cancelled(b);
        if (look || clock_mono_ms() - b->renewed_at >= config_int(CFG_HEARTBEAT_MS)) {
            renew(b);
            b->renewed_at = clock_mono_ms();
        }
        expire(b);
        arena_reset(b->arena);
        int64_t pause = config_int(CFG_HEARTBEAT_MS);
        clock_sleep_ms(pause < LOOK_MS ? pause : LOOK_MS);
    }
    queue_free(b->queue);
    redis_free(b->redis);
    db_free(b->db);
    arena_free(b->arena);
    mem_free(b);
    return NULL;
}

int heartbeat_start(struct worker *w, struct err *e)
{
    struct beat *b = MEM_NEW(struct beat);
    b->w = w;
    b->redis = redis_new(config_str(CFG_REDIS_URL), e);
    if (!b->redis) {
        mem_free(b);
        return -1;
    }
    b->db = db_new(config_str(CFG_DATABASE_URL), w->kind->service);
    b->queue = queue_new(b->redis, w->id);
    b->arena = arena_new(4096);
    if (pthread_create(&w->heartbeat, NULL, heartbeat_main, b))
        return err_set(e, ERR_BUG, NULL, "no thread for the heartbeat");
    return 0;
}

void heartbeat_end(struct worker *w)
{
    pthread_mutex_lock(&w->mutex);
    w->ending = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->heartbeat, NULL);
}
