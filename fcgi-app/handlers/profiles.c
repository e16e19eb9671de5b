#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/input.h"
#include "fcgi-app/preset_json.h"
#include "fcgi-app/profile_json.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/profile_service.h"

int profiles_list(struct request *req, struct response *res, struct err *e)
{
    struct profile *items;
    int n;
    if (profile_service_list(req->services, req->arena, req->session.user_id, &items, &n, e))
        return -1;
    profile_json_list(response_json(res, 200), items, n);
    return 0;
}

int profiles_detail(struct request *req, struct response *res, struct err *e)
{
    struct profile *profile;
    int64_t id;
    if (input_id(req, &id, e) || profile_service_get(req->services, req->arena, req->session.user_id, id, &profile, e))
        return -1;
    profile_json_detail(response_json(res, 200), profile);
    return 0;
}

int profiles_set_default(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || profile_service_set_default(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    response_empty(res, 200);
    return 0;
}

int presets_list(struct request *req, struct response *res, struct err *e)
{
    (void)req, (void)e;
    preset_json_list(response_json(res, 200));
    return 0;
}
