/* Sessions: tokens, and the version by which a user's tokens are revoked. */
#ifndef TC_FCGI_SESSION_SERVICE_H
#define TC_FCGI_SESSION_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "fcgi-app/request.h"

struct services;
struct user;

/* session_service_check(s, a, token, out, e): whose session it is; ERR_AUTH when it is none, or no longer one. */
int session_service_check(struct services *s, struct arena *a, const char *token, struct session *out, struct err *e);

/* session_service_open(s, a, user, out, e): a new session for the user: its token, and the session itself in *out. */
char *session_service_open(struct services *s, struct arena *a, const struct user *user, struct session *out,
                           struct err *e);

#endif
