/*
 * The upload journal: every multipart (or resumable) upload that exists at a provider has a row before it is created
 * and until it is proven complete or gone. Fenced by the lease where one is given.
 */
#ifndef TC_STORE_UPLOAD_STORE_H
#define TC_STORE_UPLOAD_STORE_H

#include "store/phase_store.h"

enum session_state {
    SESSION_INIT, /* about to be created */
    SESSION_OPEN,
    SESSION_ABORTING, /* given up, and not yet proven to be gone */
    SESSION_COMPLETED,
    SESSION_ABORTED /* proven to be gone */
};

struct upload_session {
    int64_t id, job_id, profile_id;
    int file_index;
    const char *remote_key, *upload_id; /* S3's upload id, Drive's file id; NULL in SESSION_INIT */
    const char *uri;                    /* of a resumable session at Drive; NULL: none is known */
    int64_t part_size;
    int part_count;
    enum session_state state;
    int64_t created_at; /* µs */
};

struct upload_part {
    int number; /* from 1 */
    int64_t size;
    const char *md5, *etag; /* md5 as 32 hex digits, etag as the provider sent it, without quotes */
};

/* upload_session_find: the live (init or open) session of a file, maybe. */
int upload_session_find(struct db *db, struct arena *a, int64_t job_id, int file_index, struct upload_session **out,
                        struct err *e);

/* upload_sessions_find: of n files in one statement: out[i] is that of index[i], or NULL. */
int upload_sessions_find(struct db *db, struct arena *a, int64_t job_id, const int *index, int n,
                         struct upload_session **out, struct err *e);

/* upload_session_create: state init. s->id is set. */
int upload_session_create(struct db *db, struct arena *a, const struct lease *l, enum provider provider,
                          struct upload_session *s, struct err *e);

/* upload_sessions_open: n of them in one statement, in state open under the upload_id that each has already. */
int upload_sessions_open(struct db *db, struct arena *a, const struct lease *l, enum provider provider,
                         struct upload_session *s, int n, struct err *e);

/* upload_session_opened: the provider answered with its id. */
int upload_session_opened(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *upload_id,
                          struct err *e);

/* upload_session_uri: where to send the bytes, sealed in the table; NULL: the session there has ended. */
int upload_session_uri(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *uri,
                       struct err *e);

/* upload_session_closed: proven complete or gone, or given up (SESSION_ABORTING: the janitor sees to it, and the file
 * may get another session). lease NULL: the janitor does it. */
int upload_session_closed(struct db *db, struct arena *a, const struct lease *l, int64_t id, enum session_state state,
                          struct err *e);

/* upload_sessions_closed: n of them in one statement. */
int upload_sessions_closed(struct db *db, struct arena *a, const struct lease *l, const int64_t *id, int n,
                           enum session_state state, struct err *e);

int upload_parts(struct db *db, struct arena *a, int64_t session_id, struct upload_part **out, int *n, struct err *e);

/* upload_part_done: insert or replace. upload_part_lost: the provider does not have it (any more). */
int upload_part_done(struct db *db, struct arena *a, const struct lease *l, int64_t session_id,
                     const struct upload_part *p, struct err *e);
int upload_part_lost(struct db *db, struct arena *a, const struct lease *l, int64_t session_id, int number,
                     struct err *e);

/* upload_session_ids: the upload ids that are known under the key of a session, in its bucket, beside its own, and not
 * proven to be gone: other jobs may use the key, too. *unnamed: one of those sessions has no id yet. */
int upload_session_ids(struct db *db, struct arena *a, const struct upload_session *s, const char ***out, int *n,
                       bool *unnamed, struct err *e);

/*
 * upload_sessions_orphaned: live sessions of jobs that were cancelled, or failed more than keep_failed_ms ago, or
 * completed, and those that were given up and not looked at for 10 s: the janitor's work list, at most `limit`, oldest
 * first.
 */
int upload_sessions_orphaned(struct db *db, struct arena *a, enum provider provider, int64_t keep_failed_ms, int limit,
                             struct upload_session **out, int *n, struct err *e);

/* What the janitor found or did at the destination. */
enum session_cleaned { CLEANED_NOTHING, CLEANED_ABORTED, CLEANED_LEFT };

/*
 * upload_session_cleaned: in a transaction of its own: the session is closed. With the last one of a cancelled job its
 * timeline tells how many unfinished uploads were aborted or are left to expire, and how many files stay.
 */
int upload_session_cleaned(struct db *db, struct arena *a, const struct upload_session *s, enum session_cleaned how,
                           struct err *e);

#endif
