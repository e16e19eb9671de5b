/*
 * Failed logins are counted per address and per account, a minute long (LOGIN_LIMIT_PER_MINUTE). Past the limit an
 * address is told to wait. Past an account's limit only addresses that failed themselves wait: whoever floods an
 * account from elsewhere cannot lock its owner out. The counters live in Redis; while it is away each process counts by
 * itself.
 */
#ifndef TC_EDGE_LOGIN_LIMIT_H
#define TC_EDGE_LOGIN_LIMIT_H

#include "base/arena.h"
#include "base/err.h"

struct services;

/* login_limit_check(s, a, address, account, e): may this try go on; ERR_LIMIT with retry_after_s otherwise. */
int login_limit_check(struct services *s, struct arena *a, const char *address, const char *account, struct err *e);

/* login_limit_failed(s, a, address, account): count one. */
void login_limit_failed(struct services *s, struct arena *a, const char *address, const char *account);

#endif
