/* An S3 destination from its profile, for the driver and the janitor. */
#ifndef TC_WORKERS_S3_DEST_H
#define TC_WORKERS_S3_DEST_H

#include "net/db.h"
#include "provider/s3_api.h"

/* dest_load(db, a, profile_id, out, e): the profile's address and keys with the configured timeouts, all in `a`.
 * ERR_PERMANENT when the profile is inactive or incomplete. */
int dest_load(struct db *db, struct arena *a, int64_t profile_id, struct s3_target *out, struct err *e);

#endif
