#include "fcgi-app/services/profile_service.h"

#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "store/profile_store.h"

static int not_found(struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
}

/* The user's profile, also a disconnected one. */
static int find(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct profile **out, struct err *e)
{
    if (profile_get(s->db, a, user_id, id, out, e))
        return -1;
    return *out ? 0 : not_found(e);
}

int profile_service_list(struct services *s, struct arena *a, int64_t user_id, struct profile **out, int *n,
                         struct err *e)
{
    return profile_list(s->db, a, user_id, out, n, e);
}

int profile_service_get(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct profile **out,
                        struct err *e)
{
    if (profile_get(s->db, a, user_id, id, out, e))
        return -1;
    return *out && (*out)->is_active ? 0 : not_found(e);
}

int profile_service_set_default(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    struct profile *profile;
    if (profile_service_get(s, a, user_id, id, &profile, e))
        return -1;
    return profile_set_default(s->db, a, user_id, id, e);
}

static int deactivate(struct services *s, struct arena *a, int64_t user_id, int64_t id, const char *verb, struct err *e)
{
    bool busy;
    if (profile_deactivate(s->db, a, user_id, id, &busy, e))
        return -1;
    if (busy)
        return err_set(e, ERR_RULE, "ProfileInUse", "Cannot %s profile while there are active jobs using it", verb);
    log_info("storage profile disconnected", kv_int("ProfileId", id), kv_int("UserId", user_id));
    return 0;
}

int profile_service_disconnect(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    struct profile *profile;
    if (find(s, a, user_id, id, &profile, e))
        return -1;
    if (!profile->is_active)
        return err_set(e, ERR_CONFLICT, "AlreadyDisconnected", "Storage profile is already disconnected");
    return deactivate(s, a, user_id, id, "disconnect", e);
}

int profile_service_delete(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    struct profile *profile;
    if (find(s, a, user_id, id, &profile, e))
        return -1;
    return profile->is_active ? deactivate(s, a, user_id, id, "delete", e) : 0;
}
