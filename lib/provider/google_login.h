/* The login of a Drive profile: a new access token from its refresh token, for the API and the Drive worker. */
#ifndef TC_PROVIDER_GOOGLE_LOGIN_H
#define TC_PROVIDER_GOOGLE_LOGIN_H

#include "provider/google_oauth.h"
#include "store/drive_store.h"

/*
 * google_login_refresh(db, h, a, servers, p, e): a new access token into p->tokens, which are stored. When Google
 * refuses the login (ERR_LOGIN) the profile is marked as needing a new one. ERR_LOGIN also without a refresh token or
 * OAuth client. Not within a transaction.
 */
int google_login_refresh(struct db *db, struct http *h, struct arena *a, const struct google_servers *servers,
                         struct drive_profile *p, struct err *e);

#endif
