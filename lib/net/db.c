#include "net/db.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMS = 32, CONNECT_TIMEOUT_S = 5 };

struct db {
    char *conninfo, *name;
    PGconn *conn;
    int64_t connected_at;
    bool in_transaction;
    char constraint[64];
};

struct cell {
    char *text; /* NULL for SQL NULL */
    int len;
};

struct db_rows {
    int rows, cols;
    int64_t affected;
    struct cell *cells;
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
}

/* libpq ends its sentences with a newline and may put several lines into one. */
static const char *one_line(const char *text, char *out, size_t size)
{
    size_t n = strcspn(text, "\n");
    snprintf(out, size, "%.*s", (int)(n < size ? n : size - 1), text);
    return out;
}

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
                                "-c TimeZone=UTC -c statement_timeout=30000 -c search_path=torrentclou "
                                "-c idle_in_transaction_session_timeout=60000 -c client_min_messages=warning",
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
    {"", ERR_BUG, "DatabaseError"},
};

static int fail(struct db *db, const PGresult *res, struct err *e)
{
    char text[256];
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *constraint = res ? PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME) : NULL;
    snprintf(db->constraint, sizeof db->constraint, "%s", constraint ? constraint : "");
    if (PQstatus(db->conn) != CONNECTION_OK || !state) {
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
            struct cell *c = &r->cells[i * r->cols + k];
            c->len = PQgetlength(res, i, k);
            c->text = arena_strndup(a, PQgetvalue(res, i, k), (size_t)c->len);
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

struct db_rows *db_exec(struct db *db, struct arena *a, const char *sql, const struct db_param *params, int n,
                        struct err *e)
{
    struct wire w;
    if (n > MAX_PARAMS)
        abort(); /* a statement of ours with too many parameters: seen by its first run */
    encode(&w, params, n);
    bool fresh = !db->conn;
    for (;;) {
        if (ensure(db, e))
            return NULL;
        PGresult *res = PQexecParams(db->conn, sql, n, NULL, w.values, w.lengths, w.formats, 0);
        if (succeeded(res)) {
            struct db_rows *r = copy(a, res);
            PQclear(res);
            return r;
        }
        bool gone = PQstatus(db->conn) != CONNECTION_OK;
        fail(db, res, e);
        PQclear(res);
        /* A kept connection may have died while it was idle (a restart of PostgreSQL). Only a plain read is safe to
         * send again: whether a lost write arrived is for the caller to find out. */
        if (!gone || fresh || db->in_transaction || strncmp(sql, "select", 6) != 0)
            return NULL;
        fresh = true;
    }
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
    if (ensure(db, e))
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
    if (db_script(db, "begin", e)) {
        if (fresh || db->conn)
            return -1;
        err_clear(e);
        if (db_script(db, "begin", e))
            return -1;
    }
    db->in_transaction = true;
    return 0;
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

int db_count(const struct db_rows *r)
{
    return r->rows;
}

int64_t db_affected(const struct db_rows *r)
{
    return r->affected;
}

static const struct cell *at(const struct db_rows *r, int row, int col)
{
    if (row < 0 || row >= r->rows || col < 0 || col >= r->cols)
        abort(); /* a store read a column that its own statement does not select */
    return &r->cells[row * r->cols + col];
}

bool db_null(const struct db_rows *r, int row, int col)
{
    return at(r, row, col)->text == NULL;
}

int64_t db_int(const struct db_rows *r, int row, int col)
{
    const char *s = at(r, row, col)->text;
    return s ? strtoll(s, NULL, 10) : 0;
}

double db_double(const struct db_rows *r, int row, int col)
{
    const char *s = at(r, row, col)->text;
    return s ? strtod(s, NULL) : 0;
}

bool db_bool(const struct db_rows *r, int row, int col)
{
    const char *s = at(r, row, col)->text;
    return s && s[0] == 't';
}

char *db_text(const struct db_rows *r, int row, int col)
{
    return at(r, row, col)->text;
}

const unsigned char *db_bytes(const struct db_rows *r, struct arena *a, int row, int col, size_t *n)
{
    const char *s = at(r, row, col)->text;
    *n = 0;
    if (!s || strncmp(s, "\\x", 2) != 0) /* bytea_output = hex is the server's default since 9.0 */
        return NULL;
    size_t len = strlen(s + 2) / 2;
    unsigned char *out = arena_alloc(a, len + 1);
    if (!decode_hex(s + 2, out, len))
        return NULL;
    *n = len;
    return out;
}
