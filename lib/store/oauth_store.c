#include "store/oauth_store.h"

#include "net/seal.h"

#define COLUMNS                                                                                                        \
    "c.id, c.name, c.client_id, c.redirect_uri, exists (select 1 from storage_profiles p where "                       \
    "p.oauth_credential_id = c.id and p.is_active), " US("c.created_at")

static const char secret_column[] = "oauth_credentials.client_secret_sealed";
static const char verifier_column[] = "oauth_states.verifier_sealed";

static void read_credential(const struct db_rows *r, int row, struct oauth_credential *c)
{
    *c = (struct oauth_credential){
        .id = db_int(r, row, 0),
        .name = db_text(r, row, 1),
        .client_id = db_text(r, row, 2),
        .redirect_uri = db_text(r, row, 3),
        .in_use = db_bool(r, row, 4),
        .created_at = db_int(r, row, 5),
    };
}

int oauth_credential_list(struct db *db, struct arena *a, int64_t user_id, struct oauth_credential **out, int *n,
                          struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e, "select " COLUMNS " from oauth_credentials c where c.user_id = $1 order by c.created_at, c.id",
        p_int(user_id));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct oauth_credential);
    for (int i = 0; i < *n; i++)
        read_credential(r, i, &(*out)[i]);
    return 0;
}

int oauth_credential_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct oauth_credential **out,
                         struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e, "select " COLUMNS " from oauth_credentials c where c.user_id = $1 and c.id = $2",
                 p_int(user_id), p_int(id));
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r)) {
        *out = ARENA_NEW(a, struct oauth_credential);
        read_credential(r, 0, *out);
    }
    return 0;
}

int oauth_credential_secret(struct db *db, struct arena *a, int64_t id, struct oauth_credential **out, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e, "select " COLUMNS ", c.client_secret_sealed from oauth_credentials c where c.id = $1", p_int(id));
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    struct oauth_credential *c = ARENA_NEW(a, struct oauth_credential);
    read_credential(r, 0, c);
    c->client_secret = seal_open(a, secret_column, id, db_text(r, 0, 6), e);
    if (!c->client_secret)
        return -1;
    *out = c;
    return 0;
}

int oauth_credential_keep(struct db *db, struct arena *a, int64_t id, const char *secret, struct err *e)
{
    return db_run(db, a, e, "update oauth_credentials set client_secret_sealed = $2 where id = $1", p_int(id),
                  p_text(seal_text(a, secret_column, id, secret)));
}

/* The row id is part of what is sealed, so the row must exist first; nobody sees it before the commit. */
static int save(struct db *db, struct arena *a, int64_t user_id, const struct oauth_credential *c, int64_t *id,
                struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "insert into oauth_credentials (user_id, name, client_id, client_secret_sealed, redirect_uri) "
                 "values ($1, $2, $3, '', $4) on conflict (user_id, client_id) do update set name = excluded.name, "
                 "redirect_uri = excluded.redirect_uri, updated_at = now() returning id",
                 p_int(user_id), p_text(c->name), p_text(c->client_id), p_text(c->redirect_uri));
    if (!r)
        return -1;
    *id = db_int(r, 0, 0);
    return oauth_credential_keep(db, a, *id, c->client_secret, e);
}

int oauth_credential_save(struct db *db, struct arena *a, int64_t user_id, const struct oauth_credential *c,
                          int64_t *id, struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (save(db, a, user_id, c, id, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

int oauth_credential_change(struct db *db, struct arena *a, int64_t user_id, int64_t id,
                            const struct oauth_credential *c, bool *found, struct err *e)
{
    const char *sealed = c->client_secret ? seal_text(a, secret_column, id, c->client_secret) : NULL;
    struct db_rows *r = db_query(db, a, e,
                                 "update oauth_credentials set name = coalesce($3, name), "
                                 "client_secret_sealed = coalesce($4, client_secret_sealed), "
                                 "redirect_uri = coalesce($5, redirect_uri), updated_at = now() "
                                 "where user_id = $1 and id = $2",
                                 p_int(user_id), p_int(id), p_text(c->name), p_text(sealed), p_text(c->redirect_uri));
    if (!r)
        return -1;
    *found = db_affected(r) > 0;
    return 0;
}

int oauth_credential_delete(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *found, bool *busy,
                            struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "with busy as (select exists (select 1 from storage_profiles where oauth_credential_id = $2 and is_active) "
        "as b), own as (select id from oauth_credentials where user_id = $1 and id = $2), "
        "gone as (delete from oauth_credentials where id = (select id from own) and not (select b from busy)) "
        "select exists (select 1 from own), b from busy",
        p_int(user_id), p_int(id));
    if (!r)
        return -1;
    *found = db_bool(r, 0, 0);
    *busy = *found && db_bool(r, 0, 1);
    return 0;
}

static int add_state(struct db *db, struct arena *a, const char *state_hash, const struct oauth_state *s,
                     int64_t life_s, struct err *e)
{
    /* What expired lately stays, so that who comes late is told so. */
    if (!db_query0(db, a, e, "delete from oauth_states where expires_at < now() - interval '1 hour'"))
        return -1;
    struct db_rows *r = db_query(
        db, a, e,
        "insert into oauth_states (state_hash, user_id, credential_id, profile_id, profile_name, set_default, "
        "verifier_sealed, nonce_hash, expires_at) "
        "values ($1, $2, $3, $4, $5, $6, '', $7, now() + make_interval(secs => $8::bigint)) returning id",
        p_text(state_hash), p_int(s->user_id), p_int(s->credential_id), p_opt_int(s->profile_id > 0, s->profile_id),
        p_text(s->profile_name), p_bool(s->set_default), p_text(s->nonce_hash), p_int(life_s));
    if (!r)
        return -1;
    int64_t id = db_int(r, 0, 0);
    return db_run(db, a, e, "update oauth_states set verifier_sealed = $2 where id = $1", p_int(id),
                  p_text(seal_text(a, verifier_column, id, s->verifier)));
}

int oauth_state_add(struct db *db, struct arena *a, const char *state_hash, const struct oauth_state *s, int64_t life_s,
                    struct err *e)
{
    if (db_begin(db, e))
        return -1;
    if (add_state(db, a, state_hash, s, life_s, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

int oauth_state_take(struct db *db, struct arena *a, const char *state_hash, struct oauth_state **out, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "delete from oauth_states where state_hash = $1 returning id, user_id, credential_id, profile_id, "
                 "profile_name, set_default, verifier_sealed, nonce_hash, expires_at <= now()",
                 p_text(state_hash));
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    struct oauth_state *s = ARENA_NEW(a, struct oauth_state);
    *s = (struct oauth_state){
        .user_id = db_int(r, 0, 1),
        .credential_id = db_int(r, 0, 2),
        .profile_id = db_int(r, 0, 3),
        .profile_name = db_text(r, 0, 4),
        .set_default = db_bool(r, 0, 5),
        .verifier = seal_open(a, verifier_column, db_int(r, 0, 0), db_text(r, 0, 6), e),
        .nonce_hash = db_text(r, 0, 7),
        .expired = db_bool(r, 0, 8),
    };
    if (!s->verifier)
        return -1;
    *out = s;
    return 0;
}
