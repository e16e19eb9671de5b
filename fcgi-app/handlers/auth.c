#include "base/jsonw.h"
#include "fcgi-app/account_json.h"
#include "fcgi-app/guard.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/session_service.h"

enum { US_PER_S = 1000000 };

int auth_me(struct request *req, struct response *res, struct err *e)
{
    static const char *const methods[] = {[BY_COOKIE] = "cookie", [BY_BEARER] = "bearer", [BY_API_KEY] = "apiKey"};
    const struct session *session = &req->session;
    bool is_admin;
    if (session_service_is_admin(req->services, req->arena, session->user_id, &is_admin, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_int(w, "id", session->user_id);
    jsonw_str(w, "email", session->email);
    jsonw_str(w, "name", session->name);
    jsonw_str(w, "csrfToken", session->csrf);
    jsonw_time(w, "expiresAt", session->expires_s * US_PER_S);
    jsonw_bool(w, "isAdmin", is_admin);
    jsonw_str(w, "authMethod", methods[session->by]);
    jsonw_end(w);
    return 0;
}

static int end(struct request *req, struct response *res, int64_t id, struct err *e)
{
    if (session_service_end(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    response_empty(res, 204);
    if (id == req->session.id)
        guard_set_cookie(req, res, "", 0);
    return 0;
}

int auth_logout(struct request *req, struct response *res, struct err *e)
{
    return end(req, res, req->session.id, e);
}

int sessions_end(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    return input_id(req, &id, e) ? -1 : end(req, res, id, e);
}

int sessions_list(struct request *req, struct response *res, struct err *e)
{
    struct session_row *rows;
    int n;
    if (session_service_list(req->services, req->arena, req->session.user_id, &rows, &n, e))
        return -1;
    account_json_sessions(response_json(res, 200), rows, n, req->session.id);
    return 0;
}

int sessions_end_others(struct request *req, struct response *res, struct err *e)
{
    int64_t n;
    if (session_service_end_others(req->services, req->arena, &req->session, &n, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_int(w, "revoked", n);
    jsonw_end(w);
    return 0;
}
