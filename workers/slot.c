#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/trace.h"
#include "workers/internal.h"

#include <string.h>

const struct claim *slot_claim(const struct slot *s)
{
    return &s->claim;
}

const struct lease *slot_lease(const struct slot *s)
{
    return &s->claim.lease;
}

struct worker *slot_worker(const struct slot *s)
{
    return s->worker;
}

void *slot_state(const struct slot *s)
{
    return s->state;
}

void slot_set_state(struct slot *s, void *state)
{
    s->state = state;
}

const struct trace_span *slot_span(const struct slot *s)
{
    return &s->span;
}

void slot_alive(struct slot *s)
{
    atomic_store(&s->alive_at, clock_mono_ms());
}

int slot_stop(struct slot *s, struct err *e)
{
    switch (atomic_load(&s->stop)) {
    case SLOT_RUNS:
        return 0;
    case SLOT_LOST:
        return err_set(e, ERR_LOST, NULL, "The job is no longer this worker's.");
    default:
        return err_set(e, ERR_STOPPED, NULL, "The worker is being stopped.");
    }
}

bool slot_should_stop(void *slot)
{
    return atomic_load(&((struct slot *)slot)->stop) != SLOT_RUNS;
}

void slot_lost(struct slot *s)
{
    atomic_store(&s->stop, SLOT_LOST);
}

int slot_check(struct slot *s, struct db *db, struct arena *a, struct err *e)
{
    if (slot_stop(s, e))
        return -1;
    int64_t before = clock_mono_ms();
    if (phase_check(db, a, &s->claim.lease, config_int(CFG_LEASE_MS), e)) {
        if (e && e->class == ERR_LOST)
            slot_lost(s);
        return -1;
    }
    atomic_store(&s->renewed_at, before);
    return 0;
}

void slot_park(struct slot *s, bool parked)
{
    struct worker *w = s->worker;
    pthread_mutex_lock(&w->mutex);
    if (s->parked != parked) {
        s->parked = parked;
        w->parked += parked ? 1 : -1;
        w->active += parked ? -1 : 1;
    }
    pthread_mutex_unlock(&w->mutex);
}

int slot_count(struct worker *w, bool with_parked)
{
    pthread_mutex_lock(&w->mutex);
    int n = w->active + (with_parked ? w->parked : 0);
    pthread_mutex_unlock(&w->mutex);
    return n;
}

/* Take it out of the list: from then on the heartbeat does not renew it. */
static void unlink_slot(struct slot *s)
{
    struct worker *w = s->worker;
    pthread_mutex_lock(&w->mutex);
    for (struct slot **p = &w->slots; *p; p = &(*p)->next)
        if (*p == s) {
            *p = s->next;
            *(s->parked ? &w->parked : &w->active) -= 1;
            break;
        }
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->mutex);
}

static void end_trace(struct slot *s)
{
    const struct claim *c = &s->claim;
    const struct kv attributes[] = {kv_int("job.id", c->lease.job_id), kv_int("user.id", c->user_id),
                                    kv_int("job.bytes", c->total_bytes), kv_int("job.attempt", c->attempts + 1),
                                    kv_str("job.outcome", s->outcome)};
    trace_end(&s->span, s->why.class == ERR_STOPPED ? NULL : &s->why, attributes, 5);
}

static void slot_free(struct slot *s)
{
    end_trace(s);
    arena_free(s->arena);
    mem_free(s);
}

void slot_release(struct slot *s)
{
    unlink_slot(s);
    slot_free(s);
}

static void *thread_main(void *arg)
{
    struct slot *s = arg;
    log_context(NULL, s->claim.lease.job_id);
    trace_enter(s->span.self);
    struct db *db = db_new(config_str(CFG_DATABASE_URL), s->worker->kind->service);
    struct arena *a = arena_new(64 * 1024);
    s->worker->kind->run(s, db, a);
    arena_free(a);
    db_free(db);
    atomic_store(&s->finished, true);
    pthread_mutex_lock(&s->worker->mutex);
    pthread_cond_broadcast(&s->worker->changed);
    pthread_mutex_unlock(&s->worker->mutex);
    return NULL;
}

/* The claim's strings live in the arena of the loop turn that made it. */
static void copy_claim(struct slot *s, const struct claim *c)
{
    s->arena = arena_new(1024);
    s->claim = *c;
    s->claim.lease.worker_id = s->worker->id;
    s->claim.torrent_name = arena_strdup(s->arena, c->torrent_name);
    s->claim.info_hash = arena_strdup(s->arena, c->info_hash);
    s->claim.traceparent = arena_strdup(s->arena, c->traceparent);
}

