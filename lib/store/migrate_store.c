#include "store/migrate_store.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/signals.h"
#include "net/digest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCK "839275194" /* the replaced product's number, so that a takeover cannot meet its runner half-way */
enum { MAX_SQL = 1024 * 1024, LOCK_POLL_MS = 500, WAIT_POLL_MS = 1000, WAIT_LOG_MS = 30000 };

struct file {
    int version;
    const char *name, *sql;
    char checksum[DIGEST_HEX_MAX];
};

struct folder {
    struct file *files; /* files[i].version == i + 1 */
    int n;
};

int migrate_applied(struct db *db, struct arena *a, int *version, struct err *e)
{
    *version = 0;
    struct db_rows *r = db_query0(db, a, e, "select to_regclass('torrentclou.schema_migrations') is not null");
    if (!r)
        return -1;
    if (!db_bool(r, 0, 0))
        return 0;
    r = db_query0(db, a, e, "select coalesce(max(version), 0) from torrentclou.schema_migrations");
    if (!r)
        return -1;
    *version = (int)db_int(r, 0, 0);
    return 0;
}

int migrate_lock(struct db *db, struct arena *a, struct err *e)
{
    if (db_script(db, "set statement_timeout = 0", e))
        return -1;
    for (bool told = false; !signals_stopping(); clock_sleep_ms(LOCK_POLL_MS)) {
        struct db_rows *r = db_query0(db, a, e, "select pg_try_advisory_lock(" LOCK ")");
        if (!r)
            return -1;
        if (db_bool(r, 0, 0))
            return 0;
        if (!told)
            log_info("another program migrates the database; waiting for it", kv_none);
        told = true;
    }
    return err_set(e, ERR_STOPPED, NULL, "A stop was asked for while another program migrates the database.");
}

void migrate_unlock(struct db *db, struct arena *a)
{
    struct err e = ERR_INIT;
    if (!db_query0(db, a, &e, "select pg_advisory_unlock(" LOCK ")"))
        log_warn("the migration lock ends with its connection", kv_err(&e));
}

static int read_sql(struct arena *a, const char *dir, struct file *f, struct err *e)
{
    int r = -1;
    const char *path = arena_printf(a, "%s/%s", dir, f->name);
    FILE *in = fopen(path, "re");
    if (!in)
        return err_sys(e, ERR_CONFIG, path);
    char *text = arena_alloc(a, MAX_SQL + 1);
    size_t n = fread(text, 1, MAX_SQL + 1, in);
    struct digest_sum sum;
    if (ferror(in) || n > MAX_SQL || strlen(text) != n) {
        err_set(e, ERR_CONFIG, NULL, "%s is no SQL text that can be read.", path);
        goto out;
    }
    digest_memory(DIGEST_SHA256, text, n, &sum);
    encode_hex(sum.sha256, DIGEST_SHA256_SIZE, f->checksum);
    f->sql = text;
    r = 0;
out:
    fclose(in);
    return r;
}

static int is_sql(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 4 && !strcmp(d->d_name + n - 4, ".sql") && d->d_name[0] != '.';
}

/* The folder's files, which must be numbered 1, 2, 3 … without a gap, up to our own version. */
static int read_folder(struct arena *a, const char *dir, struct folder *out, struct err *e)
{
    struct dirent **names = NULL;
    int r = -1, n = scandir(dir, &names, is_sql, alphasort);
    if (n < 0)
        return err_set(e, ERR_CONFIG, NULL, "MIGRATIONS_DIR %s cannot be read: %s", dir, strerror(errno));
    *out = (struct folder){ARENA_ARRAY(a, (size_t)n, struct file), n};
    for (int i = 0; i < n; i++) {
        struct file *f = &out->files[i];
        f->name = arena_strdup(a, names[i]->d_name);
        if (sscanf(f->name, "%4d_", &f->version) != 1 || strspn(f->name, "0123456789") != 4 || f->name[4] != '_') {
            err_set(e, ERR_CONFIG, NULL, "%s/%s: the name of a migration begins with four digits and _.", dir, f->name);
            goto out;
        }
        if (f->version != i + 1) {
            err_set(e, ERR_CONFIG, NULL, "%s: wanted migration %04d, found %s.", dir, i + 1, f->name);
            goto out;
        }
        if (read_sql(a, dir, f, e))
            goto out;
    }
    if (n != MIGRATE_VERSION)
        err_set(e, ERR_CONFIG, NULL, "%s holds migrations up to %d, but this program is written for %d.", dir, n,
                MIGRATE_VERSION);
    else
        r = 0;
out:
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return r;
}

