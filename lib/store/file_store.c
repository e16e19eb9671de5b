#include "store/file_store.h"

#include "base/fault.h"
#include "base/jsonw.h"
#include "store/phase_internal.h"
#include "store/rows.h"

int file_progress(struct db *db, struct arena *a, const struct lease *l, const int *index, const int64_t *bytes, int n,
                  struct err *e)
{
    struct buf rows = BUF_INIT(BUF_MAX_RESPONSE);
    struct jsonw w = jsonw_to(&rows);
    jsonw_array(&w, NULL);
    for (int i = 0; i < n; i++) {
        jsonw_object(&w, NULL);
        jsonw_int(&w, "i", index[i]);
        jsonw_int(&w, "b", bytes[i]);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    struct db_rows *r =
        db_query(db, a, e,
                 "with x as (select * from jsonb_to_recordset($5::jsonb) as x(i int, b bigint)) "
                 "update job_files f set bytes_downloaded = x.b, "
                 "state = case when f.state = 'pending' and x.b > 0 then 'downloading' else f.state end "
                 "from x where f.job_id = $1 and f.file_index = x.i and" FENCED_EXISTS,
                 P_LEASE(l), p_text(buf_str(&rows)));
    buf_free(&rows);
    return n ? phase_affected(r, e) : r ? 0 : -1;
}

int file_ready(struct db *db, struct arena *a, const struct lease *l, int index, const char *md5, const char *sha256,
               struct err *e)
{
    /* A file that is done at the destination stays done: a retried job does not send it again. */
    return phase_run(db, a, l, e,
                     "update job_files set state = case when state in ('uploading', 'done') then state "
                     "else 'ready' end, md5 = $6, sha256 = $7, bytes_downloaded = size, ready_at = now(), "
                     "error_message = null where job_id = $1 and file_index = $5 and" FENCED_EXISTS,
                     p_int(index), p_text(md5), p_text(sha256));
}

/* All or nobody: the fence is the same for every row. */
static int all_affected(const struct db_rows *r, int n, struct err *e)
{
    if (r && db_affected(r) < n)
        return err_set(e, ERR_LOST, NULL, "The job is no longer this worker's.");
    return r ? 0 : -1;
}

static void key_columns(struct jsonw *w, const void *row)
{
    const struct file_key *f = row;
    jsonw_int(w, "i", f->index);
    jsonw_str(w, "k", f->key);
}

int file_uploading(struct db *db, struct arena *a, const struct lease *l, const struct file_key *files, int n,
                   struct err *e)
{
    FAULT("file.begun.commit.before");
    struct db_rows *r =
        db_query(db, a, e,
                 "with x as (select * from jsonb_to_recordset($5::jsonb) as x(i int, k text)) "
                 "update job_files f set state = 'uploading', remote_key = x.k, error_message = null "
                 "from x where f.job_id = $1 and f.file_index = x.i and f.state in ('ready', 'uploading', 'failed') "
                 "and" FENCED_EXISTS,
                 P_LEASE(l), p_text(rows_json(a, files, n, sizeof *files, key_columns)));
    return FAULT_AFTER("file.begun.commit.after", all_affected(r, n, e));
}

int file_sent(struct db *db, struct arena *a, const struct lease *l, int index, int64_t bytes, struct err *e)
{
    return phase_run(db, a, l, e,
                     "update job_files set bytes_uploaded = $6 where job_id = $1 and file_index = $5 "
                     "and" FENCED_EXISTS,
                     p_int(index), p_int(bytes));
}

static void proof_columns(struct jsonw *w, const void *row)
{
    const struct file_proof *f = row;
    jsonw_int(w, "i", f->index);
    jsonw_str(w, "r", f->remote_id);
    jsonw_str(w, "e", f->etag);
    jsonw_str(w, "v", f->verified_by);
}

int file_done(struct db *db, struct arena *a, const struct lease *l, const struct file_proof *files, int n,
              struct err *e)
{
    FAULT("file.done.commit.before");
    /* What a Google account took today is told along (drive_usage_store.h), once for a file. */
    struct db_rows *r = db_query(
        db, a, e,
        "with x as (select * from jsonb_to_recordset($5::jsonb) as x(i int, r text, e text, v text)), "
        "was as (select file_index from job_files where job_id = $1 and state <> 'done' "
        "and file_index in (select i from x)), "
        "done as (update job_files f set state = 'done', bytes_uploaded = size, remote_id = x.r, remote_etag = x.e, "
        "verified_by = x.v, error_message = null, done_at = now() "
        "from x where f.job_id = $1 and f.file_index = x.i and" FENCED_EXISTS "returning f.job_id, f.file_index, "
        "f.size), "
        "told as (insert into drive_usage as u (account, hour, bytes) "
        "select lower(s.email), date_trunc('hour', now()), sum(d.size) from done d "
        "join was on was.file_index = d.file_index join jobs j on j.id = d.job_id "
        "join storage_profiles s on s.id = j.storage_profile_id and s.provider_type = 'GoogleDrive' "
        "where s.email is not null and d.size > 0 group by lower(s.email) "
        "on conflict (account, hour) do update set bytes = u.bytes + excluded.bytes) "
        "select 1 from done",
        P_LEASE(l), p_text(rows_json(a, files, n, sizeof *files, proof_columns)));
    return FAULT_AFTER("file.done.commit.after", all_affected(r, n, e));
}

int file_failed(struct db *db, struct arena *a, const struct lease *l, int index, const char *sentence, struct err *e)
{
    /* The bytes on disk are as good as before: the state goes back to ready, the sentence tells what happened. */
    return phase_run(db, a, l, e,
                     "update job_files set state = case when sha256 is null then 'pending' else 'ready' end, "
                     "error_message = $6 where job_id = $1 and file_index = $5 and state <> 'done' "
                     "and" FENCED_EXISTS,
                     p_int(index), p_text(sentence));
}
