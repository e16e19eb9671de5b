#include "fcgi-app/guard.h"

#include "base/encode.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/api_key_service.h"
#include "fcgi-app/services/session_service.h"

#include <string.h>
#include <strings.h>

/* The bearer token, NULL when there is none. */
static const char *bearer(const struct request *req)
{
    const char *header = request_header(req, "Authorization");
    if (!header || strncasecmp(header, "Bearer", 6) != 0 || (header[6] != ' ' && header[6] != '\0'))
        return NULL;
    return header + 6 + strspn(header + 6, " ");
}

static bool is_safe(const char *method)
{
    return !strcmp(method, "GET") || !strcmp(method, "OPTIONS");
}

static bool csrf_matches(const struct request *req, const char *sent)
{
    const char *want = req->session.csrf;
    return sent && *want && strlen(sent) == strlen(want) && mem_equal_ct(sent, want, strlen(want));
}

int guard_settle(struct request *req, struct err *e)
{
    return session_service_settle(req->services, e);
}

/* The API key of the request, NULL when there is none. */
static const char *api_key(const struct request *req, const char *token)
{
    if (!token)
        return request_header(req, GUARD_KEY_HEADER);
    return strncmp(token, API_KEY_START, strlen(API_KEY_START)) ? NULL : token;
}

static int check_key(struct request *req, const char *text, struct err *e)
{
    unsigned scopes;
    enum route_scope needed = req->route->scope;
    if (api_key_service_check(req->services, req->arena, text, &req->session, &scopes, e))
        return -1;
    if (needed == SCOPE_NONE)
        return err_set(e, ERR_DENIED, "SessionRequired", "An API key cannot do this; log in with e-mail and password.");
    if (!(scopes & needed))
        return err_set(e, ERR_DENIED, "ScopeMissing", "The API key does not have the scope \"%s\".",
                       api_key_scope_name(needed));
    return 0;
}

int guard_check(struct request *req, struct err *e)
{
    const char *token = bearer(req), *key = api_key(req, token);
    if (key)
        return check_key(req, key, e);
    bool by_cookie = !token && req->listener == LISTENER_WEB;
    if (by_cookie)
        token = request_cookie(req, GUARD_COOKIE);
    if (!token)
        return err_set(e, ERR_AUTH, NULL, "Please log in first.");
    if (session_service_check(req->services, req->arena, token, &req->session, e) ||
        (req->route->pool == POOL_EDGE && guard_settle(req, e)))
        return -1;
    if (by_cookie)
        req->session.by = BY_COOKIE;
    /* A bearer token is attached by a program on purpose; a cookie comes along with whatever page asks. */
    if (by_cookie && !is_safe(req->method) && !csrf_matches(req, request_header(req, GUARD_CSRF_HEADER)))
        return err_set(e, ERR_DENIED, "CsrfFailed", "The %s header does not match this session.", GUARD_CSRF_HEADER);
    return 0;
}

int guard_page(struct request *req, const char *csrf, struct err *e)
{
    const char *token = request_cookie(req, GUARD_COOKIE);
    if (req->listener != LISTENER_WEB || bearer(req) || request_header(req, GUARD_KEY_HEADER))
        return err_set(e, ERR_NOT_FOUND, NULL, "There is nothing at this address.");
    if (!token)
        return err_set(e, ERR_AUTH, NULL, "Please log in first.");
    if (session_service_check(req->services, req->arena, token, &req->session, e) || guard_settle(req, e)) {
        session_service_forget(req->services); /* the caller has an answer of its own to this */
        return -1;
    }
    req->session.by = BY_COOKIE;
    if (!is_safe(req->method) && !csrf_matches(req, csrf))
        return err_set(e, ERR_DENIED, "CsrfFailed", "The form is not of this session; load the page again.");
    return 0;
}

const char *guard_challenge(const struct request *req)
{
    const char *token = bearer(req);
    if (!token || !*token)
        return "Bearer";
    return "Bearer error=\"invalid_token\", error_description=\"The access token is invalid or has expired\"";
}

void guard_set_cookie(const struct request *req, struct response *res, const char *token, int64_t life_s)
{
    if (req->listener != LISTENER_WEB)
        return;
    response_header(res, "Set-Cookie",
                    arena_printf(req->arena, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", GUARD_COOKIE,
                                 token, (long long)life_s, req->secure ? "; Secure" : ""));
}
