#include "workers/upload/janitor.h"

#include "base/log.h"
#include "base/signals.h"

#include <pthread.h>
#include <stdatomic.h>

enum { PASS_MAX = 200 };

static struct {
    pthread_t thread;
    bool started;
    atomic_bool running;
} g;

static void pass(const struct janitor *j, struct db *db, struct arena *a)
{
    struct err e = ERR_INIT;
    struct upload_session *sessions;
    int n;
    int64_t failed_profile = 0;
    if (upload_sessions_orphaned(db, a, j->provider, config_int(CFG_KEEP_FAILED_HOURS) * 3600 * 1000, PASS_MAX,
                                 &sessions, &n, &e)) {
        log_warn("abandoned uploads cannot be looked up", kv_err(&e));
        return;
    }
    for (int i = 0; i < n && !signals_stopping(); i++) {
        const struct upload_session *s = &sessions[i];
        err_clear(&e);
        if (s->profile_id == failed_profile || j->clean(db, a, s, &e) == 0)
            continue;
        failed_profile = s->profile_id;
        log_warn("abandoned uploads cannot be aborted now", kv_str("Key", s->remote_key), kv_err(&e));
    }
}

static void *pass_main(void *janitor)
{
    const struct janitor *j = janitor;
    struct db *db = db_new(config_str(CFG_DATABASE_URL), j->service);
    struct arena *a = arena_new(0);
    pass(j, db, a);
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

void janitor_look(const struct janitor *j, struct worker *w, struct arena *a)
{
    struct err e = ERR_INIT;
    struct upload_session *sessions;
    int n;
    if (atomic_load(&g.running))
        return;
    join();
    if (upload_sessions_orphaned(worker_db(w), a, j->provider, config_int(CFG_KEEP_FAILED_HOURS) * 3600 * 1000, 1,
                                 &sessions, &n, &e)) {
        log_debug("abandoned uploads cannot be looked up", kv_err(&e));
        return;
    }
    if (!n)
        return;
    atomic_store(&g.running, true);
    g.started = pthread_create(&g.thread, NULL, pass_main, (void *)(uintptr_t)j) == 0;
    if (!g.started)
        atomic_store(&g.running, false);
}

void janitor_close(void)
{
    join();
}
