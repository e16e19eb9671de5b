/* What becomes of abandoned uploads, and who is told. */
#include "base/fault.h"
#include "base/jsonw.h"
#include "store/phase_internal.h"
#include "store/upload_store.h"

static const char *const cleanings[] = {
    [CLEANED_NOTHING] = "nothing",
    [CLEANED_ABORTED] = "aborted",
    [CLEANED_LEFT] = "left",
};

static void count_of(struct buf *b, int64_t n, const char *one, const char *many)
{
    if (n)
        buf_addf(b, "%s%lld %s", b->len ? ", " : "", (long long)n, n == 1 ? one : many);
}

/* "2 unfinished uploads aborted, 3 finished files stay at the destination", and the numbers. */
static const char *cleanup_metadata(struct arena *a, int64_t aborted, int64_t left, int64_t done)
{
    struct buf words = BUF_INIT(256), json = BUF_INIT(1024);
    struct jsonw w = jsonw_to(&json);
    count_of(&words, aborted, "unfinished upload aborted", "unfinished uploads aborted");
    count_of(&words, left, "unfinished upload left to expire", "unfinished uploads left to expire");
    count_of(&words, done, "finished file stays at the destination", "finished files stay at the destination");
    jsonw_object(&w, NULL);
    jsonw_str(&w, "cleaned", words.len ? buf_str(&words) : "nothing was left at the destination");
    jsonw_int(&w, "abortedUploads", aborted);
    jsonw_int(&w, "uploadsLeftToExpire", left);
    jsonw_int(&w, "filesAtDestination", done);
    jsonw_end(&w);
    buf_free(&words);
    return buf_move(&json, a);
}

/* The job's row is locked: of two janitors one sees what the other has closed. */
static int tell_cleanup(struct db *db, struct arena *a, int64_t job_id, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select count(*) filter (where s.state in ('init', 'open', 'aborting')), "
                                 "count(*) filter (where s.cleaned = 'aborted' and s.updated_at >= j.completed_at), "
                                 "count(*) filter (where s.cleaned = 'left' and s.updated_at >= j.completed_at), "
                                 "(select count(*) from job_files f where f.job_id = $1 and f.state = 'done') "
                                 "from jobs j join upload_sessions s on s.job_id = j.id where j.id = $1 and j.status = "
                                 "'CANCELLED' group by j.id",
                                 p_int(job_id));
    if (!r)
        return -1;
    /* Without a row the job goes on again, or has failed: nobody waits for this. */
    bool last = db_count(r) && db_int(r, 0, 0) == 0;
    return last ? job_transition(db, a, job_id, JOB_CANCELLED, SOURCE_WORKER, NULL,
                                 cleanup_metadata(a, db_int(r, 0, 1), db_int(r, 0, 2), db_int(r, 0, 3)), e)
                : 0;
}

int upload_session_cleaned(struct db *db, struct arena *a, const struct upload_session *s, enum session_cleaned how,
                           struct err *e)
{
    if (db_begin(db, e))
        return -1;
    int r = -1;
    if (db_query(db, a, e, "select from jobs where id = $1 for no key update", p_int(s->job_id)) &&
        db_query(db, a, e,
                 "update upload_sessions set state = 'aborted', cleaned = $2, updated_at = now() where id = $1",
                 p_int(s->id), p_text(cleanings[how])))
        r = tell_cleanup(db, a, s->job_id, e);
    FAULT("cleaned.commit.before");
    return FAULT_AFTER("cleaned.commit.after", phase_commit(db, r, e));
}
