/* Users, and where they send their files: credentials and profiles, whose secrets are plain text there. */
#include "store/drive_store.h"
#include "store/import_internal.h"
#include "store/oauth_store.h"
#include "store/profile_store.h"

#include <string.h>

/* Who is here already, by e-mail, stays as he is. Nobody knows a password for '!': one comes with ADMIN_PASSWORD. */
static const char insert_users[] =
    "insert into users (id, email, full_name, password_hash, created_at, updated_at) overriding system value "
    "select case when exists (select 1 from users u where u.id = o.id) then "
    "nextval(pg_get_serial_sequence('torrentclou.users', 'id')) else o.id end, "
    "o.email, o.fullname, '!', o.createdat, coalesce(o.updatedat, o.createdat) from old_users o "
    "where not exists (select 1 from old_users k where k.email = o.email and k.id < o.id) "
    "and not exists (select 1 from users u where u.email = o.email) order by o.id";

/* From here on user ids are ours. */
static int map_users(struct import *im, struct arena *a, struct err *e)
{
    static const struct {
        enum import_table table;
        const char *column;
    } owned[] = {{IMPORT_CREDENTIALS, "userid"},
                 {IMPORT_PROFILES, "userid"},
                 {IMPORT_TORRENTS, "uploadedbyuserid"},
                 {IMPORT_JOBS, "userid"}};
    if (import_sql(im, a, "update old_users o set newid = u.id from users u where u.email = o.email", e))
        return -1;
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) {
        const char *column = owned[i].column;
        if (import_sql(im, a,
                       arena_printf(a, "update %s set %s = (select u.newid from old_users u where u.id = %s)",
                                    import_stages[owned[i].table].stage, column, column),
                       e))
            return -1;
    }
    return 0;
}

int import_users(struct import *im, struct arena *a, struct err *e)
{
    return import_mend(im, a, IMPORT_USERS, IMPORT_USERS, e) || import_sql(im, a, insert_users, e) ||
                   map_users(im, a, e)
               ? -1
               : 0;
}

static int credentials(struct import *im, struct arena *a, struct err *e)
{
    /* The one that stays of several is the oldest: see the rule of ClientId. */
    if (import_sql(
            im, a,
            "update old_profiles p set oauthcredentialid = k.id from old_credentials c, old_credentials k "
            "where c.id = p.oauthcredentialid and k.id = (select min(s.id) from old_credentials s where s.userid "
            "= c.userid and s.clientid = c.clientid and coalesce(s.clientsecret, '') <> '')",
            e) ||
        import_mend(im, a, IMPORT_CREDENTIALS, IMPORT_CREDENTIALS, e) ||
        import_sql(im, a,
                   "insert into oauth_credentials (id, user_id, name, client_id, client_secret_sealed, redirect_uri, "
                   "created_at, updated_at) overriding system value select id, userid, "
                   "left(coalesce(nullif(btrim(name), ''), 'Google'), 255), clientid, '', coalesce(redirecturi, ''), "
                   "createdat, coalesce(updatedat, createdat) from old_credentials",
                   e))
        return -1;
    struct db_rows *r = db_query0(im->to, a, e, "select id, clientsecret from old_credentials order by id");
    if (!r)
        return -1;
    for (int i = 0; i < db_count(r); i++)
        if (oauth_credential_keep(im->to, a, db_int(r, i, 0), db_text(r, i, 1), e))
            return -1;
    return 0;
}

/* An access token is worth an hour at most: the first use gets a new one. */
static int keep_secret(struct import *im, struct arena *a, const struct db_rows *r, int i, struct err *e)
{
    const struct drive_tokens tokens = {.refresh = db_text(r, i, 2)};
    const struct profile_s3 s3 = {.endpoint = db_text(r, i, 3),
                                  .bucket = db_text(r, i, 4),
                                  .region = db_text(r, i, 5),
                                  .access_key = db_text(r, i, 6),
                                  .secret_key = db_text(r, i, 7),
                                  .path_style = true};
    if (!strcmp(db_text(r, i, 1), provider_name(PROVIDER_S3)))
        return profile_keep_s3(im->to, a, db_int(r, i, 0), &s3, e);
    return *tokens.refresh ? drive_keep_first(im->to, a, db_int(r, i, 0), &tokens, e) : 0;
}

#define TEXT(name) "left(coalesce(credentialsjson->>'" name "', ''), "

static int profiles(struct import *im, struct arena *a, struct err *e)
{
    if (import_mend(im, a, IMPORT_PROFILES, IMPORT_PROFILES, e) ||
        import_sql(im, a,
                   "insert into storage_profiles (id, user_id, profile_name, provider_type, email, is_default, "
                   "is_active, needs_reauth, oauth_credential_id, created_at, updated_at) overriding system value "
                   "select id, userid, btrim(profilename), providertype, email, isdefault, isactive, needsreauth, "
                   "oauthcredentialid, createdat, coalesce(updatedat, createdat) from old_profiles",
                   e))
        return -1;
    /* The limits are those of the rules: only a disconnected profile has longer ones. */
    /* clang-format would break these texts anywhere. */
    /* clang-format off */
    struct db_rows *r = db_query0(
        im->to, a, e,
        "select id, providertype, " TEXT("refreshtoken") "4096), " TEXT("endpoint") "500), "
        TEXT("bucketname") "255), " TEXT("region") "60), " TEXT("accesskey") "512), "
        TEXT("secretkey") "512) from old_profiles order by id");
    /* clang-format on */
    if (!r)
        return -1;
    for (int i = 0; i < db_count(r); i++)
        if (keep_secret(im, a, r, i, e))
            return -1;
    return 0;
}

int import_storage(struct import *im, struct arena *a, struct err *e)
{
    return credentials(im, a, e) || profiles(im, a, e) ? -1 : 0;
}
