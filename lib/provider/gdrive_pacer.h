/*
 * Google's quota units: each call costs some, and a project and each of its users may spend so many in a minute. A
 * bucket for both, shared by all processes through Redis, from which a process takes a little ahead (a grant), so that
 * most calls ask nobody. A Redis that has forgotten them starts with full buckets; while it is away, each process
 * counts for itself. https://developers.google.com/workspace/drive/api/guides/limits
 */
#ifndef TC_PROVIDER_GDRIVE_PACER_H
#define TC_PROVIDER_GDRIVE_PACER_H

#include <stdint.h>

enum gdrive_cost { GDRIVE_COST_READ, GDRIVE_COST_WRITE, GDRIVE_COST_OTHER, GDRIVE_COST__MAX };

struct gdrive_units {
    int cost[GDRIVE_COST__MAX]; /* of a call */
    int64_t per_minute_project; /* at least six times the dearest call, like the next */
    int64_t per_minute_user;
};

struct gdrive_pacer;

/* gdrive_pacer_new(redis_url, units, now_ms): redis_url NULL: this process alone. now_ms: a clock for tests, which then
 * also is Redis' time; NULL: the monotonic one here, Redis' own there. */
struct gdrive_pacer *gdrive_pacer_new(const char *redis_url, const struct gdrive_units *units, int64_t (*now_ms)(void));
void gdrive_pacer_free(struct gdrive_pacer *p);

/*
 * gdrive_pacer_take(p, project, user, cost): the call may be made: 0. Else the ms after which it is worth asking again.
 * From any thread; does not wait, but for Redis (at most 5 s, then not again for 10 s).
 */
int64_t gdrive_pacer_take(struct gdrive_pacer *p, const char *project, const char *user, enum gdrive_cost cost);

#endif
