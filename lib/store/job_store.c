#include "store/job_store.h"

#include "base/jsonw.h"

#include <string.h>

/* What belongs to a job's torrent and profile comes as "WORD and the rest": one look at each table, no join to plan. */
#define COLUMNS                                                                                                        \
    "j.id, j.user_id, j.torrent_id, j.storage_profile_id, "                                                            \
    "(select provider_type || ' ' || profile_name from storage_profiles where id = j.storage_profile_id), "            \
    "(select coalesce(info_hash_v1, info_hash_v2) || ' ' || name from torrents where id = j.torrent_id), "             \
    "j.status, j.error_code, j.error_message, j.current_state, j.selected_paths, j.total_bytes, j.bytes_downloaded, "  \
    "j.bytes_uploaded, j.download_speed, j.upload_speed, coalesce(j.eta_seconds, -1), j.peers, j.seeds, "              \
    "j.waiting_code, j.waiting_sentence, j.waiting_since, j.waiting_next_at, j.volume_id, "                            \
    "j.local_state = 'present', j.last_heartbeat, j.started_at, j.completed_at, j.created_at, j.updated_at"
enum { TOTAL_COLUMN = 30 }; /* what job_page() puts behind them */
#define FROM " from jobs j "
#define ACTIVE "('QUEUED', 'DOWNLOADING', 'PENDING_UPLOAD', 'UPLOADING', 'TORRENT_DOWNLOAD_RETRY', 'UPLOAD_RETRY')"

static enum job_status status_of(const char *text)
{
    enum job_status s = JOB_FAILED; /* unreachable: the column is checked by the transition trigger */
    job_status_parse(text, false, &s);
    return s;
}

/* "WORD and the rest": ends the word and answers the rest. */
static const char *rest_of(char *text)
{
    char *space = text + strcspn(text, " ");
    *space = '\0';
    return space + 1;
}

static void read_job(const struct db_rows *r, int row, struct job *j)
{
    int c = 0;
    j->id = db_int(r, row, c++);
    j->user_id = db_int(r, row, c++);
    j->torrent_id = db_int(r, row, c++);
    j->profile_id = db_int(r, row, c++);
    char *profile = db_text(r, row, c++), *torrent = db_text(r, row, c++);
    j->profile_name = rest_of(profile);
    j->torrent_name = rest_of(torrent);
    j->info_hash = torrent;
    j->provider = !strcmp(profile, "S3") ? PROVIDER_S3 : PROVIDER_GOOGLE_DRIVE;
    j->status = status_of(db_text(r, row, c++));
    j->error_code = db_text(r, row, c++);
    j->error_message = db_text(r, row, c++);
    j->current_state = db_text(r, row, c++);
    j->selected_json = db_text(r, row, c++);
    j->total_bytes = db_int(r, row, c++);
    j->bytes_downloaded = db_int(r, row, c++);
    j->bytes_uploaded = db_int(r, row, c++);
    j->download_speed = db_int(r, row, c++);
    j->upload_speed = db_int(r, row, c++);
    j->eta_seconds = db_int(r, row, c++);
    j->peers = (int)db_int(r, row, c++);
    j->seeds = (int)db_int(r, row, c++);
    j->waiting_code = db_text(r, row, c++);
    j->waiting_sentence = db_text(r, row, c++);
    j->waiting_since = db_int(r, row, c++);
    j->waiting_next_at = db_int(r, row, c++);
    j->volume_id = db_text(r, row, c++);
    j->local_present = db_bool(r, row, c++);
    j->last_heartbeat = db_int(r, row, c++);
    j->started_at = db_int(r, row, c++);
    j->completed_at = db_int(r, row, c++);
    j->created_at = db_int(r, row, c++);
    j->updated_at = db_int(r, row, c++);
}

static int maybe_job(struct db_rows *r, struct arena *a, struct job **out)
{
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r)) {
        *out = ARENA_NEW(a, struct job);
        read_job(r, 0, *out);
    }
    return 0;
}

int job_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct job **out, struct err *e)
{
    return maybe_job(db_read(db, a, "select " COLUMNS FROM "where j.user_id = $1 and j.id = $2",
                             (const struct db_param[]){p_int(user_id), p_int(id)}, 2, e),
                     a, out);
}

int job_destination(struct db *db, struct arena *a, int64_t id, const char **out, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select coalesce(j.destination, " JOB_DESTINATION ") from jobs j "
                                 "join storage_profiles s on s.id = j.storage_profile_id where j.id = $1",
                                 p_int(id));
    if (!r)
        return -1;
    *out = db_count(r) ? db_text(r, 0, 0) : "";
    return 0;
}

int job_find_active(struct db *db, struct arena *a, int64_t user_id, int64_t torrent_id, struct job **out,
                    struct err *e)
{
    return maybe_job(
        db_read(db, a, "select " COLUMNS FROM "where j.user_id = $1 and j.torrent_id = $2 and j.status in " ACTIVE,
                (const struct db_param[]){p_int(user_id), p_int(torrent_id)}, 2, e),
        a, out);
}

/*
 * The page by the index jobs_list, and the total on each of its rows. No rows on the first page: the total is 0. A
 * later one may be behind the last: it has one row at least, for the total, which costs PostgreSQL a quarter more.
 */
#define ORDER "order by j.created_at desc, j.id desc"
#define ROWS(filter) "jobs j where j.user_id = $1" filter " " ORDER " limit $2 offset $3"
#define FIRST_PAGE(total, filter) "select " COLUMNS ", " total " from " ROWS(filter)
#define LATER_PAGE(total, filter)                                                                                      \
    "select " COLUMNS ", " total                                                                                       \
    " from (values (1)) one left join lateral (select j.* from " ROWS(filter) ") j on true " ORDER
