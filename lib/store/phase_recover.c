/* What becomes of the phases of dead workers, and which rows need a queue entry. */
#include "base/log.h"
#include "store/phase_internal.h"

static int fail_crashed(struct db *db, struct arena *a, int64_t job_id, enum job_phase phase, int crashes,
                        const struct locked *now, struct err *e)
{
    /* An upload beside a running download must not end that one; phase_finish() shows it when the download is done. */
    bool visible = phase == PHASE_DOWNLOAD || now->download == PHASE_DONE;
    const char *sentence = arena_printf(a, "The %s stopped the worker %s; it was not tried again.",
                                        job_phase_name(phase), crashes == 3 ? "three times" : "again and again");
    if (!db_query(db, a, e,
                  "update job_phases set state = 'failed', finished_at = now() where job_id = $1 and phase = $2",
                  p_int(job_id), p_text(job_phase_name(phase))) ||
        !db_query(db, a, e,
                  "update jobs set error_code = 'WorkerCrashed', error_message = $2, current_state = $2, "
                  "completed_at = case when $3 then now() end where id = $1",
                  p_int(job_id), p_text(sentence), p_bool(visible)))
        return -1;
    return visible ? job_transition(db, a, job_id, JOB_FAILED, SOURCE_RECOVERY, sentence, NULL, e) : 0;
}

/* One phase whose lease has run out; the caller's transaction. */
static int recover_one(struct db *db, struct arena *a, int64_t job_id, enum job_phase phase, int max_crashes,
                       bool *recovered, struct err *e)
{
    struct locked now;
    bool found;
    *recovered = false;
    if (phase_lock(db, a, job_id, &now, &found, e))
        return -1;
    struct db_rows *r =
        db_query(db, a, e,
                 "with old as (select job_id, phase, worker_id from job_phases where job_id = $1 and phase = $2 and "
                 "state = 'active' and lease_until < now()) "
                 "update job_phases p set state = 'idle', worker_id = null, lease_until = null, epoch = p.epoch + 1, "
                 "enqueued_at = null, crashes = case when p.progress > p.progress_at_claim then 0 else p.crashes + 1 "
                 "end from old "
                 "where p.job_id = old.job_id and p.phase = old.phase returning p.crashes, old.worker_id",
                 p_int(job_id), p_text(job_phase_name(phase)));
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    *recovered = true;
    int crashes = (int)db_int(r, 0, 0);
    *(phase == PHASE_DOWNLOAD ? &now.download : &now.upload) = PHASE_IDLE;
    if (!db_query(db, a, e,
                  "update jobs set download_speed = 0, upload_speed = 0, eta_seconds = null, peers = 0, seeds = 0 "
                  "where id = $1",
                  p_int(job_id)))
        return -1;
    if (crashes >= max_crashes)
        return fail_crashed(db, a, job_id, phase, crashes, &now, e);
    return phase_sync(db, a, job_id, &now, SOURCE_RECOVERY, NULL,
                      arena_printf(a, "{\"phase\": \"%s\", \"worker\": \"%s\", \"crashes\": %d}", job_phase_name(phase),
                                   db_text(r, 0, 1), crashes),
                      e);
}

int phase_recover(struct db *db, struct arena *a, enum job_phase phase, int max_crashes, int *n, struct err *e)
{
    *n = 0;
    struct db_rows *r = db_query(db, a, e,
                                 "select job_id from job_phases where state = 'active' and lease_until < now() "
                                 "and phase = $1 order by job_id limit 100",
                                 p_text(job_phase_name(phase)));
    if (!r)
        return -1;
    for (int i = 0; i < db_count(r); i++) {
        int64_t job_id = db_int(r, i, 0);
        bool recovered = false;
        struct err why = ERR_INIT;
        if (db_begin(db, e))
            return -1;
        if (phase_commit(db, recover_one(db, a, job_id, phase, max_crashes, &recovered, &why), &why) == 0) {
            *n += recovered;
        } else if (why.class == ERR_BUG) {
            /* One job that cannot be helped must not keep the others from it. */
            log_error("a job cannot be recovered", kv_int("JobId", job_id), kv_err(&why));
        } else {
            if (e)
                *e = why;
            return -1;
        }
    }
    return 0;
}

int phase_due(struct db *db, struct arena *a, enum job_phase phase, int64_t requeue_ms, struct due **out, int *n,
              struct err *e)
{
    /* skip locked: several workers look at the same time, and a row that is being claimed needs no entry. */
    struct db_rows *r = db_query(
        db, a, e,
        "with due as (select p.job_id, p.phase from job_phases p join jobs j on j.id = p.job_id where p.phase = $1 "
        "and p.state in ('idle', 'retry', 'waiting') and (p.next_retry_at is null or p.next_retry_at <= now()) "
        "and (p.enqueued_at is null or p.enqueued_at < now() - make_interval(secs => $2::bigint / 1000.0)) "
        "and j.status in ('QUEUED', 'DOWNLOADING', 'PENDING_UPLOAD', 'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', "
        "'UPLOAD_RETRY') and ($1 = 'download' "
        "or exists (select 1 from job_files f where f.job_id = p.job_id and f.state in ('ready', 'uploading')) "
        "or exists (select 1 from job_phases d where d.job_id = p.job_id and d.phase = 'download' and d.state = "
        "'done')) "
        "order by p.job_id limit 1000 for update of p skip locked) "
        "update job_phases p set enqueued_at = now() from due, jobs j, storage_profiles s where p.job_id = due.job_id "
        "and p.phase = due.phase and j.id = p.job_id and s.id = j.storage_profile_id "
        "returning p.job_id, s.provider_type = 'S3', j.volume_id",
        p_text(job_phase_name(phase)), p_int(requeue_ms));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct due);
    for (int i = 0; i < *n; i++)
        (*out)[i] = (struct due){.job_id = db_int(r, i, 0),
                                 .provider = db_bool(r, i, 1) ? PROVIDER_S3 : PROVIDER_GOOGLE_DRIVE,
                                 .volume_id = db_text(r, i, 2)};
    return 0;
}

int phase_next_due_ms(struct db *db, struct arena *a, enum job_phase phase, int64_t *ms, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "select ceil(extract(epoch from min(p.next_retry_at) - now()) * 1000)::bigint from job_phases p "
                 "join jobs j on j.id = p.job_id where p.phase = $1 and p.state in ('retry', 'waiting') "
                 "and p.next_retry_at > now() and j.status in ('QUEUED', 'DOWNLOADING', 'PENDING_UPLOAD', "
                 "'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', 'UPLOAD_RETRY')",
                 p_text(job_phase_name(phase)));
    if (!r)
        return -1;
    *ms = db_null(r, 0, 0) ? -1 : db_int(r, 0, 0);
    return 0;
}
