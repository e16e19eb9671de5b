/* An S3 destination from its profile, for the driver and the janitor. */
#ifndef TC_WORKERS_S3_DEST_H
#define TC_WORKERS_S3_DEST_H

#include "net/db.h"
#include "provider/s3_api.h"

/* dest_load(db, a, profile_id, out, e): the profile's address and keys with the configured timeouts, all in `a`.
 * ERR_PERMANENT when the profile is inactive or incomplete. */
int dest_load(struct db *db, struct arena *a, int64_t profile_id, struct s3_target *out, struct err *e);

/* dest_abort_key(api, a, key, e): abort every multipart upload that is open under exactly this key: for a session whose
 * upload id was never stored. */
int dest_abort_key(struct s3_api *api, struct arena *a, const char *key, struct err *e);

#endif
