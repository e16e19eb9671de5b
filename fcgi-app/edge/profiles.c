#include "fcgi-app/edge/edge.h"
#include "fcgi-app/edge/google_account.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/profile_service.h"

int profiles_disconnect(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || profile_service_disconnect(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    google_account_release(req->services, req->arena, id);
    response_empty(res, 200);
    return 0;
}

int profiles_delete(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || profile_service_delete(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    google_account_release(req->services, req->arena, id);
    response_empty(res, 204);
    return 0;
}
