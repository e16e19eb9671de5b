#include "store/profile_store.h"

#include "base/jsonw.h"
#include "net/json.h"
#include "net/seal.h"

#include <string.h>

/* The times come last: US() ends a string. */
#define COLUMNS                                                                                                        \
    "id, user_id, profile_name, email, provider_type = 'S3', is_default, is_active, needs_reauth, "                    \
    "provider_type = 'S3' or secret_sealed is not null, settings->>'endpoint', settings->>'bucket', "                  \
    "settings->>'region', coalesce((settings->>'pathStyle')::boolean, true), oauth_credential_id, "                    \
    "(select c.name from oauth_credentials c where c.id = oauth_credential_id), coalesce(check_ok, false), "           \
    "check_message, settings->>'preset', coalesce(settings->>'keyMask', '****'), "                                     \
    "settings->>'caCertificate' is not null, coalesce((settings->>'clockOffsetS')::int, 0), " OPTIONS ", " FOLDER      \
    ", " TIMES

/* See read_options(). */
#define OPTIONS                                                                                                        \
    "settings->>'pathTemplate', settings->>'storageClass', settings->>'sse', settings->>'sseKmsKeyId', "               \
    "settings->>'acl', settings->>'conditional'"

#define FOLDER "settings->>'folderId', settings->>'folderName', settings->>'driveId', settings->>'driveName'"

#define TIMES US("created_at") ", " US("updated_at") ", " US("checked_at")

/* Jobs that will still write to profile $2. */
#define ACTIVE_JOBS                                                                                                    \
    "exists (select 1 from jobs j where j.storage_profile_id = $2 and j.status in ('QUEUED', 'DOWNLOADING', "          \
    "'PENDING_UPLOAD', 'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', 'UPLOAD_RETRY'))"

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

/* The columns of OPTIONS, from the one with this number. */
static void read_options(const struct db_rows *r, int row, int at, struct profile_s3_options *o,
                         const char **conditional)
{
    *o = (struct profile_s3_options){.path_template = db_text(r, row, at),
                                     .storage_class = db_text(r, row, at + 1),
                                     .sse = db_text(r, row, at + 2),
                                     .sse_kms_key_id = db_text(r, row, at + 3),
                                     .acl = db_text(r, row, at + 4)};
    *conditional = db_text(r, row, at + 5);
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
    p->credential_id = db_int(r, row, 13);
    p->credential_name = db_text(r, row, 14);
    p->check_ok = db_bool(r, row, 15);
    p->check_message = db_text(r, row, 16);
    p->preset = db_text(r, row, 17);
    p->key_mask = db_text(r, row, 18);
    p->has_ca_certificate = db_bool(r, row, 19);
    p->clock_offset_s = (int)db_int(r, row, 20);
    read_options(r, row, 21, &p->options, &p->conditional);
    p->place = (struct drive_place){db_text(r, row, 27), db_text(r, row, 28), db_text(r, row, 29), db_text(r, row, 30)};
    p->created_at = db_int(r, row, 31);
    p->updated_at = db_int(r, row, 32);
    p->checked_at = db_int(r, row, 33);
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

/* Whoever changes which profile is the default holds this lock: of two at once, one comes after the other. */
static int lock_user(struct db *db, struct arena *a, int64_t user_id, struct err *e)
{
    return db_run(db, a, e, "select 1 from users where id = $1 for no key update", p_int(user_id));
}

/* In a transaction that holds lock_user(). */
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

/* Enough of an access key to tell it from another, and not enough to use. */
static const char *mask_key(struct arena *a, const char *key)
{
    size_t n = strlen(key);
    return n < 12 ? "****" : arena_printf(a, "%.4s...%s", key, key + n - 4);
}

static const char *seal_keys(struct arena *a, int64_t id, const struct profile_s3 *s3, struct err *e)
{
    struct buf plain = BUF_INIT(4096);
    struct jsonw w = jsonw_to(&plain);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "accessKey", s3->access_key);
    jsonw_str(&w, "secretKey", s3->secret_key);
    jsonw_end(&w);
    const char *sealed = buf_ok(&plain) ? seal_text(a, secret_column, id, buf_str(&plain)) : NULL;
    buf_free(&plain);
    if (!sealed)
        err_set(e, ERR_INPUT, "InvalidS3Config", "The S3 keys are too long.");
    return sealed;
}

