#include "workers/gdrive/account.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "provider/gdrive_pacer.h"
#include "provider/google_oauth.h"
#include "store/drive_store.h"
#include "store/oauth_store.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { US_PER_S = 1000000, RENEW_BEFORE_S = 720 }; /* Google's tokens live an hour: at 80 % of it */

#define NEEDS_LOGIN "Google Drive needs a new login: open the storage and sign in again."

struct account {
    struct drive_profile *profile;
    struct google_client client;
    struct google_servers servers;

    pthread_mutex_t mutex; /* guards what follows; held during a refresh, so that there is one */
    struct http *http;
    struct arena *arena;
    char access[GDRIVE_TOKEN_SIZE];
    int64_t expires_s, life_s;
    const char *project;   /* of Google Cloud, as far as the client's id tells */
    bool changed, refused; /* learnt while PostgreSQL was away, and not stored yet */
};

static struct gdrive_pacer *pacer;

void account_pacer_open(void)
{
    const struct gdrive_units units = {
        .cost = {[GDRIVE_COST_READ] = (int)config_int(CFG_GDRIVE_UNITS_READ),
                 [GDRIVE_COST_WRITE] = (int)config_int(CFG_GDRIVE_UNITS_WRITE),
                 [GDRIVE_COST_OTHER] = (int)config_int(CFG_GDRIVE_UNITS_OTHER)},
        .per_minute_project = config_int(CFG_GDRIVE_UNITS_PER_MINUTE),
        .per_minute_user = config_int(CFG_GDRIVE_UNITS_PER_MINUTE_USER),
    };
    pacer = gdrive_pacer_new(config_str(CFG_REDIS_URL), &units, NULL);
}

void account_pacer_close(void)
{
    gdrive_pacer_free(pacer);
    pacer = NULL;
}

struct gdrive_api *account_api(struct account *acc, const struct gdrive_target *t)
{
    struct gdrive_api *api = gdrive_api_new(t, account_token, acc);
    gdrive_api_paced(api, pacer, acc->project, acc->profile->email);
    return api;
}

static int read_profile(struct db *db, struct arena *a, int64_t id, struct account *acc, struct err *e)
{
    struct oauth_credential *c = NULL;
    if (drive_read(db, a, id, &acc->profile, e))
        return -1;
    const struct drive_profile *p = acc->profile;
    if (!p)
        return err_set(e, ERR_PERMANENT, "NoCredentials", "The storage profile no longer exists.");
    if (!p->is_active)
        return err_set(e, ERR_PERMANENT, "InactiveProfile", "Storage profile is not active");
    if (p->needs_reauth || !p->tokens.refresh)
        return err_set(e, ERR_LOGIN, NULL, NEEDS_LOGIN);
    if (p->credential_id && oauth_credential_secret(db, a, p->credential_id, &c, e))
        return -1;
    if (!c)
        return err_set(e, ERR_LOGIN, "MissingCredentials", "The Google credentials of this storage were deleted.");
    acc->client = (struct google_client){c->client_id, c->client_secret, c->redirect_uri};
    acc->project = arena_strndup(a, c->client_id, strcspn(c->client_id, "-.")); /* "{project}-{client}.apps.…" */
    return 0;
}

struct account *account_open(struct db *db, struct arena *a, int64_t profile_id, struct err *e)
{
    struct account *acc = ARENA_NEW(a, struct account);
    if (read_profile(db, a, profile_id, acc, e))
        return NULL;
    acc->servers = (struct google_servers){.token_url = config_str(CFG_GOOGLE_TOKEN_URL),
                                           .api_url = config_str(CFG_GOOGLE_API_URL),
                                           .timeout_ms = (int)config_int(CFG_GOOGLE_TIMEOUT_MS)};
    pthread_mutex_init(&acc->mutex, NULL);
    acc->http = http_new();
    acc->arena = arena_new(0);
    if (acc->profile->tokens.access && strlen(acc->profile->tokens.access) < sizeof acc->access) {
        snprintf(acc->access, sizeof acc->access, "%s", acc->profile->tokens.access);
        acc->expires_s = acc->profile->tokens.expires_s;
    }
    return acc;
}

const char *account_email(const struct account *acc)
{
    return acc->profile->email;
}

const struct drive_place *account_place(const struct account *acc)
{
    return &acc->profile->place;
}

void account_close(struct account *acc)
{
    if (!acc)
        return;
    http_free(acc->http);
    arena_free(acc->arena);
    pthread_mutex_destroy(&acc->mutex);
}

