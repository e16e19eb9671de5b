/* Local bytes: what is reserved on a volume, and what may be deleted from it (only the torrent worker deletes). */
#ifndef TC_STORE_LOCAL_STORE_H
#define TC_STORE_LOCAL_STORE_H

#include "store/phase_store.h"

/* local_reserved: bytes that all jobs of the volume whose download is not done may still write, job `except` not
 * counted. */
int local_reserved(struct db *db, struct arena *a, const char *volume_id, int64_t except, int64_t *bytes,
                   struct err *e);

/* local_present: the download is about to write its first byte; fenced. */
int local_present(struct db *db, struct arena *a, const struct lease *l, struct err *e);

/* local_kept: bytes that completed jobs of the volume hold on to. */
int local_kept(struct db *db, struct arena *a, const char *volume_id, int64_t *bytes, struct err *e);

/* How long the bytes of a job stay once it has ended; completed_hours -1: nobody deletes them. Those of a cancelled
 * job go at once. */
struct local_keep {
    int64_t completed_hours, failed_hours;
};

/* local_doomed: jobs of the volume whose bytes are to be deleted now. */
int local_doomed(struct db *db, struct arena *a, const char *volume_id, const struct local_keep *keep, int64_t **ids,
                 int *n, struct err *e);

/*
 * local_forget: in a transaction of its own: lock the job, see that it is still doomed, call unlink_now(job_id, ctx)
 * (which must be quick: a rename), set local_state deleted; for a cancelled job, and a completed one whose bytes were
 * kept, a row with `metadata_json` goes to the timeline. *done tells whether it was still doomed.
 */
int local_forget(struct db *db, struct arena *a, int64_t job_id, const struct local_keep *keep,
                 int (*unlink_now)(int64_t job_id, void *ctx, struct err *e), void *ctx, const char *metadata_json,
                 bool *done, struct err *e);

#endif
