#include "fcgi-app/job_json.h"

#include "base/clock.h"
#include "base/config.h"
#include "fcgi-app/services/job_service.h"
#include "store/job_event.h"

enum { US_PER_S = 1000000 };
#define US_PER_HOUR ((int64_t)3600 * US_PER_S)

/* All members but the timeline, which the list leaves empty; the object stays open. */
static void open_job(struct jsonw *w, const struct job *j)
{
    const struct job_status_info *status = job_status_info(j->status);
    jsonw_object(w, NULL);
    jsonw_int(w, "id", j->id);
    jsonw_int(w, "storageProfileId", j->profile_id);
    jsonw_str(w, "storageProfileName", j->profile_name);
    jsonw_str(w, "status", status->name);
    jsonw_str(w, "type", "Torrent");
    jsonw_int(w, "requestFileId", j->torrent_id);
    jsonw_str(w, "requestFileName", j->torrent_name);
    jsonw_str(w, "errorMessage", j->error_message);
    jsonw_str(w, "currentState", j->current_state);
    jsonw_time(w, "startedAt", j->started_at);
    jsonw_time(w, "completedAt", j->completed_at);
    jsonw_time(w, "lastHeartbeat", j->last_heartbeat);
    jsonw_int(w, "bytesDownloaded", j->bytes_downloaded);
    jsonw_int(w, "bytesUploaded", j->bytes_uploaded);
    jsonw_int(w, "totalBytes", j->total_bytes);
    jsonw_raw(w, "selectedFilePaths", j->selected_json);
    jsonw_time(w, "createdAt", j->created_at);
    jsonw_time(w, "updatedAt", j->updated_at);
    jsonw_double(w, "progressPercentage", job_percent(j->bytes_downloaded, j->total_bytes));
    jsonw_double(w, "uploadProgressPercentage", job_percent(j->bytes_uploaded, j->total_bytes));
    jsonw_bool(w, "isActive", status->active);
    jsonw_bool(w, "canRetry", status->can_retry);
    jsonw_bool(w, "canCancel", status->can_cancel);
    jsonw_int(w, "downloadSpeed", j->download_speed);
    jsonw_int(w, "uploadSpeed", j->upload_speed);
    jsonw_int_or_null(w, "etaSeconds", j->eta_seconds >= 0, j->eta_seconds);
    jsonw_int(w, "peers", j->peers);
    jsonw_int(w, "seeds", j->seeds);
    job_waiting_json(w, "waiting", j);
    jsonw_str(w, "infoHash", j->info_hash);
    jsonw_str(w, "providerType", provider_name(j->provider));
}

void job_json_list(struct jsonw *w, const struct job_list *list)
{
    jsonw_array(w, "items");
    for (int i = 0; i < list->count; i++) {
        open_job(w, &list->items[i]);
        jsonw_array(w, "timeline");
        jsonw_end(w);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void job_json_events(struct jsonw *w, const char *key, const struct job_events *events)
{
    jsonw_array(w, key);
    for (int i = 0; i < events->count; i++) {
        const struct job_event *ev = &events->items[i];
        char duration[CLOCK_ISO_SIZE];
        jsonw_object(w, NULL);
        jsonw_str(w, "fromStatus", ev->from == JOB_STATUS_NONE ? NULL : job_status_info(ev->from)->name);
        jsonw_str(w, "toStatus", job_status_info(ev->to)->name);
        jsonw_str(w, "source", ev->source);
        jsonw_str(w, "sourceName", ev->source);
        jsonw_str(w, "errorMessage", ev->error_message);
        jsonw_str(w, "metadataJson", ev->metadata_json);
        jsonw_time(w, "changedAt", ev->changed_at);
        if (i > 0)
            clock_duration((ev->changed_at - events->items[i - 1].changed_at) / US_PER_S, duration);
        jsonw_str(w, "durationFromPrevious", i > 0 ? duration : NULL);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void phase(struct jsonw *w, enum job_phase which, const struct job_phase_row *p)
{
    jsonw_object(w, job_phase_name(which));
    jsonw_str(w, "state", phase_state_name(p->state));
    jsonw_int(w, "attempts", p->attempts);
    jsonw_time(w, "nextRetryAt", p->next_retry_at);
    jsonw_time(w, "startedAt", p->started_at);
    jsonw_time(w, "finishedAt", p->finished_at);
    jsonw_end(w);
}

/* Whether the downloaded bytes are still on disk, and until when (the policies of the torrent worker). */
static void local_files(struct jsonw *w, const struct job *j)
{
    int64_t hours = 0;
    if (j->local_present && j->status == JOB_COMPLETED)
        hours = config_hours(CFG_KEEP_LOCAL);
    else if (j->local_present && job_status_info(j->status)->failed)
        hours = config_int(CFG_KEEP_FAILED_HOURS);
    jsonw_object(w, "localFiles");
    jsonw_bool(w, "present", j->local_present);
    jsonw_time(w, "keptUntil", hours > 0 && j->completed_at ? j->completed_at + hours * US_PER_HOUR : 0);
    jsonw_end(w);
}

void job_json_detail(struct jsonw *w, const struct job_detail *d)
{
    open_job(w, d->job);
    job_json_events(w, "timeline", &d->events);
    jsonw_array(w, "files");
    for (int i = 0; i < d->file_count; i++) {
        const struct job_file *f = &d->files[i];
        jsonw_object(w, NULL);
        jsonw_int(w, "index", f->index);
        jsonw_str(w, "path", f->path);
        jsonw_int(w, "size", f->size);
        jsonw_str(w, "state", file_state_name(f->state));
        jsonw_int(w, "bytesDownloaded", f->bytes_downloaded);
        jsonw_int(w, "bytesUploaded", f->bytes_uploaded);
        jsonw_str(w, "verifiedBy", f->verified_by);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_object(w, "phases");
    phase(w, PHASE_DOWNLOAD, &d->phases[PHASE_DOWNLOAD]);
    phase(w, PHASE_UPLOAD, &d->phases[PHASE_UPLOAD]);
    jsonw_end(w);
    local_files(w, d->job);
    jsonw_end(w);
}
