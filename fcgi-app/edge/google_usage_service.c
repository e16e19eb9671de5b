#include "fcgi-app/edge/google_usage_service.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/edge/google_account.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/services/profile_service.h"
#include "store/profile_store.h"

/* What Google does not tell now is left out: the day's count is ours, and known at any time. */
static void ask(struct services *s, struct arena *a, int64_t id, struct google_usage *out)
{
    struct err e = ERR_INIT;
    struct google_access *access = google_access_open(s, a, id, &e);
    if (access && gdrive_api_room(google_access_api(access), a, &out->room, &e) == 0) {
        out->known = true;
        out->checked_at = clock_wall_us();
    } else {
        log_info("Google does not tell how full an account is", kv_int("ProfileId", id), kv_err(&e));
    }
    google_access_close(access);
}

int google_usage_read(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct google_usage *out,
                      struct err *e)
{
    struct profile *p;
    *out = (struct google_usage){.day_limit = config_int(CFG_GDRIVE_DAY_BYTES)};
    if (profile_service_get(s, a, user_id, id, &p, e))
        return -1;
    if (p->provider != PROVIDER_GOOGLE_DRIVE)
        return err_set(e, ERR_INPUT, "NotADriveProfile", "Profile is not a Google Drive profile");
    if (drive_day_read(s->db, a, p->email ? p->email : "", out->day_limit - 1, &out->day, e))
        return -1;
    if (!p->place.drive_id)
        ask(s, a, id, out);
    return 0;
}
