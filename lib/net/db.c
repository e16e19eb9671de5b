#include "net/db.h"

#include "base/clock.h"
#include "net/db_internal.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMS = 32, MAX_NEED = 4, MAX_PLANS = 128, CONNECT_TIMEOUT_S = 5 };

/* A statement that this connection has prepared. */
struct plan {
    const char *from; /* where the text was last seen: most are literals, and found by it */
    uint64_t hash;    /* of the text */
    char *sql;
    char name[8];
    bool ready; /* the server of the present connection knows it */
};

enum need { NEED_NONE, NEED_PENDING, NEED_REFUSED };

struct db {
    char *conninfo, *name;
    PGconn *conn;
    int64_t connected_at;
    bool in_transaction;
    char constraint[64];

    bool keep_plans;
    struct plan plans[MAX_PLANS];
    int plan_count;

    enum need need; /* of db_require() */
    const char *need_sql;
    struct db_param need_params[MAX_NEED];
    int need_n;
    struct err refusal; /* of NEED_REFUSED */
};

struct db *db_new(const char *conninfo, const char *application_name)
{
    struct db *db = MEM_NEW(struct db);
    db->conninfo = mem_strdup(conninfo);
    db->name = mem_strdup(application_name);
    return db;
}

void db_free(struct db *db)
{
    if (!db)
        return;
    PQfinish(db->conn);
    for (int i = 0; i < db->plan_count; i++)
        mem_free(db->plans[i].sql);
    mem_free(db->conninfo);
    mem_free(db->name);
    mem_free(db);
}

bool db_check_url(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    PQconninfoFree(options);
    return options != NULL;
}

int64_t db_connected_at(const struct db *db)
{
    return db->conn ? db->connected_at : 0;
}

const char *db_constraint(const struct db *db)
{
    return db->constraint;
}

static void disconnect(struct db *db)
{
    PQfinish(db->conn);
    db->conn = NULL;
    db->in_transaction = false;
    for (int i = 0; i < db->plan_count; i++)
        db->plans[i].ready = false;
}

/* libpq ends its sentences with a newline and may put several lines into one. */
static const char *one_line(const char *text, char *out, size_t size)
{
    size_t n = strcspn(text, "\n");
    snprintf(out, size, "%.*s", (int)(n < size ? n : size - 1), text);
    return out;
}

#define SESSION                                                                                                        \
    "-c TimeZone=UTC -c statement_timeout=30000 -c search_path=torrentclou "                                           \
    "-c idle_in_transaction_session_timeout=60000 -c client_min_messages=warning"

static int connect_now(struct db *db, struct err *e)
{
    char text[256], timeout[16];
    disconnect(db);
    snprintf(timeout, sizeof timeout, "%d", CONNECT_TIMEOUT_S);
    /* Later keywords win over those inside conninfo; keepalives find a dead host, statement_timeout a stuck server. */
    const char *const keys[] = {"dbname",
                                "application_name",
                                "connect_timeout",
                                "keepalives_idle",
                                "keepalives_interval",
                                "tcp_user_timeout",
                                "options",
                                NULL};
    const char *const vals[] = {db->conninfo,
                                db->name,
                                timeout,
                                "15",
                                "5",
                                "30000",
                                db->keep_plans ? SESSION " -c plan_cache_mode=force_generic_plan" : SESSION,
                                NULL};
    db->conn = PQconnectdbParams(keys, vals, 1);
    if (PQstatus(db->conn) != CONNECTION_OK) {
        err_set(e, ERR_UNAVAILABLE, "DatabaseUnavailable", "PostgreSQL cannot be reached: %s",
                one_line(PQerrorMessage(db->conn), text, sizeof text));
        disconnect(db);
        return -1;
    }
    db->connected_at = clock_mono_ms();
    return 0;
}

static int ensure(struct db *db, struct err *e)
{
    if (db->conn && PQstatus(db->conn) == CONNECTION_OK)
        return 0;
    if (db->in_transaction) {
        disconnect(db);
        db->in_transaction = true; /* until its commit or rollback: nothing may run outside of it */
        return err_set(e, ERR_UNAVAILABLE, "DatabaseUnavailable", "The connection to PostgreSQL was lost.");
    }
    return connect_now(db, e);
}

