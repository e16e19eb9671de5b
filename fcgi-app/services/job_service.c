#include "fcgi-app/services/job_service.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/trace.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/services/event_service.h"
#include "fcgi-app/services/selection.h"
#include "store/job_store.h"

#define TORRENT_QUEUE "torrents"

static int not_found(struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "JobNotFound", "Job not found.");
}

/* The user's job, or ERR_NOT_FOUND. */
static int find(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct job **out, struct err *e)
{
    if (job_get(s->db, a, user_id, id, out, e))
        return -1;
    return *out ? 0 : not_found(e);
}

/* The row says everything; Redis only wakes a worker sooner, and `recover` repairs a lost entry. */
static void wake(struct services *s, const char *queue, int64_t id)
{
    struct err e = ERR_INIT;
    struct trace_span span;
    trace_begin(&span, TRACE_PRODUCER, "publish");
    int rc = queue_enqueue(s->queue, queue, id, &e);
    trace_end(&span, &e,
              (const struct kv[]){kv_str("messaging.system", "redis"), kv_str("messaging.destination.name", queue),
                                  kv_str("messaging.operation.type", "send")},
              3);
    if (rc)
        log_warn("the queue could not be told, recover will", kv_int("JobId", id), kv_str("Queue", queue), kv_err(&e));
}

int job_service_list(struct services *s, struct arena *a, int64_t user_id, const enum job_status *status, int page,
                     int size, struct job_list *out, struct err *e)
{
    return job_page(s->db, a, user_id, status, page, size, &out->items, &out->count, &out->total, e);
}

int job_service_detail(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct job_detail *out,
                       struct err *e)
{
    struct job_events *ev = &out->events;
    out->phases = ARENA_ARRAY(a, 2, struct job_phase_row);
    if (find(s, a, user_id, id, &out->job, e) ||
        job_history(s->db, a, id, 1, 0, &ev->items, &ev->count, &ev->total, e) ||
        job_files(s->db, a, id, &out->files, &out->file_count, e))
        return -1;
    return job_phases(s->db, a, id, out->phases, e);
}

int job_service_manifest(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct job_manifest *out,
                         struct err *e)
{
    if (find(s, a, user_id, id, &out->job, e) || job_destination(s->db, a, id, &out->place, e))
        return -1;
    return job_files(s->db, a, id, &out->files, &out->file_count, e);
}

int job_service_timeline(struct services *s, struct arena *a, int64_t user_id, int64_t id, int page, int size,
                         struct job_events *out, struct err *e)
{
    struct job *job;
    if (find(s, a, user_id, id, &job, e))
        return -1;
    return job_history(s->db, a, id, page, size, &out->items, &out->count, &out->total, e);
}

int job_service_counts(struct services *s, struct arena *a, int64_t user_id, int64_t counts[JOB_STATUS__MAX],
                       struct err *e)
{
    return job_counts(s->db, a, user_id, counts, e);
}

/* An active job of the same torrent is in the way, and the sentence says which (contract-api 1.6). */
static int refuse_second(struct services *s, struct arena *a, const struct job *other, struct err *e)
{
    struct job_phase_row phases[2];
    bool download = other->status == JOB_TORRENT_DOWNLOAD_RETRY;
    if (!download && other->status != JOB_UPLOAD_RETRY)
        return err_set(e, ERR_CONFLICT, "JobAlreadyExists", "Active job exists. ID: %lld, Status: %s",
                       (long long)other->id, job_status_info(other->status)->name);
    if (job_phases(s->db, a, other->id, phases, e))
        return -1;
    char when[CLOCK_ISO_SIZE] = "";
    int64_t at = phases[download ? PHASE_DOWNLOAD : PHASE_UPLOAD].next_retry_at;
    if (at) {
        clock_iso(at - at % 1000000, when); /* 2026-02-18T18:37:25Z, read with a space here */
        when[10] = ' ';
    }
    return err_set(e, ERR_RULE, "JobRetrying", "Job %lld is currently retrying.%s%s", (long long)other->id,
                   at ? " Next retry: " : "", when);
}

static const char *selection_json(struct arena *a, const struct job_order *order)
{
    struct buf b = BUF_INIT(BUF_MAX_RESPONSE);
    struct jsonw w = jsonw_to(&b);
    if (order->everything)
        return NULL;
    jsonw_array(&w, NULL);
    for (size_t i = 0; i < order->entry_count; i++)
        jsonw_str(&w, NULL, order->entries[i]);
    jsonw_end(&w);
    return buf_move(&b, a);
}

