/* Whatever proves a password: the login, and its change. One answer, and one duration, for every kind of wrong. */
#ifndef TC_EDGE_LOGIN_SERVICE_H
#define TC_EDGE_LOGIN_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "fcgi-app/request.h"

struct services;

/*
 * login_service(s, a, from, email, password, out, e): a new session's token, and the session in *out. NULL with
 * ERR_AUTH InvalidCredentials, ERR_LIMIT, ERR_RULE ServerConfigError.
 */
char *login_service(struct services *s, struct arena *a, const struct origin *from, const char *email,
                    const char *password, struct session *out, struct err *e);

/*
 * password_service(s, a, from, current, chosen, session, e): change the password of *session's user. All of the user's
 * sessions end; the answer is a fresh one, as the login's, and *session becomes that. NULL with ERR_INPUT
 * WrongPassword, which counts as a failed login, or WeakPassword; ERR_LIMIT.
 */
char *password_service(struct services *s, struct arena *a, const struct origin *from, const char *current,
                       const char *chosen, struct session *session, struct err *e);

#endif
