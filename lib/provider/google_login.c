#include "provider/google_login.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/oauth_store.h"

enum { US_PER_S = 1000000 };

int google_login_refresh(struct db *db, struct http *h, struct arena *a, const struct google_servers *servers,
                         struct drive_profile *p, struct err *e)
{
    struct oauth_credential *credential = NULL;
    struct google_tokens fresh;
    if (p->credential_id && oauth_credential_secret(db, a, p->credential_id, &credential, e))
        return -1;
    if (!credential)
        return err_set(e, ERR_LOGIN, "MissingCredentials",
                       "Profile has no linked OAuth credentials. Please connect using a saved credential.");
    if (!p->tokens.refresh)
        return err_set(e, ERR_LOGIN, "ProfileNotConfigured", "The profile has no login at Google.");
    struct google_client client = {credential->client_id, credential->client_secret, credential->redirect_uri};
    if (google_oauth_refresh(h, a, servers, &client, p->tokens.refresh, &fresh, e)) {
        struct err away;
        if (e->class == ERR_LOGIN && drive_refused(db, a, p, &away))
            log_warn("a refused login could not be noted", kv_int("ProfileId", p->id), kv_err(&away));
        return -1;
    }
    p->tokens.access = fresh.access;
    p->tokens.expires_s = clock_wall_us() / US_PER_S + fresh.expires_s;
    if (fresh.refresh) /* Google may hand out another one at any time */
        p->tokens.refresh = fresh.refresh;
    return drive_keep(db, a, p, e);
}
