#include "fcgi-app/guard.h"

#include "base/encode.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
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

static bool csrf_matches(const struct request *req)
{
    const char *sent = request_header(req, GUARD_CSRF_HEADER), *want = req->session.csrf;
    return sent && *want && strlen(sent) == strlen(want) && mem_equal_ct(sent, want, strlen(want));
}

int guard_check(struct request *req, struct err *e)
{
    const char *token = bearer(req);
    bool by_cookie = !token && req->listener == LISTENER_WEB;
    if (by_cookie)
        token = request_cookie(req, GUARD_COOKIE);
    if (!token)
        return err_set(e, ERR_AUTH, NULL, "Please log in first.");
    if (session_service_check(req->services, req->arena, token, &req->session, e))
        return -1;
    /* A bearer token is attached by a program on purpose; a cookie comes along with whatever page asks. */
    if (by_cookie && !is_safe(req->method) && !csrf_matches(req))
        return err_set(e, ERR_DENIED, "CsrfFailed", "The %s header does not match this session.", GUARD_CSRF_HEADER);
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
