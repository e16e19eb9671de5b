#include "store/phase_internal.h"

#include "base/log.h"

#include <string.h>

int phase_affected(const struct db_rows *r, struct err *e)
{
    if (!r)
        return -1;
    return db_affected(r) ? 0 : err_set(e, ERR_LOST, NULL, "The job is no longer this worker's.");
}

int phase_commit(struct db *db, int r, struct err *e)
{
    if (r == 0)
        return db_commit(db, e);
    db_rollback(db);
    return -1;
}

static int read_locked(struct db *db, struct arena *a, int64_t job_id, const struct lease *l, struct locked *out,
                       bool *found, bool *held, struct err *e)
{
    *found = *held = false;
    *out = (struct locked){0};
    struct db_rows *job = db_query(db, a, e, "select status from jobs where id = $1 for no key update", p_int(job_id));
    if (!job)
        return -1;
    if (db_count(job) == 0)
        return 0;
    *found = true;
    job_status_parse(db_text(job, 0, 0), false, &out->status);
    struct db_rows *r = db_query(db, a, e,
                                 "select phase = 'upload', state, attempts, crashes, epoch, worker_id, progress, "
                                 "progress_at_failure from job_phases where job_id = $1 order by phase for update",
                                 p_int(job_id));
    if (!r)
        return -1;
    for (int i = 0; i < db_count(r); i++) {
        enum job_phase phase = db_bool(r, i, 0) ? PHASE_UPLOAD : PHASE_DOWNLOAD;
        enum phase_state state = PHASE_IDLE;
        phase_state_parse(db_text(r, i, 1), &state);
        *(phase == PHASE_UPLOAD ? &out->upload : &out->download) = state;
        if (!l || phase != l->phase)
            continue;
        out->attempts = (int)db_int(r, i, 2);
        out->crashes = (int)db_int(r, i, 3);
        out->progress = db_int(r, i, 6);
        out->progress_at_failure = db_int(r, i, 7);
        const char *worker = db_text(r, i, 5);
        *held = state == PHASE_ACTIVE && db_int(r, i, 4) == l->epoch && worker && strcmp(worker, l->worker_id) == 0;
    }
    return 0;
}

int phase_lock(struct db *db, struct arena *a, int64_t job_id, struct locked *out, bool *found, struct err *e)
{
    bool held;
    return read_locked(db, a, job_id, NULL, out, found, &held, e);
}

int phase_begin_fenced(struct db *db, struct arena *a, const struct lease *l, struct locked *out, struct err *e)
{
    bool found, held;
    if (db_begin(db, e))
        return -1;
    int r = read_locked(db, a, l->job_id, l, out, &found, &held, e);
    if (r == 0 && !held)
        r = err_set(e, ERR_LOST, NULL, "The job is no longer this worker's.");
    if (r)
        db_rollback(db);
    return r;
}

int phase_leave(struct db *db, struct arena *a, const struct lease *l, enum phase_state state, int64_t next_ms,
                struct err *e)
{
    bool ended = state == PHASE_DONE || state == PHASE_FAILED;
    return phase_run(db, a, l, e,
                     "update job_phases p set state = $5, worker_id = null, lease_until = null, "
                     "enqueued_at = null, next_retry_at = now() + make_interval(secs => $6::bigint / 1000.0), "
                     "finished_at = case when $7 then now() end where" FENCE,
                     p_text(phase_state_name(state)), p_opt_int(next_ms >= 0, next_ms), p_bool(ended));
}

/* The status before `to` on the shortest way from `from`, by breadth-first search over the rows of one source; -1:
 * none. */
static bool find_way(enum job_status from, enum job_status to, enum job_source source, int before[JOB_STATUS__MAX])
{
    int queue[JOB_STATUS__MAX], head = 0, tail = 0;
    for (int i = 0; i < JOB_STATUS__MAX; i++)
        before[i] = -1;
    queue[tail++] = (int)from;
    while (head < tail) {
        int at = queue[head++];
        for (int next = 0; next < JOB_STATUS__MAX; next++) {
            if (before[next] >= 0 || next == (int)from || !job_may((enum job_status)at, (enum job_status)next, source))
                continue;
            before[next] = at;
            queue[tail++] = next;
        }
    }
    return before[to] >= 0;
}

int phase_sync(struct db *db, struct arena *a, int64_t job_id, const struct locked *now, enum job_source source,
               const char *error, const char *metadata_json, struct err *e)
{
    enum job_status from = now->status, to = job_derive(now->download, now->upload);
    if (from == to)
        return error && job_may(from, to, source) ? job_transition(db, a, job_id, to, source, error, metadata_json, e)
                                                  : 0;
    int before[JOB_STATUS__MAX], way[JOB_STATUS__MAX], steps = 0;
    if (!find_way(from, to, source, before))
        return err_set(e, ERR_BUG, "BadTransition", "no way from %s to %s by %s", job_status_info(from)->name,
                       job_status_info(to)->name, job_source_name(source));
    for (int at = (int)to; at != (int)from; at = before[at])
        way[steps++] = at;
    while (steps-- > 0) {
        bool last = steps == 0;
        if (job_transition(db, a, job_id, (enum job_status)way[steps], source, last ? error : NULL,
                           last ? metadata_json : NULL, e))
            return -1;
    }
    log_info("status", kv_int("JobId", job_id), kv_str("FromStatus", job_status_info(from)->name),
             kv_str("ToStatus", job_status_info(to)->name), kv_str("Source", job_source_name(source)));
    return 0;
}
