/* How a phase ends: done, given back, waiting, failed. */
#include "base/fault.h"
#include "base/jsonw.h"
#include "store/phase_internal.h"

#include <string.h>

/* What a job shows when nothing moves any more. */
static int quiet(struct db *db, struct arena *a, int64_t job_id, struct err *e)
{
    return db_run(db, a, e,
                  "update jobs set download_speed = 0, upload_speed = 0, eta_seconds = null, peers = 0, seeds = 0, "
                  "last_heartbeat = now(), updated_at = now() where id = $1",
                  p_int(job_id));
}

static int count_files(struct db *db, struct arena *a, int64_t job_id, int64_t *unready, int64_t *undone, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select count(*) filter (where state in ('pending', 'downloading', 'failed')), "
                                 "count(*) filter (where state <> 'done') from job_files where job_id = $1",
                                 p_int(job_id));
    if (!r)
        return -1;
    *unready = db_int(r, 0, 0);
    *undone = db_int(r, 0, 1);
    return 0;
}

static int finish_download(struct db *db, struct arena *a, const struct lease *l, struct locked *now,
                           const char *metadata, struct err *e)
{
    now->download = PHASE_DONE;
    /* An upload that failed beside the download was not shown until now: the job ends with its error. */
    bool failed = now->upload == PHASE_FAILED;
    struct db_rows *r = db_query(db, a, e,
                                 "update jobs set bytes_downloaded = total_bytes, current_state = case when $2 then "
                                 "error_message else 'Download complete. Starting upload...' end, "
                                 "completed_at = case when $2 then now() end where id = $1 returning error_message",
                                 p_int(l->job_id), p_bool(failed));
    /* The upload may be due now, whatever recover thought before. */
    if (!r || !db_query(db, a, e, "update job_phases set enqueued_at = null where job_id = $1 and phase = 'upload'",
                        p_int(l->job_id)))
        return -1;
    return phase_leave(db, a, l, PHASE_DONE, -1, e) ||
                   phase_sync(db, a, l->job_id, now, SOURCE_WORKER, failed ? db_text(r, 0, 0) : NULL, metadata, e)
               ? -1
               : 0;
}

static int finish_upload(struct db *db, struct arena *a, const struct lease *l, struct locked *now,
                         const char *metadata, struct err *e)
{
    now->upload = PHASE_DONE;
    if (!db_query(db, a, e,
                  "update jobs set bytes_uploaded = total_bytes, completed_at = now(), error_code = null, "
                  "error_message = null, waiting_code = null, waiting_sentence = null, waiting_since = null, "
                  "waiting_next_at = null, current_state = 'Upload completed successfully' where id = $1",
                  p_int(l->job_id)))
        return -1;
    return phase_leave(db, a, l, PHASE_DONE, -1, e) ||
                   phase_sync(db, a, l->job_id, now, SOURCE_WORKER, NULL, metadata, e)
               ? -1
               : 0;
}

int phase_finish(struct db *db, struct arena *a, const struct lease *l, const char *metadata_json, bool *completed,
                 struct err *e)
{
    struct locked now;
    int64_t unready, undone;
    *completed = false;
    if (phase_begin_fenced(db, a, l, &now, e))
        return -1;
    int r = quiet(db, a, l->job_id, e) || count_files(db, a, l->job_id, &unready, &undone, e) ? -1 : 0;
    if (r == 0 && l->phase == PHASE_DOWNLOAD) {
        if (unready)
            r = err_set(e, ERR_BUG, NULL, "the download ended with %lld files that are not ready", (long long)unready);
        else
            r = finish_download(db, a, l, &now, metadata_json, e);
    } else if (r == 0 && now.download == PHASE_DONE && undone == 0) {
        *completed = true;
        r = finish_upload(db, a, l, &now, metadata_json, e);
    } else if (r == 0) {
        /* All that was ready is uploaded, more is coming: the next ready file wakes the upload again. */
        now.upload = PHASE_IDLE;
        r = phase_leave(db, a, l, PHASE_IDLE, -1, e);
        if (r == 0 && now.download == PHASE_DONE)
            r = phase_sync(db, a, l->job_id, &now, SOURCE_SYSTEM, NULL, NULL, e);
    }
    if (l->phase == PHASE_UPLOAD)
        FAULT("upload.end.commit.before");
    r = phase_commit(db, r, e);
    if (l->phase == PHASE_UPLOAD)
        FAULT("upload.end.commit.after");
    return r;
}

