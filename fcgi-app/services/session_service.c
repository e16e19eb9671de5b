#include "fcgi-app/services/session_service.h"

#include "base/clock.h"
#include "base/config.h"
#include "fcgi-app/services/context.h"
#include "net/seal.h"
#include "store/user_store.h"

enum { CSRF_BYTES = 16, US_PER_S = 1000000 };

int session_service_check(struct services *s, struct arena *a, const char *token, struct session *out, struct err *e)
{
    struct token_claims c;
    struct user *user;
    if (token_verify(a, &s->tokens, token, clock_wall_us() / US_PER_S, &c, e) ||
        user_by_id(s->db, a, c.user_id, &user, e))
        return -1;
    if (!user || user->token_version != c.version)
        return err_set(e, ERR_AUTH, NULL, "This session has been ended. Please log in again.");
    *out = (struct session){user->id, user->email, user->full_name, c.csrf, c.expires_s};
    return 0;
}

char *session_service_open(struct services *s, struct arena *a, const struct user *user, struct session *out,
                           struct err *e)
{
    int64_t now = clock_wall_us() / US_PER_S;
    struct token_claims c = {
        .user_id = user->id,
        .version = user->token_version,
        .issued_s = now,
        .expires_s = now + config_int(CFG_JWT_LIFETIME_S),
        .email = user->email,
        .name = user->full_name,
        .csrf = seal_token(a, CSRF_BYTES),
    };
    *out = (struct session){c.user_id, c.email, c.name, c.csrf, c.expires_s};
    return token_issue(a, &s->tokens, &c, e);
}
