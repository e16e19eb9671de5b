/*
 * Recover: PostgreSQL is the truth, Redis a hint (design 4.1, 4.2). Every worker looks after the phases of its own
 * kind: it takes over those whose lease has run out and makes queue entries for rows that seem to have none.
 */
#include "base/clock.h"
#include "base/log.h"
#include "workers/internal.h"

#include <string.h>

enum { MAX_CRASHES = 3 };

/* After an outage of PostgreSQL every lease looks old: the living renew first. */
static bool settled(const struct worker *w)
{
    int64_t since = db_connected_at(w->db);
    return since && clock_mono_ms() - since >= config_int(CFG_RECOVER_GRACE_MS);
}

static void take_over(struct worker *w, struct arena *a)
{
    int n = 0;
    struct err e = ERR_INIT;
    if (!settled(w))
        return;
    if (phase_recover(w->db, a, w->kind->phase, MAX_CRASHES, &n, &e))
        log_warn("lost jobs could not be looked for", kv_err(&e));
    if (n)
        log_warn("took jobs from workers that died", kv_int("Jobs", n));
}

static bool mine(const struct worker *w, const struct due *d)
{
    if (w->kind->has_provider && d->provider != w->kind->provider)
        return false;
    return !d->volume_id || strcmp(d->volume_id, w->volume) == 0;
}

static const char *queue_of(const struct worker *w, struct arena *a, const struct due *d)
{
    if (!w->kind->per_volume)
        return w->kind->queue;
    return queue_name(a, provider_queue(d->provider), d->volume_id ? d->volume_id : w->volume);
}

static void enqueue_due(struct worker *w, struct arena *a)
{
    struct due *due;
    int n;
    struct err e = ERR_INIT;
    if (phase_due(w->db, a, w->kind->phase, config_int(CFG_REQUEUE_AFTER_MS), &due, &n, &e)) {
        log_warn("due jobs could not be looked for", kv_err(&e));
        return;
    }
    for (int i = 0; i < n; i++) {
        if (queue_enqueue(w->queue, queue_of(w, a, &due[i]), due[i].job_id, &e) == 0)
            continue;
        /* Redis is away. What this worker has room for it takes straight from the table. */
        if (mine(w, &due[i]) && slot_count(w, false) < config_int(CFG_HANGFIRE_WORKER_COUNT) && !w->stopping)
            worker_try_claim(w, due[i].job_id, NULL);
        err_clear(&e);
    }
}

void recover_tick(struct worker *w, struct recover *r)
{
    int64_t now = clock_mono_ms();
    if (now < r->next_at)
        return;
    struct arena *a = arena_new(4096);
    struct err e = ERR_INIT;
    take_over(w, a);
    enqueue_due(w, a);
    r->next_at = now + config_int(CFG_RECOVER_INTERVAL_MS);
    int64_t due_ms;
    /* A retry that is due before the next regular look is looked at in time. */
    if (phase_next_due_ms(w->db, a, w->kind->phase, &due_ms, &e) == 0 && due_ms >= 0 && now + due_ms < r->next_at)
        r->next_at = now + (due_ms > 100 ? due_ms : 100);
    arena_free(a);
}
