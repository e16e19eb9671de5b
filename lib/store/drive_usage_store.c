#include "store/drive_usage_store.h"

/* An hour counts as long as any of its bytes may be younger than a day. */
#define COUNTS_FOR "interval '25 hours'"

int drive_day_read(struct db *db, struct arena *a, const char *account, int64_t most, struct drive_day *out,
                   struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "with hours as (select hour, sum(bytes) over (order by hour) as until, sum(bytes) over () as total "
        "from drive_usage where account = lower($1) and hour > now() - " COUNTS_FOR ") "
        "select coalesce(max(total), 0)::bigint, "
        "(select coalesce(sum(s.part_size), 0)::bigint from upload_sessions s "
        "join storage_profiles p on p.id = s.profile_id and p.provider_type = 'GoogleDrive' and lower(p.email) = "
        "lower($1) join job_phases ph on ph.job_id = s.job_id and ph.phase = 'upload' and ph.state = 'active' "
        "where s.state in ('init', 'open')), "
        "case when max(total) > $2 then " US("min(hour + " COUNTS_FOR
                                             ") filter (where total - until <= $2)") " end "
                                                                                     "from hours",
        p_text(account), p_int(most));
    if (!r)
        return -1;
    *out = (struct drive_day){db_int(r, 0, 0), db_int(r, 0, 1), db_int(r, 0, 2)};
    return 0;
}

int drive_job_rest(struct db *db, struct arena *a, int64_t job_id, int64_t *bytes, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select coalesce(sum(size) filter (where state <> 'done'), 0)::bigint "
                                 "from job_files where job_id = $1",
                                 p_int(job_id));
    if (!r)
        return -1;
    *bytes = db_int(r, 0, 0);
    return 0;
}

int drive_day_forget(struct db *db, struct arena *a, struct err *e)
{
    return db_query0(db, a, e, "delete from drive_usage where hour <= now() - " COUNTS_FOR) ? 0 : -1;
}

int drive_day_waited(struct db *db, struct arena *a, int64_t job_id, bool *waited, struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e, "select coalesce(waiting_code = 'day_limit', false) from jobs where id = $1", p_int(job_id));
    if (!r)
        return -1;
    *waited = db_count(r) && db_bool(r, 0, 0);
    return 0;
}
