#include "store/job_event.h"

#include "base/clock.h"

void job_waiting_json(struct jsonw *w, const char *key, const struct job *j)
{
    if (!j->waiting_code) {
        jsonw_null(w, key);
        return;
    }
    jsonw_object(w, key);
    jsonw_str(w, "code", j->waiting_code);
    jsonw_str(w, "sentence", j->waiting_sentence);
    jsonw_time(w, "since", j->waiting_since);
    jsonw_time(w, "nextActionAt", j->waiting_next_at);
    jsonw_end(w);
}

const char *job_event_json(struct arena *a, const struct job *j)
{
    struct buf b = BUF_INIT(16 * 1024);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "jobId", j->id);
    jsonw_str(&w, "status", job_status_info(j->status)->name);
    jsonw_str(&w, "currentState", j->current_state);
    jsonw_int(&w, "bytesDownloaded", j->bytes_downloaded);
    jsonw_int(&w, "bytesUploaded", j->bytes_uploaded);
    jsonw_int(&w, "totalBytes", j->total_bytes);
    jsonw_int(&w, "downloadSpeed", j->download_speed);
    jsonw_int(&w, "uploadSpeed", j->upload_speed);
    jsonw_int_or_null(&w, "etaSeconds", j->eta_seconds >= 0, j->eta_seconds);
    jsonw_int(&w, "peers", j->peers);
    jsonw_int(&w, "seeds", j->seeds);
    job_waiting_json(&w, "waiting", j);
    jsonw_time(&w, "at", clock_wall_us());
    jsonw_end(&w);
    const char *text = buf_ok(&b) ? arena_strdup(a, buf_str(&b)) : "{}";
    buf_free(&b);
    return text;
}
