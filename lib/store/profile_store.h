/* Storage profiles: the destinations of uploads. Secrets are sealed here and opened only by profile_s3_secret(). */
#ifndef TC_STORE_PROFILE_STORE_H
#define TC_STORE_PROFILE_STORE_H

#include "net/db.h"

enum provider { PROVIDER_GOOGLE_DRIVE, PROVIDER_S3 };

/* "GoogleDrive" and "S3": the wire's words; queue names use the lower-case form ("googledrive", "s3"). */
const char *provider_name(enum provider p);
const char *provider_queue(enum provider p);

/* How objects are to be named and stored in S3; NULL: as the server does it, and the usual names. */
struct profile_s3_options {
    const char *path_template, *storage_class, *sse, *sse_kms_key_id, *acl;
};

/* Where in Google Drive uploads go; all NULL: a folder of the app's own in My Drive. */
struct drive_place {
    const char *folder_id, *folder_name;
    const char *drive_id, *drive_name; /* of a shared drive; its name may be unknown */
};

struct profile {
    int64_t id, user_id;
    const char *name, *email; /* email NULL for S3 */
    enum provider provider;
    bool is_default, is_active, needs_reauth, is_configured;
    const char *endpoint, *bucket, *region; /* S3, else NULL */
    bool path_style;
    int64_t credential_id; /* Drive: its OAuth client, 0 and NULL when that is gone */
    const char *credential_name;
    const char *preset, *key_mask; /* S3; preset NULL: none; key_mask: the access key as a person may see it */
    bool has_ca_certificate;
    int clock_offset_s;
    struct profile_s3_options options;
    const char *conditional;        /* as in profile_s3 */
    struct drive_place place;       /* Drive */
    int64_t created_at, updated_at; /* µs */
    int64_t checked_at;             /* µs; 0: never tested as it is now */
    bool check_ok;
    const char *check_message; /* NULL: all was well */
};

struct profile_s3 {
    const char *name, *endpoint, *bucket, *region, *access_key, *secret_key;
    bool path_style;
    const char *preset, *ca_certificate; /* NULL: none */
    int clock_offset_s;
    struct profile_s3_options options;
    /* What a test found the server to honour of "If-None-Match: *": "none", "put" (PutObject alone) or "all"; NULL: not
     * known. */
    const char *conditional;
};

/* What a test of a destination found; message NULL: all was well. */
struct profile_check {
    bool ok;
    const char *message;
};

/* profile_list: the active profiles, default first, then oldest first. */
int profile_list(struct db *db, struct arena *a, int64_t user_id, struct profile **out, int *n, struct err *e);

/* profile_get: also an inactive one; the caller looks at is_active. */
int profile_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct profile **out, struct err *e);

/* profile_create_s3: in a transaction of its own. check NULL: it was not tested. */
int profile_create_s3(struct db *db, struct arena *a, int64_t user_id, const struct profile_s3 *s3,
                      const struct profile_check *check, bool set_default, int64_t *id, struct err *e);

/* profile_keep_s3: everything of an S3 profile but its name, into its row, whoever's it is and whatever its state: for
 * a row that was just made. */
int profile_keep_s3(struct db *db, struct arena *a, int64_t id, const struct profile_s3 *s3, struct err *e);

/* profile_rename: the user's active profile; ERR_NOT_FOUND when there is none. */
int profile_rename(struct db *db, struct arena *a, int64_t user_id, int64_t id, const char *name, struct err *e);

/*
 * profile_change_s3: everything of the user's active S3 profile, as profile_s3_secret has it, anew. With `moves` (it
 * gets another endpoint or bucket) *busy and no change when active jobs use it. check NULL: what an earlier test said
 * no longer holds. ERR_NOT_FOUND when there is no such profile.
 */
int profile_change_s3(struct db *db, struct arena *a, int64_t user_id, int64_t id, const struct profile_s3 *s3,
                      const struct profile_check *check, bool moves, bool *busy, struct err *e);

/* profile_change_place: where the user's active Drive profile uploads to; *busy and no change when active jobs use it.
 * What an earlier test said no longer holds. ERR_NOT_FOUND when there is no such profile. */
int profile_change_place(struct db *db, struct arena *a, int64_t user_id, int64_t id, const struct drive_place *place,
                         bool *busy, struct err *e);

/* profile_busy: active jobs use it. */
int profile_busy(struct db *db, struct arena *a, int64_t id, bool *busy, struct err *e);

/* profile_checked: what a test of the stored profile found. */
int profile_checked(struct db *db, struct arena *a, int64_t id, const struct profile_check *check, struct err *e);

/* What was found out about the way to an S3 destination. */
struct profile_way {
    const char *endpoint, *region;
    bool path_style;
    int clock_offset_s;
    const char *conditional; /* NULL: nothing new */
};

/* profile_found_way: store it, unless somebody has changed endpoint or region from what `was` says. */
int profile_found_way(struct db *db, struct arena *a, int64_t id, const struct profile_way *was,
                      const struct profile_way *now, struct err *e);

/* profile_s3_secret: opens the keys of an S3 profile of whatever user: for workers. ERR_CONFIG when CREDENTIALS_KEY is
 * another one than at sealing. NULL name when there is no such profile. */
int profile_s3_secret(struct db *db, struct arena *a, int64_t id, struct profile_s3 *out, bool *is_active,
                      struct err *e);

/* profile_set_default: in a transaction of its own; ERR_NOT_FOUND unless the profile is active and the user's. */
int profile_set_default(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct err *e);

/* profile_deactivate: is_active and is_default become false, unless active jobs use it: then *busy and no change. When
 * it was the default, the oldest of the other active ones becomes it in the same transaction. */
int profile_deactivate(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *busy, struct err *e);

/* profile_set_needs_reauth: for workers. */
int profile_set_needs_reauth(struct db *db, struct arena *a, int64_t id, bool needs, struct err *e);

#endif
