#include "fcgi-app/edge/google_account.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "provider/gdrive_api.h"
#include "store/drive_store.h"
#include "store/oauth_store.h"

#include <stdio.h>
#include <string.h>

enum { REVOKE_TIMEOUT_MS = 3000, US_PER_S = 1000000, TOKEN_RESERVE_S = 60 };

struct google_servers google_account_servers(void)
{
    return (struct google_servers){
        .oauth_url = config_str(CFG_GOOGLE_OAUTH_URL),
        .token_url = config_str(CFG_GOOGLE_TOKEN_URL),
        .revoke_url = config_str(CFG_GOOGLE_REVOKE_URL),
        .api_url = config_str(CFG_GOOGLE_API_URL),
        .scope = strcmp(config_str(CFG_GOOGLE_DRIVE_SCOPE), "full") == 0 ? GOOGLE_SCOPE_FULL : GOOGLE_SCOPE_FILE,
        .timeout_ms = (int)config_int(CFG_GOOGLE_TIMEOUT_MS),
    };
}

struct google_client google_account_client(const struct oauth_credential *c)
{
    return (struct google_client){c->client_id, c->client_secret, c->redirect_uri};
}

int google_account_refresh(struct services *s, struct arena *a, struct drive_profile *p, struct err *e)
{
    struct oauth_credential *credential = NULL;
    struct google_servers servers = google_account_servers();
    struct google_tokens fresh;
    if (p->credential_id && oauth_credential_secret(s->db, a, p->credential_id, &credential, e))
        return -1;
    if (!credential)
        return err_set(e, ERR_LOGIN, "MissingCredentials",
                       "Profile has no linked OAuth credentials. Please connect using a saved credential.");
    if (!p->tokens.refresh)
        return err_set(e, ERR_LOGIN, "ProfileNotConfigured", "The profile has no login at Google.");
    struct google_client client = google_account_client(credential);
    if (google_oauth_refresh(s->http, a, &servers, &client, p->tokens.refresh, &fresh, e)) {
        struct err away;
        if (e->class == ERR_LOGIN && drive_refused(s->db, a, p, &away))
            log_warn("a refused login could not be noted", kv_int("ProfileId", p->id), kv_err(&away));
        return -1;
    }
    p->tokens.access = fresh.access;
    p->tokens.expires_s = clock_wall_us() / US_PER_S + fresh.expires_s;
    if (fresh.refresh) /* Google may hand out another one at any time */
        p->tokens.refresh = fresh.refresh;
    return drive_keep(s->db, a, p, e);
}

struct google_access {
    struct services *s;
    struct arena *a;
    struct drive_profile *profile;
    struct google_servers servers;
    struct gdrive_target target;
    struct gdrive_api *api;
};

/* A gdrive_token. One at a time among all processes, like the workers: somebody else may have been faster. */
static int token(void *arg, const char *refused, char *out, struct err *e)
{
    struct google_access *g = arg;
    const char *had = g->profile->tokens.access;
    if (!had || refused || g->profile->tokens.expires_s < clock_wall_us() / US_PER_S + TOKEN_RESERVE_S) {
        if (drive_lock(g->s->db, g->a, g->profile->id, g->servers.timeout_ms * 2, e))
            return -1;
        int rc = drive_read(g->s->db, g->a, g->profile->id, &g->profile, e);
        if (rc == 0 && (!g->profile || !g->profile->tokens.refresh || g->profile->needs_reauth))
            rc = err_set(e, ERR_LOGIN, NULL, "The profile has no login at Google.");
        const struct drive_tokens *now = rc ? NULL : &g->profile->tokens;
        if (now && (!now->access || (had && strcmp(now->access, had) == 0) ||
                    now->expires_s < clock_wall_us() / US_PER_S + TOKEN_RESERVE_S))
            rc = google_account_refresh(g->s, g->a, g->profile, e);
        /* Also what a refusal has noted is to stay. */
        if (db_commit(g->s->db, rc ? NULL : e))
            rc = -1;
        if (rc)
            return -1;
    }
    if (strlen(g->profile->tokens.access) >= GDRIVE_TOKEN_SIZE)
        return err_set(e, ERR_REMOTE, "InvalidTokenResponse", "Google's access token is too long.");
    snprintf(out, GDRIVE_TOKEN_SIZE, "%s", g->profile->tokens.access);
    return 0;
}

struct google_access *google_access_open(struct services *s, struct arena *a, int64_t profile_id, struct err *e)
{
    struct google_access *g = ARENA_NEW(a, struct google_access);
    g->s = s;
    g->a = a;
    g->servers = google_account_servers();
    g->target = (struct gdrive_target){g->servers.api_url, g->servers.timeout_ms, g->servers.timeout_ms};
    if (drive_read(s->db, a, profile_id, &g->profile, e))
        return NULL;
    if (!g->profile) {
        err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
        return NULL;
    }
    g->api = gdrive_api_new(&g->target, token, g);
    return g;
}

struct gdrive_api *google_access_api(struct google_access *access)
{
    return access->api;
}

void google_access_close(struct google_access *access)
{
    if (access)
        gdrive_api_free(access->api);
}

void google_account_release(struct services *s, struct arena *a, int64_t profile_id)
{
    struct google_servers servers = google_account_servers();
    struct drive_profile *p;
    struct err e = ERR_INIT;
    bool shared = false;
    if (servers.timeout_ms > REVOKE_TIMEOUT_MS)
        servers.timeout_ms = REVOKE_TIMEOUT_MS;
    if (drive_read(s->db, a, profile_id, &p, &e) || (p && drive_grant_shared(s->db, a, profile_id, &shared, &e)))
        goto failed;
    if (!p || p->is_active || !p->tokens.refresh)
        return;
    if (shared)
        log_info("a grant at Google stays for another profile", kv_int("ProfileId", profile_id));
    else if (google_oauth_revoke(s->http, &servers, p->tokens.refresh, &e))
        log_warn("a grant at Google could not be revoked", kv_int("ProfileId", profile_id), kv_err(&e));
    else
        log_info("a grant at Google was revoked", kv_int("ProfileId", profile_id));
    /* Revoked or not, nothing here needs them any more. */
    if (drive_forget(s->db, a, profile_id, &e))
        goto failed;
    return;
failed:
    log_warn("a disconnected profile's tokens could not be cleaned up", kv_int("ProfileId", profile_id), kv_err(&e));
}
