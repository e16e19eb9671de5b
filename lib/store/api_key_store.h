/* Keys for programs. A key itself is nowhere: the store sees its hash only. */
#ifndef TC_STORE_API_KEY_STORE_H
#define TC_STORE_API_KEY_STORE_H

#include "net/db.h"

struct api_key {
    int64_t id, user_id;
    const char *email, *full_name;                /* of the user; set by api_key_use alone */
    const char *name, *prefix;                    /* not set by api_key_use */
    const char *scopes_json;                      /* ["read","jobs","storage"] or fewer */
    int64_t created_at, last_used_at, expires_at; /* µs; the last two 0 for never */
};

enum { API_KEYS_MAX = 50 };

/* api_key_create(db, a, key, hash, days, e): a row of key's user, name, prefix and scopes, ending after so many days
 * (0: never); fills id and created_at, expires_at. ERR_CONFLICT TooManyApiKeys at API_KEYS_MAX. */
int api_key_create(struct db *db, struct arena *a, struct api_key *key, const char *hash, int64_t days, struct err *e);

/* api_key_list: newest first, ended ones too. */
int api_key_list(struct db *db, struct arena *a, int64_t user_id, struct api_key **out, int *n, struct err *e);

int api_key_delete(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *found, struct err *e);

/* api_key_use(db, a, hash, out, e): the live key with this hash, maybe; notes that it was used. */
int api_key_use(struct db *db, struct arena *a, const char *hash, struct api_key **out, struct err *e);

#endif
