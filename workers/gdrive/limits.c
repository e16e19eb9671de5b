/* What an account takes: 750 GB in 24 hours, and no more than it has room for. */
#include "base/clock.h"
#include "base/log.h"
#include "store/drive_usage_store.h"
#include "workers/gdrive/driver.h"

#include <string.h>

enum { US_PER_S = 1000000, MS_PER_S = 1000, WAITED_PARTS = 10 };

/* Google counts in powers of ten. */
static const char *size_text(struct arena *a, int64_t bytes)
{
    bool large = bytes >= 1000000000;
    return arena_printf(a, large ? "%.1f GB" : "%.1f MB", (double)bytes / (large ? 1e9 : 1e6));
}

/* Not for a shared drive, whose room no call tells. */
int gdrive_has_room(struct upload *u, struct err *e)
{
    const struct gdrive *g = u->state;
    struct gdrive_room room;
    int64_t needed;
    if (account_place(g->account)->drive_id)
        return 0;
    if (drive_job_rest(u->db, u->scratch, u->lease->job_id, &needed, e) ||
        gdrive_api_room(g->api, u->scratch, &room, e))
        return -1;
    int64_t free_bytes = room.limit > room.used ? room.limit - room.used : 0;
    if (room.limit < 0 || needed <= free_bytes)
        return 0;
    return err_set(e, ERR_LIMIT, "QuotaExceeded",
                   "The Google account %s is full for this job: %s are free, %s are needed. It goes on when there is "
                   "room.",
                   g->email, size_text(u->scratch, free_bytes), size_text(u->scratch, needed));
}

/*
 * A file that fits into a day must fit into what is left of this one. A larger one never would: Google lets the file
 * through that crosses the limit, so it may begin as long as there is any room.
 */
int gdrive_day_open(struct upload *u, const struct upload_file *f, int64_t before, struct err *e)
{
    const struct gdrive *g = u->state;
    int64_t limit = config_int(CFG_GDRIVE_DAY_BYTES);
    int64_t most = (f->size > limit ? limit - 1 : limit - f->size) - before;
    struct drive_day day;
    if (drive_day_read(u->db, u->scratch, g->email, most, &day, e))
        return -1;
    if (day.sent + day.running <= most)
        return 0;
    err_set(e, ERR_LIMIT, "DayLimit",
            "Google takes %s in 24 hours from an account, and %s has sent %s of them: \"%s\" (%s) has to wait.",
            size_text(u->scratch, limit), g->email, size_text(u->scratch, day.sent + day.running), f->path,
            size_text(u->scratch, f->size));
    if (day.free_at) /* else it is for files under way, whose end nobody knows */
        e->retry_after_s = (int)((day.free_at - clock_wall_us()) / US_PER_S) + 1;
    return -1;
}

/* Google's word for the day is the one for "slower, please". */
void gdrive_day_watch(struct gdrive *g, struct gdrive_api *api, struct arena *a, int rc, struct err *e)
{
    int64_t none = 0, now = clock_mono_ms(), pause = config_int(CFG_GDRIVE_DAY_PROBE_MS);
    if (rc == 0) {
        atomic_store(&g->refused_since, 0);
        return;
    }
    if (e->class == ERR_THROTTLED && !strcmp(e->code, "RateLimited")) {
        struct gdrive_room room;
        struct err ignored = ERR_INIT;
        bool first = atomic_compare_exchange_strong(&g->refused_since, &none, now);
        int64_t since = first ? now : atomic_load(&g->refused_since);
        /* A job that comes back from such a wait needs less to see that it is not over. */
        if (now - since < config_int(CFG_GDRIVE_DAY_PATIENCE_MS) / (g->day_waited ? WAITED_PARTS : 1))
            return;
        if (gdrive_api_room(api, a, &room, &ignored)) /* it is slow everywhere */
            return;
        err_set(e, ERR_LIMIT, "DayLimit",
                "Google takes no new file from %s, though it answers everything else: as a rule its 750 GB in 24 hours "
                "are used up.",
                g->email);
    }
    if (e->class == ERR_LIMIT && !strcmp(e->code, "DayLimit"))
        e->retry_after_s = (int)((pause + MS_PER_S - 1) / MS_PER_S);
}
