#include "store/upload_store.h"

#include "base/fault.h"
#include "net/seal.h"
#include "store/phase_internal.h"
#include "store/rows.h"

#include <string.h>

#define COLUMNS                                                                                                        \
    "id, job_id, profile_id, file_index, remote_key, upload_id, part_size, part_count, state, " US(                    \
        "created_at") ", uri_sealed"

static const char *const states[] = {
    [SESSION_INIT] = "init",           [SESSION_OPEN] = "open",       [SESSION_ABORTING] = "aborting",
    [SESSION_COMPLETED] = "completed", [SESSION_ABORTED] = "aborted",
};

static const char uri_column[] = "upload_sessions.uri_sealed";

static int read_session(const struct db_rows *r, int row, struct arena *a, struct upload_session *s, struct err *e)
{
    const char *sealed = db_text(r, row, 10);
    s->id = db_int(r, row, 0);
    s->job_id = db_int(r, row, 1);
    s->profile_id = db_int(r, row, 2);
    s->file_index = (int)db_int(r, row, 3);
    s->remote_key = db_text(r, row, 4);
    s->upload_id = db_text(r, row, 5);
    s->part_size = db_int(r, row, 6);
    s->part_count = (int)db_int(r, row, 7);
    for (int i = SESSION_INIT; i <= SESSION_ABORTED; i++)
        if (!strcmp(db_text(r, row, 8), states[i]))
            s->state = (enum session_state)i;
    s->created_at = db_int(r, row, 9);
    s->uri = sealed ? seal_open(a, uri_column, s->id, sealed, e) : NULL;
    return sealed && !s->uri ? -1 : 0;
}

int upload_session_find(struct db *db, struct arena *a, int64_t job_id, int file_index, struct upload_session **out,
                        struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select " COLUMNS " from upload_sessions where job_id = $1 and file_index = $2 "
                                 "and state in ('init', 'open')",
                                 p_int(job_id), p_int(file_index));
    *out = NULL;
    if (!r)
        return -1;
    if (!db_count(r))
        return 0;
    *out = ARENA_NEW(a, struct upload_session);
    return read_session(r, 0, a, *out, e);
}

int upload_sessions_find(struct db *db, struct arena *a, int64_t job_id, const int *index, int n,
                         struct upload_session **out, struct err *e)
{
    int64_t *wanted = ARENA_ARRAY(a, (size_t)n, int64_t);
    for (int i = 0; i < n; i++)
        wanted[i] = index[i];
    struct db_rows *r = db_query(db, a, e,
                                 "select " COLUMNS " from upload_sessions where job_id = $1 and file_index in "
                                 "(select value::int from jsonb_array_elements_text($2::jsonb)) "
                                 "and state in ('init', 'open')",
                                 p_int(job_id), p_text(rows_numbers(a, wanted, n)));
    if (!r)
        return -1;
    for (int i = 0; i < n; i++) {
        out[i] = NULL;
        for (int row = 0; row < db_count(r) && !out[i]; row++)
            if (db_int(r, row, 3) == index[i]) {
                out[i] = ARENA_NEW(a, struct upload_session);
                if (read_session(r, row, a, out[i], e))
                    return -1;
            }
    }
    return 0;
}

int upload_session_create(struct db *db, struct arena *a, const struct lease *l, enum provider provider,
                          struct upload_session *s, struct err *e)
{
    FAULT("journal.row.commit.before");
    struct db_rows *r = db_query(
        db, a, e,
        "insert into upload_sessions (job_id, file_index, provider, profile_id, remote_key, part_size, "
        "part_count) select $1::int, $5, $6, $7, $8, $9, $10 where" FENCED_EXISTS "returning id, " US("created_at"),
        P_LEASE(l), p_int(s->file_index), p_text(provider_name(provider)), p_int(s->profile_id), p_text(s->remote_key),
        p_int(s->part_size), p_int(s->part_count));
    if (FAULT_AFTER("journal.row.commit.after", phase_affected(r, e)))
        return -1;
    s->id = db_int(r, 0, 0);
    s->job_id = l->job_id;
    s->created_at = db_int(r, 0, 1);
    s->state = SESSION_INIT;
    s->upload_id = NULL;
    return 0;
}