static void begin_trace(struct slot *s)
{
    struct trace_context job = {0};
    if (s->claim.traceparent)
        trace_parse(s->claim.traceparent, &job);
    trace_start(&s->span, &job, TRACE_INTERNAL, job_phase_name(s->claim.lease.phase), 0);
}

struct slot *slot_start(struct worker *w, const struct claim *c)
{
    struct slot *s = MEM_NEW(struct slot);
    s->worker = w;
    copy_claim(s, c);
    begin_trace(s);
    atomic_store(&s->alive_at, clock_mono_ms());
    atomic_store(&s->renewed_at, clock_mono_ms());
    pthread_mutex_lock(&w->mutex);
    s->next = w->slots;
    w->slots = s;
    w->active++;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->mutex);
    if (w->kind->run && pthread_create(&s->thread, NULL, thread_main, s)) {
        log_error("no thread for a job; it will be taken over", kv_int("JobId", c->lease.job_id));
        slot_release(s);
        return NULL;
    }
    return s;
}

void slot_reap(struct worker *w)
{
    if (!w->kind->run)
        return;
    for (;;) {
        struct slot *done = NULL;
        pthread_mutex_lock(&w->mutex);
        for (struct slot *s = w->slots; s && !done; s = s->next)
            if (atomic_load(&s->finished))
                done = s;
        pthread_mutex_unlock(&w->mutex);
        if (!done)
            return;
        pthread_join(done->thread, NULL);
        slot_release(done);
    }
}

void slot_stop_all(struct worker *w)
{
    pthread_mutex_lock(&w->mutex);
    for (struct slot *s = w->slots; s; s = s->next) {
        int runs = SLOT_RUNS;
        atomic_compare_exchange_strong(&s->stop, &runs, SLOT_DRAIN); /* a lost one stays lost */
    }
    pthread_mutex_unlock(&w->mutex);
}

/* Our own servers being away is nobody's failure: the job goes back and is taken again when they are there. */
static bool is_ours(const struct err *why)
{
    return why->class == ERR_STOPPED ||
           (why->class == ERR_UNAVAILABLE &&
            (!strcmp(why->code, "DatabaseUnavailable") || !strcmp(why->code, "RedisUnavailable") ||
             !strcmp(why->code, "TransactionAborted") || !strcmp(why->code, "CommitUnknown")));
}

static int write_end(struct slot *s, struct db *db, struct arena *a, const struct err *why, struct err *e)
{
    int64_t delays[16];
    int n = config_list(CFG_RETRY_DELAYS_MS, delays, 16);
    if (is_ours(why))
        return phase_release(db, a, &s->claim.lease, e);
    return phase_failed(db, a, &s->claim.lease, why, delays, n, config_int(CFG_WAIT_PROBE_MS),
                        config_int(CFG_ENDPOINT_WAIT_MS), e);
}

void slot_ended(struct slot *s, const char *how)
{
    s->outcome = how;
    metrics_add(METRIC_PHASE_ENDS, 1, {"outcome", how}, {"phase", job_phase_name(s->claim.lease.phase)});
}

/* The word for a phase that did not finish. */
static const char *outcome(const struct err *why)
{
    static const char *const words[] = {
        [RETRY_NEVER] = "failed", [RETRY_BACKOFF] = "error", [RETRY_WAIT] = "waits", [RETRY_DROP] = "lost"};
    return is_ours(why) ? "released" : words[err_class_info(why->class)->retry];
}

void slot_conclude(struct slot *s, struct db *db, struct arena *a, const struct err *why)
{
    struct err e = ERR_INIT;
    s->why = *why;
    if (why->class == ERR_LOST) {
        log_warn("the job is no longer this worker's", kv_none);
        slot_ended(s, "lost");
        slot_lost(s);
        return;
    }
    log_emit(is_ours(why) ? LOG_INFO : LOG_WARN, "the phase ends early",
             (const struct kv[]){kv_str("Phase", job_phase_name(s->claim.lease.phase)), kv_err(why)}, 2);
    /* PostgreSQL may be away for a moment. Past the lease the row is recover's. */
    int64_t deadline = atomic_load(&s->renewed_at) + config_int(CFG_LEASE_MS);
    while (write_end(s, db, a, why, &e)) {
        if (e.class != ERR_UNAVAILABLE || clock_mono_ms() > deadline || atomic_load(&s->stop) == SLOT_LOST) {
            if (e.class != ERR_LOST)
                log_error("the end of a phase could not be written; it will be taken over", kv_err(&e));
            slot_lost(s);
            return;
        }
        clock_sleep_ms(200);
        err_clear(&e);
    }
    slot_ended(s, outcome(why));
    worker_publish_job(s->worker, db, a, &s->claim);
}
