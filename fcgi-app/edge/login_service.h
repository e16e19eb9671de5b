/* The login: one answer, and one duration, for every kind of wrong. */
#ifndef TC_EDGE_LOGIN_SERVICE_H
#define TC_EDGE_LOGIN_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "fcgi-app/request.h"

struct services;

/*
 * login_service(s, a, client, email, password, out, e): a new session's token, and the session in *out. NULL with
 * ERR_AUTH InvalidCredentials, ERR_LIMIT, ERR_RULE ServerConfigError.
 */
char *login_service(struct services *s, struct arena *a, const char *client, const char *email, const char *password,
                    struct session *out, struct err *e);

#endif
