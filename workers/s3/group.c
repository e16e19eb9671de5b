#include "workers/s3/group.h"

#include "base/log.h"

#include <string.h>

enum { LEAST = 2, COMMON_MAX = 1024 };

enum look { LOOK_TODO, LOOK_RUNS, LOOK_CLEAR, LOOK_UNKNOWN };

struct group {
    const char *prefix, *after, *last; /* common to all keys; before the first of them; the last of them */
    enum look look;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t looked = PTHREAD_COND_INITIALIZER;

static bool wants(const struct driver *d, const struct upload_file *f)
{
    const struct driver_file *df = f->state;
    return df && !df->multipart && f->pieces && !f->seen_before && !df->tried && !df->clear && !d->dest.put_keeps;
}

static size_t common(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* Cut at a character's beginning: half of one is no text. */
static const char *cut(struct arena *a, const char *key, size_t n)
{
    while (n && ((unsigned char)key[n] & 0xc0) == 0x80)
        n--;
    return arena_strndup(a, key, n);
}

void group_plan(struct upload *u, struct upload_file *const *files, int n)
{
    struct driver *d = u->state;
    const char *first = NULL, *last = NULL;
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (!wants(d, files[i]))
            continue;
        count++;
        if (!first || strcmp(files[i]->key, first) < 0)
            first = files[i]->key;
        if (!last || strcmp(files[i]->key, last) > 0)
            last = files[i]->key;
    }
    if (count < LEAST || atomic_load(&d->may_not_list))
        return;
    struct group *g = ARENA_NEW(u->arena, struct group);
    g->prefix = cut(u->arena, first, common(first, last));
    g->after = cut(u->arena, first, strlen(first) - 1);
    g->last = arena_strdup(u->arena, last);
    for (int i = 0; i < n; i++)
        if (wants(d, files[i])) {
            struct driver_file *df = files[i]->state;
            df->group = g;
        }
}

static enum look look(struct s3_lane *l, const struct group *g)
{
    struct driver *d = l->upload->state;
    struct err e = ERR_INIT;
    const char *key;
    if (s3_api_first(l->api, l->scratch, g->prefix, g->after, &key, &e) == 0)
        return !key || strcmp(key, g->last) > 0 ? LOOK_CLEAR : LOOK_UNKNOWN;
    log_debug("no list of the objects; each is looked for", kv_err(&e));
    if (strcmp(e.code, "AccessDenied") == 0)
        atomic_store(&d->may_not_list, true);
    return LOOK_UNKNOWN;
}

bool group_is_clear(struct s3_lane *l, struct group *g)
{
    pthread_mutex_lock(&mutex);
    if (g->look == LOOK_TODO) {
        g->look = LOOK_RUNS;
        pthread_mutex_unlock(&mutex);
        enum look seen = look(l, g);
        pthread_mutex_lock(&mutex);
        g->look = seen;
        pthread_cond_broadcast(&looked);
    }
    while (g->look == LOOK_RUNS)
        pthread_cond_wait(&looked, &mutex);
    bool clear = g->look == LOOK_CLEAR;
    pthread_mutex_unlock(&mutex);
    return clear;
}