/* A managed database may have the schema already and refuse us the right to make one: so look first. */
static int make_schema(struct db *db, struct arena *a, struct err *e)
{
    struct db_rows *r = db_query0(db, a, e, "select to_regnamespace('torrentclou') is not null");
    if (!r || (!db_bool(r, 0, 0) && db_script(db, "create schema torrentclou", e)))
        return -1;
    return db_script(db,
                     "create table if not exists torrentclou.schema_migrations (version int primary key, "
                     "name text not null, checksum text not null, applied_at timestamptz not null default now());"
                     "comment on table torrentclou.schema_migrations is "
                     "'Migrations that were applied, with the SHA-256 of their file'",
                     e);
}

/* What was applied must be the beginning of what we have. *n: how many that are. */
static int compare(struct db *db, struct arena *a, const struct folder *folder, int *n, struct err *e)
{
    struct db_rows *r =
        db_query0(db, a, e, "select version, name, checksum from torrentclou.schema_migrations order by version");
    if (!r)
        return -1;
    *n = db_count(r);
    for (int i = 0; i < *n; i++) {
        int64_t version = db_int(r, i, 0);
        if (version > folder->n)
            return err_set(e, ERR_CONFIG, "SchemaNewer",
                           "The database has schema version %lld, made by a newer release; this one knows %d. "
                           "Start the newer release again.",
                           (long long)db_int(r, *n - 1, 0), folder->n);
        if (version != i + 1)
            return err_set(e, ERR_CONFIG, "SchemaGap", "The database was never given migration %04d, but has %04lld.",
                           i + 1, (long long)version);
        if (strcmp(db_text(r, i, 2), folder->files[i].checksum) != 0)
            return err_set(e, ERR_CONFIG, "MigrationChanged",
                           "Migration %s was changed after it had been applied as %s. Restore the file; put the change "
                           "into a new one.",
                           folder->files[i].name, db_text(r, i, 1));
    }
    return 0;
}

/* One file and its row in one transaction, still on the connection that holds the lock. */
static int apply_one(struct db *db, struct arena *a, const struct file *f, int64_t session, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (db_connected_at(db) != session) {
        err_set(e, ERR_UNAVAILABLE, "DatabaseUnavailable",
                "The connection to PostgreSQL was lost, and the lock with it.");
        goto fail;
    }
    if (db_script(db, f->sql, e) ||
        !db_query(db, a, e, "insert into torrentclou.schema_migrations (version, name, checksum) values ($1, $2, $3)",
                  p_int(f->version), p_text(f->name), p_text(f->checksum)))
        goto fail;
    if (db_commit(db, e) == 0)
        return 0;
fail:
    db_rollback(db);
    return err_wrap(e, "%s", f->name);
}

int migrate_run(struct db *db, struct arena *a, const char *dir, bool apply, struct migrate_result *out, struct err *e)
{
    struct folder folder = {0};
    int done, from;
    int64_t session = db_connected_at(db);
    *out = (struct migrate_result){0};
    /* Without the right to apply, a database that has no table of ours yet must stay as it is. */
    if (read_folder(a, dir, &folder, e) || (apply && make_schema(db, a, e)) || migrate_applied(db, a, &from, e) ||
        (from && compare(db, a, &folder, &from, e)))
        return -1;
    for (done = from; apply && done < folder.n; done++) {
        const struct file *f = &folder.files[done];
        if (apply_one(db, a, f, session, e))
            return -1;
        log_info("migration applied", kv_int("Version", f->version), kv_str("Name", f->name));
    }
    *out = (struct migrate_result){.applied = done - from, .pending = folder.n - done};
    return 0;
}

/* One look; ERR_UNAVAILABLE when it is worth another. */
static int look(struct db *db, struct err *e)
{
    int version;
    struct arena *a = arena_new(1024);
    int r = migrate_applied(db, a, &version, e);
    arena_free(a);
    if (r || version == MIGRATE_VERSION)
        return r;
    if (version > MIGRATE_VERSION)
        return err_set(e, ERR_CONFIG, "SchemaNewer",
                       "The database has schema version %d, made by a newer release; this one knows %d.", version,
                       MIGRATE_VERSION);
    return err_set(e, ERR_UNAVAILABLE, "SchemaOlder",
                   "The database has schema version %d, this program needs %d: run torrentclou-admin migrate.", version,
                   MIGRATE_VERSION);
}

int migrate_wait(struct db *db, int64_t timeout_ms, struct err *e)
{
    int64_t began = clock_mono_ms(), log_at = began;
    struct err why = ERR_INIT;
    while (look(db, &why)) {
        int64_t now = clock_mono_ms();
        if (signals_stopping())
            return err_set(e, ERR_STOPPED, NULL, "A stop was asked for while waiting for the database.");
        if (why.class != ERR_UNAVAILABLE || (timeout_ms >= 0 && now - began >= timeout_ms)) {
            if (e)
                *e = why;
            return -1;
        }
        if (now >= log_at) {
            log_info("waiting for the database", kv_err(&why));
            log_at = now + WAIT_LOG_MS;
        }
        clock_sleep_ms(WAIT_POLL_MS);
    }
    return 0;
}
