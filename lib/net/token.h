/*
 * Access tokens: JWT, HS256 and nothing else; the only file that includes libjwt. The replaced product's claims
 * (contract-api 1.3) plus three of ours: `jti`, the row of `sessions` without which the token is worth nothing, `ver`,
 * the user's token version, by which all tokens of a user are revoked, and `csrf`, which a browser session must repeat
 * in a header.
 */
#ifndef TC_NET_TOKEN_H
#define TC_NET_TOKEN_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct token_keys {
    const char *secret; /* at least 32 bytes */
    const char *issuer, *audience;
};

struct token_claims {
    int64_t user_id;
    int64_t session_id; /* `jti` */
    int64_t version;
    int64_t issued_s, expires_s; /* seconds since 1970 */
    const char *email, *name, *csrf;
};

enum { TOKEN_SKEW_S = 300, TOKEN_MAX = 4096 };

/* token_issue(a, k, c, e): the signed token, in the arena. */
char *token_issue(struct arena *a, const struct token_keys *k, const struct token_claims *c, struct err *e);

/*
 * token_verify(a, k, text, now_s, c, e): signature, algorithm, issuer, audience and life with TOKEN_SKEW_S of clock
 * skew; fills *c (strings in the arena). ERR_AUTH otherwise, with the same sentence for every kind of forgery. The
 * session and the version are the caller's to compare.
 */
int token_verify(struct arena *a, const struct token_keys *k, const char *text, int64_t now_s, struct token_claims *c,
                 struct err *e);

#endif
