#include "workers/s3/drop.h"

#include "base/clock.h"

enum { YOUNG_US = 15 * 1000 * 1000 };

int drop_look_up(struct db *db, struct arena *a, const struct upload_session *s, struct dest *dest, struct drop *out,
                 struct err *e)
{
    struct s3_target now = dest->target;
    s3_learned_apply(&dest->learned, a, &now);
    *out = (struct drop){
        .lost = {.key = arena_strdup(a, s->remote_key), .created_s = s->created_at / 1000000 + now.clock_offset_s},
        .young = clock_wall_us() - s->created_at < YOUNG_US};
    return upload_session_ids(db, a, s, &out->lost.known, &out->lost.known_count, &out->unsure, e);
}

int drop_unnamed(struct s3_api *api, struct arena *a, const struct drop *d, bool *gone, struct err *e)
{
    *gone = false;
    if (d->unsure)
        return 0;
    if (s3_leftover_end_lost(api, a, &d->lost, gone, e))
        return -1;
    *gone = *gone && !d->young;
    return 0;
}
