/* Out of the replaced product's database, as it is. */
#include "store/import_internal.h"

enum { BATCH_ROWS = 200 };

/* `Files` of RequestedFiles is left there: the .torrent knows them, and their sizes. */
const struct import_stage import_stages[IMPORT__MAX] = {
    [IMPORT_USERS] = {"Users", "old_users",
                      "id int, email text, fullname text, createdat timestamptz, updatedat timestamptz", "newid int"},
    [IMPORT_CREDENTIALS] = {"UserOAuthCredentials", "old_credentials",
                            "id int, userid int, name text, clientid text, clientsecret text, redirecturi text, "
                            "createdat timestamptz, updatedat timestamptz",
                            NULL},
    [IMPORT_PROFILES] = {"UserStorageProfiles", "old_profiles",
                         "id int, userid int, profilename text, providertype text, email text, credentialsjson jsonb, "
                         "isdefault bool, isactive bool, needsreauth bool, oauthcredentialid int, "
                         "createdat timestamptz, updatedat timestamptz",
                         NULL},
    [IMPORT_TORRENTS] = {"RequestedFiles", "old_torrents",
                         "id int, filename text, filesize bigint, infohash text, uploadedbyuserid int, "
                         "createdat timestamptz, updatedat timestamptz",
                         NULL},
    [IMPORT_JOBS] = {"UserJobs", "old_jobs",
                     "id int, userid int, storageprofileid int, status text, type text, requestfileid int, "
                     "errormessage text, currentstate text, startedat timestamptz, completedat timestamptz, "
                     "lastheartbeat timestamptz, bytesdownloaded bigint, bytesuploaded bigint, totalbytes bigint, "
                     "selectedfilepaths jsonb, createdat timestamptz, updatedat timestamptz",
                     "was text"},
    [IMPORT_HISTORY] = {"JobStatusHistories", "old_history",
                        "id int, jobid int, fromstatus text, tostatus text, source text, errormessage text, "
                        "metadatajson jsonb, changedat timestamptz, createdat timestamptz",
                        NULL},
    [IMPORT_UPLOADS] = {"S3SyncProgresses", "old_uploads",
                        "id int, jobid int, s3key text, uploadid text, partsize bigint, totalparts int, status text, "
                        "createdat timestamptz",
                        NULL},
};

/* A batch comes as one JSON array, which keeps every type; its names in lower case, which needs no quotes here. */
static int read_table(struct import *im, const struct import_stage *s, struct arena *a, struct err *e)
{
    const char *select = arena_printf(
        a,
        "select max(b.id), jsonb_agg(b.r) from (select t.\"Id\" as id, (select jsonb_object_agg(lower(m.key), m.value) "
        "from jsonb_each(to_jsonb(t) - 'Files') m) as r from dev.\"%s\" t where t.\"Id\" > $1 order by t.\"Id\" limit "
        "%d) b",
        s->table, BATCH_ROWS);
    const char *insert =
        arena_printf(a, "insert into %s select x.* from jsonb_to_recordset($1::jsonb) as x(%s)", s->stage, s->columns);
    struct arena *batch = arena_new(0);
    int rc = 0;
    for (int64_t last = INT32_MIN;; arena_reset(batch)) {
        struct db_rows *r = db_query(im->from, batch, e, select, p_int(last));
        rc = r ? 0 : -1;
        if (!r || db_null(r, 0, 0))
            break;
        last = db_int(r, 0, 0);
        if (!db_query(im->to, batch, e, insert, p_text(db_text(r, 0, 1)))) {
            rc = -1;
            break;
        }
    }
    arena_free(batch);
    return rc ? err_wrap(e, "dev.\"%s\"", s->table) : 0;
}

int import_read(struct import *im, struct arena *a, struct err *e)
{
    for (int i = 0; i < IMPORT__MAX; i++) {
        const struct import_stage *s = &import_stages[i];
        const char *create = arena_printf(a, "create temp table %s (%s%s%s) on commit drop", s->stage, s->columns,
                                          s->ours ? ", " : "", s->ours ? s->ours : "");
        if (import_sql(im, a, create, e) || read_table(im, s, a, e))
            return -1;
    }
    return 0;
}
