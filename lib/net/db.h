/*
 * PostgreSQL; only db*.c know libpq. One connection per process or thread, opened after a fork.
 *
 * Statements always take parameters; the rows are copied into the caller's arena, so no PGresult leaves them. The
 * expected shape is part of the call (none, maybe one, one, many). SQLSTATEs are mapped to classes by one table:
 * unique violation CONFLICT, serialization/deadlock and lost connection UNAVAILABLE, what a CHECK refuses BUG …
 * A connection that was lost since the last call is made anew by the next one outside a transaction, before anything
 * is sent (at most one try per call); of one that is lost under a statement, a plain read is sent once more.
 */
#ifndef TC_NET_DB_H
#define TC_NET_DB_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_rows;

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BOOL, DB_BYTES, DB_DOUBLE };

struct db_param {
    enum db_type type;
    int64_t i; /* also the length of DB_BYTES */
    double d;
    const char *s;
};

/* Parameters; strings and bytes must live until the call returns. A NULL string is SQL NULL. */
static inline struct db_param p_int(int64_t i)
{
    return (struct db_param){DB_INT, i, 0, NULL};
}
static inline struct db_param p_bool(bool b)
{
    return (struct db_param){DB_BOOL, b, 0, NULL};
}
static inline struct db_param p_double(double d)
{
    return (struct db_param){DB_DOUBLE, 0, d, NULL};
}
static inline struct db_param p_text(const char *s)
{
    return (struct db_param){s ? DB_TEXT : DB_NULL, 0, 0, s};
}
static inline struct db_param p_bytes(const void *p, size_t n)
{
    return (struct db_param){p ? DB_BYTES : DB_NULL, (int64_t)n, 0, (const char *)p};
}
#define p_null ((struct db_param){DB_NULL, 0, 0, NULL})
/* p_opt_int(present, i): i or NULL. */
static inline struct db_param p_opt_int(bool present, int64_t i)
{
    return present ? p_int(i) : p_null;
}

/*
 * db_new(conninfo, application_name): a handle; connects lazily or by db_ping. Sessions run with TimeZone UTC, a
 * statement timeout of 30 s and search_path torrentclou. Never NULL.
 */
struct db *db_new(const char *conninfo, const char *application_name);
void db_free(struct db *db);

/* db_check_url(conninfo): can libpq read it; for the check of the configuration. */
bool db_check_url(const char *conninfo);

/* db_ping(db, e): connect if needed and ask for a row. */
int db_ping(struct db *db, struct err *e);

/* db_connected_at(db): clock_mono_ms() of the present connection's start, 0 when not connected. A change means that
 * the session (advisory locks, LISTEN) is new. */
int64_t db_connected_at(const struct db *db);

/*
 * db_exec(db, a, sql, params, n, e): run one statement; its rows in the arena, or NULL with *e. The row count of an
 * UPDATE/DELETE without RETURNING is db_affected().
 */
struct db_rows *db_exec(struct db *db, struct arena *a, const char *sql, const struct db_param *params, int n,
                        struct err *e);
/*
 * db_read(…): db_exec for what is read very often: the answer comes in PostgreSQL's binary format, which spares both
 * sides a good part of their time. Columns of type bool, int4, int8, text, jsonb and timestamptz only; db_int() reads
 * a timestamptz as it is, without US().
 */
struct db_rows *db_read(struct db *db, struct arena *a, const char *sql, const struct db_param *params, int n,
                        struct err *e);
/* db_query(db, a, e, sql, p_int(5), p_text("x") …): db_exec for one or more parameters. */
#define db_query(db, a, e, sql, ...)                                                                                   \
    db_exec((db), (a), (sql), (const struct db_param[]){__VA_ARGS__},                                                  \
            (int)(sizeof((const struct db_param[]){__VA_ARGS__}) / sizeof(struct db_param)), (e))
/* db_run: db_query for a statement that answers no rows: 0 or -1. */
#define db_run(db, a, e, sql, ...) (db_query((db), (a), (e), (sql), __VA_ARGS__) ? 0 : -1)
/* db_query0: without parameters. */
#define db_query0(db, a, e, sql) db_exec((db), (a), (sql), NULL, 0, (e))

/*
 * db_require(db, sql, params, n): before anything else happens, this statement must succeed: it is sent in the round
 * trip of the next db_exec(), db_begin() or db_script() and runs before it, in one transaction with it. When it raises
 * SQLSTATE TC003, that call and all later ones answer ERR_AUTH without any effect. A failure of another kind
 * (PostgreSQL is away) leaves the requirement open. NULL forgets it. At most four parameters; all texts live until it
 * is met or forgotten. Not inside a transaction.
 */
void db_require(struct db *db, const char *sql, const struct db_param *params, int n);

/* db_required(db, e): settle a requirement that no statement took along, by a round trip of its own. 0 when there is
 * none, or it is met. */
int db_required(struct db *db, struct err *e);

/* db_keep_plans(db): before the first connection: prepare each statement at its first use and plan it once, whatever
 * the parameters; for programs that repeat a fixed set of them. */
void db_keep_plans(struct db *db);

/* db_script(db, sql, e): several statements without parameters (migrations only). */
int db_script(struct db *db, const char *sql, struct err *e);

/*
 * Transactions. db_rollback never fails. A COMMIT whose reply was lost answers ERR_UNAVAILABLE with code
 * "CommitUnknown": the caller reads again what became of it.
 */
int db_begin(struct db *db, struct err *e);
int db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);

/* db_constraint(db): name of the constraint or unique index that the last failed statement broke, "" for none. */
const char *db_constraint(const struct db *db);

int db_count(const struct db_rows *r);        /* rows */
int64_t db_affected(const struct db_rows *r); /* rows changed by the statement */

/* Columns by position, 0-based. Reading NULL: 0, false, NULL, 0 bytes. Times are microseconds since 1970: select
 * them as `db_us(column)`, which the SQL macro US() spells. */
bool db_null(const struct db_rows *r, int row, int col);
int64_t db_int(const struct db_rows *r, int row, int col);
double db_double(const struct db_rows *r, int row, int col);
bool db_bool(const struct db_rows *r, int row, int col);
char *db_text(const struct db_rows *r, int row, int col); /* in the arena; NULL for NULL */
const unsigned char *db_bytes(const struct db_rows *r, struct arena *a, int row, int col, size_t *n);

/* SQL text: a timestamptz as integer microseconds. A double holds them to the last one until 2100, and costs a fifth of
 * the numeric that extract() answers. */
#define US(column) "(date_part('epoch', " column ")*1000000)::bigint"

/* Text arrays cross as JSON: '["a","b"]'; SQL side: jsonb_array_elements_text. */

#endif