/* The checks in the contract's order; fills what the row needs. */
static int check_order(struct services *s, struct arena *a, int64_t user_id, const struct job_order *order,
                       struct job_new *job, struct err *e)
{
    struct torrent_record *torrent;
    struct torrent_file *files;
    struct job *other;
    struct profile *profile;
    int n;
    if (torrent_get(s->db, a, user_id, order->torrent_id, &torrent, e))
        return -1;
    if (!torrent)
        return err_set(e, ERR_NOT_FOUND, "TorrentNotFound", "Torrent file not found.");
    if (job_find_active(s->db, a, user_id, torrent->id, &other, e))
        return -1;
    if (other)
        return refuse_second(s, a, other, e);
    if (profile_get(s->db, a, user_id, order->profile_id, &profile, e))
        return -1;
    if (!profile || !profile->is_active)
        return err_set(e, ERR_INPUT, "InvalidStorageProfile", "Invalid or inactive storage profile.");
    if (torrent_files(s->db, a, torrent->id, &files, &n, e))
        return -1;
    *job = (struct job_new){.user_id = user_id,
                            .torrent_id = torrent->id,
                            .profile_id = profile->id,
                            .files = files,
                            .file_count = n,
                            .selected_count = n,
                            .selected_json = selection_json(a, order)};
    if (order->everything)
        return 0;
    if (selection_apply(a, files, n, order->entries, order->entry_count, &files, &n, e))
        return -1;
    job->files = files;
    job->file_count = job->selected_count = n;
    return 0;
}

int job_service_create(struct services *s, struct arena *a, int64_t user_id, const struct job_order *order, int64_t *id,
                       struct err *e)
{
    struct job_new job = {0};
    char trace[TRACEPARENT_SIZE];
    struct trace_context here = trace_current();
    if (check_order(s, a, user_id, order, &job, e))
        return -1;
    trace_format(&here, trace);
    job.traceparent = trace;
    if (job_create(s->db, a, &job, id, e))
        return -1;
    log_info("job created", kv_int("JobId", *id), kv_int("UserId", user_id), kv_int("Files", job.file_count));
    wake(s, TORRENT_QUEUE, *id);
    event_service_job(s, a, user_id, *id);
    return 0;
}

static int check_profile(struct services *s, struct arena *a, int64_t user_id, const struct job *job, struct err *e)
{
    struct profile *profile;
    if (profile_get(s->db, a, user_id, job->profile_id, &profile, e))
        return -1;
    if (!profile || !profile->is_active)
        return err_set(e, ERR_RULE, "StorageInactive", "The storage profile for this job is no longer active.");
    return 0;
}

/* Why a job of this status cannot be retried, 0 when it can. */
static int check_retry(enum job_status status, struct err *e)
{
    const struct job_status_info *info = job_status_info(status);
    if (status == JOB_COMPLETED)
        return err_set(e, ERR_RULE, "JobCompleted", "Cannot retry a completed job.");
    if (!info->can_retry)
        return err_set(e, ERR_RULE, "JobActive",
                       "Job is currently %s. Wait for it to complete or fail before retrying.", info->name);
    return 0;
}

int job_service_retry(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    struct job *job;
    enum job_status was, to;
    if (find(s, a, user_id, id, &job, e) || check_retry(job->status, e) || check_profile(s, a, user_id, job, e) ||
        job_retry(s->db, a, user_id, id, &was, &to, e))
        return -1;
    if (was == JOB_STATUS_NONE)
        return not_found(e);
    if (check_retry(was, e)) /* it changed since we looked */
        return -1;
    if (to == JOB_QUEUED)
        wake(s, TORRENT_QUEUE, id);
    else if (job->volume_id)
        wake(s, queue_name(a, provider_queue(job->provider), job->volume_id), id);
    event_service_job(s, a, user_id, id);
    return 0;
}

int job_service_requeue(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    struct job *job;
    if (find(s, a, user_id, id, &job, e))
        return -1;
    if (job->status == JOB_QUEUED)
        wake(s, TORRENT_QUEUE, id);
    else if (job->status == JOB_PENDING_UPLOAD && job->volume_id)
        wake(s, queue_name(a, provider_queue(job->provider), job->volume_id), id);
    else
        return job_service_retry(s, a, user_id, id, e);
    return 0;
}

int job_service_cancel(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    enum job_status was;
    struct err away;
    if (job_cancel(s->db, a, user_id, id, &was, e))
        return -1;
    if (was == JOB_STATUS_NONE)
        return not_found(e);
    if (was == JOB_COMPLETED)
        return err_set(e, ERR_RULE, "JobCompleted", "Cannot cancel a completed job.");
    if (was == JOB_CANCELLED)
        return err_set(e, ERR_CONFLICT, "JobAlreadyCancelled", "Job is already cancelled.");
    if (!job_status_info(was)->cancellable)
        return err_set(e, ERR_RULE, "JobNotCancellable", "Job status %s cannot be cancelled.",
                       job_status_info(was)->name);
    /* Workers look at their leases at once; without Redis they learn it at the next heartbeat. */
    if (queue_announce(s->queue, &away))
        log_warn("running workers could not be told of a cancel", kv_int("JobId", id), kv_err(&away));
    event_service_job(s, a, user_id, id);
    return 0;
}
