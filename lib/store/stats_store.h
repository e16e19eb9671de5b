/* Numbers over all users, for metrics and the dashboard. */
#ifndef TC_STORE_STATS_STORE_H
#define TC_STORE_STATS_STORE_H

#include "domain/job.h"
#include "net/db.h"

#include <stdbool.h>

struct stats {
    int64_t jobs[JOB_STATUS__MAX];
    int64_t phases[2][PHASE_STATE__MAX]; /* by enum job_phase */
    int64_t leases_lost[2];              /* of the active ones: run out, and not yet taken over */
    int64_t lease_left_us[2];            /* of the active one that was renewed longest ago; 0 when none is active */
    int64_t reserved_bytes;              /* that downloads will still write */
};

/* stats_read: one statement. */
int stats_read(struct db *db, struct arena *a, struct stats *out, struct err *e);

struct stats_job {
    int64_t id, user_id;
    enum job_status status;
    const char *torrent_name, *email; /* email: of its owner */
    const char *error_message;        /* or NULL */
    int64_t changed_at;               /* µs */
};

/* stats_jobs: of all users, in one of the statuses set (by enum job_status), last changed first, at most `limit`. */
int stats_jobs(struct db *db, struct arena *a, const bool statuses[JOB_STATUS__MAX], int limit, struct stats_job **out,
               int *n, struct err *e);

/* stats_owner: whose job it is, 0 when there is none. */
int stats_owner(struct db *db, struct arena *a, int64_t job_id, int64_t *user_id, struct err *e);

struct stats_phase {
    int64_t job_id;
    enum job_phase phase;
    const char *torrent_name;
    const char *worker_id;              /* of an active one, or NULL */
    const char *reason;                 /* of one that waits, or NULL */
    int64_t lease_until, next_retry_at; /* µs, 0 for none */
    int attempts;
};

/* stats_phases: of all users: those that run, or those that wait for a time; the next first, at most `limit`. */
int stats_phases(struct db *db, struct arena *a, bool running, int limit, struct stats_phase **out, int *n,
                 struct err *e);

#endif
