#include "store/secret_store.h"

#include "base/log.h"
#include "net/seal.h"

#define CANARY "secrets_canary"
static const char canary_column[] = "settings.value", canary_text[] = "torrentclou";

/* Every sealed column; tests/unit/test_migrate.c compares the list with the schema (columns named *_sealed). */
static const struct {
    const char *table, *column;
} sealed[] = {
    {"oauth_credentials", "client_secret_sealed"},
    {"oauth_states", "verifier_sealed"},
    {"storage_profiles", "secret_sealed"},
    {"upload_sessions", "uri_sealed"},
};

int secret_check(struct db *db, struct arena *a, struct err *e)
{
    struct db_rows *r = db_query0(db, a, e, "select value from settings where name = '" CANARY "'");
    if (!r)
        return -1;
    if (db_count(r))
        return seal_open(a, canary_column, 0, db_text(r, 0, 0), e) ? 0 : -1;
    return db_run(db, a, e, "insert into settings (name, value) values ('" CANARY "', $1)",
                  p_text(seal_text(a, canary_column, 0, canary_text)));
}

static int reseal_column(struct db *db, struct arena *a, const char *table, const char *column, int *n, struct err *e)
{
    const char *name = arena_printf(a, "%s.%s", table, column);
    const char *update = arena_printf(a, "update %s set %s = $2 where id = $1", table, column);
    struct db_rows *r = db_query0(
        db, a, e,
        arena_printf(a, "select id, %s from %s where %s is not null order by id for update", column, table, column));
    if (!r)
        return -1;
    for (int i = 0; i < db_count(r); i++) {
        struct err why = ERR_INIT;
        int64_t id = db_int(r, i, 0);
        const char *plain = seal_open(a, name, id, db_text(r, i, 1), &why);
        if (!plain) {
            log_error("a secret cannot be opened", kv_str("Column", name), kv_int("Row", id), kv_err(&why));
            continue;
        }
        if (!db_query(db, a, e, update, p_int(id), p_text(seal_text(a, name, id, plain))))
            return -1;
        ++*n;
    }
    return 0;
}

int secret_reseal(struct db *db, struct arena *a, int *n, struct err *e)
{
    *n = 0;
    if (db_begin(db, e))
        return -1;
    for (size_t i = 0; i < sizeof sealed / sizeof sealed[0]; i++)
        if (reseal_column(db, a, sealed[i].table, sealed[i].column, n, e))
            goto fail;
    /* The canary goes last and with the rest: whoever takes the old key away too early is told. */
    if (!db_query(db, a, e, "update settings set value = $1 where name = '" CANARY "'",
                  p_text(seal_text(a, canary_column, 0, canary_text))))
        goto fail;
    return db_commit(db, e);
fail:
    db_rollback(db);
    return -1;
}
