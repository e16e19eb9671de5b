#include "base/config.h"
#include "base/jsonw.h"
#include "fcgi-app/edge/edge.h"
#include "fcgi-app/edge/google_consent_service.h"
#include "fcgi-app/input.h"
#include "fcgi-app/oauth_redirect.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/text.h"

enum { NAME_MAX_UNITS = 255 };

static const struct input_field fields[] = {
    {"credentialId", INPUT_ID, offsetof(struct google_connect_order, credential_id), false},
    {"profileName", INPUT_TEXT, offsetof(struct google_connect_order, profile_name), true},
    {"setAsDefault", INPUT_FLAG, offsetof(struct google_connect_order, set_default), false},
};

/* Lax: Google's redirect is a navigation from another site, on which a Strict cookie stays at home. */
static void set_cookie(struct request *req, struct response *res, const char *name, const char *value, int64_t life_s)
{
    response_header(res, "Set-Cookie",
                    arena_printf(req->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s", name, value,
                                 (long long)life_s, req->secure ? "; Secure" : ""));
}

static void answer(struct request *req, struct response *res, const struct google_consent *consent)
{
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_str(w, "authorizationUrl", consent->url);
    jsonw_end(w);
    if (consent->nonce)
        set_cookie(req, res, consent->cookie, consent->nonce, consent->cookie_life_s);
}

int google_consent_begin(struct request *req, struct response *res, struct err *e)
{
    struct google_connect_order order = {0};
    struct google_consent consent;
    if (input_body(req, fields, sizeof fields / sizeof *fields, &order, e))
        return -1;
    if (text_utf16_length(order.profile_name) > NAME_MAX_UNITS) {
        request_field_error(req, "ProfileName", "The field ProfileName must be a string with a maximum length of %d.",
                            NAME_MAX_UNITS);
        return request_invalid(req, e);
    }
    if (google_consent_connect(req->services, req->arena, req->session.user_id, &order, req->listener == LISTENER_WEB,
                               &consent, e))
        return -1;
    answer(req, res, &consent);
    return 0;
}

int google_consent_again(struct request *req, struct response *res, struct err *e)
{
    struct google_consent consent;
    int64_t id;
    if (input_id(req, &id, e)) { /* to the replaced product, what is no number is no such address */
        req->field_errors = NULL;
        return err_set(e, ERR_NOT_FOUND, NULL, "There is nothing at this address.");
    }
    if (google_consent_reauthenticate(req->services, req->arena, req->session.user_id, id,
                                      req->listener == LISTENER_WEB, &consent, e))
        return -1;
    answer(req, res, &consent);
    return 0;
}

/* A browser without session and headers of ours comes by: whatever happened, it is sent back to the web app. */
int google_consent_callback(struct request *req, struct response *res, struct err *e)
{
    struct google_callback callback = {
        .code = query_get(&req->query, "code"),
        .state = query_get(&req->query, "state"),
        .error = query_get(&req->query, "error"),
    };
    const char *cookie = callback.state ? google_consent_cookie(req->arena, callback.state) : NULL;
    const char *frontend = config_str(CFG_FRONTEND_URL), *target;
    int64_t profile_id;
    if (cookie)
        callback.nonce = request_cookie(req, cookie);
    if (google_consent_finish(req->services, req->arena, &callback, &profile_id, e))
        target = oauth_redirect_error(req->arena, frontend, e->code, e->msg);
    else
        target = oauth_redirect_success(req->arena, frontend, profile_id);
    err_clear(e);
    response_empty(res, 302);
    response_header(res, "Location", target);
    if (callback.nonce)
        set_cookie(req, res, cookie, "", 0);
    return 0;
}
