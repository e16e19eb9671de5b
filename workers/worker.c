/* The daemon frame's main(): the only place that wires. See worker.h. */
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/signals.h"
#include "base/trace.h"
#include "net/seal.h"
#include "net/shipper.h"
#include "store/migrate_store.h"
#include "store/volume.h"
#include "workers/internal.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 64,
    EXIT_AWAY = 69,
    EXIT_INTERNAL = 70,
    EXIT_CONFIG = 78,
    BLOCK_MS = 5000,  /* longest wait for a queue entry */
    TICK_MS = 100,    /* main-thread kinds: one turn of the engine */
    LOOK_MS = 300,    /* how often a busy main-thread kind looks at the queue */
    DRAIN_MS = 10000, /* drain ends within this */
    SCHEMA_WAIT_MS = 120000,
    SERVER_BEAT_MS = 30000,
    HEAP_KEPT = 4 * 1024 * 1024 /* free memory at the end of a heap beyond this goes back to the machine */
};

struct db *worker_db(struct worker *w)
{
    return w->db;
}

struct queue *worker_queue(struct worker *w)
{
    return w->queue;
}

const char *worker_id(const struct worker *w)
{
    return w->id;
}

const char *worker_volume(const struct worker *w)
{
    return w->volume;
}

void *worker_state(const struct worker *w)
{
    return w->state;
}

void worker_set_state(struct worker *w, void *state)
{
    w->state = state;
}

bool worker_stopping(const struct worker *w)
{
    return w->stopping;
}

void worker_enqueue_upload(struct worker *w, const struct claim *c)
{
    struct err e = ERR_INIT;
    struct arena *a = arena_new(256);
    if (queue_enqueue(w->queue, queue_name(a, provider_queue(c->provider), w->volume), c->lease.job_id, &e))
        log_info("the upload queue was not told; recover will", kv_err(&e));
    arena_free(a);
}

/* How long the entry lay in the queue; Redis' clock is in its id. */
static void trace_queue(const struct worker *w, const struct trace_span *phase, const struct queue_entry *entry)
{
    struct trace_span s;
    trace_start(&s, &phase->self, TRACE_CONSUMER, "receive", entry ? queue_entry_ms(entry) * 1000 : 0);
    trace_end(&s, NULL,
              (const struct kv[]){kv_str("messaging.system", "redis"),
                                  kv_str("messaging.destination.name", w->queue_name),
                                  kv_str("messaging.operation.type", "receive")},
              3);
}

void worker_try_claim(struct worker *w, int64_t job_id, const struct queue_entry *entry)
{
    struct claim c;
    struct err e = ERR_INIT;
    struct arena *a = arena_new(4096);
    if (phase_claim(w->db, a, job_id, w->kind->phase, w->id, w->volume, config_int(CFG_LEASE_MS), &c, &e)) {
        log_warn("a job could not be claimed", kv_int("JobId", job_id), kv_err(&e));
    } else if (c.won) {
        log_info("job claimed", kv_int("JobId", job_id), kv_str("Phase", job_phase_name(w->kind->phase)),
                 kv_int("Epoch", c.lease.epoch), kv_int("Attempts", c.attempts), kv_int("Crashes", c.crashes));
        worker_publish_job(w, w->db, a, &c);
        struct slot *s = slot_start(w, &c);
        if (s)
            trace_queue(w, slot_span(s), entry);
        if (s && w->kind->adopt)
            w->kind->adopt(w, s, a);
    }
    arena_free(a);
}

/* Reserve one entry and claim its job. False when Redis is away. */
static bool reserve_one(struct worker *w, int block_ms)
{
    struct queue_entry entry;
    struct err e = ERR_INIT;
    if (queue_reserve(w->queue, w->queue_name, block_ms, &entry, &e)) {
        if (!signals_stopping())
            log_warn("the queue cannot be read", kv_err(&e));
        return false;
    }
    if (entry.job_id == 0)
        return true;
    if (!signals_stopping())
        worker_try_claim(w, entry.job_id, &entry);
    /* Acknowledged whatever the claim said: from here on only the lease counts, and recover sees what was missed. */
    if (queue_finish(w->queue, w->queue_name, &entry, &e))
        log_debug("an entry was not acknowledged", kv_err(&e));
    return true;
}

