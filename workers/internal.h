/* Inside of the worker frame; kinds include worker.h only. */
#ifndef TC_WORKERS_INTERNAL_H
#define TC_WORKERS_INTERNAL_H

#include "base/trace.h"
#include "workers/worker.h"

#include <pthread.h>
#include <stdatomic.h>

enum slot_stop_reason { SLOT_RUNS, SLOT_LOST, SLOT_DRAIN };

struct slot {
    struct slot *next;
    struct worker *worker;
    struct claim claim; /* strings in `arena` */
    struct arena *arena;
    void *state;
    pthread_t thread;
    atomic_int stop; /* enum slot_stop_reason */
    atomic_bool finished;
    atomic_llong alive_at, renewed_at; /* clock_mono_ms */
    bool parked;
    struct trace_span span; /* of the phase, from the claim to the release */
    const char *outcome;    /* as slot_ended() heard it; NULL: not yet */
    struct err why;         /* of one that did not finish */
};

struct live_table;

struct worker {
    const struct worker_kind *kind;
    char id[128];
    const char *volume, *queue_name; /* in `arena` */
    struct arena *arena;             /* for the life of the process */
    struct db *db;
    struct redis *redis;
    struct queue *queue;
    struct live_table *live;
    void *state;
    bool stopping;

    pthread_mutex_t mutex; /* guards slots and what is below */
    pthread_cond_t changed;
    struct slot *slots;
    int active, parked;
    bool ending;           /* the heartbeat thread is to leave */
    bool cancel_announced; /* the janitor should look soon */
    pthread_t heartbeat;
};

/* slot.c */
struct slot *slot_start(struct worker *w, const struct claim *c);
void slot_reap(struct worker *w);     /* join and free finished threads */
void slot_stop_all(struct worker *w); /* drain */
int slot_count(struct worker *w, bool with_parked);

/* heartbeat.c */
int heartbeat_start(struct worker *w, struct err *e);
void heartbeat_end(struct worker *w);

/* live.c */
struct live_table *live_start(void);
void live_end(struct live_table *t); /* posts what waits, bounded, and ends the thread */
void live_put(struct live_table *t, int64_t user_id, int64_t job_id, const char *json, bool urgent);

/* recover.c: takes over dead workers' phases and repairs lost queue entries. *next_ms: when to look again. */
struct recover {
    int64_t next_at; /* clock_mono_ms */
};
void recover_tick(struct worker *w, struct recover *r);

/* worker_try_claim(w, job_id, entry): claim and start, or adopt. entry: what told about the job, or NULL. */
void worker_try_claim(struct worker *w, int64_t job_id, const struct queue_entry *entry);

#endif
