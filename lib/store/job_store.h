/* Jobs as the API sees them: create, read, cancel, retry. What workers write is in phase_store.h and file_store.h. */
#ifndef TC_STORE_JOB_STORE_H
#define TC_STORE_JOB_STORE_H

#include "domain/job.h"
#include "net/db.h"
#include "store/profile_store.h"
#include "store/torrent_store.h"

struct job {
    int64_t id, user_id, torrent_id, profile_id;
    const char *profile_name, *torrent_name, *info_hash; /* info_hash: v1 upper case, else v2 */
    enum provider provider;
    enum job_status status;
    const char *error_code, *error_message, *current_state; /* or NULL */
    const char *selected_json;                              /* JSON array, or NULL for everything */
    int64_t total_bytes, bytes_downloaded, bytes_uploaded;
    int64_t download_speed, upload_speed; /* B/s */
    int64_t eta_seconds;                  /* -1 for unknown */
    int peers, seeds;
    const char *waiting_code, *waiting_sentence; /* or NULL */
    int64_t waiting_since, waiting_next_at;      /* µs, 0 for none */
    const char *volume_id;                       /* or NULL */
    bool local_present;
    int64_t last_heartbeat, started_at, completed_at, created_at, updated_at; /* µs, 0 for none */
};

struct job_new {
    int64_t user_id, torrent_id, profile_id;
    const char *selected_json;        /* as sent, or NULL */
    const struct torrent_file *files; /* the selected ones */
    int file_count, selected_count;   /* selected_count goes to the timeline */
    const char *traceparent;          /* base/trace.h; NULL or "": nobody traces */
};

/* job_create: jobs row QUEUED, job_files, both phases and the history row, in a transaction of its own. ERR_CONFLICT
 * with code JobAlreadyExists when the user already has an active job for the torrent (a race; look first for the
 * sentence). */
int job_create(struct db *db, struct arena *a, const struct job_new *job, int64_t *id, struct err *e);

int job_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct job **out, struct err *e);

/* SQL: the bucket or drive that the storage_profiles row s stands for. */
#define JOB_DESTINATION "coalesce(s.settings->>'bucket', s.settings->>'driveName', 'My Drive')"

/* job_destination: the bucket or drive that the job's files went to, or will go to. */
int job_destination(struct db *db, struct arena *a, int64_t id, const char **out, struct err *e);

/* job_find_active: the user's job for the torrent that is in an active status, maybe. */
int job_find_active(struct db *db, struct arena *a, int64_t user_id, int64_t torrent_id, struct job **out,
                    struct err *e);

/* job_page: newest first. status NULL: all. page from 1, 1 ≤ size ≤ 100. *total counts all pages. */
int job_page(struct db *db, struct arena *a, int64_t user_id, const enum job_status *status, int page, int size,
             struct job **out, int *n, int64_t *total, struct err *e);

/* job_counts: jobs per status of a user. */
int job_counts(struct db *db, struct arena *a, int64_t user_id, int64_t counts[JOB_STATUS__MAX], struct err *e);

struct job_event {
    enum job_status from, to;                           /* from may be JOB_STATUS_NONE */
    const char *source, *error_message, *metadata_json; /* the last two or NULL; metadata as jsonb prints it */
    int64_t changed_at;                                 /* µs */
};

/* job_history: oldest first; size 0: all of it. The job's owner is checked by the caller. */
int job_history(struct db *db, struct arena *a, int64_t job_id, int page, int size, struct job_event **out, int *n,
                int64_t *total, struct err *e);

struct job_file {
    int index, engine_index;
    const char *path;
    int64_t size, bytes_downloaded, bytes_uploaded;
    enum file_state state;
    const char *md5, *sha256, *remote_key, *remote_id, *remote_etag, *verified_by, *error_message; /* or NULL */
    int64_t done_at;                                                                               /* µs, 0 for none */
};

/* job_files: in the torrent's order. */
int job_files(struct db *db, struct arena *a, int64_t job_id, struct job_file **out, int *n, struct err *e);

struct job_phase_row {
    enum phase_state state;
    int attempts, crashes;
    int64_t next_retry_at, started_at, finished_at; /* µs, 0 for none */
};

/* job_phases: both phases, out[PHASE_DOWNLOAD] and out[PHASE_UPLOAD]. */
int job_phases(struct db *db, struct arena *a, int64_t job_id, struct job_phase_row out[2], struct err *e);

/*
 * job_cancel: in a transaction of its own: CANCELLED, both phases end, their epochs rise so that a running worker's
 * next write is refused. Asks the status again under the row lock: *was is what it found, and nothing is changed unless
 * that was cancellable. *was is JOB_STATUS_NONE when the user has no such job.
 */
int job_cancel(struct db *db, struct arena *a, int64_t user_id, int64_t id, enum job_status *was, struct err *e);

/*
 * job_retry: likewise for CANCELLED and failed jobs: to PENDING_UPLOAD when the local bytes are there and only the
 * upload failed, else to QUEUED. What the destination holds is neither downloaded nor uploaded again, unless the
 * profile has got another bucket or drive since; the timeline tells how much that is. *to is where it went.
 * ERR_CONFLICT JobAlreadyExists when another job of the torrent is active.
 */
int job_retry(struct db *db, struct arena *a, int64_t user_id, int64_t id, enum job_status *was, enum job_status *to,
              struct err *e);

/*
 * job_transition: inside the caller's transaction: change jobs.status with its history row. error and metadata_json may
 * be NULL. The database refuses a pair that has no row in the transition table (ERR_BUG BadTransition).
 */
int job_transition(struct db *db, struct arena *a, int64_t id, enum job_status to, enum job_source source,
                   const char *error, const char *metadata_json, struct err *e);

/* job_transitions_sync: make the table job_transitions equal to domain/job.c; for the migration. */
int job_transitions_sync(struct db *db, struct arena *a, struct err *e);

#endif