static void session_columns(struct jsonw *w, const void *row)
{
    const struct upload_session *s = row;
    jsonw_int(w, "i", s->file_index);
    jsonw_int(w, "p", s->profile_id);
    jsonw_str(w, "k", s->remote_key);
    jsonw_str(w, "u", s->upload_id);
    jsonw_int(w, "s", s->part_size);
    jsonw_int(w, "c", s->part_count);
}

int upload_sessions_open(struct db *db, struct arena *a, const struct lease *l, enum provider provider,
                         struct upload_session *s, int n, struct err *e)
{
    FAULT("journal.row.commit.before");
    struct db_rows *r =
        db_query(db, a, e,
                 "insert into upload_sessions (job_id, file_index, provider, profile_id, remote_key, part_size, "
                 "part_count, upload_id, state) select $1::int, x.i, $5, x.p, x.k, x.s, x.c, x.u, 'open' "
                 "from jsonb_to_recordset($6::jsonb) as x(i int, p int, k text, u text, s bigint, c int) "
                 "where" FENCED_EXISTS "returning id, file_index, " US("created_at"),
                 P_LEASE(l), p_text(provider_name(provider)), p_text(rows_json(a, s, n, sizeof *s, session_columns)));
    if (FAULT_AFTER("journal.row.commit.after", phase_affected(r, e)))
        return -1;
    for (int i = 0; i < n; i++)
        for (int row = 0; row < db_count(r); row++)
            if (db_int(r, row, 1) == s[i].file_index) {
                s[i].id = db_int(r, row, 0);
                s[i].job_id = l->job_id;
                s[i].created_at = db_int(r, row, 2);
                s[i].state = SESSION_OPEN;
            }
    return 0;
}

int upload_session_opened(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *upload_id,
                          struct err *e)
{
    FAULT("journal.id.commit.before");
    return FAULT_AFTER("journal.id.commit.after",
                       phase_run(db, a, l, e,
                                 "update upload_sessions set state = 'open', upload_id = $6, updated_at = now() "
                                 "where id = $5 and state = 'init' and" FENCED_EXISTS,
                                 p_int(id), p_text(upload_id)));
}

int upload_session_uri(struct db *db, struct arena *a, const struct lease *l, int64_t id, const char *uri,
                       struct err *e)
{
    FAULT("journal.uri.commit.before");
    return FAULT_AFTER("journal.uri.commit.after",
                       phase_run(db, a, l, e,
                                 "update upload_sessions set uri_sealed = $6, updated_at = now() "
                                 "where id = $5 and state = 'open' and" FENCED_EXISTS,
                                 p_int(id), p_text(uri ? seal_text(a, uri_column, id, uri) : NULL)));
}

int upload_session_closed(struct db *db, struct arena *a, const struct lease *l, int64_t id, enum session_state state,
                          struct err *e)
{
    FAULT("journal.closed.commit.before");
    if (!l)
        return db_run(db, a, e, "update upload_sessions set state = $2, updated_at = now() where id = $1", p_int(id),
                      p_text(states[state]));
    return FAULT_AFTER("journal.closed.commit.after",
                       phase_run(db, a, l, e,
                                 "update upload_sessions set state = $6, updated_at = now() where id = $5 "
                                 "and" FENCED_EXISTS,
                                 p_int(id), p_text(states[state])));
}

int upload_sessions_closed(struct db *db, struct arena *a, const struct lease *l, const int64_t *id, int n,
                           enum session_state state, struct err *e)
{
    FAULT("journal.closed.commit.before");
    return FAULT_AFTER("journal.closed.commit.after",
                       phase_run(db, a, l, e,
                                 "update upload_sessions set state = $6, updated_at = now() where id in "
                                 "(select value::bigint from jsonb_array_elements_text($5::jsonb)) "
                                 "and" FENCED_EXISTS,
                                 p_text(rows_numbers(a, id, n)), p_text(states[state])));
}

