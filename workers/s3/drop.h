/*
 * The end of a multipart upload that is not to be finished, at the server and of its row. A row stays until the server
 * has proven that the upload is gone; what cannot be proven now is left to the janitor.
 */
#ifndef TC_WORKERS_S3_DROP_H
#define TC_WORKERS_S3_DROP_H

#include "provider/s3_leftover.h"
#include "store/upload_store.h"
#include "workers/s3/dest.h"

/* What is to be known of an upload whose id was never heard of. */
struct drop {
    struct s3_lost_upload lost;
    bool unsure; /* another upload under the same key has no id yet: which is which cannot be told */
    bool young;  /* its create may still be on its way to the server: what is not there is not gone */
};

/* drop_look_up(db, a, s, dest, out, e): in the journal; all in `a`. */
int drop_look_up(struct db *db, struct arena *a, const struct upload_session *s, struct dest *dest, struct drop *out,
                 struct err *e);

/* drop_unnamed(api, a, d, gone, e): at the server. */
int drop_unnamed(struct s3_api *api, struct arena *a, const struct drop *d, bool *gone, struct err *e);

#endif
