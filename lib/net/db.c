#include "net/db_pq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The requirement of db_require() has been answered: it is met, refused for good, or still open. */
static int judge(struct db *db, PGresult *res, struct err *e)
{
    struct err why;
    int rc = 0;
    if (db_succeeded(res)) {
        db->need = DB_NEED_NONE;
    } else {
        rc = db_fail(db, res, &why);
        if (why.class == ERR_AUTH) {
            db->need = DB_NEED_REFUSED;
            db->refusal = why;
        }
        if (e)
            *e = why;
    }
    PQclear(res);
    return rc;
}

/*
 * One round trip: the requirement, if there is one, then the own statement (NULL: the requirement alone), then Sync. Up
 * to the Sync PostgreSQL runs all of it as one transaction and skips what follows a failure, so a statement whose
 * requirement fails has no effect. Its result, or NULL with *e.
 */
static PGresult *round_trip(struct db *db, struct db_statement *own, struct err *e)
{
    struct db_statement need = {db->need_sql, db->need_params, db->need_n, false, NULL};
    bool needs = db->need == DB_NEED_PENDING;
    PGresult *res = NULL;
    int rc = 0;
    if (db->need == DB_NEED_REFUSED) {
        if (e)
            *e = db->refusal;
        return NULL;
    }
    if (!PQenterPipelineMode(db->conn) || (needs && !db_queue(db, &need)) || (own && !db_queue(db, own)) ||
        !PQpipelineSync(db->conn)) {
        db_fail(db, NULL, e);
        return NULL;
    }
    PGresult *met = needs ? db_collect(db, &need) : NULL;
    if (own)
        res = db_collect(db, own);
    PGresult *end = PQgetResult(db->conn);
    bool whole = PQresultStatus(end) == PGRES_PIPELINE_SYNC && PQexitPipelineMode(db->conn);
    PQclear(end);
    if (needs)
        rc = judge(db, met, e);
    if (rc == 0 && (!whole || (own && !db_succeeded(res))))
        rc = db_fail(db, whole ? res : NULL, e);
    if (rc == 0)
        return res;
    PQclear(res);
    return NULL;
}

static struct db_rows *execute(struct db *db, struct arena *a, struct db_statement *s, struct err *e)
{
    bool fresh = !db->conn;
    for (;;) {
        if (db_ensure(db, e))
            return NULL;
        PGresult *res = round_trip(db, s, e);
        if (res) {
            struct db_rows *r = db_copy(a, res);
            PQclear(res);
            return r;
        }
        /* A kept connection may die now, and what it had prepared may fit the tables no longer. Only a plain read is
         * safe to send again: whether a lost write arrived is for the caller to find out. */
        if (db->conn || fresh || db->in_transaction || strncmp(s->sql, "select", 6) != 0)
            return NULL;
        fresh = true;
        err_clear(e);
    }
}

struct db_rows *db_exec(struct db *db, struct arena *a, const char *sql, const struct db_param *params, int n,
                        struct err *e)
{
    return execute(db, a, &(struct db_statement){sql, params, n, false, NULL}, e);
}

struct db_rows *db_read(struct db *db, struct arena *a, const char *sql, const struct db_param *params, int n,
                        struct err *e)
{
    return execute(db, a, &(struct db_statement){sql, params, n, true, NULL}, e);
}

void db_keep_plans(struct db *db)
{
    db->keep_plans = true;
}

void db_require(struct db *db, const char *sql, const struct db_param *params, int n)
{
    if (db->in_transaction || n > DB_MAX_NEED)
        abort(); /* inside a transaction it would come too late */
    db->need = sql ? DB_NEED_PENDING : DB_NEED_NONE;
    db->need_sql = sql;
    db->need_n = n;
    for (int i = 0; i < n; i++)
        db->need_params[i] = params[i];
}

int db_required(struct db *db, struct err *e)
{
    bool fresh = !db->conn;
    while (db->need != DB_NEED_NONE) {
        if (db->need == DB_NEED_PENDING && db_ensure(db, e))
            return -1;
        PQclear(round_trip(db, NULL, e));
        if (db->need == DB_NEED_REFUSED || (db->need == DB_NEED_PENDING && (db->conn || fresh)))
            return -1;
        if (db->need == DB_NEED_PENDING)
            err_clear(e);
        fresh = true;
    }
    return 0;
}

int db_ping(struct db *db, struct err *e)
{
    struct arena *a = arena_new(512);
    int r = db_query0(db, a, e, "select 1") ? 0 : -1;
    arena_free(a);
    return r;
}

int db_script(struct db *db, const char *sql, struct err *e)
{
    if (db_required(db, e) || db_ensure(db, e))
        return -1;
    PGresult *res = PQexec(db->conn, sql);
    int r = db_succeeded(res) ? 0 : db_fail(db, res, e);
    PQclear(res);
    return r;
}

int db_begin(struct db *db, struct err *e)
{
    if (db_ensure(db, e))
        return -1;
    PGresult *res = round_trip(db, &(struct db_statement){.sql = "begin"}, e);
    if (!res)
        return -1;
    PQclear(res);
    db->in_transaction = true;
    return 0;
}

int db_commit(struct db *db, struct err *e)
{
    int r = -1;
    if (db_ensure(db, e) == 0) {
        PGresult *res = PQexec(db->conn, "commit");
        if (!db_succeeded(res))
            db_fail(db, res, e);
        else if (strcmp(PQcmdStatus(res), "COMMIT") != 0) /* a statement of it had failed: the server rolled back */
            err_set(e, ERR_BUG, "DatabaseError", "a transaction that had failed was to be committed");
        else
            r = 0;
        PQclear(res);
    }
    db->in_transaction = false;
    if (r && !db->conn && e)
        snprintf(e->code, sizeof e->code, "CommitUnknown");
    return r;
}

void db_rollback(struct db *db)
{
    if (db->conn && PQstatus(db->conn) == CONNECTION_OK && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        PQclear(PQexec(db->conn, "rollback"));
    db->in_transaction = false;
}
