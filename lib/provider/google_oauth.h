/*
 * Google's OAuth 2.0 for web server apps: consent with PKCE, tokens, revocation, and whose account it is. Only the
 * protocol: who may do what, and what is stored where, is the callers' matter.
 * https://developers.google.com/identity/protocols/oauth2/web-server
 *
 * Failures beside those of the transport (net/http.h):
 *   ERR_LOGIN      invalid_grant: the code or refresh token is spent, revoked or too old: only a person can help
 *   ERR_PERMANENT  any other refusal; err.code is Google's own ("invalid_client", "redirect_uri_mismatch" …)
 *   ERR_REMOTE     5xx, or a success that cannot be used (InvalidTokenResponse, MissingAccessToken)
 *   ERR_THROTTLED  asked to slow down
 * No sentence holds a token, a code or a secret.
 */
#ifndef TC_PROVIDER_GOOGLE_OAUTH_H
#define TC_PROVIDER_GOOGLE_OAUTH_H

#include "base/arena.h"
#include "net/http.h"

/*
 * drive.file: only what this app made itself. It is no "sensitive" scope, so that a person's own OAuth client needs no
 * review by Google and its refresh tokens do not die after a week as those of unreviewed clients with wider scopes do;
 * a stolen token reads nobody's documents. It creates folders and files, and also tells the account's e-mail by
 * about.get, so that no identity scope is asked for. The price: a target folder must be one that this app has made.
 * Who wants another one has the installation ask for the whole of Drive.
 */
#define GOOGLE_SCOPE_FILE "https://www.googleapis.com/auth/drive.file"
#define GOOGLE_SCOPE_FULL "https://www.googleapis.com/auth/drive"

struct google_servers {
    const char *oauth_url, *token_url, *revoke_url, *api_url; /* of the configuration */
    const char *scope;                                        /* to ask for; NULL: GOOGLE_SCOPE_FILE */
    int timeout_ms;                                           /* of each call */
};

struct google_client {
    const char *id, *secret, *redirect_uri;
};

/* google_oauth_challenge(a, verifier): the S256 challenge of RFC 7636, 4.2. */
const char *google_oauth_challenge(struct arena *a, const char *verifier);

/* google_oauth_url(a, servers, client, state, challenge, login_hint): where to send the browser. login_hint: the
 * account to offer, NULL for any. The secret is not used. */
const char *google_oauth_url(struct arena *a, const struct google_servers *servers, const struct google_client *client,
                             const char *state, const char *challenge, const char *login_hint);

/* Strings live in the arena. */
struct google_tokens {
    const char *access;
    const char *refresh; /* NULL: Google gave none */
    int64_t expires_s;   /* life of the access token from now on; 0: not said */
    bool scope_granted;  /* what was asked for is among the scopes: people may untick it */
};

/* google_oauth_read_tokens(a, text, n, wanted, out, e): the body of a token answer; the scope wanted. Pure. */
int google_oauth_read_tokens(struct arena *a, const char *text, size_t n, const char *wanted, struct google_tokens *out,
                             struct err *e);

/* google_oauth_exchange: a consent's code becomes tokens; google_oauth_refresh: a new access token. */
int google_oauth_exchange(struct http *h, struct arena *a, const struct google_servers *servers,
                          const struct google_client *client, const char *code, const char *verifier,
                          struct google_tokens *out, struct err *e);
int google_oauth_refresh(struct http *h, struct arena *a, const struct google_servers *servers,
                         const struct google_client *client, const char *refresh_token, struct google_tokens *out,
                         struct err *e);

/* google_oauth_revoke: end the grant of this token, and with it every token that the account gave to the client. One
 * that Google does not know any more is fine. */
int google_oauth_revoke(struct http *h, const struct google_servers *servers, const char *token, struct err *e);

/* google_oauth_email: the e-mail of the account behind an access token. */
int google_oauth_email(struct http *h, struct arena *a, const struct google_servers *servers, const char *access_token,
                       const char **email, struct err *e);

#endif
