#include "store/import_store.h"

#include "store/import_internal.h"
#include "store/job_store.h"

#include <string.h>

#define RECORD "replaced_product"

int import_sql(struct import *im, struct arena *a, const char *sql, struct err *e)
{
    return db_query0(im->to, a, e, sql) ? 0 : -1;
}

/* The catalogue is readable whatever our rights; a schema `dev` may be somebody else's. */
int import_present(struct db *from, struct arena *a, bool *present, struct err *e)
{
    struct db_rows *r = db_query0(from, a, e,
                                  "select count(*) = 2 from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                                  "where n.nspname = 'dev' and c.relkind = 'r' and c.relname in ('Users', 'UserJobs')");
    if (r)
        *present = db_bool(r, 0, 0);
    return r ? 0 : -1;
}

int import_possible(struct db *to, struct arena *a, bool *possible, struct err *e)
{
    struct db_rows *r = db_query0(to, a, e,
                                  "select not (exists (select from storage_profiles) or exists (select from "
                                  "oauth_credentials) or exists (select from torrents) or exists (select from jobs))");
    if (r)
        *possible = db_bool(r, 0, 0);
    return r ? 0 : -1;
}

int import_done(struct db *to, struct arena *a, bool *done, int64_t *last_job, struct err *e)
{
    struct db_rows *r =
        db_query0(to, a, e, "select (value::jsonb->>'lastJob')::bigint from settings where name = '" RECORD "'");
    if (!r)
        return -1;
    *done = db_count(r) > 0;
    *last_job = *done ? db_int(r, 0, 0) : 0;
    return 0;
}

int import_locked_out(struct db *to, struct arena *a, const char *admin, const char ***emails, int *n, struct err *e)
{
    struct db_rows *r =
        db_query(to, a, e, "select email from users where password_hash = '!' and email <> lower($1) order by id",
                 p_text(admin));
    if (!r)
        return -1;
    *n = db_count(r);
    *emails = ARENA_ARRAY(a, (size_t)*n, const char *);
    for (int i = 0; i < *n; i++)
        (*emails)[i] = db_text(r, i, 0);
    return 0;
}

/* The columns that its last migrations made tell whether it is the schema that we know. */
static int check_source(struct import *im, struct arena *a, struct err *e)
{
    struct db_rows *r = db_query0(
        im->from, a, e,
        "select count(*) filter (where table_name = 'UserJobs' and column_name = 'BytesUploaded') + count(*) filter "
        "(where table_name = 'UserStorageProfiles' and column_name = 'OAuthCredentialId') + count(*) filter (where "
        "table_name in ('UserOAuthCredentials', 'RequestedFiles', 'JobStatusHistories', 'S3SyncProgresses') and "
        "column_name = 'Id'), count(*) from information_schema.columns where table_schema = 'dev'");
    if (!r)
        return -1;
    if (db_int(r, 0, 1) == 0)
        return err_set(e, ERR_CONFIG, "ImportNothing",
                       "The database has no tables of the replaced product in a schema dev, or none that may be read.");
    if (db_int(r, 0, 0) != 6)
        return err_set(
            e, ERR_CONFIG, "ImportOlder",
            "The tables in the schema dev are of an older release of the replaced product, or not all there. "
            "Start its newest release once, which brings them up to date.");
    return 0;
}

static int check_target(struct import *im, struct arena *a, struct err *e)
{
    bool possible;
    if (import_possible(im->to, a, &possible, e))
        return -1;
    return possible ? 0
                    : err_set(e, ERR_CONFIG, "ImportNotEmpty",
                              "There is storage, or there are torrents or jobs, in this instance already. The data of "
                              "the replaced product keep their ids and are only taken over into an empty one.");
}

/* New rows get ids behind those of the old ones, also of the rows that are left out: their folders carry the numbers.
 */
static int restart_ids(struct import *im, struct arena *a, struct err *e)
{
    static const struct {
        const char *table;
        enum import_table from;
    } ids[] = {{"users", IMPORT_USERS},
               {"oauth_credentials", IMPORT_CREDENTIALS},
               {"storage_profiles", IMPORT_PROFILES},
               {"torrents", IMPORT_TORRENTS},
               {"jobs", IMPORT_JOBS}};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct db_rows *r = db_query0(im->to, a, e,
                                      arena_printf(a,
                                                   "select greatest((select max(id) from %s) + 1, "
                                                   "nextval(pg_get_serial_sequence('torrentclou.%s', 'id')))",
                                                   import_stages[ids[i].from].stage, ids[i].table));
        /* Not setval(): this is undone with the rest. */
        if (!r || import_sql(im, a,
                             arena_printf(a, "alter table %s alter column id restart with %lld", ids[i].table,
                                          (long long)db_int(r, 0, 0)),
                             e))
            return -1;
    }
    return 0;
}

static int count(struct import *im, struct arena *a, const char *const tables[IMPORT__MAX], int64_t *out[IMPORT__MAX],
                 struct err *e)
{
    for (int i = 0; i < IMPORT__MAX; i++) {
        struct db_rows *r = db_query0(im->to, a, e, arena_printf(a, "select count(*) from %s", tables[i]));
        if (!r)
            return -1;
        *out[i] = db_int(r, 0, 0);
    }
    return 0;
}

static int record(struct import *im, struct arena *a, struct err *e)
{
    return import_sql(im, a,
                      "insert into settings (name, value) select '" RECORD
                      "', jsonb_build_object('at', now(), 'lastJob', "
                      "(select coalesce(max(id), 0) from jobs), 'jobs', (select count(*) from jobs))::text "
                      "on conflict (name) do update set value = excluded.value",
                      e);
}

static int run(struct import *im, struct arena *a, struct import_count counts[IMPORT__MAX], struct err *e)
{
    static const char *const taken[IMPORT__MAX] = {"old_users", "oauth_credentials", "storage_profiles", "torrents",
                                                   "jobs",      "old_history",       "upload_sessions"};
    const char *stages[IMPORT__MAX];
    int64_t *n[2][IMPORT__MAX];
    for (int i = 0; i < IMPORT__MAX; i++) {
        counts[i] = (struct import_count){.table = import_stages[i].table};
        stages[i] = import_stages[i].stage;
        n[0][i] = &counts[i].found;
        n[1][i] = &counts[i].taken;
    }
    if (import_read(im, a, e) || count(im, a, stages, n[0], e) || restart_ids(im, a, e) || import_users(im, a, e) ||
        import_storage(im, a, e) || import_torrents(im, a, e) || import_jobs(im, a, e) || record(im, a, e))
        return -1;
    return count(im, a, taken, n[1], e);
}

static int begin(struct import *im, struct arena *a, struct err *e)
{
    if (db_begin(im->from, e) ||
        !db_query0(im->from, a, e, "set transaction isolation level repeatable read, read only") ||
        !db_query0(im->from, a, e, "set local statement_timeout = 0") || check_source(im, a, e) || db_begin(im->to, e))
        return -1;
    return import_sql(im, a, "set local statement_timeout = 0", e) || check_target(im, a, e) ? -1 : 0;
}

int import_run(struct db *to, struct db *from, struct arena *a, const struct import_hooks *hooks, bool dry,
               struct import_count counts[IMPORT__MAX], struct err *e)
{
    struct import im = {to, from, hooks};
    int r = begin(&im, a, e) || run(&im, a, counts, e) ? -1 : 0;
    db_rollback(from); /* nothing was written there */
    if (r == 0 && !dry)
        return db_commit(to, e);
    db_rollback(to);
    return r;
}
