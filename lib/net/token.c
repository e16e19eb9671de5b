#include "net/token.h"

#include "base/encode.h"

#include <errno.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

char *token_issue(struct arena *a, const struct token_keys *k, const struct token_claims *c, struct err *e)
{
    jwt_t *jwt = NULL;
    char *encoded = NULL, *token = NULL;
    const char *id = arena_printf(a, "%lld", (long long)c->user_id);
    const char *session = arena_printf(a, "%lld", (long long)c->session_id);
    if (jwt_new(&jwt) || jwt_add_grant(jwt, "email", c->email) || jwt_add_grant(jwt, "given_name", c->name) ||
        jwt_add_grant(jwt, "nameid", id) || jwt_add_grant_int(jwt, "nbf", c->issued_s) ||
        jwt_add_grant_int(jwt, "exp", c->expires_s) || jwt_add_grant_int(jwt, "iat", c->issued_s) ||
        jwt_add_grant(jwt, "iss", k->issuer) || jwt_add_grant(jwt, "aud", k->audience) ||
        jwt_add_grant(jwt, "jti", session) || jwt_add_grant_int(jwt, "ver", c->version) ||
        jwt_add_grant(jwt, "csrf", c->csrf) ||
        jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)k->secret, (int)strlen(k->secret)) ||
        !(encoded = jwt_encode_str(jwt))) {
        err_set(e, ERR_BUG, NULL, "The access token could not be signed.");
        goto out;
    }
    token = arena_strdup(a, encoded);
out:
    free(encoded);
    jwt_free(jwt);
    return token;
}

/* A copy of a string claim, NULL when it is missing or no string. */
static char *claim(struct arena *a, jwt_t *jwt, const char *name)
{
    return arena_strdup(a, jwt_get_grant(jwt, name));
}

static bool number(jwt_t *jwt, const char *name, int64_t *out)
{
    errno = 0;
    *out = jwt_get_grant_int(jwt, name);
    return errno == 0;
}

static bool is(jwt_t *jwt, const char *name, const char *expected)
{
    const char *value = jwt_get_grant(jwt, name);
    return value && !strcmp(value, expected);
}

/* The token's claims, when it is one of ours and alive. */
static bool read_claims(struct arena *a, jwt_t *jwt, const struct token_keys *k, int64_t now_s, struct token_claims *c)
{
    int64_t not_before;
    if (jwt_get_alg(jwt) != JWT_ALG_HS256 || !is(jwt, "iss", k->issuer) || !is(jwt, "aud", k->audience))
        return false;
    if (!number(jwt, "exp", &c->expires_s) || !number(jwt, "nbf", &not_before) || !number(jwt, "iat", &c->issued_s))
        return false;
    if (c->expires_s < now_s - TOKEN_SKEW_S || not_before > now_s + TOKEN_SKEW_S)
        return false;
    c->email = claim(a, jwt, "email");
    c->name = claim(a, jwt, "given_name");
    c->csrf = claim(a, jwt, "csrf");
    return c->email && c->name && c->csrf && number(jwt, "ver", &c->version) &&
           parse_i64(jwt_get_grant(jwt, "jti"), 1, INT32_MAX, &c->session_id) &&
           parse_i64(jwt_get_grant(jwt, "nameid"), 1, INT32_MAX, &c->user_id);
}

int token_verify(struct arena *a, const struct token_keys *k, const char *text, int64_t now_s, struct token_claims *c,
                 struct err *e)
{
    jwt_t *jwt = NULL;
    bool ok = strlen(text) <= TOKEN_MAX &&
              jwt_decode(&jwt, text, (const unsigned char *)k->secret, (int)strlen(k->secret)) == 0 &&
              read_claims(a, jwt, k, now_s, c);
    jwt_free(jwt);
    return ok ? 0 : err_set(e, ERR_AUTH, NULL, "The access token is invalid or has expired.");
}
