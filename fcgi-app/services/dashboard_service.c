#include "fcgi-app/services/dashboard_service.h"

#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/services/job_service.h"
#include "net/json.h"

#include <string.h>

enum { LIMIT = 50, US_PER_MS = 1000 };

/* What a worker says of itself (workers/worker.c); anything else in its place is shown as nothing. */
static struct dashboard_server read_server(struct arena *a, const struct queue_server *from)
{
    struct dashboard_server out = {.id = from->id, .service = "", .queue = "", .seen_at = from->seen_ms * US_PER_MS};
    struct json *json = json_parse(from->json, strlen(from->json), NULL);
    const char *service = json_str(json_get(json, "service")), *queue = json_str(json_get(json, "queue"));
    if (service)
        out.service = arena_strdup(a, service);
    if (queue)
        out.queue = arena_strdup(a, queue);
    json_int(json_get(json, "active"), &out.active);
    json_free(json);
    return out;
}

static int look_at_redis(struct services *s, struct arena *a, struct dashboard *out, struct err *e)
{
    struct queue_server *servers;
    if (queue_list(s->redis, a, &out->queues, &out->queue_count, e) ||
        queue_servers(s->redis, a, &servers, &out->server_count, e))
        return -1;
    out->servers = ARENA_ARRAY(a, (size_t)out->server_count + 1, struct dashboard_server);
    for (int i = 0; i < out->server_count; i++)
        out->servers[i] = read_server(a, &servers[i]);
    return 0;
}

static int jobs(struct services *s, struct arena *a, bool (*belongs)(enum job_status), struct dashboard_jobs *out,
                struct err *e)
{
    bool statuses[JOB_STATUS__MAX];
    for (int i = 0; i < JOB_STATUS__MAX; i++)
        statuses[i] = belongs((enum job_status)i);
    return stats_jobs(s->db, a, statuses, LIMIT, &out->items, &out->count, e);
}

static bool is_enqueued(enum job_status s)
{
    return s == JOB_QUEUED || s == JOB_PENDING_UPLOAD;
}

static bool is_failed(enum job_status s)
{
    return job_status_info(s)->failed;
}

static bool is_succeeded(enum job_status s)
{
    return s == JOB_COMPLETED;
}

int dashboard_service_look(struct services *s, struct arena *a, struct dashboard *out, struct err *e)
{
    struct err away;
    *out = (struct dashboard){0};
    if (look_at_redis(s, a, out, &away)) {
        log_warn("the queues could not be read", kv_err(&away));
        out->redis_away = true;
        out->server_count = out->queue_count = 0;
    }
    return stats_read(s->db, a, &out->stats, e) ||
                   stats_phases(s->db, a, true, LIMIT, &out->processing.items, &out->processing.count, e) ||
                   stats_phases(s->db, a, false, LIMIT, &out->scheduled.items, &out->scheduled.count, e) ||
                   jobs(s, a, is_enqueued, &out->enqueued, e) || jobs(s, a, is_failed, &out->failed, e) ||
                   jobs(s, a, is_succeeded, &out->succeeded, e)
               ? -1
               : 0;
}

static int owner(struct services *s, struct arena *a, int64_t job_id, int64_t *user_id, struct err *e)
{
    if (stats_owner(s->db, a, job_id, user_id, e))
        return -1;
    return *user_id ? 0 : err_set(e, ERR_NOT_FOUND, "JobNotFound", "Job not found.");
}

int dashboard_service_requeue(struct services *s, struct arena *a, int64_t job_id, struct err *e)
{
    int64_t user_id;
    return owner(s, a, job_id, &user_id, e) || job_service_requeue(s, a, user_id, job_id, e) ? -1 : 0;
}

int dashboard_service_delete(struct services *s, struct arena *a, int64_t job_id, struct err *e)
{
    int64_t user_id;
    return owner(s, a, job_id, &user_id, e) || job_service_cancel(s, a, user_id, job_id, e) ? -1 : 0;
}
