/* Keys for programs: "tc_" and 43 characters, shown once, stored as their SHA-256. */
#ifndef TC_FCGI_API_KEY_SERVICE_H
#define TC_FCGI_API_KEY_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "fcgi-app/request.h"
#include "fcgi-app/router.h"

#include <stddef.h>
#include <stdint.h>

struct api_key;
struct services;

#define API_KEY_START "tc_"

/* api_key_service_check(s, a, text, out, scopes, e): whose key it is, and the set of route_scope that it may; ERR_AUTH
 * when there is none like it. One round trip: only the answer says which user's objects the request is about. */
int api_key_service_check(struct services *s, struct arena *a, const char *text, struct session *out, unsigned *scopes,
                          struct err *e);

/* api_key_scope_name: "read", "jobs", "storage". */
const char *api_key_scope_name(enum route_scope scope);

struct api_key_order {
    int64_t user_id;
    const char *name;
    const char *const *scopes; /* elements may be NULL */
    size_t scope_count;
    bool has_end;
    int64_t days;
};

/* api_key_service_create(s, a, order, out, e): the key itself, and its row in *out; NULL with ERR_INPUT
 * InvalidApiKeyName, InvalidScopes or InvalidExpiry, ERR_CONFLICT TooManyApiKeys. */
char *api_key_service_create(struct services *s, struct arena *a, const struct api_key_order *order,
                             struct api_key **out, struct err *e);

int api_key_service_list(struct services *s, struct arena *a, int64_t user_id, struct api_key **out, int *n,
                         struct err *e);

/* api_key_service_delete: ERR_NOT_FOUND ApiKeyNotFound when the user has no such key. */
int api_key_service_delete(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

#endif
