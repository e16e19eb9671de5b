/* Claim, renew, progress. How a phase ends is in phase_end.c, what becomes of dead workers' in phase_recover.c. */
#include "base/fault.h"
#include "base/jsonw.h"
#include "base/trace.h"
#include "store/phase_internal.h"

#include <string.h>

/*
 * One statement, so that two workers cannot both win: the update's where clause is checked again under the row lock.
 * $1 job, $2 phase, $3 worker, $4 lease ms, $5 volume.
 */
static const char claim_sql[] =
    "update job_phases p set state = 'active', worker_id = $3, epoch = p.epoch + 1, "
    "lease_until = now() + make_interval(secs => $4::bigint / 1000.0), progress_at_claim = p.progress, "
    "next_retry_at = null, started_at = coalesce(p.started_at, now()), finished_at = null "
    "from jobs j where p.job_id = $1 and p.phase = $2 and j.id = p.job_id "
    "and p.state in ('idle', 'retry', 'waiting') and (p.next_retry_at is null or p.next_retry_at <= now()) "
    "and j.status in ('QUEUED', 'DOWNLOADING', 'PENDING_UPLOAD', 'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', "
    "'UPLOAD_RETRY') "
    "and (j.volume_id is null or j.volume_id = $5) "
    "and ($2 = 'download' or exists (select 1 from job_files f where f.job_id = $1 and f.state in ('ready', "
    "'uploading')) "
    "or exists (select 1 from job_phases d where d.job_id = $1 and d.phase = 'download' and d.state = 'done')) "
    "returning p.epoch, p.attempts, p.crashes";

/* A job from before there was a collector gets its one trace now: a root of its own. */
static const char *new_trace(struct arena *a, struct trace_span *root)
{
    char text[TRACEPARENT_SIZE];
    struct trace_context c = trace_root(NULL, NULL);
    trace_start(root, &c, TRACE_INTERNAL, "job", 0);
    trace_format(&root->self, text);
    return *text ? arena_strdup(a, text) : NULL;
}

/* A job that waited keeps its reason until something moves: the look itself may fail like the last one. */
static int claim_details(struct db *db, struct arena *a, const char *volume_id, bool waited, struct claim *c,
                         struct err *e)
{
    struct trace_span root;
    const char *trace = new_trace(a, &root);
    struct db_rows *r = db_query(
        db, a, e,
        "update jobs j set volume_id = coalesce(j.volume_id, $2), last_heartbeat = now(), "
        "started_at = coalesce(j.started_at, now()), error_code = null, error_message = null, "
        "waiting_code = case when $3 then waiting_code end, "
        "waiting_sentence = case when $3 then waiting_sentence end, "
        "waiting_since = case when $3 then waiting_since end, "
        "waiting_next_at = null, traceparent = coalesce(j.traceparent, $5), "
        "destination = case when $4 then " JOB_DESTINATION " else destination end from torrents t, storage_profiles s "
        "where j.id = $1 and t.id = j.torrent_id and s.id = j.storage_profile_id "
        "returning j.user_id, j.torrent_id, j.storage_profile_id, j.total_bytes, "
        "s.provider_type = 'S3', t.name, coalesce(t.info_hash_v1, t.info_hash_v2), t.is_multi_file, " US(
            "j.created_at") ", j.traceparent",
        p_int(c->lease.job_id), p_text(volume_id), p_bool(waited), p_bool(c->lease.phase == PHASE_UPLOAD),
        p_text(trace));
    if (!r)
        return -1;
    c->user_id = db_int(r, 0, 0);
    c->torrent_id = db_int(r, 0, 1);
    c->profile_id = db_int(r, 0, 2);
    c->total_bytes = db_int(r, 0, 3);
    c->provider = db_bool(r, 0, 4) ? PROVIDER_S3 : PROVIDER_GOOGLE_DRIVE;
    c->torrent_name = db_text(r, 0, 5);
    c->info_hash = db_text(r, 0, 6);
    c->is_multi_file = db_bool(r, 0, 7);
    c->created_at = db_int(r, 0, 8);
    c->traceparent = db_text(r, 0, 9);
    if (trace && !strcmp(c->traceparent, trace))
        trace_end(&root, NULL, NULL, 0);
    return 0;
}

