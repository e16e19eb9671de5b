#include "base/clock.h"
#include "base/jsonw.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/health_service.h"

#define VERSION "1.0.0.0" /* four parts, as the replaced product's clients know it */

int health_live(struct request *req, struct response *res, struct err *e)
{
    (void)req;
    (void)e;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_str(w, "status", "healthy");
    jsonw_time(w, "timestamp", clock_wall_us());
    jsonw_end(w);
    return 0;
}

/* The members of both answers; the object stays open. */
static void open_health(struct jsonw *w, const struct health *h)
{
    jsonw_object(w, NULL);
    jsonw_time(w, "timestamp", h->at);
    jsonw_bool(w, "isHealthy", h->healthy);
    jsonw_str(w, "database", h->database.state);
    jsonw_str(w, "redis", h->redis.state);
    jsonw_str(w, "version", VERSION);
    jsonw_int_or_null(w, "databaseResponseTimeMs", h->database.ms >= 0, h->database.ms);
    jsonw_int_or_null(w, "redisResponseTimeMs", h->redis.ms >= 0, h->redis.ms);
}

int health_ready(struct request *req, struct response *res, struct err *e)
{
    (void)e;
    struct health h = health_service_ready(req->services);
    struct jsonw *w = response_json(res, h.healthy ? 200 : 503);
    open_health(w, &h);
    jsonw_end(w);
    return 0;
}

int health_detailed(struct request *req, struct response *res, struct err *e)
{
    (void)e;
    struct health_detail d;
    health_service_detail(req->services, req->arena, &d);
    struct jsonw *w = response_json(res, 200);
    open_health(w, &d.health);
    jsonw_int(w, "pendingMigrations", d.pending_migrations);
    jsonw_object(w, "storage");
    jsonw_int(w, "totalBytes", d.total_bytes);
    jsonw_int(w, "usedBytes", d.used_bytes);
    jsonw_int(w, "availableBytes", d.available_bytes);
    jsonw_double(w, "usagePercent", d.used_percent);
    jsonw_end(w);
    jsonw_array(w, "warnings");
    for (int i = 0; i < d.warning_count; i++)
        jsonw_str(w, NULL, d.warnings[i]);
    jsonw_end(w);
    jsonw_end(w);
    return 0;
}
