/*
 * Who asks. Bearer tokens and API keys on both listeners; on the browsers' listener also the cookie, and then every
 * method that may change something must repeat the session's csrf value in a header. API keys reach only the rows of
 * routes.c whose scope they have.
 */
#ifndef TC_FCGI_GUARD_H
#define TC_FCGI_GUARD_H

#include "base/err.h"

#include <stdint.h>

struct request;
struct response;

#define GUARD_COOKIE "tc_session"
#define GUARD_CSRF_HEADER "X-CSRF-Token"
#define GUARD_KEY_HEADER "X-Api-Key"

/*
 * guard_check(req, e): fill req->session; ERR_AUTH, or ERR_DENIED "CsrfFailed", "SessionRequired", "ScopeMissing".
 * Whether the session still lives is asked along with the first statement of the handler, in the edge pool ahead of it:
 * what is done there reaches beyond the database.
 */
int guard_check(struct request *req, struct err *e);

/*
 * guard_page(req, csrf, e): the same for pages without script, which only a browser's cookie opens; csrf is what a form
 * sent, NULL for a GET. The session has been looked at when this returns. ERR_NOT_FOUND for anything but a browser.
 */
int guard_page(struct request *req, const char *csrf, struct err *e);

/* guard_settle(req, e): that question, now, unless it has been answered. app.c asks it before any answer goes out; a
 * handler that acts outside of PostgreSQL before its first statement must ask it too. */
int guard_settle(struct request *req, struct err *e);

/* guard_challenge(req): the WWW-Authenticate value of a 401. */
const char *guard_challenge(const struct request *req);

/* guard_set_cookie(req, res, token, life_s): on the browsers' listener hand the token out as the session cookie; an
 * empty token with life 0 takes it away. Does nothing on the other listener. */
void guard_set_cookie(const struct request *req, struct response *res, const char *token, int64_t life_s);

#endif