#define OF_STATUS " and j.status = $4"
#define TOTAL_OF_ALL "(select job_count from users where id = $1)"
#define TOTAL_OF_STATUS "(select count(*) from jobs where user_id = $1 and status = $4)"

static const char *const page_sql[2][2] = {
    /* [of a status][later] */
    {FIRST_PAGE(TOTAL_OF_ALL, ""), LATER_PAGE(TOTAL_OF_ALL, "")},
    {FIRST_PAGE(TOTAL_OF_STATUS, OF_STATUS), LATER_PAGE(TOTAL_OF_STATUS, OF_STATUS)},
};

int job_page(struct db *db, struct arena *a, int64_t user_id, const enum job_status *status, int page, int size,
             struct job **out, int *n, int64_t *total, struct err *e)
{
    const struct db_param params[] = {p_int(user_id), p_int(size), p_int((int64_t)(page - 1) * size),
                                      p_text(status ? job_status_info(*status)->name : NULL)};
    struct db_rows *r = db_read(db, a, page_sql[status != NULL][page > 1], params, status ? 4 : 3, e);
    if (!r)
        return -1;
    *total = db_count(r) ? db_int(r, 0, TOTAL_COLUMN) : 0;
    *n = db_count(r) && !db_null(r, 0, 0) ? db_count(r) : 0;
    *out = ARENA_ARRAY(a, (size_t)*n, struct job);
    for (int i = 0; i < *n; i++)
        read_job(r, i, &(*out)[i]);
    return 0;
}

int job_counts(struct db *db, struct arena *a, int64_t user_id, int64_t counts[JOB_STATUS__MAX], struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e, "select status, count(*) from jobs where user_id = $1 group by status", p_int(user_id));
    if (!r)
        return -1;
    memset(counts, 0, JOB_STATUS__MAX * sizeof *counts);
    for (int i = 0; i < db_count(r); i++)
        counts[status_of(db_text(r, i, 0))] = db_int(r, i, 1);
    return 0;
}

int job_history(struct db *db, struct arena *a, int64_t job_id, int page, int size, struct job_event **out, int *n,
                int64_t *total, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select from_status, to_status, source, error_message, metadata, " US(
                                     "changed_at") ", (select count(*) from job_status_history where job_id = $1) "
                                                   "from job_status_history where job_id = $1 "
                                                   "order by changed_at, id limit nullif($2, 0) offset $3",
                                 p_int(job_id), p_int(size), p_int((int64_t)(page - 1) * size));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct job_event);
    for (int i = 0; i < *n; i++) {
        struct job_event *ev = &(*out)[i];
        ev->from = db_null(r, i, 0) ? JOB_STATUS_NONE : status_of(db_text(r, i, 0));
        ev->to = status_of(db_text(r, i, 1));
        ev->source = db_text(r, i, 2);
        ev->error_message = db_text(r, i, 3);
        ev->metadata_json = db_text(r, i, 4);
        ev->changed_at = db_int(r, i, 5);
    }
    if (*n) {
        *total = db_int(r, 0, 6);
        return 0;
    }
    r = db_query(db, a, e, "select count(*) from job_status_history where job_id = $1", p_int(job_id));
    if (!r)
        return -1;
    *total = db_int(r, 0, 0);
    return 0;
}

int job_files(struct db *db, struct arena *a, int64_t job_id, struct job_file **out, int *n, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e,
                 "select file_index, engine_index, path, size, bytes_downloaded, bytes_uploaded, state, "
                 "md5, sha256, remote_key, remote_id, remote_etag, verified_by, error_message, " US(
                     "done_at") " "
                                "from job_files where job_id = $1 order by file_index",
                 p_int(job_id));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct job_file);
    for (int i = 0; i < *n; i++) {
        struct job_file *f = &(*out)[i];
        f->index = (int)db_int(r, i, 0);
        f->engine_index = (int)db_int(r, i, 1);
        f->path = db_text(r, i, 2);
        f->size = db_int(r, i, 3);
        f->bytes_downloaded = db_int(r, i, 4);
        f->bytes_uploaded = db_int(r, i, 5);
        file_state_parse(db_text(r, i, 6), &f->state);
        f->md5 = db_text(r, i, 7);
        f->sha256 = db_text(r, i, 8);
        f->remote_key = db_text(r, i, 9);
        f->remote_id = db_text(r, i, 10);
        f->remote_etag = db_text(r, i, 11);
        f->verified_by = db_text(r, i, 12);
        f->error_message = db_text(r, i, 13);
        f->done_at = db_int(r, i, 14);
    }
    return 0;
}

int job_phases(struct db *db, struct arena *a, int64_t job_id, struct job_phase_row out[2], struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select phase = 'upload', state, attempts, crashes, " US("next_retry_at") ", " US(
                                     "started_at") ", " US("finished_at") " from job_phases where job_id = $1",
                                 p_int(job_id));
    if (!r)
        return -1;
    memset(out, 0, 2 * sizeof *out);
    for (int i = 0; i < db_count(r); i++) {
        struct job_phase_row *p = &out[db_bool(r, i, 0) ? PHASE_UPLOAD : PHASE_DOWNLOAD];
        phase_state_parse(db_text(r, i, 1), &p->state);
        p->attempts = (int)db_int(r, i, 2);
        p->crashes = (int)db_int(r, i, 3);
        p->next_retry_at = db_int(r, i, 4);
        p->started_at = db_int(r, i, 5);
        p->finished_at = db_int(r, i, 6);
    }
    return 0;
}