int upload_parts(struct db *db, struct arena *a, int64_t session_id, struct upload_part **out, int *n, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select part_number, size, md5, etag from upload_parts where session_id = $1 "
                                 "order by part_number",
                                 p_int(session_id));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct upload_part);
    for (int i = 0; i < *n; i++)
        (*out)[i] = (struct upload_part){(int)db_int(r, i, 0), db_int(r, i, 1), db_text(r, i, 2), db_text(r, i, 3)};
    return 0;
}

int upload_part_done(struct db *db, struct arena *a, const struct lease *l, int64_t session_id,
                     const struct upload_part *p, struct err *e)
{
    FAULT("journal.part.commit.before");
    return FAULT_AFTER("journal.part.commit.after",
                       phase_run(db, a, l, e,
                                 "insert into upload_parts (session_id, part_number, size, md5, etag) "
                                 "select $5::int, $6, $7, $8, $9 where" FENCED_EXISTS
                                 "on conflict (session_id, part_number) do update set size = excluded.size, "
                                 "md5 = excluded.md5, etag = excluded.etag, done_at = now()",
                                 p_int(session_id), p_int(p->number), p_int(p->size), p_text(p->md5), p_text(p->etag)));
}

int upload_part_lost(struct db *db, struct arena *a, const struct lease *l, int64_t session_id, int number,
                     struct err *e)
{
    return db_run(db, a, e, "delete from upload_parts where session_id = $5 and part_number = $6 and" FENCED_EXISTS,
                  P_LEASE(l), p_int(session_id), p_int(number));
}

int upload_session_ids(struct db *db, struct arena *a, const struct upload_session *s, const char ***out, int *n,
                       bool *unnamed, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "select s.upload_id, s.state = 'init' from upload_sessions s join storage_profiles p on p.id = s.profile_id "
        "where s.remote_key = $1 and s.id <> $2 and s.state in ('init', 'open', 'aborting') "
        "and p.settings->>'bucket' = (select o.settings->>'bucket' from storage_profiles o where o.id = $3)",
        p_text(s->remote_key), p_int(s->id), p_int(s->profile_id));
    if (!r)
        return -1;
    *n = 0;
    *unnamed = false;
    *out = ARENA_ARRAY(a, (size_t)db_count(r), const char *);
    for (int i = 0; i < db_count(r); i++) {
        if (db_text(r, i, 0))
            (*out)[(*n)++] = db_text(r, i, 0);
        else
            *unnamed = *unnamed || db_bool(r, i, 1);
    }
    return 0;
}

int upload_sessions_orphaned(struct db *db, struct arena *a, enum provider provider, int64_t keep_failed_ms, int limit,
                             struct upload_session **out, int *n, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "select s.id, s.job_id, s.profile_id, s.file_index, s.remote_key, s.upload_id, s.part_size, s.part_count, "
        "s.state, " US(
            "s.created_at") ", s.uri_sealed from upload_sessions s join jobs j on j.id = s.job_id "
                            "where s.provider = $1 and (s.state = 'aborting' and s.updated_at < now() - interval '10 "
                            "s' "
                            "or s.state in ('init', 'open') and (j.status in ('CANCELLED', 'COMPLETED') "
                            "or (j.status in ('FAILED', 'TORRENT_FAILED', 'UPLOAD_FAILED', 'GOOGLE_DRIVE_FAILED') "
                            "and j.completed_at < now() - make_interval(secs => $2::bigint / 1000.0)))) order by s.id "
                            "limit $3",
        p_text(provider_name(provider)), p_int(keep_failed_ms), p_int(limit));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct upload_session);
    for (int i = 0; i < *n; i++)
        if (read_session(r, i, a, &(*out)[i], e))
            return -1;
    return 0;
}
