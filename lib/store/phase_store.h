/*
 * Phases: leases, fencing, retries, recovery (design 4.2, 4.7). Each function that writes for a worker takes its lease
 * and answers ERR_LOST when the lease is no longer its own: the worker then stops at once and writes nothing more.
 * All of them run in a transaction of their own, and lock the jobs row before the phase's.
 */
#ifndef TC_STORE_PHASE_STORE_H
#define TC_STORE_PHASE_STORE_H

#include "domain/job.h"
#include "net/db.h"
#include "store/profile_store.h"

struct lease {
    int64_t job_id, epoch;
    enum job_phase phase;
    const char *worker_id;
};

/* What a claim tells about the job. */
struct claim {
    bool won; /* false: done, cancelled, leased by another, or not due; nothing was changed */
    struct lease lease;
    int64_t user_id, torrent_id, profile_id, total_bytes;
    enum provider provider;
    const char *torrent_name;
    const char *info_hash; /* v1 upper case, else v2 */
    bool is_multi_file;
    int64_t created_at; /* of the job, µs */
    int attempts, crashes;
    const char *traceparent; /* of the request that made the job (base/trace.h), or NULL */
    bool download_done;      /* of an upload: has the download phase ended */
};

/*
 * phase_claim: take the phase if it is claimable: epoch + 1, lease_until = now + lease_ms, status to DOWNLOADING or
 * UPLOADING (an upload beside a running download changes no status). A download sets the volume when none is set and is
 * refused when the job lives on another one; an upload needs a ready file or a finished download.
 */
int phase_claim(struct db *db, struct arena *a, int64_t job_id, enum job_phase phase, const char *worker_id,
                const char *volume_id, int64_t lease_ms, struct claim *out, struct err *e);

/* phase_renew: renew the leases named; held[i] says whether leases[i] is still the worker's. One statement. */
int phase_renew(struct db *db, struct arena *a, const struct lease *leases, int n, int64_t lease_ms, bool *held,
                struct err *e);

/* phase_check: renew one lease just before a destructive act; ERR_LOST when it is not ours any more. */
int phase_check(struct db *db, struct arena *a, const struct lease *l, int64_t lease_ms, struct err *e);

struct progress {
    int64_t bytes;              /* of the phase: downloaded, or acknowledged by the destination */
    int64_t speed, eta_seconds; /* B/s; -1 for unknown */
    int peers, seeds;           /* download only */
    const char *current_state;  /* "Downloading: 42.00%" */
};

/* phase_progress: write it; fenced. Clears a waiting reason and an error sentence once bytes moved. */
int phase_progress(struct db *db, struct arena *a, const struct lease *l, const struct progress *p, struct err *e);

/* phase_say: current_state only, or a waiting reason while the phase is held (code NULL clears it). */
int phase_say(struct db *db, struct arena *a, const struct lease *l, const char *current_state, const char *wait_code,
              const char *wait_sentence, struct err *e);

/*
 * phase_finish: the phase is done; metadata_json (or NULL) goes to the timeline. Download: every selected file must be
 * ready or done, else ERR_BUG; status PENDING_UPLOAD (and UPLOADING when an upload is running). Upload: when the
 * download is done and all files are done: COMPLETED; *completed tells. With files still to come the phase returns to
 * idle.
 */
int phase_finish(struct db *db, struct arena *a, const struct lease *l, const char *metadata_json, bool *completed,
                 struct err *e);

/* phase_release: drain: back to idle without an attempt, status QUEUED or PENDING_UPLOAD by System. */
int phase_release(struct db *db, struct arena *a, const struct lease *l, struct err *e);

/* phase_wait: give the phase up and wait with a reason until probe_ms from now; no attempt. */
int phase_wait(struct db *db, struct arena *a, const struct lease *l, const char *code, const char *sentence,
               int64_t probe_ms, struct err *e);

/*
 * phase_failed: the phase ended with `why`. Its class decides: RETRY_NEVER fails now; RETRY_BACKOFF counts an attempt
 * and waits delays[attempt] (jitter is added), or fails when they are used up; RETRY_WAIT waits like phase_wait, and
 * counts as an attempt once the destination has been away for wait_limit_ms. RETRY_DROP is refused (ERR_BUG). Attempts
 * are counted anew when more bytes have arrived than at any failure before.
 */
int phase_failed(struct db *db, struct arena *a, const struct lease *l, const struct err *why, const int64_t *delays_ms,
                 int delays, int64_t probe_ms, int64_t wait_limit_ms, struct err *e);

/* phase_redownload: an upload found the local bytes gone: the job is QUEUED again by Recovery, its files that are not
 * done at the destination become pending. */
int phase_redownload(struct db *db, struct arena *a, const struct lease *l, const char *sentence, struct err *e);

/*
 * phase_recover: phases whose lease has run out become idle (crashes + 1 when they made no progress since the claim),
 * their jobs QUEUED or PENDING_UPLOAD by Recovery; at max_crashes the job is FAILED. *n: how many.
 */
int phase_recover(struct db *db, struct arena *a, enum job_phase phase, int max_crashes, int *n, struct err *e);

/* A claimable row, for its queue. */
struct due {
    int64_t job_id;
    enum provider provider;
    const char *volume_id; /* NULL: any */
};

/*
 * phase_due: claimable phases (due, upload: with a ready file) without a queue entry younger than requeue_ms; marks
 * them as enqueued now. Enqueueing twice is harmless, forgetting is not.
 */
int phase_due(struct db *db, struct arena *a, enum job_phase phase, int64_t requeue_ms, struct due **out, int *n,
              struct err *e);

/* phase_next_due_ms: milliseconds until the next retry or wait of the phase ends; -1 when there is none. What is due
 * already is phase_due's. */
int phase_next_due_ms(struct db *db, struct arena *a, enum job_phase phase, int64_t *ms, struct err *e);

#endif
