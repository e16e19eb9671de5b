#include "store/stats_store.h"

#include <string.h>

static enum job_phase phase_of(const char *name)
{
    return strcmp(name, job_phase_name(PHASE_DOWNLOAD)) == 0 ? PHASE_DOWNLOAD : PHASE_UPLOAD;
}

int stats_read(struct db *db, struct arena *a, struct stats *out, struct err *e)
{
    struct db_rows *r = db_query0(db, a, e,
                                  "select null, status, count(*), 0 from jobs group by status union all "
                                  "select phase, state, count(*), count(*) filter (where lease_until < now()) "
                                  "from job_phases group by phase, state");
    if (!r)
        return -1;
    *out = (struct stats){0};
    for (int i = 0; i < db_count(r); i++) {
        enum job_status status;
        enum phase_state state;
        if (db_null(r, i, 0)) {
            if (job_status_parse(db_text(r, i, 1), false, &status))
                out->jobs[status] = db_int(r, i, 2);
        } else if (phase_state_parse(db_text(r, i, 1), &state)) {
            enum job_phase phase = phase_of(db_text(r, i, 0));
            out->phases[phase][state] = db_int(r, i, 2);
            out->leases_lost[phase] += db_int(r, i, 3);
        }
    }
    return 0;
}