static int take(struct account *acc, const char *access, int64_t life_s, struct err *e)
{
    if (strlen(access) >= sizeof acc->access)
        return err_set(e, ERR_REMOTE, "InvalidTokenResponse", "Google's access token is too long.");
    snprintf(acc->access, sizeof acc->access, "%s", access);
    acc->life_s = life_s;
    acc->expires_s = clock_wall_us() / US_PER_S + life_s;
    return 0;
}

/* A new token from Google, for p and for the account. */
static int ask(struct account *acc, struct drive_profile *p, struct err *e)
{
    struct google_tokens fresh;
    if (google_oauth_refresh(acc->http, acc->arena, &acc->servers, &acc->client, p->tokens.refresh, &fresh, e) ||
        take(acc, fresh.access, fresh.expires_s, e))
        return -1;
    p->tokens.access = fresh.access;
    p->tokens.expires_s = acc->expires_s;
    if (fresh.refresh) /* Google may hand out another one at any time */
        p->tokens.refresh = fresh.refresh;
    log_debug("access token renewed", kv_int("ProfileId", p->id), kv_int("LifeS", fresh.expires_s));
    return 0;
}

/* The profile's lock is held: somebody may have stored a new token while it was waited for. */
static int renew_locked(struct account *acc, struct db *db, struct err *e)
{
    struct drive_profile *p;
    struct err away = ERR_INIT;
    if (drive_read(db, acc->arena, acc->profile->id, &p, e))
        return -1;
    if (!p || p->needs_reauth || !p->tokens.refresh)
        return err_set(e, ERR_LOGIN, NULL, NEEDS_LOGIN);
    int64_t left_s = p->tokens.expires_s - clock_wall_us() / US_PER_S;
    if (p->tokens.access && left_s > 0 && strcmp(p->tokens.access, acc->access) != 0)
        return take(acc, p->tokens.access, left_s, e);
    int rc = ask(acc, p, e);
    if (rc && e->class != ERR_LOGIN)
        return -1;
    if ((rc ? drive_refused(db, acc->arena, p, &away) : drive_keep(db, acc->arena, p, &away)) || db_commit(db, &away)) {
        log_warn("what Google said of a login could not be stored yet", kv_int("ProfileId", p->id), kv_err(&away));
        acc->changed = rc == 0;
        acc->refused = rc != 0;
    }
    return rc;
}

/* One at a time among all processes; with PostgreSQL away, at least among the lanes of this job. */
static int renew(struct account *acc, struct err *e)
{
    struct err away = ERR_INIT;
    struct db *db = db_new(config_str(CFG_DATABASE_URL), "torreclou-googledrive-token");
    int rc;
    arena_reset(acc->arena);
    if (drive_lock(db, acc->arena, acc->profile->id, acc->servers.timeout_ms * 2, &away)) {
        struct drive_profile alone = *acc->profile;
        log_warn("an access token is renewed without its lock", kv_int("ProfileId", alone.id), kv_err(&away));
        rc = ask(acc, &alone, e);
        acc->changed |= rc == 0;
        acc->refused |= rc && e->class == ERR_LOGIN;
    } else {
        rc = renew_locked(acc, db, e);
    }
    db_rollback(db);
    db_free(db);
    return rc;
}

/* Old enough for a new one: a fifth of its life is left, which for a normal one is 12 minutes. */
static bool is_old(const struct account *acc)
{
    int64_t before = acc->life_s ? acc->life_s / 5 : RENEW_BEFORE_S;
    return !acc->access[0] || clock_wall_us() / US_PER_S >= acc->expires_s - before;
}

int account_token(void *arg, const char *refused, char *out, struct err *e)
{
    struct account *acc = arg;
    int rc = 0;
    pthread_mutex_lock(&acc->mutex);
    if (is_old(acc) || (refused && !strcmp(refused, acc->access)))
        rc = renew(acc, e);
    if (rc == 0)
        snprintf(out, GDRIVE_TOKEN_SIZE, "%s", acc->access);
    pthread_mutex_unlock(&acc->mutex);
    return rc;
}

void account_store(struct account *acc, struct db *db, struct arena *a)
{
    struct err e = ERR_INIT;
    pthread_mutex_lock(&acc->mutex);
    struct drive_profile now = *acc->profile;
    now.tokens.access = arena_strdup(a, acc->access);
    now.tokens.expires_s = acc->expires_s;
    bool changed = acc->changed, refused = acc->refused;
    pthread_mutex_unlock(&acc->mutex);
    if ((refused && drive_refused(db, a, &now, &e)) || (changed && !refused && drive_keep(db, a, &now, &e)))
        log_warn("a Google login could not be stored", kv_int("ProfileId", now.id), kv_err(&e));
}
