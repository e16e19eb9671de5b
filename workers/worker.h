/*
 * The frame of every worker daemon: configuration, connections, identity, slots, leases, heartbeat, recover, drain.
 * A worker is its `struct worker_kind` plus a loop; main() of each daemon is the only place that wires.
 *
 * Threads: the main thread reserves from the queue and claims. A worker either runs each job on a thread of its own
 * (kind->run, one PostgreSQL connection per slot: S3 and Drive), or drives all of them from the main thread
 * (kind->adopt and kind->tick: one libtorrent session). The heartbeat thread has its own PostgreSQL and Redis
 * connections: it renews the leases of all slots every HEARTBEAT_MS, looks at once when {tc}:changed rises (a cancel),
 * and marks a slot lost when its lease is gone, when the last renewal is two thirds of LEASE_MS old by the monotonic
 * clock, or when the job's loop has not called slot_alive() for STALL_MS. Code of a job asks slot_stop() often (at
 * least each second) and returns ERR_LOST / ERR_STOPPED.
 */
#ifndef TC_WORKERS_WORKER_H
#define TC_WORKERS_WORKER_H

#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "base/trace.h"
#include "domain/job.h"
#include "net/db.h"
#include "queue/queue.h"
#include "store/phase_store.h"

struct worker;
struct slot;

struct worker_kind {
    const char *service; /* "torreclou-s3-worker": log and metric name */
    const char *queue;   /* "torrents", "s3", "googledrive"; the last two become "s3@<volume>" */
    enum job_phase phase;
    enum config_program program;
    bool has_provider; /* only jobs of this provider are recovered and enqueued by it */
    enum provider provider;
    bool per_volume; /* queue name carries the volume */

    /* Thread per job: run the claimed phase to its end (or until slot_stop()), and write its outcome with the
     * phase_* functions. `a` is the job's arena, db the slot's own connection. Required unless adopt is set. */
    void (*run)(struct slot *s, struct db *db, struct arena *a);

    /* Main-thread drive: adopt takes a claimed slot; tick runs all of them for at most timeout_ms and returns. */
    void (*adopt)(struct worker *w, struct slot *s, struct arena *a);
    void (*tick)(struct worker *w, int timeout_ms);

    /* Optional, on the main thread. */
    int (*open)(struct worker *w, struct err *e);       /* after the connections stand, before the first reserve */
    void (*janitor)(struct worker *w, struct arena *a); /* every RECOVER_INTERVAL_MS, and soon after a cancel */
    void (*drain)(struct worker *w);                    /* once, when a stop was asked: save what is to be saved */
    void (*close)(struct worker *w);
};

/*
 * worker_main(kind, argc, argv): the whole daemon: --help, --check, configuration, wait for the schema, loop, drain.
 * Returns the process' exit code. SIGTERM drains: nothing more is reserved, slots are told to stop (ERR_STOPPED), their
 * leases released.
 */
int worker_main(const struct worker_kind *kind, int argc, char **argv);

/* What the daemon holds, for kind functions on the main thread. */
struct db *worker_db(struct worker *w);       /* the main thread's connection */
struct queue *worker_queue(struct worker *w); /* the main thread's */
const char *worker_id(const struct worker *w);
const char *worker_volume(const struct worker *w); /* content of {TORRENT_DOWNLOAD_PATH}/.volume-id */
void *worker_state(const struct worker *w);
void worker_set_state(struct worker *w, void *state); /* the kind's own */
bool worker_stopping(const struct worker *w);

/* A slot: one claimed phase. Valid until slot_release. */
const struct claim *slot_claim(const struct slot *s);
const struct lease *slot_lease(const struct slot *s);
struct worker *slot_worker(const struct slot *s);
void *slot_state(const struct slot *s);
void slot_set_state(struct slot *s, void *state);
/* slot_span(s): of the phase; threads that work for it trace_enter() its context. */
const struct trace_span *slot_span(const struct slot *s);

/* slot_alive(s): the job's loop moves; call it in every turn of the loop. Thread-safe. */
void slot_alive(struct slot *s);

/*
 * slot_stop(s, e): must the job stop now: 0 no; -1 with ERR_LOST (lease gone: write nothing) or ERR_STOPPED (drain:
 * save and release). Cheap and thread-safe. slot_should_stop is the same for `struct http_request.stop`; its argument
 * is the slot.
 */
int slot_stop(struct slot *s, struct err *e);
bool slot_should_stop(void *slot);

/* slot_ended(s, how): count for the metrics how a run of the phase ended: "done", "failed" for good, "error" (tried
 * again while there are attempts left), "waits", "lost", "released". slot_conclude does it for all but "done". */
void slot_ended(struct slot *s, const char *how);

/* slot_park(s, parked): a parked slot keeps its lease but does not count against HANGFIRE_WORKER_COUNT: jobs that wait
 * for the disk, for another job's torrent, or for peers. */
void slot_park(struct slot *s, bool parked);

/* slot_check(s, db, a, e): renew the lease right now, before a destructive act; ERR_LOST when it is not ours. */
int slot_check(struct slot *s, struct db *db, struct arena *a, struct err *e);

/* slot_lost(s): this slot's writes are refused from now on (a store answered ERR_LOST). */
void slot_lost(struct slot *s);

/* slot_release(s): the phase's outcome is written (or the lease lost): free the slot. Main-thread kinds call it; for
 * kind->run the frame does. */
void slot_release(struct slot *s);

/*
 * slot_conclude(s, db, a, why): write the end of a phase that did not finish: by the class of *why: drain →
 * phase_release, lost → nothing, else phase_failed with the configured delays; tells the queue about the retry time and
 * publishes the event.
 */
void slot_conclude(struct slot *s, struct db *db, struct arena *a, const struct err *why);

/*
 * worker_enqueue_upload(w, db…): tell the upload queue of the job's provider that a file is ready. Failure is only
 * logged: recover repairs it.
 */
void worker_enqueue_upload(struct worker *w, const struct claim *c);

/*
 * Live events: posted to nchan by a thread of its own from a small bounded table, one entry per job: the newest event
 * of a job replaces one that still waits; at most one per job and PROGRESS_EVENT_MS. A dead nchan costs nothing but the
 * events. Thread-safe. A partial event carries only what is known here (jobId, at and the members given); clients
 * merge.
 */
struct live {
    int64_t bytes_downloaded, bytes_uploaded; /* -1: not known here, left out */
    int64_t download_speed, upload_speed;     /* B/s; -1: not known here */
    int64_t eta_seconds;                      /* -1: unknown */
    int peers, seeds;                         /* -1: not known here */
    const char *current_state;                /* or NULL: left out */
};
void worker_publish(struct worker *w, const struct claim *c, const struct live *live);

/* worker_publish_job: read the job's row and publish it whole and at once: after a status change. */
void worker_publish_job(struct worker *w, struct db *db, struct arena *a, const struct claim *c);

#endif