/* SQLSTATE (or its class, two characters) → class. The first match wins. */
static const struct {
    const char *prefix;
    enum err_class class;
    const char *code;
} states[] = {
    {"23505", ERR_CONFLICT, "UniqueViolation"},
    {"23503", ERR_CONFLICT, "ForeignKeyViolation"},
    {"40", ERR_UNAVAILABLE, "TransactionAborted"}, /* serialization, deadlock */
    {"55P03", ERR_UNAVAILABLE, "LockNotAvailable"},
    {"57", ERR_UNAVAILABLE, "DatabaseUnavailable"}, /* shutdown, cancel, statement timeout */
    {"53", ERR_UNAVAILABLE, "DatabaseUnavailable"}, /* out of connections, memory, disk */
    {"08", ERR_UNAVAILABLE, "DatabaseUnavailable"},
    {"25P03", ERR_UNAVAILABLE, "DatabaseUnavailable"},
    {"TC001", ERR_LOST, "Lost"}, /* raised by our own functions: the fence said no */
    {"TC002", ERR_BUG, "BadTransition"},
    {"TC003", ERR_AUTH, NULL}, /* session_refused(): its sentence is for the client */
    {"", ERR_BUG, "DatabaseError"},
};

static int fail(struct db *db, const PGresult *res, struct err *e)
{
    char text[256];
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *constraint = res ? PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME) : NULL;
    snprintf(db->constraint, sizeof db->constraint, "%s", constraint ? constraint : "");
    /* What was prepared here is gone or no longer fits the tables: a fresh connection prepares it again. */
    bool stale = state && db->keep_plans && (!strcmp(state, "26000") || !strcmp(state, "0A000"));
    if (PQstatus(db->conn) != CONNECTION_OK || !state || stale) {
        err_set(e, ERR_UNAVAILABLE, "DatabaseUnavailable", "The connection to PostgreSQL was lost: %s",
                one_line(PQerrorMessage(db->conn), text, sizeof text));
        bool was_in = db->in_transaction;
        disconnect(db);
        db->in_transaction = was_in; /* the rest of the transaction must fail too, not run outside of it */
        return -1;
    }
    size_t i = 0;
    while (strncmp(state, states[i].prefix, strlen(states[i].prefix)) != 0)
        i++;
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    if (states[i].class == ERR_AUTH)
        return err_set(e, ERR_AUTH, NULL, "%s", message ? message : "Please log in first.");
    return err_set(e, states[i].class, states[i].code, "%s (%s)", message ? message : "statement failed", state);
}

static struct db_rows *copy(struct arena *a, const PGresult *res)
{
    struct db_rows *r = ARENA_NEW(a, struct db_rows);
    r->rows = PQntuples(res);
    r->cols = PQnfields(res);
    r->affected = strtoll(PQcmdTuples((PGresult *)(uintptr_t)res), NULL, 10);
    r->cells = ARENA_ARRAY(a, (size_t)r->rows * (size_t)r->cols, struct cell);
    for (int i = 0; i < r->rows; i++)
        for (int k = 0; k < r->cols; k++) {
            if (PQgetisnull(res, i, k))
                continue;
            int n = PQgetlength(res, i, k);
            unsigned type = PQfformat(res, k) ? PQftype(res, k) : DB_TYPE_TEXT;
            r->cells[i * r->cols + k] = db_decode(a, type, PQgetvalue(res, i, k), n);
        }
    return r;
}

struct wire {
    const char *values[MAX_PARAMS];
    int lengths[MAX_PARAMS], formats[MAX_PARAMS];
    char numbers[MAX_PARAMS][32];
};

