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

enum { EMAIL_MAX = 254, PASSWORD_MAX = 1024 };

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

char *login_service(struct services *s, struct arena *a, const char *client, const char *email, const char *password,
                    struct session *out, struct err *e)
{
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
    return session_service_open(s, a, user, out, e);
}
