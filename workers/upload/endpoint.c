#include "workers/upload/endpoint.h"

#include "base/arena.h"
#include "base/clock.h"
#include "workers/upload/pace.h"

#include <pthread.h>
#include <string.h>

enum { IDLE_MS = 1000 }; /* who has not asked for a lane for so long leaves its share to others */

struct endpoint {
    struct endpoint *next;
    char *name;
    struct pace pace;
    struct seat *seats;
    int used;
};

struct seat {
    struct seat *next;
    struct endpoint *at;
    int used;
    int64_t asked_at;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards all of it; held for moments */
static struct endpoint *endpoints;

static struct endpoint *find(const char *name)
{
    struct endpoint *e = endpoints;
    while (e && strcmp(e->name, name) != 0)
        e = e->next;
    return e;
}

struct seat *endpoint_sit(const char *name, int most)
{
    struct seat *s = MEM_NEW(struct seat);
    pthread_mutex_lock(&mutex);
    struct endpoint *e = find(name);
    if (!e) {
        e = MEM_NEW(struct endpoint);
        e->name = mem_strdup(name);
        e->next = endpoints;
        endpoints = e;
        pace_init(&e->pace, most, clock_mono_ms());
    }
    s->at = e;
    s->next = e->seats;
    e->seats = s;
    pthread_mutex_unlock(&mutex);
    return s;
}

/* What was found out goes with the last seat: the next job may come at another time of day. */
static void drop(struct endpoint *e)
{
    struct endpoint **link = &endpoints;
    while (*link != e)
        link = &(*link)->next;
    *link = e->next;
    mem_free(e->name);
    mem_free(e);
}

void endpoint_leave(struct seat *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&mutex);
    struct seat **link = &s->at->seats;
    while (*link != s)
        link = &(*link)->next;
    *link = s->next;
    s->at->used -= s->used;
    if (!s->at->seats)
        drop(s->at);
    pthread_mutex_unlock(&mutex);
    mem_free(s);
}

/* Rounded up: the last lanes go to who asks first. */
static int share(const struct seat *s, int64_t now)
{
    int active = 1;
    for (const struct seat *other = s->at->seats; other; other = other->next)
        active += other != s && (other->used > 0 || now - other->asked_at < IDLE_MS);
    return (s->at->pace.allowed + active - 1) / active;
}

bool endpoint_take(struct seat *s)
{
    pthread_mutex_lock(&mutex);
    s->asked_at = clock_mono_ms();
    int mine = share(s, s->asked_at);
    bool ok = !s->used || (s->used < mine && s->at->used < s->at->pace.allowed);
    if (ok) {
        s->used++;
        s->at->used++;
    } else {
        pace_full(&s->at->pace);
    }
    pthread_mutex_unlock(&mutex);
    return ok;
}

void endpoint_give(struct seat *s)
{
    pthread_mutex_lock(&mutex);
    s->used--;
    s->at->used--;
    pthread_mutex_unlock(&mutex);
}

int endpoint_share(struct seat *s)
{
    pthread_mutex_lock(&mutex);
    int mine = share(s, clock_mono_ms());
    pthread_mutex_unlock(&mutex);
    return mine;
}

void endpoint_moved(struct seat *s, int64_t bytes)
{
    pthread_mutex_lock(&mutex);
    pace_moved(&s->at->pace, bytes, clock_mono_ms());
    pthread_mutex_unlock(&mutex);
}

void endpoint_answered(struct seat *s)
{
    pthread_mutex_lock(&mutex);
    pace_answered(&s->at->pace, clock_mono_ms());
    pthread_mutex_unlock(&mutex);
}

void endpoint_throttled(struct seat *s)
{
    pthread_mutex_lock(&mutex);
    pace_throttled(&s->at->pace, clock_mono_ms());
    pthread_mutex_unlock(&mutex);
}
