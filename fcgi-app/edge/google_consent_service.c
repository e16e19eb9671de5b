#include "fcgi-app/edge/google_consent_service.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/encode.h"
#include "base/log.h"
#include "fcgi-app/edge/google_account.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/text.h"
#include "net/digest.h"
#include "net/seal.h"
#include "store/drive_store.h"
#include "store/oauth_store.h"
#include "store/profile_store.h"

#include <string.h>
#include <strings.h>

enum { STATE_BYTES = 32, VERIFIER_BYTES = 32, NONCE_BYTES = 16, COOKIE_DIGITS = 16, US_PER_S = 1000000 };

static const char default_name[] = "My Google Drive";

/* SHA-256, hex. */
static const char *hash(struct arena *a, const char *text)
{
    struct digest_sum sum;
    char *out = arena_alloc(a, DIGEST_HEX_MAX);
    digest_memory(DIGEST_SHA256, text, strlen(text), &sum);
    encode_hex(sum.sha256, sizeof sum.sha256, out);
    return out;
}

/* A cookie for each consent, so that two that overlap do not take each other's. */
const char *google_consent_cookie(struct arena *a, const char *state)
{
    return arena_printf(a, "tc_consent_%.*s", COOKIE_DIGITS, hash(a, state));
}

/* Beginning */

static int begin(struct services *s, struct arena *a, const struct oauth_credential *c, struct oauth_state *st,
                 const char *login_hint, bool with_cookie, struct google_consent *out, struct err *e)
{
    const struct google_servers servers = google_account_servers();
    const struct google_client client = google_account_client(c);
    const char *state = seal_token(a, STATE_BYTES);
    *out = (struct google_consent){
        .cookie = google_consent_cookie(a, state),
        .nonce = with_cookie ? seal_token(a, NONCE_BYTES) : NULL,
        .cookie_life_s = config_int(CFG_OAUTH_STATE_LIFE_S),
    };
    st->credential_id = c->id;
    st->verifier = seal_token(a, VERIFIER_BYTES); /* 64 characters; RFC 7636 asks for 43 to 128 */
    st->nonce_hash = out->nonce ? hash(a, out->nonce) : NULL;
    out->url = google_oauth_url(a, &servers, &client, state, google_oauth_challenge(a, st->verifier), login_hint);
    return oauth_state_add(s->db, a, hash(a, state), st, out->cookie_life_s, e);
}

int google_consent_connect(struct services *s, struct arena *a, int64_t user_id, const struct google_connect_order *o,
                           bool with_cookie, struct google_consent *out, struct err *e)
{
    struct oauth_credential *c;
    const char *name = text_trimmed(a, o->profile_name);
    struct oauth_state st = {
        .user_id = user_id, .profile_name = *name ? name : default_name, .set_default = o->set_default};
    if (oauth_credential_get(s->db, a, user_id, o->credential_id, &c, e))
        return -1;
    if (!c)
        return err_set(e, ERR_NOT_FOUND, "CredentialNotFound", "OAuth credential not found");
    return begin(s, a, c, &st, NULL, with_cookie, out, e);
}

int google_consent_reauthenticate(struct services *s, struct arena *a, int64_t user_id, int64_t profile_id,
                                  bool with_cookie, struct google_consent *out, struct err *e)
{
    struct profile *p;
    struct oauth_credential *c;
    struct oauth_state st = {.user_id = user_id, .profile_id = profile_id};
    if (profile_get(s->db, a, user_id, profile_id, &p, e))
        return -1;
    if (!p || !p->is_active)
        return err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
    if (p->provider != PROVIDER_GOOGLE_DRIVE)
        return err_set(e, ERR_INPUT, "InvalidProfile", "Profile is not a Google Drive profile");
    if (!p->credential_id)
        return err_set(e, ERR_RULE, "MissingCredentials",
                       "Profile has no linked OAuth credentials. Please connect using a saved credential.");
    if (oauth_credential_get(s->db, a, user_id, p->credential_id, &c, e))
        return -1;
    if (!c)
        return err_set(e, ERR_NOT_FOUND, "CredentialNotFound", "Linked OAuth credential not found");
    return begin(s, a, c, &st, p->email, with_cookie, out, e);
}

