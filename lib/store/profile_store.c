#include "store/profile_store.h"

#include "base/jsonw.h"
#include "net/json.h"
#include "net/seal.h"

#include <string.h>

#define COLUMNS                                                                                                        \
    "id, user_id, profile_name, email, provider_type = 'S3', is_default, is_active, needs_reauth, "                    \
    "provider_type = 'S3' or secret_sealed is not null, settings->>'endpoint', settings->>'bucket', "                  \
    "settings->>'region', coalesce((settings->>'pathStyle')::boolean, true), " US("created_at") ", " US(               \
        "updated_at") ", oauth_credential_id, (select c.name from oauth_credentials c where c.id = "                   \
                      "oauth_credential_id)"

static const char secret_column[] = "storage_profiles.secret_sealed";

static const struct {
    const char *name, *queue;
} providers[] = {
    [PROVIDER_GOOGLE_DRIVE] = {"GoogleDrive", "googledrive"},
    [PROVIDER_S3] = {"S3", "s3"},
};

const char *provider_name(enum provider p)
{
    return providers[p].name;
}

const char *provider_queue(enum provider p)
{
    return providers[p].queue;
}

static void read_profile(const struct db_rows *r, int row, struct profile *p)
{
    p->id = db_int(r, row, 0);
    p->user_id = db_int(r, row, 1);
    p->name = db_text(r, row, 2);
    p->email = db_text(r, row, 3);
    p->provider = db_bool(r, row, 4) ? PROVIDER_S3 : PROVIDER_GOOGLE_DRIVE;
    p->is_default = db_bool(r, row, 5);
    p->is_active = db_bool(r, row, 6);
    p->needs_reauth = db_bool(r, row, 7);
    p->is_configured = db_bool(r, row, 8);
    p->endpoint = db_text(r, row, 9);
    p->bucket = db_text(r, row, 10);
    p->region = db_text(r, row, 11);
    p->path_style = db_bool(r, row, 12);
    p->created_at = db_int(r, row, 13);
    p->updated_at = db_int(r, row, 14);
    p->credential_id = db_int(r, row, 15);
    p->credential_name = db_text(r, row, 16);
}

int profile_list(struct db *db, struct arena *a, int64_t user_id, struct profile **out, int *n, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select " COLUMNS " from storage_profiles where user_id = $1 and is_active "
                                 "order by is_default desc, created_at, id",
                                 p_int(user_id));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct profile);
    for (int i = 0; i < *n; i++)
        read_profile(r, i, &(*out)[i]);
    return 0;
}

int profile_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct profile **out, struct err *e)
{
    struct db_rows *r = db_query(db, a, e, "select " COLUMNS " from storage_profiles where user_id = $1 and id = $2",
                                 p_int(user_id), p_int(id));
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r)) {
        *out = ARENA_NEW(a, struct profile);
        read_profile(r, 0, *out);
    }
    return 0;
}

static int make_default(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    /* Two statements: the unique index "one default per user" is checked row by row. */
    if (!db_query(db, a, e,
                  "update storage_profiles set is_default = false, updated_at = now() "
                  "where user_id = $1 and is_default and id <> $2",
                  p_int(user_id), p_int(id)))
        return -1;
    struct db_rows *r = db_query(db, a, e,
                                 "update storage_profiles set is_default = true, updated_at = now() "
                                 "where user_id = $1 and id = $2 and is_active",
                                 p_int(user_id), p_int(id));
    if (!r)
        return -1;
    /* Without this a wrong id would leave the user with no default at all. */
    return db_affected(r) ? 0 : err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found.");
}

static int insert_s3(struct db *db, struct arena *a, int64_t user_id, const struct profile_s3 *s3, int64_t *id,
                     struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "insert into storage_profiles (user_id, profile_name, provider_type, settings) "
                                 "values ($1, $2, 'S3', jsonb_build_object('endpoint', $3::text, 'bucket', $4::text, "
                                 "'region', $5::text, 'pathStyle', $6::boolean)) returning id",
                                 p_int(user_id), p_text(s3->name), p_text(s3->endpoint), p_text(s3->bucket),
                                 p_text(s3->region), p_bool(s3->path_style));
    if (!r)
        return -1;
    *id = db_int(r, 0, 0);
    struct buf plain = BUF_INIT(4096);
    struct jsonw w = jsonw_to(&plain);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "accessKey", s3->access_key);
    jsonw_str(&w, "secretKey", s3->secret_key);
    jsonw_end(&w);
    /* The row id is part of what is sealed, so it must exist first. */
    const char *sealed = buf_ok(&plain) ? seal_text(a, secret_column, *id, buf_str(&plain)) : NULL;
    buf_free(&plain);
    if (!sealed)
        return err_set(e, ERR_INPUT, "InvalidS3Config", "The S3 keys are too long.");
    return db_query(db, a, e, "update storage_profiles set secret_sealed = $2 where id = $1", p_int(*id),
                    p_text(sealed))
               ? 0
               : -1;
}

int profile_create_s3(struct db *db, struct arena *a, int64_t user_id, const struct profile_s3 *s3, bool set_default,
                      int64_t *id, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (insert_s3(db, a, user_id, s3, id, e) || (set_default && make_default(db, a, user_id, *id, e))) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

int profile_s3_secret(struct db *db, struct arena *a, int64_t id, struct profile_s3 *out, bool *is_active,
                      struct err *e)
{
    *out = (struct profile_s3){0};
    struct db_rows *r =
        db_query(db, a, e,
                 "select profile_name, settings->>'endpoint', settings->>'bucket', "
                 "settings->>'region', coalesce((settings->>'pathStyle')::boolean, true), "
                 "secret_sealed, is_active from storage_profiles where id = $1 and provider_type = 'S3'",
                 p_int(id));
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    const char *sealed = db_text(r, 0, 5);
    const char *plain = seal_open(a, secret_column, id, sealed ? sealed : "", e);
    if (!plain)
        return -1;
    struct json *secret = json_parse(plain, strlen(plain), e);
    if (!secret)
        return -1;
    out->access_key = arena_strdup(a, json_str(json_get(secret, "accessKey")));
    out->secret_key = arena_strdup(a, json_str(json_get(secret, "secretKey")));
    json_free(secret);
    out->name = db_text(r, 0, 0);
    out->endpoint = db_text(r, 0, 1);
    out->bucket = db_text(r, 0, 2);
    out->region = db_text(r, 0, 3);
    out->path_style = db_bool(r, 0, 4);
    *is_active = db_bool(r, 0, 6);
    return 0;
}

int profile_set_default(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (make_default(db, a, user_id, id, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

int profile_deactivate(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *busy, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "with busy as (select exists (select 1 from jobs j where j.storage_profile_id = $2 and j.status in "
        "('QUEUED', 'DOWNLOADING', 'PENDING_UPLOAD', 'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', 'UPLOAD_RETRY')) as b), "
        "done as (update storage_profiles set is_active = false, is_default = false, updated_at = now() "
        "where user_id = $1 and id = $2 and not (select b from busy)) select b from busy",
        p_int(user_id), p_int(id));
    if (!r)
        return -1;
    *busy = db_bool(r, 0, 0);
    return 0;
}

int profile_set_needs_reauth(struct db *db, struct arena *a, int64_t id, bool needs, struct err *e)
{
    return db_query(db, a, e, "update storage_profiles set needs_reauth = $2, updated_at = now() where id = $1",
                    p_int(id), p_bool(needs))
               ? 0
               : -1;
}
