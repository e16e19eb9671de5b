#include "base/jsonw.h"
#include "fcgi-app/guard.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"

enum { US_PER_S = 1000000 };

int auth_me(struct request *req, struct response *res, struct err *e)
{
    (void)e;
    const struct session *session = &req->session;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_int(w, "id", session->user_id);
    jsonw_str(w, "email", session->email);
    jsonw_str(w, "name", session->name);
    jsonw_str(w, "csrfToken", session->csrf);
    jsonw_time(w, "expiresAt", session->expires_s * US_PER_S);
    jsonw_end(w);
    return 0;
}

/* The cookie goes; a bearer token is the client's to forget. */
int auth_logout(struct request *req, struct response *res, struct err *e)
{
    (void)e;
    response_empty(res, 204);
    guard_set_cookie(req, res, "", 0);
    return 0;
}
