/* The connection: made when it is needed, given up when it fails, and what a failure means. */
#include "base/clock.h"
#include "net/db_pq.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_TIMEOUT_S = 5 };

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

/* libpq learns that the server has hung up (a restart) from the next statement only, which is lost then: a write must
 * not be sent twice. The kernel knows before. */
static bool hung_up(const struct db *db)
{
    struct pollfd line = {.fd = PQsocket(db->conn), .events = POLLRDHUP};
    return poll(&line, 1, 0) == 1;
}

int db_ensure(struct db *db, struct err *e)
{
    if (db->conn && PQstatus(db->conn) == CONNECTION_OK && (db->in_transaction || !hung_up(db)))
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

int db_fail(struct db *db, const PGresult *res, struct err *e)
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
