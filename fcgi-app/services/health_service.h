/* How the platform is: what /api/health/ready and /api/health/detailed tell. */
#ifndef TC_FCGI_HEALTH_SERVICE_H
#define TC_FCGI_HEALTH_SERVICE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct services;

struct health_part {
    const char *state; /* "healthy", "unhealthy", "timeout" */
    int64_t ms;        /* the answer took that long; -1 without one */
};

struct health {
    int64_t at; /* µs: when it was looked at */
    bool healthy;
    struct health_part database, redis;
};

/* health_service_ready(s): asked at most every 10 s per process, so that probes of many balancers cost nothing; what
 * failed is asked again after a second. */
struct health health_service_ready(struct services *s);

struct health_detail {
    struct health health; /* as it is now */
    int pending_migrations;
    int64_t total_bytes, used_bytes, available_bytes; /* of the downloads volume */
    double used_percent;
    const char *warnings[4];
    int warning_count;
};

void health_service_detail(struct services *s, struct arena *a, struct health_detail *out);

#endif