int phase_release(struct db *db, struct arena *a, const struct lease *l, struct err *e)
{
    struct locked now;
    if (phase_begin_fenced(db, a, l, &now, e))
        return -1;
    *(l->phase == PHASE_DOWNLOAD ? &now.download : &now.upload) = PHASE_IDLE;
    int r = quiet(db, a, l->job_id, e) || phase_leave(db, a, l, PHASE_IDLE, -1, e) ||
                    phase_sync(db, a, l->job_id, &now, SOURCE_SYSTEM, NULL,
                               "{\"reason\": \"The worker was stopped; the work goes on when it is back.\"}", e)
                ? -1
                : 0;
    return phase_commit(db, r, e);
}

/* Inside the transaction: leave for `state`, with a waiting reason. */
static int wait_locked(struct db *db, struct arena *a, const struct lease *l, struct locked *now, const char *code,
                       const char *sentence, int64_t probe_ms, struct err *e)
{
    *(l->phase == PHASE_DOWNLOAD ? &now->download : &now->upload) = PHASE_WAITING;
    if (quiet(db, a, l->job_id, e) || phase_leave(db, a, l, PHASE_WAITING, probe_ms, e))
        return -1;
    if (!db_query(db, a, e,
                  "update jobs set waiting_since = case when waiting_code = $2 then waiting_since else now() end, "
                  "waiting_code = $2, waiting_sentence = $3, "
                  "waiting_next_at = now() + make_interval(secs => $4::bigint / 1000.0) where id = $1",
                  p_int(l->job_id), p_text(code), p_text(sentence), p_int(probe_ms)) ||
        !db_query(db, a, e,
                  "update job_phases p set first_wait_at = coalesce(p.first_wait_at, now()) where p.job_id = $1 and "
                  "p.phase = $2",
                  p_int(l->job_id), p_text(job_phase_name(l->phase))))
        return -1;
    /* The same wait, looked at again, is not told twice on the timeline. */
    bool told = now->status == job_derive(now->download, now->upload);
    return phase_sync(db, a, l->job_id, now, SOURCE_WORKER, told ? NULL : sentence, NULL, e);
}

int phase_wait(struct db *db, struct arena *a, const struct lease *l, const char *code, const char *sentence,
               int64_t probe_ms, struct err *e)
{
    struct locked now;
    if (phase_begin_fenced(db, a, l, &now, e))
        return -1;
    return phase_commit(db, wait_locked(db, a, l, &now, code, sentence, probe_ms, e), e);
}

static const char *failure_metadata(struct arena *a, const struct err *why, int attempt, bool retries)
{
    struct buf b = BUF_INIT(1024);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "code", why->code);
    jsonw_int(&w, "attempt", attempt);
    jsonw_bool(&w, "hasRetries", retries);
    jsonw_end(&w);
    return buf_move(&b, a);
}

static int fail_locked(struct db *db, struct arena *a, const struct lease *l, struct locked *now,
                       enum phase_state state, const struct err *why, int64_t next_ms, struct err *e)
{
    bool ends = state == PHASE_FAILED;
    /* A download that fails ends the job; an upload that fails beside a running download shows once that is done. */
    bool visible = l->phase == PHASE_DOWNLOAD || now->download == PHASE_DONE;
    *(l->phase == PHASE_DOWNLOAD ? &now->download : &now->upload) = state;
    if (quiet(db, a, l->job_id, e) || phase_leave(db, a, l, state, next_ms, e))
        return -1;
    if (!db_query(db, a, e,
                  "update job_phases set attempts = $3, progress_at_failure = greatest(progress_at_failure, progress) "
                  "where job_id = $1 and phase = $2",
                  p_int(l->job_id), p_text(job_phase_name(l->phase)), p_int(now->attempts + 1)) ||
        !db_query(db, a, e,
                  "update jobs set error_code = $2, error_message = $3, waiting_code = null, waiting_sentence = null, "
                  "waiting_since = null, waiting_next_at = null, completed_at = case when $4 then now() end, "
                  "current_state = $3 where id = $1",
                  p_int(l->job_id), p_text(why->code), p_text(why->msg), p_bool(ends && visible)))
        return -1;
    if (!visible)
        return 0;
    return phase_sync(db, a, l->job_id, now, SOURCE_WORKER, why->msg,
                      failure_metadata(a, why, now->attempts + 1, !ends), e);
}

