#include "store/drive_store.h"

#include "base/fault.h"
#include "base/jsonw.h"
#include "net/json.h"
#include "net/seal.h"

#include <string.h>

static const char secret_column[] = "storage_profiles.secret_sealed";

enum { MAX_PLAIN = 16 * 1024 };

static const char *sealed(struct arena *a, int64_t id, const struct drive_tokens *t, struct err *e)
{
    struct buf plain = BUF_INIT(MAX_PLAIN);
    struct jsonw w = jsonw_to(&plain);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "refreshToken", t->refresh);
    jsonw_str(&w, "accessToken", t->access);
    jsonw_int(&w, "expiresAt", t->expires_s);
    jsonw_end(&w);
    const char *out = buf_ok(&plain) ? seal_text(a, secret_column, id, buf_str(&plain)) : NULL;
    buf_free(&plain);
    if (!out)
        err_set(e, ERR_REMOTE, "InvalidTokenResponse", "Google's tokens are too long.");
    return out;
}

static int opened(struct arena *a, struct drive_profile *p, struct err *e)
{
    const char *plain = seal_open(a, secret_column, p->id, p->version, e);
    struct json *root = plain ? json_parse(plain, strlen(plain), e) : NULL;
    if (!root)
        return -1;
    p->tokens.refresh = arena_strdup(a, json_str(json_get(root, "refreshToken")));
    p->tokens.access = arena_strdup(a, json_str(json_get(root, "accessToken")));
    if (!json_int(json_get(root, "expiresAt"), &p->tokens.expires_s))
        p->tokens.expires_s = 0;
    json_free(root);
    return 0;
}

/* What the database refused, in the words of the consent. */
static int explain(struct db *db, const struct drive_profile *p, struct err *e)
{
    const char *broken = db_constraint(db);
    if (!strcmp(broken, "storage_profiles_one_account"))
        return err_set(e, ERR_CONFLICT, "DuplicateEmail",
                       "This Google account (%s) is already connected to another profile.", p->email);
    if (!strcmp(broken, "storage_profiles_oauth_credential_id_fkey"))
        return err_set(e, ERR_NOT_FOUND, "CredentialNotFound", "OAuth credential not found");
    return -1;
}

int drive_keep_first(struct db *db, struct arena *a, int64_t id, const struct drive_tokens *t, struct err *e)
{
    const char *secret = sealed(a, id, t, e);
    if (!secret)
        return -1;
    return db_run(db, a, e, "update storage_profiles set secret_sealed = $2 where id = $1", p_int(id), p_text(secret));
}

static int create(struct db *db, struct arena *a, const struct drive_profile *p, bool set_default, int64_t *id,
                  struct err *e)
{
    /* The user's row is the lock of its default, and tells whether there is still a user. */
    struct db_rows *r = db_query(db, a, e,
                                 "select exists (select 1 from storage_profiles where user_id = u.id and is_default) "
                                 "from users u where u.id = $1 for no key update",
                                 p_int(p->user_id));
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return err_set(e, ERR_NOT_FOUND, "UserNotFound", "User not found.");
    bool first = !db_bool(r, 0, 0);
    if (set_default && !db_query(db, a, e,
                                 "update storage_profiles set is_default = false, updated_at = now() "
                                 "where user_id = $1 and is_default",
                                 p_int(p->user_id)))
        return -1;
    r = db_query(db, a, e,
                 "insert into storage_profiles (user_id, profile_name, provider_type, email, oauth_credential_id, "
                 "is_default) values ($1, $2, 'GoogleDrive', $3, $4, $5) returning id",
                 p_int(p->user_id), p_text(p->name), p_text(p->email), p_int(p->credential_id),
                 p_bool(set_default || first));
    if (!r)
        return explain(db, p, e);
    *id = db_int(r, 0, 0);
    return drive_keep_first(db, a, *id, &p->tokens, e);
}

