#include "workers/s3/janitor.h"

#include "base/log.h"
#include "base/signals.h"
#include "store/job_store.h"
#include "store/upload_store.h"
#include "workers/s3/dest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { PASS_MAX = 200, CALL_TIMEOUT_MS = 30 * 1000 };

static struct {
    pthread_t thread;
    bool started;
    atomic_bool running;
} g;

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

/* One session by its profile. -1: it cannot be done now. */
static int clean_by_profile(struct db *db, struct arena *a, const struct upload_session *s, struct err *e)
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

static void pass(struct db *db, struct arena *a)
{
    struct err e = ERR_INIT;
    struct upload_session *sessions;
    int n;
    int64_t failed_profile = 0;
    if (upload_sessions_orphaned(db, a, PROVIDER_S3, config_int(CFG_KEEP_FAILED_HOURS) * 3600 * 1000, PASS_MAX,
                                 &sessions, &n, &e)) {
        log_warn("abandoned uploads cannot be looked up", kv_err(&e));
        return;
    }
    for (int i = 0; i < n && !signals_stopping(); i++) {
        const struct upload_session *s = &sessions[i];
        err_clear(&e);
        if (s->profile_id == failed_profile || clean_by_profile(db, a, s, &e) == 0)
            continue;
        failed_profile = s->profile_id;
        log_warn("abandoned uploads cannot be aborted now", kv_str("Key", s->remote_key), kv_err(&e));
    }
}

static void *pass_main(void *unused)
{
    struct db *db = db_new(config_str(CFG_DATABASE_URL), "torreclou-s3-worker");
    (void)unused;
    struct arena *a = arena_new(0);
    pass(db, a);
    arena_free(a);
    db_free(db);
    atomic_store(&g.running, false);
    return NULL;
}

static void join(void)
{
    if (g.started)
        pthread_join(g.thread, NULL);
    g.started = false;
}

void janitor_look(struct worker *w, struct arena *a)
{
    struct err e = ERR_INIT;
    struct upload_session *sessions;
    int n;
    if (atomic_load(&g.running))
        return;
    join();
    if (upload_sessions_orphaned(worker_db(w), a, PROVIDER_S3, config_int(CFG_KEEP_FAILED_HOURS) * 3600 * 1000, 1,
                                 &sessions, &n, &e)) {
        log_debug("abandoned uploads cannot be looked up", kv_err(&e));
        return;
    }
    if (!n)
        return;
    atomic_store(&g.running, true);
    g.started = pthread_create(&g.thread, NULL, pass_main, NULL) == 0;
    if (!g.started)
        atomic_store(&g.running, false);
}

void janitor_close(struct worker *w)
{
    (void)w;
    join();
}
