/* A connection of libpq, for db.c (statements and transactions), db_connect.c and db_wire.c. */
#ifndef TC_NET_DB_PQ_H
#define TC_NET_DB_PQ_H

#include "net/db_internal.h"

#include <libpq-fe.h>

enum { DB_MAX_NEED = 4, DB_MAX_PLANS = 128 };

/* A statement that this connection has prepared. */
struct db_plan {
    const char *from; /* where the text was last seen: most are literals, and found by it */
    uint64_t hash;    /* of the text */
    char *sql;
    char name[8];
    bool ready; /* the server of the present connection knows it */
};

enum db_need { DB_NEED_NONE, DB_NEED_PENDING, DB_NEED_REFUSED };

struct db {
    char *conninfo, *name;
    PGconn *conn;
    int64_t connected_at;
    bool in_transaction;
    char constraint[64];

    bool keep_plans;
    struct db_plan plans[DB_MAX_PLANS];
    int plan_count;

    enum db_need need; /* of db_require() */
    const char *need_sql;
    struct db_param need_params[DB_MAX_NEED];
    int need_n;
    struct err refusal; /* of DB_NEED_REFUSED */
};

/* A statement on its way, and what libpq was asked to answer for it. */
struct db_statement {
    const char *sql;
    const struct db_param *params;
    int n;
    bool binary;               /* the answer's format */
    struct db_plan *preparing; /* a Parse goes before it */
};

/* db_ensure(db, e): a connection that works; a lost one is made anew, but not inside a transaction. */
int db_ensure(struct db *db, struct err *e);

/* db_fail(db, res, e): what the server answered (NULL: nothing, the connection is gone) as *e; -1. */
int db_fail(struct db *db, const PGresult *res, struct err *e);

bool db_succeeded(const PGresult *res);

/* db_queue(db, s): put a statement into the pipeline; false when the connection does not take it. */
bool db_queue(struct db *db, struct db_statement *s);

/* db_collect(db, sent): its result: of its Parse when that failed, because then it was not run. NULL when the
 * connection is gone. */
PGresult *db_collect(struct db *db, const struct db_statement *sent);

/* db_copy(a, res): the rows in the arena. */
struct db_rows *db_copy(struct arena *a, const PGresult *res);

#endif