/* Finishing */

/* A consent that is being finished. */
struct finish {
    struct services *s;
    struct arena *a;
    struct oauth_state *state;
    struct google_servers servers;
    struct google_client client;
    struct google_tokens tokens;
    struct drive_profile profile; /* as it will be stored */
};

/* What a consent was begun for may be gone when it ends. */
enum { GONE_USER, GONE_CREDENTIAL, GONE_PROFILE };
static const struct {
    const char *code, *sentence;
} gone[] = {
    [GONE_USER] = {"UserNotFound", "User not found. Please log in and try again."},
    [GONE_CREDENTIAL] = {"CredentialNotFound", "OAuth credential not found. Please save credentials and try again."},
    [GONE_PROFILE] = {"ProfileNotFound", "The profile associated with this authentication flow no longer exists."},
};

static int is_gone(int what, struct err *e)
{
    return err_set(e, ERR_INPUT, gone[what].code, "%s", gone[what].sentence);
}

/* Google sent the browser back without consent. */
static int refused(const char *error, struct err *e)
{
    if (!strcmp(error, "access_denied"))
        return err_set(e, ERR_INPUT, "AccessDenied", "Access was not granted. Nothing was connected.");
    bool sane = *error && strlen(error) <= 64 && strspn(error, "abcdefghijklmnopqrstuvwxyz_") == strlen(error);
    return err_set(e, ERR_INPUT, "OauthCallbackError", "Google refused the request (%s).", sane ? error : "no reason");
}

static int take_state(struct finish *f, const struct google_callback *c, struct err *e)
{
    if (oauth_state_take(f->s->db, f->a, hash(f->a, c->state), &f->state, e))
        return -1;
    const struct oauth_state *st = f->state;
    if (!st)
        return err_set(e, ERR_INPUT, "InvalidState",
                       "Invalid or expired OAuth state. Please start the authentication flow again.");
    if (st->expired)
        return err_set(e, ERR_INPUT, "InvalidState", "Expired OAuth state");
    const char *nonce = st->nonce_hash && c->nonce ? hash(f->a, c->nonce) : NULL;
    if (st->nonce_hash && (!nonce || !mem_equal_ct(nonce, st->nonce_hash, strlen(st->nonce_hash))))
        return err_set(e, ERR_INPUT, "UserMismatch",
                       "This connection was started in another browser. Please start it again in this one.");
    return 0;
}

/* Is everything still there that the consent was begun for. */
static int find_parts(struct finish *f, struct err *e)
{
    struct oauth_credential *c = NULL;
    struct profile *p;
    const struct oauth_state *st = f->state;
    if (!st->user_id)
        return is_gone(GONE_USER, e);
    if (st->credential_id && oauth_credential_secret(f->s->db, f->a, st->credential_id, &c, e))
        return -1;
    if (!c)
        return is_gone(GONE_CREDENTIAL, e);
    f->client = google_account_client(c);
    f->profile = (struct drive_profile){
        .id = st->profile_id, .user_id = st->user_id, .credential_id = c->id, .name = st->profile_name};
    if (!st->profile_id)
        return 0;
    if (profile_get(f->s->db, f->a, st->user_id, st->profile_id, &p, e))
        return -1;
    if (!p || !p->is_active)
        return is_gone(GONE_PROFILE, e);
    return 0;
}

static int exchange(struct finish *f, const char *code, struct err *e)
{
    struct err why = ERR_INIT;
    if (google_oauth_exchange(f->s->http, f->a, &f->servers, &f->client, code, f->state->verifier, &f->tokens, &why)) {
        log_warn("the exchange of a code failed", kv_err(&why), kv_int("UserId", f->state->user_id));
        if (!strcmp(why.code, "InvalidTokenResponse"))
            return err_set(e, ERR_INPUT, "InvalidResponse", "Invalid token response");
        if (!strcmp(why.code, "MissingAccessToken"))
            return err_set(e, ERR_INPUT, "InvalidResponse", "Token exchange response is missing access_token");
        return err_set(e, ERR_INPUT, "TokenExchangeFailed", "Failed to exchange authorization code for tokens");
    }
    if (!f->tokens.scope_granted)
        return err_set(e, ERR_INPUT, "AccessDenied",
                       "Access to Drive was not granted. Please try again and tick its box.");
    return 0;
}