/* A wait code for the classes that wait, by what a person can do about it. */
static const char *wait_code(const struct err *why)
{
    if (why->class == ERR_LOGIN)
        return "login";
    if (!strcmp(why->code, "DayLimit"))
        return "day_limit";
    bool full = !strcmp(why->code, "QuotaExceeded"); /* the storage: somebody has to make room */
    return full || why->class == ERR_THROTTLED || why->class == ERR_LIMIT ? "quota" : "endpoint";
}

int phase_failed(struct db *db, struct arena *a, const struct lease *l, const struct err *why, const int64_t *delays_ms,
                 int delays, int64_t probe_ms, int64_t wait_limit_ms, struct err *e)
{
    struct locked now;
    enum err_retry retry = err_class_info(why->class)->retry;
    if (retry == RETRY_DROP)
        return err_set(e, ERR_BUG, NULL, "a dropped job cannot fail");
    if (phase_begin_fenced(db, a, l, &now, e))
        return -1;
    struct db_rows *r = db_query(db, a, e,
                                 "select (extract(epoch from now() - first_wait_at) * 1000)::bigint, "
                                 "(random() * 1000)::int from job_phases where job_id = $1 and phase = $2",
                                 p_int(l->job_id), p_text(job_phase_name(l->phase)));
    if (!r) {
        db_rollback(db);
        return -1;
    }
    int64_t waited = db_int(r, 0, 0);
    /* Three hiccups in days are no reason to fail 100 GB. Only more than any attempt had before counts as progress, so
     * that bytes which are lost and sent again and again do not go on for ever. */
    if (now.progress > now.progress_at_failure)
        now.attempts = 0;
    /* A login waits for a person, throttling for the provider; only an endpoint that stays away is an attempt. */
    if (retry == RETRY_WAIT && why->class == ERR_UNAVAILABLE && waited >= wait_limit_ms)
        retry = RETRY_BACKOFF;
    int result;
    if (retry == RETRY_WAIT) {
        int64_t pause = why->retry_after_s > 0 ? (int64_t)why->retry_after_s * 1000 : probe_ms;
        result = wait_locked(db, a, l, &now, wait_code(why), why->msg, pause, e);
    } else if (retry == RETRY_BACKOFF && now.attempts < delays) {
        int64_t delay = delays_ms[now.attempts];
        delay += delay * db_int(r, 0, 1) / 10000; /* up to a tenth, so that a crowd does not return at once */
        result = fail_locked(db, a, l, &now, PHASE_RETRY, why, delay, e);
    } else {
        result = fail_locked(db, a, l, &now, PHASE_FAILED, why, -1, e);
    }
    return phase_commit(db, result, e);
}

int phase_redownload(struct db *db, struct arena *a, const struct lease *l, const char *sentence, struct err *e)
{
    struct locked now;
    if (phase_begin_fenced(db, a, l, &now, e))
        return -1;
    int r = -1;
    if (quiet(db, a, l->job_id, e) || phase_leave(db, a, l, PHASE_IDLE, -1, e))
        goto out;
    if (!db_query(db, a, e,
                  "update job_files set state = 'pending', md5 = null, sha256 = null, bytes_downloaded = 0, "
                  "bytes_uploaded = 0 where job_id = $1 and state <> 'done'",
                  p_int(l->job_id)) ||
        !db_query(db, a, e,
                  "update jobs set local_state = 'deleted', current_state = $2, bytes_downloaded = (select "
                  "coalesce(sum(f.size), 0) from job_files f where f.job_id = $1 and f.state = 'done') where id = $1",
                  p_int(l->job_id), p_text(sentence)) ||
        !db_query(db, a, e,
                  "update job_phases set state = 'idle', enqueued_at = null, finished_at = null, epoch = epoch + 1, "
                  "progress = 0, progress_at_failure = 0, worker_id = null, lease_until = null where job_id = $1 and "
                  "phase = 'download'",
                  p_int(l->job_id)))
        goto out;
    now.download = now.upload = PHASE_IDLE;
    r = phase_sync(db, a, l->job_id, &now, SOURCE_RECOVERY, sentence, NULL, e);
out:
    return phase_commit(db, r, e);
}
