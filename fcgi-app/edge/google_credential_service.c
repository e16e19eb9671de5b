#include "fcgi-app/edge/google_credential_service.h"

#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/text.h"
#include "store/oauth_store.h"

#include <string.h>
#include <strings.h>

static const char default_name[] = "My GCP Credentials";

static int not_found(struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "CredentialNotFound", "OAuth credential not found");
}

static const char *name_of(struct arena *a, const char *given)
{
    const char *name = text_trimmed(a, given);
    return *name ? name : default_name;
}

static bool is_client_id(const char *id)
{
    static const char suffix[] = ".apps.googleusercontent.com";
    size_t n = strlen(id), len = sizeof suffix - 1;
    return n >= len && strcasecmp(id + n - len, suffix) == 0;
}

int google_credential_save(struct services *s, struct arena *a, int64_t user_id,
                           const struct google_credential_order *order, struct oauth_credential *out, struct err *e)
{
    /* Blanks come along when people paste, and Google knows no id, secret or address with one at its end. */
    *out = (struct oauth_credential){
        .name = name_of(a, order->name),
        .client_id = text_trimmed(a, order->client_id),
        .client_secret = text_trimmed(a, order->client_secret),
        .redirect_uri = text_trimmed(a, order->redirect_uri),
    };
    if (!is_client_id(out->client_id))
        return err_set(e, ERR_INPUT, "InvalidClientId",
                       "Invalid Google Client ID format. It should end with .apps.googleusercontent.com");
    if (oauth_credential_save(s->db, a, user_id, out, &out->id, e))
        return -1;
    log_info("OAuth credential saved", kv_int("CredentialId", out->id), kv_int("UserId", user_id));
    return 0;
}

int google_credential_list(struct services *s, struct arena *a, int64_t user_id, struct oauth_credential **out, int *n,
                           struct err *e)
{
    return oauth_credential_list(s->db, a, user_id, out, n, e);
}

int google_credential_change(struct services *s, struct arena *a, int64_t user_id, int64_t id,
                             const struct google_credential_order *order, struct oauth_credential **out, struct err *e)
{
    bool found;
    const struct oauth_credential change = {
        .name = order->name ? name_of(a, order->name) : NULL,
        .client_secret = order->client_secret ? text_trimmed(a, order->client_secret) : NULL,
        .redirect_uri = order->redirect_uri ? text_trimmed(a, order->redirect_uri) : NULL,
    };
    if (oauth_credential_change(s->db, a, user_id, id, &change, &found, e))
        return -1;
    if (!found)
        return not_found(e);
    if (oauth_credential_get(s->db, a, user_id, id, out, e))
        return -1;
    return *out ? 0 : not_found(e);
}

int google_credential_delete(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    bool found, busy;
    if (oauth_credential_delete(s->db, a, user_id, id, &found, &busy, e))
        return -1;
    if (!found)
        return not_found(e);
    if (busy)
        return err_set(e, ERR_RULE, "CredentialInUse",
                       "Cannot delete credentials while a connected profile uses them.");
    log_info("OAuth credential deleted", kv_int("CredentialId", id), kv_int("UserId", user_id));
    return 0;
}