static int find_email(struct finish *f, struct err *e)
{
    struct err why = ERR_INIT;
    if (google_oauth_email(f->s->http, f->a, &f->servers, f->tokens.access, &f->profile.email, &why) == 0)
        return 0;
    log_warn("the account of a consent is not known", kv_err(&why), kv_int("UserId", f->state->user_id));
    if (why.class == ERR_PERMANENT || why.class == ERR_LOGIN)
        return err_set(e, ERR_INPUT, why.code, "%s", why.msg);
    return err_set(e, ERR_INPUT, "AccountUnknown",
                   "Google did not tell which account this is. Please try again in a moment.");
}

static bool same_account(const char *one, const char *other)
{
    return one && other && strcasecmp(one, other) == 0;
}

/* Google gave no refresh token: the old one of the same account does, as long as it is good. */
static int keep_old_login(struct finish *f, struct err *e)
{
    struct drive_profile *old = NULL;
    struct google_tokens ignored;
    struct err why = ERR_INIT;
    if (f->profile.id && drive_read(f->s->db, f->a, f->profile.id, &old, e))
        return -1;
    if (old && old->tokens.refresh && same_account(old->email, f->profile.email)) {
        f->tokens.refresh = old->tokens.refresh;
        if (google_oauth_refresh(f->s->http, f->a, &f->servers, &f->client, old->tokens.refresh, &ignored, &why) == 0 ||
            why.class != ERR_LOGIN)
            return 0;
    }
    return err_set(e, ERR_INPUT, "NoRefreshToken",
                   "Google gave no lasting login. Remove this app from the account's connections at Google, then "
                   "connect again.");
}

static int store(struct finish *f, int64_t *profile_id, struct err *e)
{
    struct drive_profile *p = &f->profile;
    p->tokens =
        (struct drive_tokens){f->tokens.refresh, f->tokens.access, clock_wall_us() / US_PER_S + f->tokens.expires_s};
    *profile_id = p->id;
    if ((p->id ? drive_renew(f->s->db, f->a, p, e)
               : drive_create(f->s->db, f->a, p, f->state->set_default, profile_id, e)) == 0)
        return 0;
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) /* while Google was asked */
        if (!strcmp(e->code, gone[i].code))
            return is_gone((int)i, e);
    return -1;
}

static int finish(struct finish *f, const struct google_callback *c, int64_t *profile_id, struct err *e)
{
    if (c->error) {
        if (c->state && oauth_state_take(f->s->db, f->a, hash(f->a, c->state), &f->state, e))
            return -1;
        return refused(c->error, e);
    }
    if (!c->code || !*c->code || !c->state || !*c->state)
        return err_set(e, ERR_INPUT, "INVALID_REQUEST", "Missing code or state parameter");
    if (take_state(f, c, e) || find_parts(f, e) || exchange(f, c->code, e) || find_email(f, e) ||
        (!f->tokens.refresh && keep_old_login(f, e)))
        return -1;
    return store(f, profile_id, e);
}

int google_consent_finish(struct services *s, struct arena *a, const struct google_callback *c, int64_t *profile_id,
                          struct err *e)
{
    struct finish f = {.s = s, .a = a, .servers = google_account_servers()};
    if (finish(&f, c, profile_id, e) == 0) {
        log_info("connected to Google Drive", kv_int("ProfileId", *profile_id), kv_int("UserId", f.profile.user_id));
        return 0;
    }
    log_warn("a consent led to nothing", kv_err(e), kv_int("UserId", f.state ? f.state->user_id : 0));
    if (e->class != ERR_INPUT && strcmp(e->code, "DuplicateEmail") != 0) /* our own trouble stays in the log */
        err_set(e, ERR_BUG, "InternalError", "An unexpected error occurred");
    return -1;
}