static const char *claim_metadata(struct arena *a, const struct claim *c)
{
    struct buf b = BUF_INIT(8192);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    if (c->lease.phase == PHASE_DOWNLOAD) {
        jsonw_int(&w, "totalBytes", c->total_bytes);
        jsonw_str(&w, "torrentName", c->torrent_name);
    } else {
        jsonw_str(&w, "provider", provider_name(c->provider));
    }
    jsonw_str(&w, "worker", c->lease.worker_id);
    jsonw_int(&w, "attempt", c->attempts + 1);
    jsonw_end(&w);
    return buf_move(&b, a);
}

static int claim_in_transaction(struct db *db, struct arena *a, const char *volume_id, int64_t lease_ms,
                                struct claim *c, struct err *e)
{
    struct locked now;
    bool found;
    if (phase_lock(db, a, c->lease.job_id, &now, &found, e))
        return -1;
    if (!found)
        return 0;
    struct db_rows *r = db_query(db, a, e, claim_sql, p_int(c->lease.job_id), p_text(job_phase_name(c->lease.phase)),
                                 p_text(c->lease.worker_id), p_int(lease_ms), p_text(volume_id));
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    c->won = true;
    c->lease.epoch = db_int(r, 0, 0);
    c->attempts = (int)db_int(r, 0, 1);
    c->crashes = (int)db_int(r, 0, 2);
    c->download_done = now.download == PHASE_DONE;
    enum phase_state *state = c->lease.phase == PHASE_DOWNLOAD ? &now.download : &now.upload;
    enum phase_state was = *state;
    *state = PHASE_ACTIVE;
    if (claim_details(db, a, volume_id, was == PHASE_WAITING, c, e))
        return -1;
    /* A job that waits is looked at again and again: it says so on the timeline once, and moves on with the first
     * progress, not with each look. */
    if (was == PHASE_WAITING)
        return 0;
    return phase_sync(db, a, c->lease.job_id, &now, SOURCE_WORKER, NULL, claim_metadata(a, c), e);
}

int phase_claim(struct db *db, struct arena *a, int64_t job_id, enum job_phase phase, const char *worker_id,
                const char *volume_id, int64_t lease_ms, struct claim *out, struct err *e)
{
    *out = (struct claim){.lease = {.job_id = job_id, .phase = phase, .worker_id = worker_id}};
    if (db_begin(db, e))
        return -1;
    int r = claim_in_transaction(db, a, volume_id, lease_ms, out, e);
    if (out->won)
        FAULT("claim.commit.before");
    r = phase_commit(db, r, e);
    if (out->won)
        FAULT("claim.commit.after");
    if (r)
        out->won = false; /* also when only the reply of the commit was lost: the lease runs out and recover takes it */
    return r;
}

