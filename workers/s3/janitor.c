#include "workers/s3/janitor.h"

#include "base/log.h"
#include "base/signals.h"
#include "store/job_store.h"
#include "workers/s3/dest.h"

enum { CALL_TIMEOUT_MS = 30 * 1000 };

static bool stopping(void *unused)
{
    (void)unused;
    return signals_stopping();
}

/* A part that was still on its way when the upload was aborted brings it back: look again. */
static int abort_named(struct s3_api *api, struct arena *a, const struct upload_session *s, struct err *e)
{
    struct s3_part *parts;
    int n;
    if (s3_api_abort(api, s->remote_key, s->upload_id, e))
        return -1;
    if (s3_api_list_parts(api, a, s->remote_key, s->upload_id, &parts, &n, e) == 0)
        return s3_api_abort(api, s->remote_key, s->upload_id, e);
    return e->class == ERR_NOT_FOUND || e->class == ERR_PERMANENT ? 0 : -1;
}

/* One session. -1: the destination does not answer; its other sessions can wait, too. */
static int clean(struct db *db, struct arena *a, const struct upload_session *s, const struct s3_target *t,
                 struct err *e)
{
    struct s3_api *api = s3_api_new(t);
    s3_api_on_stop(api, stopping, NULL);
    int rc = s->upload_id ? abort_named(api, a, s, e) : dest_abort_key(api, a, s->remote_key, e);
    s3_api_free(api);
    if (rc && e->class != ERR_PERMANENT)
        return -1;
    if (rc) /* no right to abort, or the bucket is gone: it will not get better */
        log_warn("a multipart upload is left at the destination", kv_str("Key", s->remote_key), kv_err(e));
    else
        log_info("multipart upload aborted", kv_int("JobId", s->job_id), kv_str("Key", s->remote_key));
    if (upload_session_closed(db, a, NULL, s->id, SESSION_ABORTED, e))
        return -1;
    return rc ? 0 : job_cleaned(db, a, s->job_id, "{\"aborted\": \"multipart upload\"}", e);
}

int s3_janitor_clean(struct db *db, struct arena *a, const struct upload_session *s, struct err *e)
{
    struct dest d;
    int rc = dest_load(db, a, s->profile_id, &d, e);
    d.target.timeout_ms = CALL_TIMEOUT_MS;
    if (rc == 0)
        rc = clean(db, a, s, &d.target, e);
    dest_store(&d, db, a);
    dest_free(&d);
    return rc;
}
