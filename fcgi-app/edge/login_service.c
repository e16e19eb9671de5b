#include "fcgi-app/edge/login_service.h"

#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/edge/hash_slots.h"
#include "fcgi-app/edge/login_limit.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/services/session_service.h"
#include "net/password.h"
#include "store/user_store.h"

#include <string.h>
#include <strings.h>

enum { EMAIL_MAX = 254, PASSWORD_MIN_CHARS = 12, PASSWORD_MAX_CHARS = 1024, PASSWORD_MAX = 4 * PASSWORD_MAX_CHARS };

/* An unknown account costs a hash as well, and waits for the same slot. */
static int verify(const struct user *user, const char *password, bool *match, struct err *e)
{
    int slot = hash_slots_take(e);
    if (slot < 0)
        return -1;
    *match = password_verify(user ? user->password_hash : NULL, password);
    hash_slots_release(slot);
    return 0;
}

char *login_service(struct services *s, struct arena *a, const struct origin *from, const char *email,
                    const char *password, struct session *out, struct err *e)
{
    const char *client = from->address;
    struct user *user = NULL;
    bool match = false, sane = strlen(email) <= EMAIL_MAX && strlen(password) <= PASSWORD_MAX;
    const char *account = sane ? email : "";
    if (!*config_str(CFG_ADMIN_EMAIL) || !*config_str(CFG_ADMIN_PASSWORD)) {
        err_set(e, ERR_RULE, "ServerConfigError",
                "Admin credentials not configured. Set ADMIN_EMAIL and ADMIN_PASSWORD in environment variables.");
        return NULL;
    }
    if (login_limit_check(s, a, client, account, e) || user_by_email(s->db, a, account, &user, e) ||
        verify(user, sane ? password : "", &match, e))
        return NULL;
    if (!match || !sane) {
        login_limit_failed(s, a, client, account);
        log_warn("login failed", kv_str("Client", client), kv_str("Email", account));
        err_set(e, ERR_AUTH, "InvalidCredentials", "Invalid email or password");
        return NULL;
    }
    log_info("logged in", kv_int("UserId", user->id), kv_str("Client", client));
    return session_service_open(s, a, user, from, out, e);
}

static int check_strength(const struct session *session, const char *current, const char *chosen, struct err *e)
{
    size_t chars = 0;
    for (const char *p = chosen; *p; p++)
        chars += ((unsigned char)*p & 0xc0) != 0x80;
    if (chars < PASSWORD_MIN_CHARS || chars > PASSWORD_MAX_CHARS)
        return err_set(e, ERR_INPUT, "WeakPassword", "The new password must have %d to %d characters.",
                       PASSWORD_MIN_CHARS, PASSWORD_MAX_CHARS);
    if (!strcasecmp(chosen, session->email))
        return err_set(e, ERR_INPUT, "WeakPassword", "The new password must not be the e-mail address.");
    if (!strcmp(chosen, current))
        return err_set(e, ERR_INPUT, "WeakPassword", "The new password must differ from the current one.");
    return 0;
}

/* The new hash, the end of every session and the new one together. */
static char *replace(struct services *s, struct arena *a, const struct origin *from, const char *hash,
                     struct session *session, struct err *e)
{
    struct user *user = NULL;
    char *token = NULL;
    if (db_begin(s->db, e))
        return NULL;
    if (user_set_password(s->db, a, session->user_id, hash, NULL, e) == 0 &&
        user_by_id(s->db, a, session->user_id, &user, e) == 0 && user)
        token = session_service_open(s, a, user, from, session, e);
    if (token)
        return db_commit(s->db, e) ? NULL : token;
    db_rollback(s->db);
    return NULL;
}

char *password_service(struct services *s, struct arena *a, const struct origin *from, const char *current,
                       const char *chosen, struct session *session, struct err *e)
{
    char hash[PASSWORD_HASH_SIZE];
    struct user *user;
    bool match, sane = strlen(current) <= PASSWORD_MAX;
    int64_t user_id = session->user_id;
    if (login_limit_check(s, a, from->address, session->email, e) || user_by_id(s->db, a, user_id, &user, e) ||
        verify(user, sane ? current : "", &match, e))
        return NULL;
    if (!match || !sane) {
        login_limit_failed(s, a, from->address, session->email);
        log_warn("a password change failed", kv_int("UserId", user_id), kv_str("Client", from->address));
        err_set(e, ERR_INPUT, "WrongPassword", "The current password is not right.");
        return NULL;
    }
    if (check_strength(session, current, chosen, e))
        return NULL;
    int slot = hash_slots_take(e);
    if (slot < 0)
        return NULL;
    int rc = password_hash(chosen, hash, e);
    hash_slots_release(slot);
    char *token = rc ? NULL : replace(s, a, from, hash, session, e);
    if (token)
        log_info("password changed", kv_int("UserId", user_id), kv_str("Client", from->address));
    return token;
}
