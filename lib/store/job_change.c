/* The writing half of job_store.h: create, cancel, retry, and every change of a status. */
#include "base/jsonw.h"
#include "store/job_store.h"
#include "store/rows.h"

#include <string.h>

int job_transition(struct db *db, struct arena *a, int64_t id, enum job_status to, enum job_source source,
                   const char *error, const char *metadata_json, struct err *e)
{
    /* The settings live as long as the transaction and are read by the trigger job_status_guard, which writes the
     * history row. A NULL would be stored as the text of the last call, so it is sent as "". */
    struct db_rows *r =
        db_query(db, a, e,
                 "with s as (select set_config('torrentclou.source', $3, true), "
                 "set_config('torrentclou.error', $4, true), set_config('torrentclou.metadata', $5, true)) "
                 "update jobs set status = $2, updated_at = now() from s where id = $1",
                 p_int(id), p_text(job_status_info(to)->name), p_text(job_source_name(source)),
                 p_text(error ? error : ""), p_text(metadata_json ? metadata_json : ""));
    if (!r)
        return -1;
    return db_affected(r) == 1 ? 0 : err_set(e, ERR_BUG, NULL, "job %lld vanished", (long long)id);
}

static const char *creation_metadata(struct arena *a, const struct job_new *job)
{
    struct buf b = BUF_INIT(256);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "storageProfileId", job->profile_id);
    jsonw_int(&w, "requestFileId", job->torrent_id);
    jsonw_int(&w, "selectedFilesCount", job->selected_count);
    jsonw_end(&w);
    return buf_move(&b, a);
}

static int insert_job(struct db *db, struct arena *a, const struct job_new *job, int64_t total, int64_t *id,
                      struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "with s as (select set_config('torrentclou.source', 'System', true), "
                 "set_config('torrentclou.error', '', true), set_config('torrentclou.metadata', $6, true)) "
                 "insert into jobs (user_id, torrent_id, storage_profile_id, status, selected_paths, total_bytes, "
                 "traceparent) select $1, $2, $3, 'QUEUED', $4::jsonb, $5, nullif($7, '') from s returning id",
                 p_int(job->user_id), p_int(job->torrent_id), p_int(job->profile_id), p_text(job->selected_json),
                 p_int(total), p_text(creation_metadata(a, job)), p_text(job->traceparent));
    if (!r) {
        if (e && e->class == ERR_CONFLICT && !strcmp(db_constraint(db), "jobs_one_active"))
            err_set(e, ERR_CONFLICT, "JobAlreadyExists", "An active job for this torrent exists already.");
        return -1;
    }
    *id = db_int(r, 0, 0);
    return 0;
}

static int insert_rows(struct db *db, struct arena *a, int64_t id, const struct job_new *job, struct err *e)
{
    int64_t *index = ARENA_ARRAY(a, (size_t)job->file_count, int64_t);
    for (int i = 0; i < job->file_count; i++)
        index[i] = job->files[i].index;
    const char *rows = rows_numbers(a, index, job->file_count);
    if (!rows)
        return err_set(e, ERR_INPUT, "InvalidFileSelection", "The selection is too long.");
    if (!db_query(db, a, e,
                  "insert into job_files (job_id, file_index, engine_index, path, size) "
                  "select $1, f.file_index, f.engine_index, f.path, f.size from torrent_files f "
                  "where f.torrent_id = $2 and f.file_index in (select v::int from "
                  "jsonb_array_elements_text($3::jsonb) v)",
                  p_int(id), p_int(job->torrent_id), p_text(rows)))
        return -1;
    return db_run(db, a, e, "insert into job_phases (job_id, phase) values ($1, 'download'), ($1, 'upload')",
                  p_int(id));
}

