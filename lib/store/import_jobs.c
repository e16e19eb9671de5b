/* Torrents, whose files are read again, and jobs with their timeline. */
#include "domain/job.h"
#include "store/import_internal.h"

static int insert_torrent(struct import *im, struct arena *a, int64_t id, const struct import_torrent *t, struct err *e)
{
    const struct torrent_record *m = &t->record;
    if (!db_query(
            im->to, a, e,
            "insert into torrents (id, user_id, name, info_hash_v1, info_hash_v2, total_size, piece_length, "
            "piece_count, is_private, is_multi_file, metainfo, trackers, created_at, updated_at) overriding system "
            "value select id, uploadedbyuserid, $2, infohash, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, createdat, "
            "coalesce(updatedat, createdat) from old_torrents where id = $1",
            p_int(id), p_text(m->name), p_text(m->info_hash_v2), p_int(m->total_size), p_int(m->piece_length),
            p_int(m->piece_count), p_bool(m->is_private), p_bool(m->is_multi_file), p_bytes(t->metainfo, t->len),
            p_text(m->trackers_json)))
        return -1;
    return torrent_add_files(im->to, a, id, t->files, t->file_count, e);
}

/* What the row says: enough to show, not to download. */
static int insert_unknown(struct import *im, struct arena *a, int64_t id, const char *why, struct err *e)
{
    import_tell(im, IMPORT_TORRENTS, "DirectUrl", id, false,
                arena_printf(a, "%s; its jobs cannot be repeated until the torrent is added again", why));
    return db_run(im->to, a, e,
                  "insert into torrents (id, user_id, name, info_hash_v1, total_size, created_at, updated_at) "
                  "overriding system value select id, uploadedbyuserid, filename, infohash, filesize, createdat, "
                  "coalesce(updatedat, createdat) from old_torrents where id = $1",
                  p_int(id));
}

static int one_torrent(struct import *im, struct arena *a, int64_t id, const char *info_hash, struct err *e)
{
    struct import_torrent *t = NULL;
    const char *why = "its file is not known";
    if (im->hooks->torrent(im->hooks->ctx, a, info_hash, &t, &why, e))
        return -1;
    return t ? insert_torrent(im, a, id, t, e) : insert_unknown(im, a, id, why, e);
}

int import_torrents(struct import *im, struct arena *a, struct err *e)
{
    /* The one that stays of several is the oldest: see the rule of InfoHash. */
    if (import_sql(
            im, a,
            "update old_jobs j set requestfileid = (select min(s.id) from old_torrents s where s.uploadedbyuserid "
            "= t.uploadedbyuserid and upper(btrim(s.infohash)) = upper(btrim(t.infohash))) from old_torrents t "
            "where t.id = j.requestfileid and t.uploadedbyuserid is not null and t.infohash is not null",
            e) ||
        import_mend(im, a, IMPORT_TORRENTS, IMPORT_TORRENTS, e))
        return -1;
    struct db_rows *r = db_query0(im->to, a, e, "select id, infohash from old_torrents order by id");
    if (!r)
        return -1;
    struct arena *own = arena_new(0);
    int rc = 0;
    for (int i = 0; i < db_count(r) && rc == 0; i++) {
        rc = one_torrent(im, own, db_int(r, i, 0), db_text(r, i, 1), e);
        arena_reset(own);
    }
    arena_free(own);
    return rc;
}

/* Where the phases of a job stand that has ended so. One that was active begins again: what is on the disk is found by
 * the download, what is at the destination by the upload. */
static const struct {
    enum phase_state download, upload;
} ends[] = {
    [JOB_COMPLETED] = {PHASE_DONE, PHASE_DONE},           [JOB_FAILED] = {PHASE_FAILED, PHASE_IDLE},
    [JOB_CANCELLED] = {PHASE_CANCELLED, PHASE_CANCELLED}, [JOB_TORRENT_FAILED] = {PHASE_FAILED, PHASE_IDLE},
    [JOB_UPLOAD_FAILED] = {PHASE_DONE, PHASE_FAILED},     [JOB_GOOGLE_DRIVE_FAILED] = {PHASE_DONE, PHASE_FAILED},
};
_Static_assert(sizeof ends / sizeof ends[0] == JOB_STATUS__MAX, "a row for every status that is an end");

static int fill_statuses(struct import *im, struct arena *a, struct err *e)
{
    if (import_sql(
            im, a,
            "create temp table old_status (status text, becomes text, download text, upload text) on commit drop", e))
        return -1;
    for (int s = 0; s < JOB_STATUS__MAX; s++) {
        const struct job_status_info *info = job_status_info((enum job_status)s);
        const char *becomes = info->active ? job_status_info(JOB_QUEUED)->name : info->name;
        if (!db_query(im->to, a, e, "insert into old_status values ($1, $2, $3, $4)", p_text(info->name),
                      p_text(becomes), p_text(phase_state_name(ends[s].download)),
                      p_text(phase_state_name(ends[s].upload))))
            return -1;
    }
    return 0;
}

/* The comparison of domain/job.h's job_selects(), for all jobs at once: a file is selected by its path or by one of the
 * folders that it is in, all in one case and with one kind of slash. */
#define FOLDED(text) "translate(" text ", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ\\', 'abcdefghijklmnopqrstuvwxyz/')"

