/* Statements on their way to PostgreSQL, prepared or not, and the results that come back. */
#include "net/db_pq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMS = 32 };

struct db_rows *db_copy(struct arena *a, const PGresult *res)
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

bool db_succeeded(const PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);
    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* The plan of a statement, new ones until there is no room; NULL: it is sent without one. */
static struct db_plan *plan_of(struct db *db, const char *sql)
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
    if (db->plan_count == DB_MAX_PLANS)
        return NULL;
    struct db_plan *p = &db->plans[db->plan_count];
    *p = (struct db_plan){.from = sql, .hash = hash, .sql = mem_strdup(sql)};
    snprintf(p->name, sizeof p->name, "s%d", db->plan_count++);
    return p;
}

bool db_queue(struct db *db, struct db_statement *s)
{
    struct wire w;
    if (s->n > MAX_PARAMS)
        abort(); /* a statement of ours with too many parameters: seen by its first run */
    encode(&w, s->params, s->n);
    struct db_plan *plan = plan_of(db, s->sql);
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

PGresult *db_collect(struct db *db, const struct db_statement *sent)
{
    PGresult *parsed = sent->preparing ? next_result(db) : NULL, *res = next_result(db);
    if (!sent->preparing)
        return res;
    sent->preparing->ready = db_succeeded(parsed);
    if (PQresultStatus(parsed) != PGRES_FATAL_ERROR) {
        PQclear(parsed);
        return res;
    }
    PQclear(res);
    return parsed;
}
