/* Live events, posted by one thread: see worker.h. */
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "net/events.h"
#include "store/job_event.h"
#include "workers/internal.h"

enum { ENTRIES = 512, LOOK_MS = 100 };

struct entry {
    int64_t user_id, job_id, sent_at;
    char *json; /* waits to be posted; NULL: nothing */
    bool urgent;
};

struct live_table {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct entry entries[ENTRIES];
    int waiting;
    bool ending;
    pthread_t thread;
};

/* The job's entry, or a free one, or the one that was quiet the longest. */
static struct entry *entry_for(struct live_table *t, int64_t job_id)
{
    struct entry *best = NULL;
    for (int i = 0; i < ENTRIES; i++) {
        struct entry *n = &t->entries[i];
        if (n->job_id == job_id)
            return n;
        if (!n->json && (!best || n->sent_at < best->sent_at))
            best = n;
    }
    return best;
}

void live_put(struct live_table *t, int64_t user_id, int64_t job_id, const char *json, bool urgent)
{
    pthread_mutex_lock(&t->mutex);
    struct entry *n = entry_for(t, job_id);
    /* A whole event that still waits is not replaced by a partial one, which would lose the status change. */
    if (n && !(n->job_id == job_id && n->json && n->urgent && !urgent)) {
        if (n->job_id != job_id)
            *n = (struct entry){.job_id = job_id};
        t->waiting += n->json == NULL;
        mem_free(n->json);
        n->json = mem_strdup(json);
        n->user_id = user_id;
        n->urgent = urgent;
        pthread_cond_signal(&t->changed);
    }
    pthread_mutex_unlock(&t->mutex);
}

/* Take one that is due; its JSON is the caller's. */
static char *take(struct live_table *t, bool all, int64_t *user_id)
{
    int64_t now = clock_mono_ms(), gap = config_int(CFG_PROGRESS_EVENT_MS);
    for (int i = 0; i < ENTRIES; i++) {
        struct entry *n = &t->entries[i];
        if (!n->json || !(all || n->urgent || now - n->sent_at >= gap))
            continue;
        char *json = n->json;
        n->json = NULL;
        n->sent_at = now;
        *user_id = n->user_id;
        t->waiting--;
        return json;
    }
    return NULL;
}

static void post_due(struct live_table *t, struct http *http, bool all)
{
    int64_t user_id;
    pthread_mutex_lock(&t->mutex);
    for (char *json; (json = take(t, all, &user_id));) {
        pthread_mutex_unlock(&t->mutex);
        struct err e = ERR_INIT;
        if (events_post(http, config_str(CFG_EVENTS_PUBLISH_URL), config_str(CFG_EVENTS_PUBLISH_SECRET), user_id, json,
                        &e))
            log_debug("a live event was lost", kv_err(&e));
        mem_free(json);
        pthread_mutex_lock(&t->mutex);
    }
    pthread_mutex_unlock(&t->mutex);
}

static void *live_main(void *arg)
{
    struct live_table *t = arg;
    struct http *http = http_new();
    for (bool ending = false; !ending;) {
        pthread_mutex_lock(&t->mutex);
        while (!t->waiting && !t->ending)
            pthread_cond_wait(&t->changed, &t->mutex);
        ending = t->ending;
        pthread_mutex_unlock(&t->mutex);
        post_due(t, http, ending);
        if (!ending)
            clock_sleep_ms(LOOK_MS);
    }
    http_free(http);
    return NULL;
}

struct live_table *live_start(void)
{
    struct live_table *t = MEM_NEW(struct live_table);
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->changed, NULL);
    if (pthread_create(&t->thread, NULL, live_main, t)) {
        mem_free(t);
        return NULL;
    }
    return t;
}

void live_end(struct live_table *t)
{
    pthread_mutex_lock(&t->mutex);
    t->ending = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->mutex);
    pthread_join(t->thread, NULL);
    for (int i = 0; i < ENTRIES; i++)
        mem_free(t->entries[i].json);
    mem_free(t);
}

static void known(struct jsonw *w, const char *key, int64_t v)
{
    if (v >= 0)
        jsonw_int(w, key, v);
}

void worker_publish(struct worker *w, const struct claim *c, const struct live *live)
{
    struct buf b = BUF_INIT(4096);
    struct jsonw j = jsonw_to(&b);
    jsonw_object(&j, NULL);
    jsonw_int(&j, "jobId", c->lease.job_id);
    jsonw_int(&j, "totalBytes", c->total_bytes);
    known(&j, "bytesDownloaded", live->bytes_downloaded);
    known(&j, "bytesUploaded", live->bytes_uploaded);
    known(&j, "downloadSpeed", live->download_speed);
    known(&j, "uploadSpeed", live->upload_speed);
    known(&j, "peers", live->peers);
    known(&j, "seeds", live->seeds);
    // A phase that does not speak for the job (an upload beside its download) leaves the other's estimate alone.
    if (live->current_state || live->eta_seconds >= 0)
        jsonw_int_or_null(&j, "etaSeconds", live->eta_seconds >= 0, live->eta_seconds);
    if (live->current_state)
        jsonw_str(&j, "currentState", live->current_state);
    jsonw_time(&j, "at", clock_wall_us());
    jsonw_end(&j);
    if (buf_ok(&b))
        live_put(w->live, c->user_id, c->lease.job_id, buf_str(&b), false);
    buf_free(&b);
}

void worker_publish_job(struct worker *w, struct db *db, struct arena *a, const struct claim *c)
{
    struct job *job;
    struct err e = ERR_INIT;
    if (job_get(db, a, c->user_id, c->lease.job_id, &job, &e))
        log_debug("a live event was lost", kv_err(&e));
    else if (job)
        live_put(w->live, c->user_id, c->lease.job_id, job_event_json(a, job), true);
}
