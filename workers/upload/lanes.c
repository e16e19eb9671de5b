#include "workers/upload/lanes.h"

#include "base/log.h"
#include "base/trace.h"

#include <pthread.h>
#include <time.h>

enum { LANES_MAX = 64 };

struct ring {
    struct lane_work work[LANES_MAX];
    int first, count;
};

/* Never more than `count` calls are inside, so both rings always have room. */
struct lanes {
    struct upload *upload;
    const struct upload_driver *driver;
    int count, started, busy;
    pthread_t threads[LANES_MAX];

    pthread_mutex_t mutex;
    pthread_cond_t submitted, finished;
    struct ring todo, done;
    bool ending;
};

static void put(struct ring *r, const struct lane_work *w)
{
    r->work[(r->first + r->count++) % LANES_MAX] = *w;
}

static struct lane_work take(struct ring *r)
{
    struct lane_work first = r->work[r->first];
    r->first = (r->first + 1) % LANES_MAX;
    r->count--;
    return first;
}

static int call(const struct upload_driver *d, void *lane, struct lane_work *w)
{
    switch (w->call) {
    case LANE_BEGIN:
        return d->begin(lane, w->file, &w->err);
    case LANE_SEND:
        return d->send(lane, w->file, w->piece, &w->err);
    default:
        return d->finish(lane, w->file, &w->err);
    }
}

static void *lane_main(void *arg)
{
    struct lanes *l = arg;
    log_context(NULL, l->upload->claim->lease.job_id);
    trace_enter(slot_span(l->upload->slot)->self);
    void *lane = l->driver->lane_open(l->upload);
    pthread_mutex_lock(&l->mutex);
    for (;;) {
        while (!l->todo.count && !l->ending)
            pthread_cond_wait(&l->submitted, &l->mutex);
        if (!l->todo.count)
            break;
        struct lane_work w = take(&l->todo);
        pthread_mutex_unlock(&l->mutex);
        w.failed = call(l->driver, lane, &w) != 0;
        pthread_mutex_lock(&l->mutex);
        put(&l->done, &w);
        pthread_cond_signal(&l->finished);
    }
    pthread_mutex_unlock(&l->mutex);
    l->driver->lane_close(lane);
    return NULL;
}

struct lanes *lanes_new(struct upload *u, const struct upload_driver *driver, int count)
{
    struct lanes *l = MEM_NEW(struct lanes);
    pthread_condattr_t monotonic;
    l->upload = u;
    l->driver = driver;
    l->count = count < 1 ? 1 : count > LANES_MAX ? LANES_MAX : count;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->submitted, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->finished, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return l;
}

void lanes_free(struct lanes *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->mutex);
    l->ending = true;
    l->todo.count = 0;
    pthread_cond_broadcast(&l->submitted);
    pthread_mutex_unlock(&l->mutex);
    for (int i = 0; i < l->started; i++)
        pthread_join(l->threads[i], NULL);
    pthread_cond_destroy(&l->submitted);
    pthread_cond_destroy(&l->finished);
    pthread_mutex_destroy(&l->mutex);
    mem_free(l);
}

void lanes_submit(struct lanes *l, enum lane_call call, struct upload_file *f, struct upload_piece *p)
{
    struct lane_work w = {.call = call, .file = f, .piece = p};
    if (p) {
        p->state = PIECE_RUNNING;
        __atomic_store_n(&p->sent, 0, __ATOMIC_RELAXED);
    }
    l->busy++;
    if (l->busy > l->started && l->started < l->count &&
        pthread_create(&l->threads[l->started], NULL, lane_main, l) == 0)
        l->started++;
    pthread_mutex_lock(&l->mutex);
    if (l->started) {
        put(&l->todo, &w);
        pthread_cond_signal(&l->submitted);
    } else { /* not one thread could be had: tried again like a failed call */
        w.failed = true;
        err_set(&w.err, ERR_REMOTE, "NoThread", "The machine has no room for another thread.");
        put(&l->done, &w);
    }
    pthread_mutex_unlock(&l->mutex);
}

int lanes_busy(const struct lanes *l)
{
    return l->busy;
}

bool lanes_next(struct lanes *l, int timeout_ms, struct lane_work *out)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    until.tv_sec += timeout_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&l->mutex);
    int waited = 0;
    while (!l->done.count && waited == 0 && timeout_ms > 0)
        waited = pthread_cond_timedwait(&l->finished, &l->mutex, &until);
    bool got = l->done.count > 0;
    if (got) {
        *out = take(&l->done);
        l->busy--;
    }
    pthread_mutex_unlock(&l->mutex);
    return got;
}
