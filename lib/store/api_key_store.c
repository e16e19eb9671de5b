#include "store/api_key_store.h"

int api_key_create(struct db *db, struct arena *a, struct api_key *key, const char *hash, int64_t days, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "insert into api_keys (user_id, name, prefix, key_hash, scopes, expires_at) "
                                 "select $1, $2, $3, $4, $5::jsonb, now() + make_interval(days => $6) "
                                 "where (select count(*) from api_keys where user_id = $1) < $7 "
                                 "returning id, " US("created_at") ", " US("expires_at"),
                                 p_int(key->user_id), p_text(key->name), p_text(key->prefix), p_text(hash),
                                 p_text(key->scopes_json), p_opt_int(days > 0, days), p_int(API_KEYS_MAX));
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return err_set(e, ERR_CONFLICT, "TooManyApiKeys", "There are %d API keys already; revoke one first.",
                       API_KEYS_MAX);
    key->id = db_int(r, 0, 0);
    key->created_at = db_int(r, 0, 1);
    key->expires_at = db_int(r, 0, 2);
    return 0;
}

int api_key_list(struct db *db, struct arena *a, int64_t user_id, struct api_key **out, int *n, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "select id, user_id, name, prefix, scopes, " US("created_at") ", " US("last_used_at") ", " US(
                     "expires_at") " from api_keys where user_id = $1 order by created_at desc, id desc",
                 p_int(user_id));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct api_key);
    for (int i = 0; i < *n; i++)
        (*out)[i] = (struct api_key){.id = db_int(r, i, 0),
                                     .user_id = db_int(r, i, 1),
                                     .name = db_text(r, i, 2),
                                     .prefix = db_text(r, i, 3),
                                     .scopes_json = db_text(r, i, 4),
                                     .created_at = db_int(r, i, 5),
                                     .last_used_at = db_int(r, i, 6),
                                     .expires_at = db_int(r, i, 7)};
    return 0;
}

int api_key_delete(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *found, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e, "delete from api_keys where user_id = $1 and id = $2", p_int(user_id), p_int(id));
    if (!r)
        return -1;
    *found = db_affected(r) > 0;
    return 0;
}

int api_key_use(struct db *db, struct arena *a, const char *hash, struct api_key **out, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e, "select id, user_id, email, full_name, scopes, " US("expires_at") " from api_key_use($1)",
                 p_text(hash));
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    *out = ARENA_NEW(a, struct api_key);
    **out = (struct api_key){.id = db_int(r, 0, 0),
                             .user_id = db_int(r, 0, 1),
                             .email = db_text(r, 0, 2),
                             .full_name = db_text(r, 0, 3),
                             .scopes_json = db_text(r, 0, 4),
                             .expires_at = db_int(r, 0, 5)};
    return 0;
}
