/* What a download or an upload tells the metrics: its bytes as they come, its speed per 100 MiB and at the end, and how
 * long it took. */
#ifndef TC_WORKERS_TRANSFER_H
#define TC_WORKERS_TRANSFER_H

#include "domain/job.h"
#include "store/profile_store.h"

#include <stdint.h>

struct transfer {
    enum job_phase phase;
    const char *job_type; /* the replaced product's label: "torrent_download", "googledrive_upload", "s3_upload" */
    int64_t started_at;   /* clock_mono_ms */
    int64_t bytes;        /* so far */
    int64_t lap_at, lap_bytes;
};

/* transfer_begin: provider is of an upload. */
struct transfer transfer_begin(enum job_phase phase, enum provider provider);
void transfer_moved(struct transfer *t, int64_t bytes);
/* transfer_end: it is done; one that moved nothing has neither speed nor duration. */
void transfer_end(struct transfer *t);

#endif
