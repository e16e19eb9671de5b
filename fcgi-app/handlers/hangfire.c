/* /hangfire: the queue dashboard, for the admin's browser alone. */
#include "fcgi-app/dashboard_html.h"
#include "fcgi-app/guard.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/dashboard_service.h"
#include "fcgi-app/services/session_service.h"

#include <string.h>

enum { FORM_MAX = 4096 };

static int see_other(struct response *res, const char *where)
{
    response_empty(res, 303);
    response_header(res, "Location", where);
    return 0;
}

/* Others learn nothing. */
static int require_admin(struct request *req, struct err *e)
{
    bool admin;
    if (session_service_is_admin(req->services, req->arena, req->session.user_id, &admin, e))
        return -1;
    return admin ? 0 : err_set(e, ERR_NOT_FOUND, NULL, "There is nothing at this address.");
}

static int render(struct request *req, struct response *res, int status, const char *notice, struct err *e)
{
    struct dashboard d;
    if (dashboard_service_look(req->services, req->arena, &d, e))
        return -1;
    dashboard_html(response_text(res, status, "text/html; charset=utf-8"), &d, req->session.csrf, notice);
    return 0;
}

int hangfire_page(struct request *req, struct response *res, struct err *e)
{
    if (guard_page(req, NULL, e))
        return e->class == ERR_AUTH ? see_other(res, "/login?next=%2Fhangfire") : -1;
    return require_admin(req, e) ? -1 : render(req, res, 200, NULL, e);
}

/* The csrf field of the form. */
static int read_form(struct request *req, const char **csrf, struct err *e)
{
    struct buf body = BUF_INIT(FORM_MAX);
    struct query *form = ARENA_NEW(req->arena, struct query);
    *csrf = NULL;
    int rc = request_body(req, FORM_MAX, &body, e);
    if (rc == 0 && body.len > 0 && strcmp(request_media_type(req), "application/x-www-form-urlencoded") != 0)
        rc = err_set(e, ERR_MEDIA, NULL, "The body must be a form.");
    if (rc == 0 && memchr(buf_str(&body), '\0', body.len))
        rc = err_set(e, ERR_FORMAT, NULL, "The form is not properly encoded.");
    if (rc == 0)
        rc = query_parse(arena_strdup(req->arena, buf_str(&body)), req->arena, form, e);
    if (rc == 0)
        *csrf = query_get(form, "csrf");
    buf_free(&body);
    return rc;
}

/* A form was sent: back to the page, or the page with what is in the way. */
static int act(struct request *req, struct response *res,
               int (*action)(struct services *, struct arena *, int64_t, struct err *), struct err *e)
{
    const char *csrf;
    int64_t id;
    if (read_form(req, &csrf, e))
        return -1;
    if (guard_page(req, csrf, e))
        return e->class == ERR_AUTH ? see_other(res, "/login?next=%2Fhangfire") : -1;
    if (require_admin(req, e) || input_id(req, &id, e))
        return -1;
    if (action(req->services, req->arena, id, e) == 0)
        return see_other(res, "/hangfire");
    if (err_http_status(e) >= 500)
        return -1;
    struct err why = *e;
    return render(req, res, err_http_status(&why), why.msg, e);
}

int hangfire_requeue(struct request *req, struct response *res, struct err *e)
{
    return act(req, res, dashboard_service_requeue, e);
}

int hangfire_delete(struct request *req, struct response *res, struct err *e)
{
    return act(req, res, dashboard_service_delete, e);
}
