/*
 * Users. As in every store: functions return 0 or -1 with *e; what they answer lies in the caller's arena. A "maybe"
 * answer is *out = NULL with 0. No store function begins or ends a transaction unless it says so.
 */
#ifndef TC_STORE_USER_STORE_H
#define TC_STORE_USER_STORE_H

#include "net/db.h"

struct user {
    int64_t id;
    const char *email, *full_name, *password_hash;
    const char *seed_hash; /* NULL for users that no environment made */
    int token_version;
    bool is_admin;
};

int user_by_email(struct db *db, struct arena *a, const char *email, struct user **out, struct err *e);
int user_by_id(struct db *db, struct arena *a, int64_t id, struct user **out, struct err *e);

/* user_insert: a new user; ERR_CONFLICT when the e-mail (compared in lower case) exists. */
int user_insert(struct db *db, struct arena *a, const char *email, const char *full_name, const char *password_hash,
                const char *seed_hash, bool is_admin, int64_t *id, struct err *e);

/* user_set_password: also ends every session: their rows go, and token_version rises. seed_hash NULL keeps the stored
 * one; whose password is the environment's is an admin. */
int user_set_password(struct db *db, struct arena *a, int64_t id, const char *password_hash, const char *seed_hash,
                      struct err *e);

#endif
