/*
 * Ending multipart uploads that nobody will finish, so that nothing is left that costs money and shows up in no listing
 * of objects. Only what is ours: by its id, or, when the answer with the id was lost, by name, time and elimination.
 */
#ifndef TC_PROVIDER_S3_LEFTOVER_H
#define TC_PROVIDER_S3_LEFTOVER_H

#include "provider/s3_api.h"

/*
 * s3_leftover_end(api, a, key, upload_id, gone, e): abort it, and look: a part that was on its way may have brought it
 * back, then once more. *gone: the server says that there is no such upload, or does not let us look. 0 with *gone
 * false is worth another try later. AWS, AbortMultipartUpload: "it might be necessary to abort … multiple times".
 */
int s3_leftover_end(struct s3_api *api, struct arena *a, const char *key, const char *upload_id, bool *gone,
                    struct err *e);

/* An upload that was created without our hearing of its id. */
struct s3_lost_upload {
    const char *key;
    int64_t created_s;  /* when we asked for it, seconds since 1970 by the server's clock as far as we know it */
    const char **known; /* ids of uploads under the same key that are accounted for */
    int known_count;
};

/* s3_leftover_end_lost(api, a, lost, gone, e): end every upload under exactly this key that began at that time (or does
 * not tell when) and that nobody knows. ERR_PERMANENT when uploads may not be listed. */
int s3_leftover_end_lost(struct s3_api *api, struct arena *a, const struct s3_lost_upload *lost, bool *gone,
                         struct err *e);

#endif
