/* Use cases of storage profiles. Scoped by the user; others' profiles do not exist. */
#ifndef TC_FCGI_PROFILE_SERVICE_H
#define TC_FCGI_PROFILE_SERVICE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct services;
struct profile;

int profile_service_list(struct services *s, struct arena *a, int64_t user_id, struct profile **out, int *n,
                         struct err *e);

/* The rest answers ERR_NOT_FOUND ProfileNotFound when the user has no such profile. */
int profile_service_get(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct profile **out,
                        struct err *e);
int profile_service_set_default(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

/* ERR_CONFLICT AlreadyDisconnected, ERR_RULE ProfileInUse. */
int profile_service_disconnect(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

/* The same, but once more is fine: the profile is gone either way. */
int profile_service_delete(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

#endif