int drive_create(struct db *db, struct arena *a, const struct drive_profile *p, bool set_default, int64_t *id,
                 struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (create(db, a, p, set_default, id, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

int drive_renew(struct db *db, struct arena *a, const struct drive_profile *p, struct err *e)
{
    const char *secret = sealed(a, p->id, &p->tokens, e);
    if (!secret)
        return -1;
    struct db_rows *r = db_query(db, a, e,
                                 "update storage_profiles set email = $3, secret_sealed = $4, needs_reauth = false, "
                                 "updated_at = now() where id = $1 and user_id = $2 and is_active",
                                 p_int(p->id), p_int(p->user_id), p_text(p->email), p_text(secret));
    if (!r)
        return explain(db, p, e);
    return db_affected(r) ? 0 : err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
}

int drive_read(struct db *db, struct arena *a, int64_t id, struct drive_profile **out, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select id, user_id, oauth_credential_id, profile_name, email, is_active, "
                                 "needs_reauth, secret_sealed, settings->>'folderId', settings->>'folderName', "
                                 "settings->>'driveId', settings->>'driveName' from storage_profiles "
                                 "where id = $1 and provider_type = 'GoogleDrive'",
                                 p_int(id));
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    struct drive_profile *p = ARENA_NEW(a, struct drive_profile);
    *p = (struct drive_profile){
        .id = db_int(r, 0, 0),
        .user_id = db_int(r, 0, 1),
        .credential_id = db_int(r, 0, 2),
        .name = db_text(r, 0, 3),
        .email = db_text(r, 0, 4),
        .is_active = db_bool(r, 0, 5),
        .needs_reauth = db_bool(r, 0, 6),
        .version = db_text(r, 0, 7),
        .place = {db_text(r, 0, 8), db_text(r, 0, 9), db_text(r, 0, 10), db_text(r, 0, 11)},
    };
    if (p->version && opened(a, p, e))
        return -1;
    *out = p;
    return 0;
}

int drive_lock(struct db *db, struct arena *a, int64_t id, int wait_ms, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (db_query(db, a, e, "select set_config('lock_timeout', $1, true)", p_text(arena_printf(a, "%d", wait_ms))) &&
        db_query(db, a, e, "select pg_advisory_xact_lock(hashtext('drive_token'), $1::int)", p_int(id)))
        return 0;
    db_rollback(db);
    return -1;
}

int drive_keep(struct db *db, struct arena *a, const struct drive_profile *p, struct err *e)
{
    const char *secret = sealed(a, p->id, &p->tokens, e);
    if (!secret)
        return -1;
    FAULT("drive.token.commit.before");
    struct db_rows *r =
        db_query(db, a, e, "update storage_profiles set secret_sealed = $3 where id = $1 and secret_sealed = $2",
                 p_int(p->id), p_text(p->version), p_text(secret));
    FAULT("drive.token.commit.after");
    return r ? 0 : -1;
}

int drive_refused(struct db *db, struct arena *a, const struct drive_profile *p, struct err *e)
{
    return db_run(db, a, e,
                  "update storage_profiles set needs_reauth = true, updated_at = now() "
                  "where id = $1 and secret_sealed = $2 and not needs_reauth",
                  p_int(p->id), p_text(p->version));
}

int drive_forget(struct db *db, struct arena *a, int64_t id, struct err *e)
{
    return db_run(db, a, e,
                  "update storage_profiles set secret_sealed = null where id = $1 and not is_active and "
                  "provider_type = 'GoogleDrive'",
                  p_int(id));
}

int drive_grant_shared(struct db *db, struct arena *a, int64_t id, bool *shared, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "select exists (select 1 from storage_profiles mine "
                 "join oauth_credentials c on c.id = mine.oauth_credential_id "
                 "join oauth_credentials same on same.client_id = c.client_id "
                 "join storage_profiles other on other.oauth_credential_id = same.id and other.id <> mine.id "
                 "and other.is_active and lower(other.email) = lower(mine.email) where mine.id = $1)",
                 p_int(id));
    if (!r)
        return -1;
    *shared = db_bool(r, 0, 0);
    return 0;
}
