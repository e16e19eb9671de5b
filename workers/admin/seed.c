#include "workers/admin/seed.h"

#include "base/config.h"
#include "base/log.h"
#include "net/password.h"
#include "net/seal.h"
#include "store/job_store.h"
#include "store/secret_store.h"
#include "store/user_store.h"
#include "workers/admin/import.h"

int seed_admin(struct db *db, struct arena *a, struct err *e)
{
    const char *email = config_str(CFG_ADMIN_EMAIL), *password = config_str(CFG_ADMIN_PASSWORD);
    char hash[PASSWORD_HASH_SIZE];
    struct user *u;
    int64_t id;
    if (!*email || !*password) {
        log_warn("ADMIN_EMAIL or ADMIN_PASSWORD is not set; no admin is made", kv_none);
        return 0;
    }
    if (user_by_email(db, a, email, &u, e))
        return -1;
    if (u && u->seed_hash && password_verify(u->seed_hash, password))
        return 0;
    if (password_hash(password, hash, e))
        return -1;
    if (u) {
        log_info("the admin's password is the environment's from now on", kv_int("UserId", u->id));
        return user_set_password(db, a, u->id, hash, hash, e);
    }
    if (user_insert(db, a, email, config_str(CFG_ADMIN_NAME), hash, hash, true, &id, e))
        return -1;
    log_info("the admin was made", kv_int("UserId", id));
    return 0;
}

int seed_secrets(struct db *db, struct arena *a, struct err *e)
{
    const char *old = config_str(CFG_CREDENTIALS_KEY_OLD);
    int n;
    if (seal_init(config_str(CFG_CREDENTIALS_KEY), old, e) || secret_check(db, a, e))
        return -1;
    if (!*old)
        return 0;
    if (secret_reseal(db, a, &n, e))
        return -1;
    log_info("the secrets are sealed with CREDENTIALS_KEY; CREDENTIALS_KEY_OLD may go", kv_int("Count", n));
    return 0;
}

int seed_all(struct db *db, struct arena *a, struct err *e)
{
    return job_transitions_sync(db, a, e) || seed_secrets(db, a, e) || import_own(db, a, e) || seed_admin(db, a, e) ? -1
                                                                                                                    : 0;
}