/* The profile's settings as JSON; the statements strip the nulls. */
static const char *settings_of(struct arena *a, const struct profile_s3 *s3, struct err *e)
{
    struct buf b = BUF_INIT(BUF_MAX_REQUEST_JSON);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "endpoint", s3->endpoint);
    jsonw_str(&w, "bucket", s3->bucket);
    jsonw_str(&w, "region", s3->region);
    jsonw_bool(&w, "pathStyle", s3->path_style);
    jsonw_str(&w, "preset", s3->preset);
    jsonw_str(&w, "caCertificate", s3->ca_certificate);
    jsonw_int_or_null(&w, "clockOffsetS", s3->clock_offset_s != 0, s3->clock_offset_s);
    jsonw_str(&w, "keyMask", mask_key(a, s3->access_key));
    jsonw_str(&w, "pathTemplate", s3->options.path_template);
    jsonw_str(&w, "storageClass", s3->options.storage_class);
    jsonw_str(&w, "sse", s3->options.sse);
    jsonw_str(&w, "sseKmsKeyId", s3->options.sse_kms_key_id);
    jsonw_str(&w, "acl", s3->options.acl);
    jsonw_str(&w, "conditional", s3->conditional);
    jsonw_end(&w);
    const char *text = buf_ok(&b) ? arena_strdup(a, buf_str(&b)) : NULL;
    buf_free(&b);
    if (!text)
        err_set(e, ERR_INPUT, "InvalidS3Config", "The S3 settings are too long.");
    return text;
}

/* The row id is part of what is sealed, so the row must exist first. */
int profile_keep_s3(struct db *db, struct arena *a, int64_t id, const struct profile_s3 *s3, struct err *e)
{
    const char *settings = settings_of(a, s3, e), *sealed = settings ? seal_keys(a, id, s3, e) : NULL;
    if (!sealed)
        return -1;
    return db_run(db, a, e,
                  "update storage_profiles set settings = jsonb_strip_nulls($2), secret_sealed = $3 where id = $1",
                  p_int(id), p_text(settings), p_text(sealed));
}

static int insert_s3(struct db *db, struct arena *a, int64_t user_id, const struct profile_s3 *s3, int64_t *id,
                     struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "insert into storage_profiles (user_id, profile_name, provider_type) values ($1, $2, 'S3') returning id",
        p_int(user_id), p_text(s3->name));
    if (!r)
        return -1;
    *id = db_int(r, 0, 0);
    return profile_keep_s3(db, a, *id, s3, e);
}

int profile_create_s3(struct db *db, struct arena *a, int64_t user_id, const struct profile_s3 *s3,
                      const struct profile_check *check, bool set_default, int64_t *id, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (lock_user(db, a, user_id, e) || insert_s3(db, a, user_id, s3, id, e) ||
        (check && profile_checked(db, a, *id, check, e)) || (set_default && make_default(db, a, user_id, *id, e))) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

static int changed_one(const struct db_rows *r, struct err *e)
{
    if (!r)
        return -1;
    return db_affected(r) ? 0 : err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
}

int profile_rename(struct db *db, struct arena *a, int64_t user_id, int64_t id, const char *name, struct err *e)
{
    return changed_one(db_query(db, a, e,
                                "update storage_profiles set profile_name = $3, updated_at = now() "
                                "where user_id = $1 and id = $2 and is_active",
                                p_int(user_id), p_int(id), p_text(name)),
                       e);
}

int profile_change_s3(struct db *db, struct arena *a, int64_t user_id, int64_t id, const struct profile_s3 *s3,
                      const struct profile_check *check, bool moves, bool *busy, struct err *e)
{
    const char *sealed = seal_keys(a, id, s3, e), *settings = settings_of(a, s3, e);
    if (!sealed || !settings)
        return -1;
    struct db_rows *r = db_query(
        db, a, e,
        "with busy as (select $7 and " ACTIVE_JOBS " as b), "
        "done as (update storage_profiles set profile_name = $3, settings = jsonb_strip_nulls($4), secret_sealed = $5, "
        "checked_at = case when $6::boolean is not null then now() end, check_ok = $6, check_message = $8, "
        "updated_at = now() where user_id = $1 and id = $2 and provider_type = 'S3' and is_active "
        "and not (select b from busy) returning 1) select b, exists (select 1 from done) from busy",
        p_int(user_id), p_int(id), p_text(s3->name), p_text(settings), p_text(sealed),
        check ? p_bool(check->ok) : p_null, p_bool(moves), check ? p_text(check->message) : p_null);
    if (!r)
        return -1;
    *busy = db_bool(r, 0, 0);
    return *busy || db_bool(r, 0, 1) ? 0 : err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
}

int profile_change_place(struct db *db, struct arena *a, int64_t user_id, int64_t id, const struct drive_place *place,
                         bool *busy, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "with busy as (select " ACTIVE_JOBS " as b), "
        "done as (update storage_profiles set settings = (settings - "
        "'{folderId,folderName,driveId,driveName}'::text[]) "
        "|| jsonb_strip_nulls(jsonb_build_object('folderId', $3::text, 'folderName', $4::text, 'driveId', $5::text, "
        "'driveName', $6::text)), checked_at = null, check_ok = null, check_message = null, updated_at = now() "
        "where user_id = $1 and id = $2 and provider_type = 'GoogleDrive' and is_active "
        "and not (select b from busy) returning 1) select b, exists (select 1 from done) from busy",
        p_int(user_id), p_int(id), p_text(place->folder_id), p_text(place->folder_name), p_text(place->drive_id),
        p_text(place->drive_name));
    if (!r)
        return -1;
    *busy = db_bool(r, 0, 0);
    return *busy || db_bool(r, 0, 1) ? 0 : err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
}