int phase_renew(struct db *db, struct arena *a, const struct lease *leases, int n, int64_t lease_ms, bool *held,
                struct err *e)
{
    struct buf rows = BUF_INIT(1024 * 1024);
    struct jsonw w = jsonw_to(&rows);
    jsonw_array(&w, NULL);
    for (int i = 0; i < n; i++) {
        held[i] = false;
        jsonw_object(&w, NULL);
        jsonw_int(&w, "n", i);
        jsonw_int(&w, "j", leases[i].job_id);
        jsonw_str(&w, "p", job_phase_name(leases[i].phase));
        jsonw_int(&w, "e", leases[i].epoch);
        jsonw_str(&w, "w", leases[i].worker_id);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    /* The rows are locked in the order of their key, as every other statement does, so that renewals of two workers and
     * a recover cannot deadlock. jobs.last_heartbeat is written by progress, not here: the jobs row comes first in the
     * lock order. */
    struct db_rows *r =
        db_query(db, a, e,
                 "with mine as (select p.job_id, p.phase, x.n from job_phases p join jsonb_to_recordset($1::jsonb) "
                 "as x(n int, j int, p text, e bigint, w text) on p.job_id = x.j and p.phase = x.p and p.epoch = x.e "
                 "and p.worker_id = x.w and p.state = 'active' order by p.job_id, p.phase for update of p) "
                 "update job_phases p set lease_until = now() + make_interval(secs => $2::bigint / 1000.0) from mine "
                 "where p.job_id = mine.job_id and p.phase = mine.phase returning mine.n",
                 p_text(buf_str(&rows)), p_int(lease_ms));
    buf_free(&rows);
    if (!r)
        return -1;
    for (int i = 0; i < db_count(r); i++)
        held[db_int(r, i, 0)] = true;
    return 0;
}

int phase_check(struct db *db, struct arena *a, const struct lease *l, int64_t lease_ms, struct err *e)
{
    return FAULT_AFTER("lease.checked",
                       phase_run(db, a, l, e,
                                 "update job_phases p set lease_until = now() + make_interval(secs => $5::bigint / "
                                 "1000.0) where" FENCE,
                                 p_int(lease_ms)));
}

int phase_progress(struct db *db, struct arena *a, const struct lease *l, const struct progress *p, struct err *e)
{
    struct locked now;
    if (phase_begin_fenced(db, a, l, &now, e))
        return -1;
    bool down = l->phase == PHASE_DOWNLOAD;
    /* The upload shows in speed and bytes at once, in words only when the download is over. */
    bool speaks = down || now.download == PHASE_DONE;
    struct db_rows *r = db_query(
        db, a, e,
        "update jobs set bytes_downloaded = case when $2 then $3 else bytes_downloaded end, "
        "bytes_uploaded = case when $2 then bytes_uploaded else $3 end, "
        "download_speed = case when $2 then $4 else download_speed end, "
        "upload_speed = case when $2 then upload_speed else $4 end, "
        "eta_seconds = case when $5 then $6 else eta_seconds end, "
        "peers = case when $2 then $7 else peers end, seeds = case when $2 then $8 else seeds end, "
        "current_state = case when $5 then coalesce($9, current_state) else current_state end, "
        "last_heartbeat = now(), updated_at = now() where id = $1",
        p_int(l->job_id), p_bool(down), p_int(p->bytes), p_int(p->speed), p_bool(speaks),
        p_opt_int(p->eta_seconds >= 0, p->eta_seconds), p_int(p->peers), p_int(p->seeds), p_text(p->current_state));
    if (r)
        /* Progress ends a row of crashes and of waiting; of attempts, too: phase_failed() looks at it. */
        r = db_query(
            db, a, e,
            "update job_phases p set progress = $5, first_wait_at = case when $5 > p.progress then null else "
            "p.first_wait_at end, crashes = case when $5 > p.progress_at_claim then 0 else p.crashes end where" FENCE,
            P_LEASE(l), p_int(p->bytes));
    FAULT("progress.commit.before");
    if (!r || !speaks || p->bytes <= now.progress)
        return FAULT_AFTER("progress.commit.after", phase_commit(db, r ? 0 : -1, e));
    r = db_query(db, a, e,
                 "update jobs set waiting_code = null, waiting_sentence = null, waiting_since = null, "
                 "waiting_next_at = null where id = $1 and waiting_code is not null",
                 p_int(l->job_id));
    return FAULT_AFTER("progress.commit.after",
                       phase_commit(db, r ? phase_sync(db, a, l->job_id, &now, SOURCE_WORKER, NULL, NULL, e) : -1, e));
}

int phase_say(struct db *db, struct arena *a, const struct lease *l, const char *current_state, const char *wait_code,
              const char *wait_sentence, struct err *e)
{
    return phase_run(
        db, a, l, e,
        "update jobs set current_state = coalesce($5, current_state), "
        "waiting_since = case when $6::text is null then null when waiting_code = $6 then waiting_since else "
        "now() end, "
        "waiting_code = $6, waiting_sentence = $7, waiting_next_at = null, last_heartbeat = now(), "
        "updated_at = now() where id = $1 and" FENCED_EXISTS,
        p_text(current_state), p_text(wait_code), p_text(wait_code ? wait_sentence : NULL));
}
