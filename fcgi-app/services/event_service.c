#include "fcgi-app/services/event_service.h"

#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "net/events.h"
#include "store/job_event.h"

void event_service_job(struct services *s, struct arena *a, int64_t user_id, int64_t job_id)
{
    struct err e = ERR_INIT;
    struct job *job;
    const char *where = config_str(CFG_EVENTS_PUBLISH_URL), *secret = config_str(CFG_EVENTS_PUBLISH_SECRET);
    if (!*where)
        return;
    if (job_get(s->db, a, user_id, job_id, &job, &e) == 0 && job)
        events_post(s->http, where, secret, user_id, job_event_json(a, job), &e);
    if (e.class != ERR_NONE)
        log_debug("a live event was not published", kv_int("JobId", job_id), kv_err(&e));
}
