/*
 * Sessions: a row each, named by a signed token. The token alone says who asks; whether its session lives is asked
 * along with the request's first statement, so that it costs no round trip of its own.
 */
#ifndef TC_FCGI_SESSION_SERVICE_H
#define TC_FCGI_SESSION_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "fcgi-app/request.h"

struct services;
struct session_row;
struct user;

/*
 * session_service_check(s, a, token, out, e): whose session it would be; ERR_AUTH when the token is not ours. From then
 * on every call that reaches the database answers ERR_AUTH, without an effect, when the session has ended.
 */
int session_service_check(struct services *s, struct arena *a, const char *token, struct session *out, struct err *e);

/* session_service_settle(s, e): ask now, if no statement has asked so far. session_service_forget(s): the request is
 * over. */
int session_service_settle(struct services *s, struct err *e);
void session_service_forget(struct services *s);

/* session_service_open(s, a, user, from, out, e): a new session for the user: its token, and the session in *out. */
char *session_service_open(struct services *s, struct arena *a, const struct user *user, const struct origin *from,
                           struct session *out, struct err *e);

/* session_service_is_admin(s, a, user_id, out, e): ERR_AUTH when the user is gone. */
int session_service_is_admin(struct services *s, struct arena *a, int64_t user_id, bool *out, struct err *e);

int session_service_list(struct services *s, struct arena *a, int64_t user_id, struct session_row **out, int *n,
                         struct err *e);

/* session_service_end: ERR_NOT_FOUND SessionNotFound when the user has no such session. */
int session_service_end(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

/* session_service_end_others(s, a, session, n, e): all of the user's but this one; *n: how many lived. */
int session_service_end_others(struct services *s, struct arena *a, const struct session *session, int64_t *n,
                               struct err *e);

#endif