static void wait_for_slot(struct worker *w, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&w->mutex);
    pthread_cond_timedwait(&w->changed, &w->mutex, &until);
    pthread_mutex_unlock(&w->mutex);
}

static void run_janitor(struct worker *w, int64_t *next_at)
{
    pthread_mutex_lock(&w->mutex);
    bool announced = w->cancel_announced;
    w->cancel_announced = false;
    pthread_mutex_unlock(&w->mutex);
    int64_t now = clock_mono_ms();
    if (!w->kind->janitor || (now < *next_at && !announced))
        return;
    /* After a cancel the slot needs a moment to let go of its files: look again soon. */
    *next_at = announced ? now + 500 : now + config_int(CFG_RECOVER_INTERVAL_MS);
    struct arena *a = arena_new(4096);
    w->kind->janitor(w, a);
    arena_free(a);
}

static void tell_server(struct worker *w, int64_t *next_at)
{
    int64_t now = clock_mono_ms();
    struct err e = ERR_INIT;
    if (now < *next_at)
        return;
    *next_at = now + SERVER_BEAT_MS;
    char json[256];
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"queue\":\"%s\",\"active\":%d,\"at\":%lld}", w->kind->service,
             w->queue_name, slot_count(w, true), (long long)(clock_wall_us() / 1000000));
    if (queue_heartbeat(w->queue, json, &e))
        log_debug("the server list was not told", kv_err(&e));
}

/* Until when the main loop may sleep in the queue. */
static int block_ms(const struct recover *r, int64_t janitor_at)
{
    int64_t now = clock_mono_ms(), next = r->next_at < janitor_at ? r->next_at : janitor_at;
    int64_t ms = next - now;
    return ms < 50 ? 50 : ms > BLOCK_MS ? BLOCK_MS : (int)ms;
}

static void loop(struct worker *w)
{
    struct recover recover = {0};
    int64_t janitor_at = 0, server_at = 0, look_at = 0;
    while (!signals_stopping()) {
        slot_reap(w);
        metrics_cpu(w->kind->service);
        recover_tick(w, &recover);
        run_janitor(w, &janitor_at);
        tell_server(w, &server_at);
        bool room = slot_count(w, false) < config_int(CFG_HANGFIRE_WORKER_COUNT);
        bool busy = slot_count(w, true) > 0;
        if (w->kind->tick && busy) {
            w->kind->tick(w, TICK_MS);
            if (room && clock_mono_ms() >= look_at) {
                look_at = clock_mono_ms() + LOOK_MS;
                reserve_one(w, 0);
            }
        } else if (!room) {
            wait_for_slot(w, 500);
        } else if (!reserve_one(w, busy ? LOOK_MS : block_ms(&recover, janitor_at))) {
            clock_sleep_ms(500); /* Redis is away; recover goes on from the table */
        }
    }
}

static void drain(struct worker *w)
{
    w->stopping = true;
    log_info("draining", kv_int("Jobs", slot_count(w, true)));
    if (w->kind->drain)
        w->kind->drain(w);
    slot_stop_all(w);
    int64_t deadline = clock_mono_ms() + DRAIN_MS;
    while (slot_count(w, true) > 0 && clock_mono_ms() < deadline) {
        if (w->kind->tick)
            w->kind->tick(w, TICK_MS);
        else
            wait_for_slot(w, 100);
        slot_reap(w);
    }
    int left = slot_count(w, true);
    if (left) {
        log_error("jobs did not stop in time; they will be taken over", kv_int("Jobs", left));
        _exit(EXIT_INTERNAL);
    }
}

/* Whoever starts first makes the volume's id when it may: only the torrent worker writes to the downloads folder. */
static int open_volume(struct worker *w, struct err *e)
{
    bool creator = w->kind->phase == PHASE_DOWNLOAD;
    while (!(w->volume = volume_id(w->arena, config_str(CFG_TORRENT_DOWNLOAD_PATH), creator, e))) {
        if (e->class != ERR_UNAVAILABLE || signals_stopping())
            return -1;
        clock_sleep_ms(300);
        err_clear(e);
    }
    w->queue_name = w->kind->per_volume ? queue_name(w->arena, w->kind->queue, w->volume) : w->kind->queue;
    return 0;
}

