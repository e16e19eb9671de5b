/* The Google account behind a Drive profile: its OAuth client, its tokens, and the calls that every service needs. */
#ifndef TC_EDGE_GOOGLE_ACCOUNT_H
#define TC_EDGE_GOOGLE_ACCOUNT_H

#include "base/arena.h"
#include "provider/google_oauth.h"

#include <stdint.h>

struct drive_profile;
struct oauth_credential;
struct services;

/* google_account_servers(): the configured addresses. google_account_client(c): as the provider takes it. */
struct google_servers google_account_servers(void);
struct google_client google_account_client(const struct oauth_credential *c);

/*
 * google_account_refresh(s, a, p, e): a new access token into p->tokens, which are stored. When Google refuses the
 * login (ERR_LOGIN) the profile needs a new one. ERR_LOGIN also without a refresh token or OAuth client.
 */
int google_account_refresh(struct services *s, struct arena *a, struct drive_profile *p, struct err *e);

/*
 * A Drive profile to call Google with: the stored access token as long as it is good, else a new one.
 * google_access_open(s, a, profile_id, e): NULL with ERR_LOGIN when a person must log in, ERR_NOT_FOUND when there is
 * no such profile; both are told by the first call when Google says so only then. `a` must outlive it; close takes
 * NULL.
 */
struct google_access;
struct gdrive_api;
struct google_access *google_access_open(struct services *s, struct arena *a, int64_t profile_id, struct err *e);
struct gdrive_api *google_access_api(struct google_access *access);
void google_access_close(struct google_access *access);

/*
 * google_account_release(s, a, profile_id): after a profile was disconnected: revoke its grant at Google, unless
 * another profile lives by it, and forget its tokens. Best effort within a few seconds; failures are logged. Nothing
 * for other providers' profiles. Not within a transaction.
 */
void google_account_release(struct services *s, struct arena *a, int64_t profile_id);

#endif
