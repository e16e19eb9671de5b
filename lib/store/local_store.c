#include "store/local_store.h"

#include "store/phase_internal.h"

/* $1 volume or job, $2 and $3 what KEEP() sends; to be and-ed on jobs j. */
#define DOOMED                                                                                                         \
    " j.local_state = 'present' and (j.status = 'CANCELLED' or (j.status = 'COMPLETED' and ($2 = 0 or "                \
    "($2 > 0 and j.completed_at < now() - make_interval(hours => $2::int)))) or "                                      \
    "(j.status in ('FAILED', 'TORRENT_FAILED', 'UPLOAD_FAILED', 'GOOGLE_DRIVE_FAILED') and "                           \
    "j.completed_at < now() - make_interval(hours => $3::int))) "
#define KEEP(k) p_int((k)->completed_hours), p_int((k)->failed_hours)

int local_reserved(struct db *db, struct arena *a, const char *volume_id, int64_t except, int64_t *bytes, struct err *e)
{
    struct db_rows *r = db_query(db, a, e, "select" RESERVED_BYTES "and j.volume_id = $1 and j.id <> $2",
                                 p_text(volume_id), p_int(except));
    if (!r)
        return -1;
    *bytes = db_int(r, 0, 0);
    return 0;
}

int local_kept(struct db *db, struct arena *a, const char *volume_id, int64_t *bytes, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select coalesce(sum(total_bytes), 0)::bigint from jobs where volume_id = $1 and "
                                 "local_state = 'present' and status = 'COMPLETED'",
                                 p_text(volume_id));
    if (!r)
        return -1;
    *bytes = db_int(r, 0, 0);
    return 0;
}

int local_present(struct db *db, struct arena *a, const struct lease *l, struct err *e)
{
    return phase_affected(db_query(db, a, e,
                                   "update jobs set local_state = 'present', updated_at = now() where id = $1 "
                                   "and" FENCED_EXISTS,
                                   P_LEASE(l)),
                          e);
}

int local_doomed(struct db *db, struct arena *a, const char *volume_id, const struct local_keep *keep, int64_t **ids,
                 int *n, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e, "select j.id from jobs j where j.volume_id = $1 and" DOOMED "order by j.id limit 100",
                 p_text(volume_id), KEEP(keep));
    if (!r)
        return -1;
    *n = db_count(r);
    *ids = ARENA_ARRAY(a, (size_t)*n, int64_t);
    for (int i = 0; i < *n; i++)
        (*ids)[i] = db_int(r, i, 0);
    return 0;
}

/* A completed job's bytes are told of when its timeline said that they would stay. */
static int forget_locked(struct db *db, struct arena *a, int64_t job_id, const struct local_keep *keep,
                         int (*unlink_now)(int64_t job_id, void *ctx, struct err *e), void *ctx,
                         const char *metadata_json, bool *done, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "select j.status, j.status = 'CANCELLED' or exists (select 1 from job_status_history h where "
                 "h.job_id = j.id and h.to_status = 'COMPLETED' and h.metadata ? 'localFiles') "
                 "from jobs j where j.id = $1 and" DOOMED "for no key update of j",
                 p_int(job_id), KEEP(keep));
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    enum job_status status = JOB_FAILED;
    job_status_parse(db_text(r, 0, 0), false, &status);
    if (unlink_now(job_id, ctx, e) ||
        !db_query(db, a, e, "update jobs set local_state = 'deleted', updated_at = now() where id = $1", p_int(job_id)))
        return -1;
    *done = true;
    return db_bool(r, 0, 1) ? job_transition(db, a, job_id, status, SOURCE_WORKER, NULL, metadata_json, e) : 0;
}

int local_forget(struct db *db, struct arena *a, int64_t job_id, const struct local_keep *keep,
                 int (*unlink_now)(int64_t job_id, void *ctx, struct err *e), void *ctx, const char *metadata_json,
                 bool *done, struct err *e)
{
    *done = false;
    if (db_begin(db, e))
        return -1;
    int r = forget_locked(db, a, job_id, keep, unlink_now, ctx, metadata_json, done, e);
    r = phase_commit(db, r, e);
    if (r)
        *done = false;
    return r;
}
