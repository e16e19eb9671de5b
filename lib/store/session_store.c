#include "store/session_store.h"

int session_create(struct db *db, struct arena *a, int64_t user_id, const struct session_row *row, int64_t life_s,
                   int64_t *id, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "with expired as (delete from sessions where id in "
        "(select id from sessions where expires_at <= now() order by expires_at limit 1000)), "
        "pushed_out as (delete from sessions where id in (select id from sessions "
        "where user_id = $1 and kind = $2 and expires_at > now() order by created_at desc, id desc offset $6)) "
        "insert into sessions (user_id, kind, address, user_agent, expires_at) "
        "values ($1, $2, $3, $4, now() + make_interval(secs => $5)) returning id",
        p_int(user_id), p_text(row->browser ? "browser" : "token"), p_text(row->address), p_text(row->user_agent),
        p_int(life_s), p_int(SESSIONS_MAX - 1));
    if (!r)
        return -1;
    *id = db_int(r, 0, 0);
    return 0;
}

int session_list(struct db *db, struct arena *a, int64_t user_id, struct session_row **out, int *n, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "select id, kind = 'browser', address, user_agent, " US("created_at") ", " US("last_seen_at") ", " US(
                     "expires_at") " from sessions where user_id = $1 and expires_at > now() "
                                   "order by created_at desc, id desc",
                 p_int(user_id));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct session_row);
    for (int i = 0; i < *n; i++)
        (*out)[i] = (struct session_row){.id = db_int(r, i, 0),
                                         .browser = db_bool(r, i, 1),
                                         .address = db_text(r, i, 2),
                                         .user_agent = db_text(r, i, 3),
                                         .created_at = db_int(r, i, 4),
                                         .last_seen_at = db_int(r, i, 5),
                                         .expires_at = db_int(r, i, 6)};
    return 0;
}

int session_end(struct db *db, struct arena *a, int64_t user_id, int64_t id, bool *found, struct err *e)
{
    struct db_rows *r = db_query(db, a, e, "delete from sessions where user_id = $1 and id = $2 and expires_at > now()",
                                 p_int(user_id), p_int(id));
    if (!r)
        return -1;
    *found = db_affected(r) > 0;
    return 0;
}

int session_end_others(struct db *db, struct arena *a, int64_t user_id, int64_t keep, int64_t *n, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "with gone as (delete from sessions where user_id = $1 and id <> $2 returning expires_at) "
                 "select count(*) filter (where expires_at > now()) from gone",
                 p_int(user_id), p_int(keep));
    if (!r)
        return -1;
    *n = db_int(r, 0, 0);
    return 0;
}

/* The functions are called only when there is something for them to do: one in PL/pgSQL costs more than all the rest.
 */
void session_require(struct db *db, int64_t id, int64_t user_id, int64_t version)
{
    const struct db_param params[] = {p_int(id), p_int(user_id), p_int(version)};
    db_require(
        db,
        "select coalesce((select case when s.last_seen_at < now() - interval '5 minutes' then session_seen(s.id) "
        "else true end from sessions s join users u on u.id = s.user_id where s.id = $1 and s.user_id = $2 "
        "and s.expires_at > now() and u.token_version = $3), session_refused())",
        params, 3);
}