static int open_all(struct worker *w, struct err *e)
{
    char host[64] = "worker";
    gethostname(host, sizeof host - 1);
    w->arena = arena_new(4096);
    snprintf(w->id, sizeof w->id, "%s:%d:%s", host, (int)getpid(), seal_token(w->arena, 4));
    w->db = db_new(config_str(CFG_DATABASE_URL), w->kind->service);
    if (!(w->redis = redis_new(config_str(CFG_REDIS_URL), e)))
        return -1;
    w->queue = queue_new(w->redis, w->id);
    if (migrate_wait(w->db, SCHEMA_WAIT_MS, e) || open_volume(w, e))
        return -1;
    if (!(w->live = live_start()))
        return err_set(e, ERR_BUG, NULL, "no thread for live events");
    if (heartbeat_start(w, e))
        return -1;
    return w->kind->open ? w->kind->open(w, e) : 0;
}

static void close_all(struct worker *w)
{
    if (w->kind->close)
        w->kind->close(w);
    heartbeat_end(w);
    live_end(w->live);
    queue_free(w->queue);
    redis_free(w->redis);
    db_free(w->db);
    arena_free(w->arena);
}

static int load_config(const struct worker_kind *kind)
{
    struct buf problems = BUF_INIT(64 * 1024);
    struct err e = ERR_INIT;
    int n = config_load(kind->program, &problems);
    if (n == 0 && seal_init(config_str(CFG_CREDENTIALS_KEY), config_str(CFG_CREDENTIALS_KEY_OLD), &e)) {
        n = 1;
        buf_addf(&problems, "%s\n", e.msg);
    }
    if (n)
        fprintf(stderr, "%d mistake%s in the configuration:\n%s", n, n == 1 ? "" : "s", buf_str(&problems));
    buf_free(&problems);
    return n;
}

static int parse_args(const struct worker_kind *kind, int argc, char **argv, bool *check)
{
    *check = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            struct buf b = BUF_INIT(256 * 1024);
            config_help(&b, kind->program);
            printf("usage: %s [--check]\n%s jobs of queue \"%s\".\n\n%s", argv[0], kind->service, kind->queue,
                   buf_str(&b));
            buf_free(&b);
            exit(0);
        }
        if (strcmp(argv[i], "--check") != 0) {
            fprintf(stderr, "%s: unknown argument %s (try --help)\n", argv[0], argv[i]);
            return EXIT_USAGE;
        }
        *check = true;
    }
    return 0;
}

int worker_main(const struct worker_kind *kind, int argc, char **argv)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    bool check;
    struct err e = ERR_INIT;
    int usage = parse_args(kind, argc, argv, &check);
    if (usage)
        return usage;
    if (load_config(kind))
        return EXIT_CONFIG;
    if (check)
        return 0;
    if (fault_arm_env(&e)) {
        fprintf(stderr, "%s\n", e.msg);
        return EXIT_CONFIG;
    }
    /* Else glibc raises its own limit by the largest block it saw, and a torrent's tens of MiB stay after the job. */
    mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
    enum log_level level = LOG_INFO;
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (!strcmp(levels[i], config_str(CFG_LOG_LEVEL)))
            level = (enum log_level)i;
    log_to(STDOUT_FILENO);
    log_open(kind->service, level, !strcmp(config_str(CFG_LOG_FORMAT), "json"));
    if (shipper_start(kind->service, &e))
        log_warn("logs and traces are not shipped", kv_err(&e));
    signals_init();
    signals_second_leaves(EXIT_INTERNAL);
    if (metrics_open(config_str(CFG_METRICS_DIR), kind->service, &e))
        log_warn("nothing is counted", kv_err(&e));
    struct worker w = {.kind = kind, .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    if (open_all(&w, &e)) {
        if (signals_stopping())
            return 0;
        log_error("the worker cannot start", kv_err(&e));
        return e.class == ERR_CONFIG ? EXIT_CONFIG : EXIT_AWAY;
    }
    log_info("worker started", kv_str("Worker", w.id), kv_str("Queue", w.queue_name), kv_str("Volume", w.volume));
    loop(&w);
    drain(&w);
    close_all(&w);
    metrics_close();
    log_info("worker stopped", kv_str("Worker", w.id));
    return 0;
}