static void encode(struct wire *w, const struct db_param *params, int n)
{
    for (int i = 0; i < n; i++) {
        const struct db_param *p = &params[i];
        w->formats[i] = p->type == DB_BYTES;
        w->lengths[i] = p->type == DB_BYTES ? (int)p->i : 0;
        w->values[i] = w->numbers[i];
        switch (p->type) {
        case DB_NULL:
            w->values[i] = NULL;
            break;
        case DB_INT:
            snprintf(w->numbers[i], sizeof w->numbers[i], "%lld", (long long)p->i);
            break;
        case DB_DOUBLE:
            snprintf(w->numbers[i], sizeof w->numbers[i], "%.17g", p->d);
            break;
        case DB_BOOL:
            w->values[i] = p->i ? "t" : "f";
            break;
        case DB_TEXT:
        case DB_BYTES:
            w->values[i] = p->s;
            break;
        }
    }
}

static bool succeeded(const PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);
    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

/* A statement on its way, and what libpq was asked to answer for it. */
struct statement {
    const char *sql;
    const struct db_param *params;
    int n;
    bool binary;            /* the answer's format */
    struct plan *preparing; /* a Parse goes before it */
};

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* The plan of a statement, new ones until there is no room; NULL: it is sent without one. */
static struct plan *plan_of(struct db *db, const char *sql)
{
    if (!db->keep_plans)
        return NULL;
    for (int i = 0; i < db->plan_count; i++)
        if (db->plans[i].from == sql && !strcmp(db->plans[i].sql, sql))
            return &db->plans[i];
    uint64_t hash = hash_of(sql);
    for (int i = 0; i < db->plan_count; i++)
        if (db->plans[i].hash == hash && !strcmp(db->plans[i].sql, sql)) {
            db->plans[i].from = sql;
            return &db->plans[i];
        }
    if (db->plan_count == MAX_PLANS)
        return NULL;
    struct plan *p = &db->plans[db->plan_count];
    *p = (struct plan){.from = sql, .hash = hash, .sql = mem_strdup(sql)};
    snprintf(p->name, sizeof p->name, "s%d", db->plan_count++);
    return p;
}

/* Put one statement into the pipeline; false when the connection does not take it. */
static bool queue(struct db *db, struct statement *s)
{
    struct wire w;
    if (s->n > MAX_PARAMS)
        abort(); /* a statement of ours with too many parameters: seen by its first run */
    encode(&w, s->params, s->n);
    struct plan *plan = plan_of(db, s->sql);
    s->preparing = plan && !plan->ready ? plan : NULL;
    if (!plan)
        return PQsendQueryParams(db->conn, s->sql, s->n, NULL, w.values, w.lengths, w.formats, s->binary);
    if (s->preparing && !PQsendPrepare(db->conn, plan->name, s->sql, s->n, NULL))
        return false;
    return PQsendQueryPrepared(db->conn, plan->name, s->n, w.values, w.lengths, w.formats, s->binary);
}

/* What the server answered to one message; libpq ends it with a NULL. NULL when the connection is gone. */
static PGresult *next_result(struct db *db)
{
    PGresult *res = PQgetResult(db->conn), *more;
    while (res && (more = PQgetResult(db->conn)))
        PQclear(more);
    return res;
}

/* The result of a statement: of its Parse when that failed, because then it was not run. */
static PGresult *collect(struct db *db, const struct statement *sent)
{
    PGresult *parsed = sent->preparing ? next_result(db) : NULL, *res = next_result(db);
    if (!sent->preparing)
        return res;
    sent->preparing->ready = succeeded(parsed);
    if (PQresultStatus(parsed) != PGRES_FATAL_ERROR) {
        PQclear(parsed);
        return res;
    }
    PQclear(res);
    return parsed;
}

