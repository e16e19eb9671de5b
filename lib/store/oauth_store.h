/*
 * Google's OAuth clients that users have saved, and the consents that are under way. Client secrets and PKCE verifiers
 * are sealed here; only oauth_credential_secret() and oauth_state_take() open them.
 */
#ifndef TC_STORE_OAUTH_STORE_H
#define TC_STORE_OAUTH_STORE_H

#include "net/db.h"

struct oauth_credential {
    int64_t id;
    const char *name, *client_id, *redirect_uri;
    const char *client_secret; /* only for saving, and from oauth_credential_secret() */
    bool in_use;               /* by an active profile */
    int64_t created_at;        /* µs */
};

/* oauth_credential_save: a new one, or new values for the user's credential of the same client_id. In a transaction of
 * its own. */
int oauth_credential_save(struct db *db, struct arena *a, int64_t user_id, const struct oauth_credential *c,
                          int64_t *id, struct err *e);

/* oauth_credential_keep: the client secret of a row that was just made. */
int oauth_credential_keep(struct db *db, struct arena *a, int64_t id, const char *secret, struct err *e);

/* oauth_credential_list: the user's, oldest first. oauth_credential_get: one of them. */
int oauth_credential_list(struct db *db, struct arena *a, int64_t user_id, struct oauth_credential **out, int *n,
                          struct err *e);
int oauth_credential_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct oauth_credential **out,
                         struct err *e);

/* oauth_credential_secret: one with its secret opened, of whatever user: for workers. *out NULL: no such. */
int oauth_credential_secret(struct db *db, struct arena *a, int64_t id, struct oauth_credential **out, struct err *e);

/* oauth_credential_change: name, client_secret and redirect_uri as far as they are not NULL; *found: the user has it.
 */
int oauth_credential_change(struct db *db, struct arena *a, int64_t user_id, int64_t id,
                            const struct oauth_credential *c, bool *found, struct err *e);

/* oauth_credential_delete: unless an active profile uses it: then *busy and no change. */
int oauth_credential_delete(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *found, bool *busy,
                            struct err *e);

/* A consent that was begun. */
struct oauth_state {
    int64_t user_id, credential_id; /* 0: gone since it was begun */
    int64_t profile_id;             /* the profile that logs in again; 0: the consent makes a new one … */
    const char *profile_name;       /* … of this name */
    bool set_default;
    const char *verifier;   /* PKCE */
    const char *nonce_hash; /* SHA-256 of the cookie of the browser that began, hex; NULL: it got none */
    bool expired;
};

/* oauth_state_add: good for life_s seconds; also forgets what expired long ago. In a transaction of its own. */
int oauth_state_add(struct db *db, struct arena *a, const char *state_hash, const struct oauth_state *s, int64_t life_s,
                    struct err *e);

/* oauth_state_take: take it away, so that of several who come with the same state one gets it. *out NULL: no such. */
int oauth_state_take(struct db *db, struct arena *a, const char *state_hash, struct oauth_state **out, struct err *e);

#endif