int job_create(struct db *db, struct arena *a, const struct job_new *job, int64_t *id, struct err *e)
{
    int64_t total = 0;
    for (int i = 0; i < job->file_count; i++)
        total += job->files[i].size;
    if (db_begin(db, e))
        return -1;
    if (insert_job(db, a, job, total, id, e) || insert_rows(db, a, *id, job, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

/* Lock the user's job; *was is its status, JOB_STATUS_NONE when there is none. */
static int lock_job(struct db *db, struct arena *a, int64_t user_id, int64_t id, enum job_status *was,
                    bool *local_present, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select status, local_state = 'present' from jobs where user_id = $1 and id = $2 "
                                 "for no key update",
                                 p_int(user_id), p_int(id));
    *was = JOB_STATUS_NONE;
    if (!r)
        return -1;
    if (db_count(r)) {
        job_status_parse(db_text(r, 0, 0), false, was);
        *local_present = db_bool(r, 0, 1);
    }
    return 0;
}

/* What there is at the destination when the job is cancelled; NULL for nothing. The janitor tells what it did of it. */
static int cancel_metadata(struct db *db, struct arena *a, int64_t id, const char **out, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "select (select count(*) from job_files where job_id = $1 and state = 'done'), "
                 "(select count(*) from upload_sessions where job_id = $1 and state in ('init', 'open', 'aborting'))",
                 p_int(id));
    if (!r)
        return -1;
    int64_t done = db_int(r, 0, 0), open = db_int(r, 0, 1);
    *out = done || open ? arena_printf(a, "{\"filesAtDestination\": %lld, \"unfinishedUploads\": %lld}",
                                       (long long)done, (long long)open)
                        : NULL;
    return 0;
}

static int cancel_locked(struct db *db, struct arena *a, int64_t id, struct err *e)
{
    const char *metadata;
    if (!db_query(db, a, e,
                  "update job_phases set state = 'cancelled', worker_id = null, lease_until = null, epoch = epoch + 1, "
                  "next_retry_at = null, finished_at = now() where job_id = $1 and state not in ('done', 'cancelled')",
                  p_int(id)) ||
        !db_query(db, a, e, "update job_files set state = 'ready' where job_id = $1 and state = 'uploading'",
                  p_int(id)) ||
        !db_query(db, a, e,
                  "update jobs set completed_at = now(), download_speed = 0, upload_speed = 0, eta_seconds = null, "
                  "waiting_code = null, waiting_sentence = null, waiting_since = null, waiting_next_at = null, "
                  "current_state = 'Cancelled by User' where id = $1",
                  p_int(id)) ||
        cancel_metadata(db, a, id, &metadata, e))
        return -1;
    return job_transition(db, a, id, JOB_CANCELLED, SOURCE_USER, NULL, metadata, e);
}

int job_cancel(struct db *db, struct arena *a, int64_t user_id, int64_t id, enum job_status *was, struct err *e)
{
    bool local;
    if (db_begin(db, e))
        return -1;
    if (lock_job(db, a, user_id, id, was, &local, e))
        goto fail;
    if (*was == JOB_STATUS_NONE || !job_status_info(*was)->cancellable) {
        db_rollback(db);
        return 0;
    }
    if (cancel_locked(db, a, id, e))
        goto fail;
    return db_commit(db, e);
fail:
    db_rollback(db);
    return -1;
}

static int retry_metadata(struct db *db, struct arena *a, int64_t id, enum job_status was, bool again, const char **out,
                          struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select count(*) filter (where state = 'done'), count(*) filter (where state <> "
                                 "'done') from job_files where job_id = $1",
                                 p_int(id));
    if (!r)
        return -1;
    *out = arena_printf(a,
                        "{\"retriedFrom\": \"%s\", \"downloadsAgain\": %s, \"filesAtDestination\": %lld, "
                        "\"filesToUpload\": %lld}",
                        job_status_info(was)->name, again ? "true" : "false", (long long)db_int(r, 0, 0),
                        (long long)db_int(r, 0, 1));
    return 0;
}

/* The profile has been given another bucket or drive since: what the old one holds is not there. */
static int forget_old_place(struct db *db, struct arena *a, int64_t id, struct err *e)
{
    return db_run(db, a, e,
                  "update job_files f set state = 'pending', remote_key = null, remote_id = null, remote_etag = null, "
                  "verified_by = null, done_at = null from jobs j join storage_profiles s on s.id = "
                  "j.storage_profile_id where f.job_id = $1 and j.id = f.job_id and f.remote_key is not null and "
                  "j.destination <> " JOB_DESTINATION,
                  p_int(id));
}

static int retry_locked(struct db *db, struct arena *a, int64_t id, enum job_status was, bool local_present,
                        enum job_status *to, struct err *e)
{
    const char *metadata;
    bool upload_only = (was == JOB_UPLOAD_FAILED || was == JOB_GOOGLE_DRIVE_FAILED) && local_present;
    *to = upload_only ? JOB_PENDING_UPLOAD : JOB_QUEUED;
    /* Files that the destination holds verified stay done. What else is on disk is found by the download phase. */
    if (forget_old_place(db, a, id, e) ||
        !db_query(db, a, e,
                  "update job_files set state = case when $2 and sha256 is not null then 'ready' else 'pending' end, "
                  "bytes_uploaded = 0, bytes_downloaded = case when $2 then bytes_downloaded else 0 end, "
                  "error_message = null, md5 = case when $2 then md5 end, sha256 = case when $2 then sha256 end "
                  "where job_id = $1 and state <> 'done'",
                  p_int(id), p_bool(upload_only)) ||
        !db_query(db, a, e,
                  "update job_phases set state = case when $2 and phase = 'download' then 'done' else 'idle' end, "
                  "worker_id = null, lease_until = null, epoch = epoch + 1, attempts = 0, crashes = 0, progress = 0, "
                  "progress_at_failure = 0, "
                  "next_retry_at = null, enqueued_at = null, first_wait_at = null, finished_at = case when $2 and "
                  "phase = 'download' then finished_at end where job_id = $1",
                  p_int(id), p_bool(upload_only)) ||
        !db_query(db, a, e,
                  "update jobs set error_code = null, error_message = null, completed_at = null, "
                  "current_state = 'Manually retried by User', bytes_uploaded = (select coalesce(sum(f.size), 0) from "
                  "job_files f where f.job_id = $1 and f.state = 'done'), bytes_downloaded = case when $2 then "
                  "bytes_downloaded else (select coalesce(sum(f.size), 0) from job_files f where f.job_id = $1 and "
                  "f.state = 'done') end, last_heartbeat = now() where id = $1",
                  p_int(id), p_bool(upload_only)) ||
        retry_metadata(db, a, id, was, !upload_only, &metadata, e))
        return -1;
    return job_transition(db, a, id, *to, SOURCE_USER, NULL, metadata, e);
}

int job_retry(struct db *db, struct arena *a, int64_t user_id, int64_t id, enum job_status *was, enum job_status *to,
              struct err *e)
{
    bool local = false;
    if (db_begin(db, e))
        return -1;
    if (lock_job(db, a, user_id, id, was, &local, e))
        goto fail;
    if (*was == JOB_STATUS_NONE || !job_status_info(*was)->can_retry) {
        db_rollback(db);
        return 0;
    }
    if (retry_locked(db, a, id, *was, local, to, e)) {
        if (e && e->class == ERR_CONFLICT)
            err_set(e, ERR_CONFLICT, "JobAlreadyExists", "Another job for this torrent is active.");
        goto fail;
    }
    return db_commit(db, e);
fail:
    db_rollback(db);
    return -1;
}

static void transition_columns(struct jsonw *w, const void *row)
{
    const struct job_transition *t = row;
    jsonw_str(w, "f", t->from == JOB_STATUS_NONE ? NULL : job_status_info(t->from)->name);
    jsonw_str(w, "t", job_status_info(t->to)->name);
    jsonw_str(w, "s", job_source_name(t->source));
}

int job_transitions_sync(struct db *db, struct arena *a, struct err *e)
{
    size_t n;
    const struct job_transition *t = job_transitions(&n);
    if (db_begin(db, e))
        return -1;
    if (db_query0(db, a, e, "delete from job_transitions") &&
        db_query(db, a, e,
                 "insert into job_transitions (from_status, to_status, source) select x.f, x.t, x.s from "
                 "jsonb_to_recordset($1::jsonb) as x(f text, t text, s text)",
                 p_text(rows_json(a, t, (int)n, sizeof *t, transition_columns))))
        return db_commit(db, e);
    db_rollback(db);
    return -1;
}