int profile_busy(struct db *db, struct arena *a, int64_t id, bool *busy, struct err *e)
{
    struct db_rows *r = db_query(db, a, e, "select $1::int is not null and " ACTIVE_JOBS, p_int(id), p_int(id));
    if (r)
        *busy = db_bool(r, 0, 0);
    return r ? 0 : -1;
}

int profile_checked(struct db *db, struct arena *a, int64_t id, const struct profile_check *check, struct err *e)
{
    return db_run(db, a, e,
                  "update storage_profiles set checked_at = now(), check_ok = $2, check_message = $3 where id = $1",
                  p_int(id), p_bool(check->ok), p_text(check->message));
}

int profile_found_way(struct db *db, struct arena *a, int64_t id, const struct profile_way *was,
                      const struct profile_way *now, struct err *e)
{
    return db_run(db, a, e,
                  "update storage_profiles set settings = jsonb_strip_nulls(settings || jsonb_build_object("
                  "'endpoint', $4::text, 'region', $5::text, 'pathStyle', $6::boolean, "
                  "'clockOffsetS', nullif($7::int, 0), 'conditional', coalesce($8, settings->>'conditional'))) "
                  "where id = $1 and settings->>'endpoint' = $2 and coalesce(settings->>'region', '') = $3",
                  p_int(id), p_text(was->endpoint), p_text(was->region), p_text(now->endpoint), p_text(now->region),
                  p_bool(now->path_style), p_int(now->clock_offset_s), p_text(now->conditional));
}

int profile_s3_secret(struct db *db, struct arena *a, int64_t id, struct profile_s3 *out, bool *is_active,
                      struct err *e)
{
    *out = (struct profile_s3){0};
    struct db_rows *r = db_query(
        db, a, e,
        "select profile_name, settings->>'endpoint', settings->>'bucket', "
        "settings->>'region', coalesce((settings->>'pathStyle')::boolean, true), secret_sealed, is_active, "
        "settings->>'preset', settings->>'caCertificate', coalesce((settings->>'clockOffsetS')::int, 0), " OPTIONS " "
        "from storage_profiles where id = $1 and provider_type = 'S3'",
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
    out->preset = db_text(r, 0, 7);
    out->ca_certificate = db_text(r, 0, 8);
    out->clock_offset_s = (int)db_int(r, 0, 9);
    read_options(r, 0, 10, &out->options, &out->conditional);
    return 0;
}

int profile_set_default(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (lock_user(db, a, user_id, e) || make_default(db, a, user_id, id, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

/* The default has gone: the oldest of the others, if there is one. */
static int choose_successor(struct db *db, struct arena *a, int64_t user_id, struct err *e)
{
    return db_run(db, a, e,
                  "update storage_profiles set is_default = true, updated_at = now() where id = "
                  "(select id from storage_profiles where user_id = $1 and is_active order by created_at, id limit 1)",
                  p_int(user_id));
}

static int deactivate(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *busy, struct err *e)
{
    if (lock_user(db, a, user_id, e))
        return -1;
    struct db_rows *r =
        db_query(db, a, e,
                 "with busy as (select " ACTIVE_JOBS " as b), was as (select is_default from storage_profiles "
                 "where user_id = $1 and id = $2), done as (update storage_profiles set is_active = false, "
                 "is_default = false, updated_at = now() where user_id = $1 and id = $2 and not (select b from busy)) "
                 "select b, coalesce((select is_default from was), false) from busy",
                 p_int(user_id), p_int(id));
    if (!r)
        return -1;
    *busy = db_bool(r, 0, 0);
    return !*busy && db_bool(r, 0, 1) ? choose_successor(db, a, user_id, e) : 0;
}

int profile_deactivate(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *busy, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (deactivate(db, a, user_id, id, busy, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

int profile_set_needs_reauth(struct db *db, struct arena *a, int64_t id, bool needs, struct err *e)
{
    return db_run(db, a, e, "update storage_profiles set needs_reauth = $2, updated_at = now() where id = $1",
                  p_int(id), p_bool(needs));
}
