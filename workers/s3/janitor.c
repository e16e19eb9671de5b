#include "workers/s3/janitor.h"

#include "base/log.h"
#include "base/signals.h"
#include "workers/s3/drop.h"

enum { CALL_TIMEOUT_MS = 30 * 1000 };

static bool stopping(void *unused)
{
    (void)unused;
    return signals_stopping();
}

static int end_lost(struct db *db, struct s3_api *api, struct arena *a, const struct upload_session *s, struct dest *d,
                    bool *gone, struct err *e)
{
    struct drop drop;
    return drop_look_up(db, a, s, d, &drop, e) || drop_unnamed(api, a, &drop, gone, e) ? -1 : 0;
}

/* One session. -1: the destination does not answer; its other sessions can wait, too. */
static int clean(struct db *db, struct arena *a, const struct upload_session *s, struct dest *d, struct err *e)
{
    struct s3_api *api = s3_api_new(&d->target);
    bool gone = false;
    s3_api_on_stop(api, stopping, NULL);
    int rc = s->upload_id ? s3_leftover_end(api, a, s->remote_key, s->upload_id, &gone, e)
                          : end_lost(db, api, a, s, d, &gone, e);
    s3_api_free(api);
    if (rc && e->class != ERR_PERMANENT)
        return -1;
    if (rc) /* no right to abort, or the bucket is gone: it will not get better */
        log_warn("a multipart upload is left at the destination", kv_str("Key", s->remote_key), kv_err(e));
    else if (!gone) /* parts that were on their way: it is looked at again */
        return upload_session_closed(db, a, NULL, s->id, SESSION_ABORTING, e);
    else
        log_info("multipart upload aborted", kv_int("JobId", s->job_id), kv_str("Key", s->remote_key));
    return upload_session_cleaned(db, a, s, rc ? CLEANED_LEFT : CLEANED_ABORTED, e);
}

int s3_janitor_clean(struct db *db, struct arena *a, const struct upload_session *s, struct err *e)
{
    struct dest d;
    struct err ignored = ERR_INIT;
    int rc = dest_load(db, a, s->profile_id, &d, e);
    d.target.timeout_ms = CALL_TIMEOUT_MS;
    if (rc == 0)
        rc = clean(db, a, s, &d, e);
    if (rc && upload_session_closed(db, a, NULL, s->id, SESSION_ABORTING, &ignored)) /* not again at once */
        log_debug("an upload's row was not touched", kv_err(&ignored));
    dest_store(&d, db, a);
    dest_free(&d);
    return rc;
}
