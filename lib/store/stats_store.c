#include "store/stats_store.h"

#include "base/jsonw.h"
#include "store/phase_internal.h"

#include <string.h>

static enum job_phase phase_of(const char *name)
{
    return strcmp(name, job_phase_name(PHASE_DOWNLOAD)) == 0 ? PHASE_DOWNLOAD : PHASE_UPLOAD;
}

int stats_read(struct db *db, struct arena *a, struct stats *out, struct err *e)
{
    struct db_rows *r = db_query0(
        db, a, e,
        "select null, status, count(*), 0, (select" RESERVED_BYTES ") from jobs group by status union all "
        "select phase, state, count(*), count(*) filter (where lease_until < now()), "
        "coalesce(min((extract(epoch from lease_until - now()) * 1000000)::bigint) filter (where state = 'active'), 0) "
        "from job_phases group by phase, state");
    if (!r)
        return -1;
    *out = (struct stats){0};
    for (int i = 0; i < db_count(r); i++) {
        enum job_status status;
        enum phase_state state;
        if (db_null(r, i, 0)) {
            if (job_status_parse(db_text(r, i, 1), false, &status))
                out->jobs[status] = db_int(r, i, 2);
            out->reserved_bytes = db_int(r, i, 4);
        } else if (phase_state_parse(db_text(r, i, 1), &state)) {
            enum job_phase phase = phase_of(db_text(r, i, 0));
            out->phases[phase][state] = db_int(r, i, 2);
            out->leases_lost[phase] += db_int(r, i, 3);
            if (state == PHASE_ACTIVE)
                out->lease_left_us[phase] = db_int(r, i, 4);
        }
    }
    return 0;
}

static const char *names_json(struct arena *a, const bool statuses[JOB_STATUS__MAX])
{
    struct buf b = BUF_INIT(1024);
    struct jsonw w = jsonw_to(&b);
    jsonw_array(&w, NULL);
    for (int i = 0; i < JOB_STATUS__MAX; i++)
        if (statuses[i])
            jsonw_str(&w, NULL, job_status_info((enum job_status)i)->name);
    jsonw_end(&w);
    return buf_move(&b, a);
}

int stats_jobs(struct db *db, struct arena *a, const bool statuses[JOB_STATUS__MAX], int limit, struct stats_job **out,
               int *n, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "select j.id, j.user_id, j.status, t.name, u.email, j.error_message, " US(
            "j.updated_at") " from jobs j join torrents t on t.id = j.torrent_id join users u on u.id = j.user_id "
                            "where jsonb_exists($1::jsonb, j.status) order by j.updated_at desc, j.id desc limit $2",
        p_text(names_json(a, statuses)), p_int(limit));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n + 1, struct stats_job);
    for (int i = 0; i < *n; i++) {
        struct stats_job *j = &(*out)[i];
        *j = (struct stats_job){.id = db_int(r, i, 0),
                                .user_id = db_int(r, i, 1),
                                .torrent_name = db_text(r, i, 3),
                                .email = db_text(r, i, 4),
                                .error_message = db_text(r, i, 5),
                                .changed_at = db_int(r, i, 6)};
        job_status_parse(db_text(r, i, 2), false, &j->status);
    }
    return 0;
}

int stats_owner(struct db *db, struct arena *a, int64_t job_id, int64_t *user_id, struct err *e)
{
    struct db_rows *r = db_query(db, a, e, "select user_id from jobs where id = $1", p_int(job_id));
    if (!r)
        return -1;
    *user_id = db_count(r) ? db_int(r, 0, 0) : 0;
    return 0;
}

int stats_phases(struct db *db, struct arena *a, bool running, int limit, struct stats_phase **out, int *n,
                 struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "select p.job_id, p.phase, t.name, p.worker_id, j.waiting_sentence, " US("p.lease_until") ", " US(
            "p.next_retry_at") ", p.attempts from job_phases p join jobs j on j.id = p.job_id "
                               "join torrents t on t.id = j.torrent_id "
                               "where case when $1 then p.state = 'active' else p.state in ('retry', 'waiting') end "
                               "order by coalesce(p.next_retry_at, p.lease_until), p.job_id limit $2",
        p_bool(running), p_int(limit));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n + 1, struct stats_phase);
    for (int i = 0; i < *n; i++)
        (*out)[i] = (struct stats_phase){.job_id = db_int(r, i, 0),
                                         .phase = phase_of(db_text(r, i, 1)),
                                         .torrent_name = db_text(r, i, 2),
                                         .worker_id = db_text(r, i, 3),
                                         .reason = db_text(r, i, 4),
                                         .lease_until = db_int(r, i, 5),
                                         .next_retry_at = db_int(r, i, 6),
                                         .attempts = (int)db_int(r, i, 7)};
    return 0;
}
