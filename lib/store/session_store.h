/* Logins that have not ended. A token names its row; see session_require(). */
#ifndef TC_STORE_SESSION_STORE_H
#define TC_STORE_SESSION_STORE_H

#include "net/db.h"

struct session_row {
    int64_t id;
    bool browser; /* kind: the web app's cookie, or a token given to a program */
    const char *address, *user_agent;
    int64_t created_at, last_seen_at, expires_at; /* µs */
};

enum { SESSION_AGENT_MAX = 512, SESSIONS_MAX = 100 };

/*
 * session_create(db, a, user_id, row, life_s, id, e): a new one of row's kind, address and user agent (at most
 * SESSION_AGENT_MAX bytes). Along with it go rows that have expired, and the user's oldest of the kind past
 * SESSIONS_MAX.
 */
int session_create(struct db *db, struct arena *a, int64_t user_id, const struct session_row *row, int64_t life_s,
                   int64_t *id, struct err *e);

/* session_list: the live ones, newest first. */
int session_list(struct db *db, struct arena *a, int64_t user_id, struct session_row **out, int *n, struct err *e);

/* session_end: *found is false when the user has no such session. */
int session_end(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *found, struct err *e);

/* session_end_others: all but this one; *n: how many. */
int session_end_others(struct db *db, struct arena *a, int64_t user_id, int64_t keep, int64_t *n, struct err *e);

/* session_require(db, id, user_id, version): what the request does next needs the session to be alive (db_require). */
void session_require(struct db *db, int64_t id, int64_t user_id, int64_t version);

#endif