static int select_files(struct import *im, struct arena *a, struct err *e)
{
    /* clang-format would break these texts anywhere. */
    /* clang-format off */
    static const char *const steps[] = {
        "create temp table old_job_files (job_id int, file_index int, engine_index int, path text, size bigint) "
        "on commit drop",
        "create temp table old_paths on commit drop as select f.torrent_id, f.file_index, "
        "array_to_string(p.part[1:n], '/') as key from torrent_files f, "
        "lateral (select string_to_array(" FOLDED("f.path") ", '/') as part) p, "
        "lateral generate_series(1, array_length(p.part, 1)) n "
        "where f.torrent_id in (select requestfileid from old_jobs where selectedfilepaths is not null)",
        "create index on old_paths (torrent_id, key)",
        "insert into old_job_files select j.id, f.file_index, f.engine_index, f.path, f.size from old_jobs j "
        "join torrent_files f on f.torrent_id = j.requestfileid where j.selectedfilepaths is null "
        "union select j.id, f.file_index, f.engine_index, f.path, f.size from old_jobs j "
        "cross join lateral (select " FOLDED("case when right(s, 1) in ('/', '\\') then left(s, -1) else s end")
        " as key from jsonb_array_elements_text(j.selectedfilepaths) s) w "
        "join old_paths p on p.torrent_id = j.requestfileid and p.key = w.key "
        "join torrent_files f on f.torrent_id = p.torrent_id and f.file_index = p.file_index",
        "create index on old_job_files (job_id)",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (import_sql(im, a, steps[i], e))
            return -1;
    return 0;
}

#define ENDED "s.status = s.becomes and s.status <> 'QUEUED'"
#define COMPLETED "s.status = 'COMPLETED'"
#define TOTAL                                                                                                          \
    "coalesce((select sum(f.size) from old_job_files f where f.job_id = j.id)::bigint, nullif(j.totalbytes, 0), "      \
    "(select t.total_size from torrents t where t.id = j.requestfileid))"

static const char *const insert_jobs[] = {
    /* Nobody made these changes here: the guard of jobs.status, which knows only our own ways, looks away. */
    "alter table jobs disable trigger job_status_insert",
    "insert into jobs (id, user_id, torrent_id, storage_profile_id, status, error_message, current_state, "
    "selected_paths, total_bytes, bytes_downloaded, bytes_uploaded, last_heartbeat, started_at, completed_at, "
    "created_at, updated_at) overriding system value "
    "select j.id, j.userid, j.requestfileid, j.storageprofileid, s.becomes, "
    "case when " ENDED " and not " COMPLETED " then left(j.errormessage, 4000) end, "
    "case when " ENDED " then left(j.currentstate, 255) end, j.selectedfilepaths, " TOTAL ", "
    "case when " COMPLETED " then " TOTAL " when " ENDED " then j.bytesdownloaded else 0 end, "
    "case when " COMPLETED " then " TOTAL " when " ENDED " then j.bytesuploaded else 0 end, j.lastheartbeat, "
    "j.startedat, case when " ENDED " then coalesce(j.completedat, j.updatedat) end, j.createdat, j.updatedat "
    "from old_jobs j join old_status s on s.status = j.status order by j.id",
    "alter table jobs enable trigger job_status_insert",
    /* What a completed job sent was never compared, so that none of its files could be called done. */
    "insert into job_files (job_id, file_index, engine_index, path, size) select f.* from old_job_files f "
    "join jobs j on j.id = f.job_id where j.status <> 'COMPLETED'",
    "insert into job_phases (job_id, phase, state, started_at, finished_at) select j.id, p.phase, p.state, "
    "case when p.state in ('done', 'failed') then j.startedat end, "
    "case when p.state <> 'idle' then coalesce(j.completedat, j.updatedat) end from old_jobs j "
    "join old_status s on s.status = j.status, lateral (values ('download', s.download), ('upload', s.upload)) "
    "p(phase, state)",
    "insert into job_status_history (job_id, from_status, to_status, source, error_message, metadata, changed_at) "
    "select jobid, fromstatus, tostatus, source, left(errormessage, 4000), metadatajson, changedat from old_history "
    "order by jobid, changedat, id",
    "insert into job_status_history (job_id, from_status, to_status, source, error_message, metadata, changed_at) "
    "select j.id, o.was, j.status, 'Recovery', j.error_message, '{\"takenOver\": true}', now() "
    "from jobs j join old_jobs o on o.id = j.id where o.was <> j.status order by j.id",
    /* For the janitor, which aborts them: ours begin anew. */
    "insert into upload_sessions (job_id, file_index, provider, profile_id, remote_key, upload_id, part_size, "
    "part_count, state) select u.jobid, -1, 'S3', j.storage_profile_id, u.s3key, u.uploadid, "
    "greatest(max(u.partsize), 1), greatest(max(u.totalparts), 1), 'aborting' from old_uploads u join jobs j on "
    "j.id = u.jobid group by 1, 4, 5, 6 order by min(u.id)",
};

int import_jobs(struct import *im, struct arena *a, struct err *e)
{
    if (fill_statuses(im, a, e) || select_files(im, a, e) || import_mend(im, a, IMPORT_JOBS, IMPORT_UPLOADS, e))
        return -1;
    for (size_t i = 0; i < sizeof insert_jobs / sizeof insert_jobs[0]; i++)
        if (import_sql(im, a, insert_jobs[i], e))
            return -1;
    return 0;
}
