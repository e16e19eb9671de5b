#include "store/user_store.h"

#define COLUMNS "id, email, full_name, password_hash, seed_hash, token_version, is_admin"

static int one(struct db_rows *r, struct arena *a, struct user **out)
{
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    struct user *u = ARENA_NEW(a, struct user);
    u->id = db_int(r, 0, 0);
    u->email = db_text(r, 0, 1);
    u->full_name = db_text(r, 0, 2);
    u->password_hash = db_text(r, 0, 3);
    u->seed_hash = db_text(r, 0, 4);
    u->token_version = (int)db_int(r, 0, 5);
    u->is_admin = db_bool(r, 0, 6);
    *out = u;
    return 0;
}

int user_by_email(struct db *db, struct arena *a, const char *email, struct user **out, struct err *e)
{
    return one(db_query(db, a, e, "select " COLUMNS " from users where email = lower($1)", p_text(email)), a, out);
}

int user_by_id(struct db *db, struct arena *a, int64_t id, struct user **out, struct err *e)
{
    return one(db_query(db, a, e, "select " COLUMNS " from users where id = $1", p_int(id)), a, out);
}

int user_insert(struct db *db, struct arena *a, const char *email, const char *full_name, const char *password_hash,
                const char *seed_hash, bool is_admin, int64_t *id, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "insert into users (email, full_name, password_hash, seed_hash, is_admin) "
                 "values (lower($1), $2, $3, $4, $5) returning id",
                 p_text(email), p_text(full_name), p_text(password_hash), p_text(seed_hash), p_bool(is_admin));
    if (!r)
        return -1;
    *id = db_int(r, 0, 0);
    return 0;
}

int user_set_password(struct db *db, struct arena *a, int64_t id, const char *password_hash, const char *seed_hash,
                      struct err *e)
{
    return db_run(db, a, e,
                  "with ended as (delete from sessions where user_id = $1) "
                  "update users set password_hash = $2, seed_hash = coalesce($3, seed_hash), "
                  "is_admin = is_admin or $3 is not null, "
                  "token_version = token_version + 1, updated_at = now() where id = $1",
                  p_int(id), p_text(password_hash), p_text(seed_hash));
}
