/* Google's OAuth clients that a user has saved. Scoped by the user; others' do not exist. */
#ifndef TC_EDGE_GOOGLE_CREDENTIAL_SERVICE_H
#define TC_EDGE_GOOGLE_CREDENTIAL_SERVICE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct oauth_credential;
struct services;

/* As the client sent it, checked for shape; a NULL member is left as it is (only in a change). */
struct google_credential_order {
    const char *name, *client_id, *client_secret, *redirect_uri;
};

/* google_credential_save: id and stored name in *out; ERR_INPUT InvalidClientId. */
int google_credential_save(struct services *s, struct arena *a, int64_t user_id,
                           const struct google_credential_order *order, struct oauth_credential *out, struct err *e);

int google_credential_list(struct services *s, struct arena *a, int64_t user_id, struct oauth_credential **out, int *n,
                           struct err *e);

/* The rest answers ERR_NOT_FOUND CredentialNotFound when the user has no such credential. */
int google_credential_change(struct services *s, struct arena *a, int64_t user_id, int64_t id,
                             const struct google_credential_order *order, struct oauth_credential **out, struct err *e);

/* google_credential_delete: ERR_RULE CredentialInUse while an active profile needs it. */
int google_credential_delete(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

#endif