/* The requirement of db_require() has been answered: it is met, refused for good, or still open. */
static int judge(struct db *db, PGresult *res, struct err *e)
{
    struct err why;
    int rc = 0;
    if (succeeded(res)) {
        db->need = NEED_NONE;
    } else {
        rc = fail(db, res, &why);
        if (why.class == ERR_AUTH) {
            db->need = NEED_REFUSED;
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
static PGresult *round_trip(struct db *db, struct statement *own, struct err *e)
{
    struct statement need = {db->need_sql, db->need_params, db->need_n, false, NULL};
    bool needs = db->need == NEED_PENDING;
    PGresult *res = NULL;
    int rc = 0;
    if (db->need == NEED_REFUSED) {
        if (e)
            *e = db->refusal;
        return NULL;
    }
    if (!PQenterPipelineMode(db->conn) || (needs && !queue(db, &need)) || (own && !queue(db, own)) ||
        !PQpipelineSync(db->conn)) {
        fail(db, NULL, e);
        return NULL;
    }
    PGresult *met = needs ? collect(db, &need) : NULL;
    if (own)
        res = collect(db, own);
    PGresult *end = PQgetResult(db->conn);
    bool whole = PQresultStatus(end) == PGRES_PIPELINE_SYNC && PQexitPipelineMode(db->conn);
    PQclear(end);
    if (needs)
        rc = judge(db, met, e);
    if (rc == 0 && (!whole || (own && !succeeded(res))))
        rc = fail(db, whole ? res : NULL, e);
    if (rc == 0)
        return res;
    PQclear(res);
    return NULL;
}

static struct db_rows *execute(struct db *db, struct arena *a, struct statement *s, struct err *e)
{
    bool fresh = !db->conn;
    for (;;) {
        if (ensure(db, e))
            return NULL;
        PGresult *res = round_trip(db, s, e);
        if (res) {
            struct db_rows *r = copy(a, res);
            PQclear(res);
            return r;
        }
        /* A kept connection may have died while it was idle (a restart of PostgreSQL). Only a plain read is safe to
         * send again: whether a lost write arrived is for the caller to find out. */
        if (db->conn || fresh || db->in_transaction || strncmp(s->sql, "select", 6) != 0)
            return NULL;
        fresh = true;
        err_clear(e);
    }
}

struct db_rows *db_exec(struct db *db, struct arena *a, const char *sql, const struct db_param *params, int n,
                        struct err *e)
{
    return execute(db, a, &(struct statement){sql, params, n, false, NULL}, e);
}

struct db_rows *db_read(struct db *db, struct arena *a, const char *sql, const struct db_param *params, int n,
                        struct err *e)
{
    return execute(db, a, &(struct statement){sql, params, n, true, NULL}, e);
}

void db_keep_plans(struct db *db)
{
    db->keep_plans = true;
}

void db_require(struct db *db, const char *sql, const struct db_param *params, int n)
{
    if (db->in_transaction || n > MAX_NEED)
        abort(); /* inside a transaction it would come too late */
    db->need = sql ? NEED_PENDING : NEED_NONE;
    db->need_sql = sql;
    db->need_n = n;
    for (int i = 0; i < n; i++)
        db->need_params[i] = params[i];
}

int db_required(struct db *db, struct err *e)
{
    bool fresh = !db->conn;
    while (db->need != NEED_NONE) {
        if (db->need == NEED_PENDING && ensure(db, e))
            return -1;
        PQclear(round_trip(db, NULL, e));
        if (db->need == NEED_REFUSED || (db->need == NEED_PENDING && (db->conn || fresh)))
            return -1;
        if (db->need == NEED_PENDING)
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
    if (db_required(db, e) || ensure(db, e))
        return -1;
    PGresult *res = PQexec(db->conn, sql);
    int r = succeeded(res) ? 0 : fail(db, res, e);
    PQclear(res);
    return r;
}

int db_begin(struct db *db, struct err *e)
{
    /* The statement that finds a dead idle connection is this one, and nothing has been written yet: try once more. */
    bool fresh = !db->conn;
    for (;;) {
        if (ensure(db, e))
            return -1;
        PGresult *res = round_trip(db, &(struct statement){.sql = "begin"}, e);
        if (res) {
            PQclear(res);
            db->in_transaction = true;
            return 0;
        }
        if (fresh || db->conn)
            return -1;
        fresh = true;
        err_clear(e);
    }
}

int db_commit(struct db *db, struct err *e)
{
    int r = -1;
    if (ensure(db, e) == 0) {
        PGresult *res = PQexec(db->conn, "commit");
        if (!succeeded(res))
            fail(db, res, e);
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
