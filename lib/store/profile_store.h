/* Storage profiles: the destinations of uploads. Secrets are sealed here and opened only by profile_s3_secret(). */
#ifndef TC_STORE_PROFILE_STORE_H
#define TC_STORE_PROFILE_STORE_H

#include "net/db.h"

enum provider { PROVIDER_GOOGLE_DRIVE, PROVIDER_S3 };

/* "GoogleDrive" and "S3": the wire's words; queue names use the lower-case form ("googledrive", "s3"). */
const char *provider_name(enum provider p);
const char *provider_queue(enum provider p);

struct profile {
    int64_t id, user_id;
    const char *name, *email; /* email NULL for S3 */
    enum provider provider;
    bool is_default, is_active, needs_reauth, is_configured;
    const char *endpoint, *bucket, *region; /* S3, else NULL */
    bool path_style;
    int64_t credential_id; /* Drive: its OAuth client, 0 and NULL when that is gone */
    const char *credential_name;
    int64_t created_at, updated_at; /* µs */
};

struct profile_s3 {
    const char *name, *endpoint, *bucket, *region, *access_key, *secret_key;
    bool path_style;
};

/* profile_list: the active profiles, default first, then oldest first. */
int profile_list(struct db *db, struct arena *a, int64_t user_id, struct profile **out, int *n, struct err *e);

/* profile_get: also an inactive one; the caller looks at is_active. */
int profile_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct profile **out, struct err *e);

/* profile_create_s3: in a transaction of its own. */
int profile_create_s3(struct db *db, struct arena *a, int64_t user_id, const struct profile_s3 *s3, bool set_default,
                      int64_t *id, struct err *e);

/* profile_s3_secret: opens the keys of an S3 profile of whatever user: for workers. ERR_CONFIG when CREDENTIALS_KEY is
 * another one than at sealing. NULL name when there is no such profile. */
int profile_s3_secret(struct db *db, struct arena *a, int64_t id, struct profile_s3 *out, bool *is_active,
                      struct err *e);

/* profile_set_default: in a transaction of its own; ERR_NOT_FOUND unless the profile is active and the user's. */
int profile_set_default(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct err *e);

/* profile_deactivate: is_active and is_default become false, unless active jobs use it: then *busy and no change. */
int profile_deactivate(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *busy, struct err *e);

/* profile_set_needs_reauth: for workers. */
int profile_set_needs_reauth(struct db *db, struct arena *a, int64_t id, bool needs, struct err *e);

#endif
