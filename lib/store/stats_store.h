/* Numbers over all users, for metrics and the dashboard. */
#ifndef TC_STORE_STATS_STORE_H
#define TC_STORE_STATS_STORE_H

#include "domain/job.h"
#include "net/db.h"

struct stats {
    int64_t jobs[JOB_STATUS__MAX];
    int64_t phases[2][PHASE_STATE__MAX]; /* by enum job_phase */
    int64_t leases_lost[2];              /* of the active ones: run out, and not yet taken over */
};

/* stats_read: one statement. */
int stats_read(struct db *db, struct arena *a, struct stats *out, struct err *e);

#endif
