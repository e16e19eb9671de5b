/* What the queue dashboard of the admin shows and does. Over all users; who may see it is the caller's business. */
#ifndef TC_FCGI_DASHBOARD_SERVICE_H
#define TC_FCGI_DASHBOARD_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "queue/look.h"
#include "store/stats_store.h"

struct services;

struct dashboard_server {
    const char *id, *service, *queue; /* the last two "" when it did not say */
    int64_t active;
    int64_t seen_at; /* µs */
};

struct dashboard_jobs {
    struct stats_job *items;
    int count;
};

struct dashboard_phases {
    struct stats_phase *items;
    int count;
};

struct dashboard {
    bool redis_away; /* then servers and queues are not known */
    struct dashboard_server *servers;
    int server_count;
    struct queue_info *queues;
    int queue_count;
    struct stats stats;
    struct dashboard_phases processing, scheduled;
    struct dashboard_jobs enqueued, failed, succeeded;
};

int dashboard_service_look(struct services *s, struct arena *a, struct dashboard *out, struct err *e);

/* By the rules of the job's owner (job_service.h): requeue, or delete, which is a cancel. ERR_NOT_FOUND JobNotFound. */
int dashboard_service_requeue(struct services *s, struct arena *a, int64_t job_id, struct err *e);
int dashboard_service_delete(struct services *s, struct arena *a, int64_t job_id, struct err *e);

#endif
