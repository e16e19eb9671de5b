#include "fcgi-app/services/session_service.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/encode.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "net/seal.h"
#include "store/session_store.h"
#include "store/user_store.h"

#include <string.h>

enum { CSRF_BYTES = 16, US_PER_S = 1000000 };

int session_service_check(struct services *s, struct arena *a, const char *token, struct session *out, struct err *e)
{
    struct token_claims c;
    if (token_cache_verify(s->verified, a, &s->tokens, token, clock_wall_us() / US_PER_S, &c, e))
        return -1;
    session_require(s->db, c.session_id, c.user_id, c.version);
    *out = (struct session){.id = c.session_id,
                            .user_id = c.user_id,
                            .by = BY_BEARER,
                            .email = c.email,
                            .name = c.name,
                            .csrf = c.csrf,
                            .expires_s = c.expires_s};
    return 0;
}

int session_service_settle(struct services *s, struct err *e)
{
    return db_required(s->db, e);
}

void session_service_forget(struct services *s)
{
    db_require(s->db, NULL, NULL, 0);
}

/* What a client says of itself is shown to its user later: bounded, one line, UTF-8. */
static const char *safe_agent(struct arena *a, const char *agent)
{
    char *text = arena_strndup(a, agent ? agent : "", strnlen(agent ? agent : "", SESSION_AGENT_MAX));
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    utf8_scrub(text);
    return text;
}

char *session_service_open(struct services *s, struct arena *a, const struct user *user, const struct origin *from,
                           struct session *out, struct err *e)
{
    int64_t now = clock_wall_us() / US_PER_S, life = config_int(CFG_JWT_LIFETIME_S);
    struct session_row row = {
        .browser = from->browser, .address = from->address, .user_agent = safe_agent(a, from->agent)};
    struct token_claims c = {
        .user_id = user->id,
        .version = user->token_version,
        .issued_s = now,
        .expires_s = now + life,
        .email = user->email,
        .name = user->full_name,
        .csrf = seal_token(a, CSRF_BYTES),
    };
    if (session_create(s->db, a, user->id, &row, life, &c.session_id, e))
        return NULL;
    *out = (struct session){.id = c.session_id,
                            .user_id = c.user_id,
                            .by = from->browser ? BY_COOKIE : BY_BEARER,
                            .email = c.email,
                            .name = c.name,
                            .csrf = c.csrf,
                            .expires_s = c.expires_s};
    return token_issue(a, &s->tokens, &c, e);
}

int session_service_is_admin(struct services *s, struct arena *a, int64_t user_id, bool *out, struct err *e)
{
    struct user *user;
    if (user_by_id(s->db, a, user_id, &user, e))
        return -1;
    if (!user)
        return err_set(e, ERR_AUTH, NULL, "This session has been ended. Please log in again.");
    *out = user->is_admin;
    return 0;
}

int session_service_list(struct services *s, struct arena *a, int64_t user_id, struct session_row **out, int *n,
                         struct err *e)
{
    return session_list(s->db, a, user_id, out, n, e);
}

int session_service_end(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    bool found;
    if (session_end(s->db, a, user_id, id, &found, e))
        return -1;
    if (!found)
        return err_set(e, ERR_NOT_FOUND, "SessionNotFound", "Session not found.");
    log_info("session ended", kv_int("SessionId", id), kv_int("UserId", user_id));
    return 0;
}

int session_service_end_others(struct services *s, struct arena *a, const struct session *session, int64_t *n,
                               struct err *e)
{
    if (session_end_others(s->db, a, session->user_id, session->id, n, e))
        return -1;
    log_info("other sessions ended", kv_int("UserId", session->user_id), kv_int("Count", *n));
    return 0;
}
