/* An S3 destination from its profile, for the driver and the janitor. */
#ifndef TC_WORKERS_S3_DEST_H
#define TC_WORKERS_S3_DEST_H

#include "net/db.h"
#include "provider/s3_api.h"
#include "provider/s3_learned.h"
#include "provider/s3_plan.h"

struct dest {
    int64_t profile_id;
    struct s3_target target;        /* target.learned is &learned: a dest stays where it was loaded */
    const struct s3_limits *limits; /* of the profile's preset */
    const char *path_template;
    bool put_keeps, complete_keeps; /* the server honours "If-None-Match: *" */
    struct s3_learned learned;
    int stored; /* lessons that are in the profile */
};

/* dest_load(db, a, profile_id, out, e): the profile's address and keys with the configured timeouts, all in `a`.
 * ERR_PERMANENT when the profile is inactive or incomplete. End it with dest_free, also after a failure. */
int dest_load(struct db *db, struct arena *a, int64_t profile_id, struct dest *out, struct err *e);
void dest_free(struct dest *d);

/* dest_store(d, db, a): when the destination has refused region, endpoint or clock and a better one was found, keep
 * that in the profile. A failure is logged: the next run finds it again. */
void dest_store(struct dest *d, struct db *db, struct arena *a);

#endif
