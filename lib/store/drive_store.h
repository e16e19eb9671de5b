/*
 * Google Drive profiles: rows of storage_profiles whose sealed secret is {"refreshToken","accessToken","expiresAt"}.
 * What all profiles share is profile_store.h. Tokens are opened by drive_read() alone.
 */
#ifndef TC_STORE_DRIVE_STORE_H
#define TC_STORE_DRIVE_STORE_H

#include "store/profile_store.h"

struct drive_tokens {
    const char *refresh, *access;
    int64_t expires_s; /* when the access token ends, seconds since 1970 */
};

struct drive_profile {
    int64_t id, user_id;
    int64_t credential_id; /* 0: its OAuth client was deleted */
    const char *name, *email;
    bool is_active, needs_reauth;
    struct drive_place place;
    struct drive_tokens tokens; /* members NULL once they were forgotten */
    const char *version;        /* of the tokens: opaque, for drive_keep() and drive_refused() */
};

/*
 * drive_create: after consent: name, email, credential_id and tokens of *p. Becomes the default when asked, and when
 * the user has none. In a transaction of its own. ERR_CONFLICT DuplicateEmail: the account is another active profile's;
 * ERR_NOT_FOUND UserNotFound, CredentialNotFound.
 */
int drive_create(struct db *db, struct arena *a, const struct drive_profile *p, bool set_default, int64_t *id,
                 struct err *e);

/* drive_keep_first: the tokens of a row that was just made. */
int drive_keep_first(struct db *db, struct arena *a, int64_t id, const struct drive_tokens *t, struct err *e);

/* drive_renew: a new login of an active profile: email and tokens of *p, needs_reauth is over. ERR_NOT_FOUND
 * ProfileNotFound, ERR_CONFLICT DuplicateEmail. */
int drive_renew(struct db *db, struct arena *a, const struct drive_profile *p, struct err *e);

/* drive_read: of whatever user, also an inactive one. *out NULL: no such. */
int drive_read(struct db *db, struct arena *a, int64_t id, struct drive_profile **out, struct err *e);

/*
 * drive_lock(db, a, id, wait_ms, e): begin a transaction that holds the profile's token lock: of several processes one
 * at a time asks Google for a new access token; those who waited find it by drive_read(). The row itself stays free.
 * Ends with the transaction. ERR_UNAVAILABLE also when the lock was not to be had in time.
 */
int drive_lock(struct db *db, struct arena *a, int64_t id, int wait_ms, struct err *e);

/* drive_keep: the tokens of *p after a refresh. drive_refused: Google refused its refresh token: needs_reauth. Both do
 * nothing when the profile has logged in again since *p was read. */
int drive_keep(struct db *db, struct arena *a, const struct drive_profile *p, struct err *e);
int drive_refused(struct db *db, struct arena *a, const struct drive_profile *p, struct err *e);

/* drive_forget: the tokens of an inactive profile. */
int drive_forget(struct db *db, struct arena *a, int64_t id, struct err *e);

/* drive_grant_shared: does another active profile, of whatever user, live by the same grant: the same account and the
 * same OAuth client. Revoking a token of one would end the other. */
int drive_grant_shared(struct db *db, struct arena *a, int64_t id, bool *shared, struct err *e);

#endif
