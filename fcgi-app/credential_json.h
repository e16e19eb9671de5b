/* Google's OAuth clients as JSON (contract-api 1.9); a secret is never part of it. */
#ifndef TC_FCGI_CREDENTIAL_JSON_H
#define TC_FCGI_CREDENTIAL_JSON_H

#include "base/arena.h"
#include "base/jsonw.h"

struct oauth_credential;

void credential_json_list(struct jsonw *w, struct arena *a, const struct oauth_credential *items, int n);
void credential_json_item(struct jsonw *w, struct arena *a, const struct oauth_credential *c);

/* credential_json_mask(a, id): its first 4 and last 30 characters, or what there is of them; "****" below 10. */
const char *credential_json_mask(struct arena *a, const char *client_id);

#endif
