#include "fcgi-app/edge/edge.h"
#include "fcgi-app/edge/google_usage_service.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"

static void write_storage(struct jsonw *w, const struct google_usage *u)
{
    bool limited = u->room.limit >= 0;
    if (!u->known) {
        jsonw_null(w, "storage");
        return;
    }
    jsonw_object(w, "storage");
    jsonw_int_or_null(w, "limitBytes", limited, u->room.limit);
    jsonw_int(w, "usedBytes", u->room.used);
    jsonw_int_or_null(w, "freeBytes", limited, u->room.limit > u->room.used ? u->room.limit - u->room.used : 0);
    jsonw_time(w, "checkedAt", u->checked_at);
    jsonw_end(w);
}

int profiles_usage(struct request *req, struct response *res, struct err *e)
{
    struct google_usage usage;
    int64_t id;
    if (input_id(req, &id, e) || google_usage_read(req->services, req->arena, req->session.user_id, id, &usage, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    write_storage(w, &usage);
    jsonw_object(w, "day");
    jsonw_int(w, "sentBytes", usage.day.sent);
    jsonw_int(w, "limitBytes", usage.day_limit);
    jsonw_time(w, "freeAt", usage.day.free_at);
    jsonw_end(w);
    jsonw_end(w);
    return 0;
}
