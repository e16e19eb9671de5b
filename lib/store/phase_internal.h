/* Shared by the files of the phase store; nobody else includes it. */
#ifndef TC_STORE_PHASE_INTERNAL_H
#define TC_STORE_PHASE_INTERNAL_H

#include "store/job_store.h"
#include "store/phase_store.h"

/* Both rows under lock, jobs first. */
struct locked {
    enum job_status status;
    enum phase_state download, upload;
    int attempts, crashes;                 /* of the lease's phase */
    int64_t progress, progress_at_failure; /* likewise */
};

/* phase_begin_fenced: begin, lock the job and its phases, ERR_LOST unless the lease holds. Ends the transaction itself
 * on failure. */
int phase_begin_fenced(struct db *db, struct arena *a, const struct lease *l, struct locked *out, struct err *e);

/* phase_lock: the same without a lease, inside the caller's transaction; *found. */
int phase_lock(struct db *db, struct arena *a, int64_t job_id, struct locked *out, bool *found, struct err *e);

/* phase_commit: commit when r is 0, else roll back; returns the outcome. */
int phase_commit(struct db *db, int r, struct err *e);

/* phase_leave: the phase gives up its lease for `state`; next_ms from now (-1: none). */
int phase_leave(struct db *db, struct arena *a, const struct lease *l, enum phase_state state, int64_t next_ms,
                struct err *e);

/*
 * phase_sync: bring jobs.status to what job_derive() says, by `source`, along the shortest way that the transition
 * table has; error and metadata go to the last step. Nothing when it is there already, unless there is an error to
 * tell.
 */
int phase_sync(struct db *db, struct arena *a, int64_t job_id, const struct locked *now, enum job_source source,
               const char *error, const char *metadata_json, struct err *e);

/* SQL: the lease $1..$4 = job, phase, epoch, worker holds. To be and-ed into a where clause on job_phases p. */
#define FENCE " p.job_id = $1 and p.phase = $2 and p.epoch = $3 and p.worker_id = $4 and p.state = 'active' "
#define FENCED_EXISTS " exists (select 1 from job_phases p where" FENCE ") "
#define P_LEASE(l) p_int((l)->job_id), p_text(job_phase_name((l)->phase)), p_int((l)->epoch), p_text((l)->worker_id)

/* phase_affected(r, e): 0 when the fenced statement changed a row, ERR_LOST when none. r NULL: -1 as it is. */
int phase_affected(const struct db_rows *r, struct err *e);

/* phase_run(db, a, l, e, sql, p_int(5) …): a fenced statement whose rows nobody reads; its parameters begin with $5. */
#define phase_run(db, a, l, e, sql, ...) phase_affected(db_query((db), (a), (e), (sql), P_LEASE(l), __VA_ARGS__), (e))

/* Bytes that downloads will still write, of jobs j: only a job that has begun to write (or is about to) has a
 * reservation. Conditions may follow. */
#define RESERVED_BYTES                                                                                                 \
    " coalesce(sum(greatest(0, f.size - f.bytes_downloaded)), 0)::bigint "                                             \
    "from jobs j join job_phases p on p.job_id = j.id and p.phase = 'download' "                                       \
    "join job_files f on f.job_id = j.id and f.state in ('pending', 'downloading') "                                   \
    "where j.local_state = 'present' and p.state in ('active', 'idle', 'retry', 'waiting') "

#endif
