#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"

/* nginx takes over and streams the user's channel: the client never names one, and no process is held. */
int events_open(struct request *req, struct response *res, struct err *e)
{
    (void)e;
    response_empty(res, 200);
    response_header(res, "X-Accel-Redirect", arena_printf(req->arena, "/_sse/u%lld", (long long)req->session.user_id));
    return 0;
}
