/*
 * Who asks. Bearer tokens on both listeners; on the browsers' listener also the cookie, and then every method that may
 * change something must repeat the session's csrf value in a header.
 */
#ifndef TC_FCGI_GUARD_H
#define TC_FCGI_GUARD_H

#include "base/err.h"

#include <stdint.h>

struct request;
struct response;

#define GUARD_COOKIE "tc_session"
#define GUARD_CSRF_HEADER "X-CSRF-Token"

/* guard_check(req, e): fill req->session; ERR_AUTH, or ERR_DENIED "CsrfFailed". */
int guard_check(struct request *req, struct err *e);

/* guard_challenge(req): the WWW-Authenticate value of a 401. */
const char *guard_challenge(const struct request *req);

/* guard_set_cookie(req, res, token, life_s): on the browsers' listener hand the token out as the session cookie; an
 * empty token with life 0 takes it away. Does nothing on the other listener. */
void guard_set_cookie(const struct request *req, struct response *res, const char *token, int64_t life_s);

#endif
