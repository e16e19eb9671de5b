#include "workers/transfer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

enum { LAP_BYTES = 100 * 1024 * 1024 };

struct transfer transfer_begin(enum job_phase phase, enum provider provider)
{
    int64_t now = clock_mono_ms();
    const char *upload = provider == PROVIDER_S3 ? "s3_upload" : "googledrive_upload";
    return (struct transfer){.phase = phase,
                             .job_type = phase == PHASE_DOWNLOAD ? "torrent_download" : upload,
                             .started_at = now,
                             .lap_at = now};
}

static void speed(const struct transfer *t, int64_t bytes, int64_t ms)
{
    enum metric m = t->phase == PHASE_DOWNLOAD ? METRIC_DOWNLOAD_SPEED : METRIC_UPLOAD_SPEED;
    metrics_add(m, (double)bytes * 1000 / (double)(ms > 0 ? ms : 1), {"job_type", t->job_type});
}

void transfer_moved(struct transfer *t, int64_t bytes)
{
    enum metric m = t->phase == PHASE_DOWNLOAD ? METRIC_DOWNLOAD_BYTES : METRIC_UPLOAD_BYTES;
    if (bytes <= 0)
        return;
    metrics_add(m, (double)bytes, {"job_type", t->job_type});
    t->bytes += bytes;
    t->lap_bytes += bytes;
    if (t->lap_bytes < LAP_BYTES)
        return;
    int64_t now = clock_mono_ms(), ms = now - t->lap_at;
    speed(t, t->lap_bytes, ms);
    log_info(t->phase == PHASE_DOWNLOAD ? "downloading" : "uploading",
             kv_double(t->phase == PHASE_DOWNLOAD ? "DownloadedMB" : "UploadedMB", (double)t->bytes / 1e6),
             kv_double("SpeedMBps", (double)t->lap_bytes / 1e3 / (double)(ms > 0 ? ms : 1)));
    t->lap_at = now;
    t->lap_bytes = 0;
}

void transfer_end(struct transfer *t)
{
    enum metric m = t->phase == PHASE_DOWNLOAD ? METRIC_DOWNLOAD_DURATION : METRIC_UPLOAD_DURATION;
    int64_t ms = clock_mono_ms() - t->started_at;
    if (t->bytes == 0)
        return;
    metrics_add(m, (double)ms / 1000, {"job_type", t->job_type});
    speed(t, t->bytes, ms);
}
