#include "store/drive_folder_store.h"

#include "base/fault.h"
#include "store/phase_internal.h"

int drive_folder_find(struct db *db, struct arena *a, int64_t job_id, const char *path, struct drive_folder *out,
                      struct err *e)
{
    struct db_rows *r =
        db_query(db, a, e, "select remote_id, created from drive_folders where job_id = $1 and path = $2",
                 p_int(job_id), p_text(path));
    *out = (struct drive_folder){0};
    if (!r)
        return -1;
    if (db_count(r))
        *out = (struct drive_folder){db_text(r, 0, 0), db_bool(r, 0, 1)};
    return 0;
}

int drive_folder_claim(struct db *db, struct arena *a, const struct lease *l, const char *path, const char *fresh_id,
                       struct drive_folder *out, struct err *e)
{
    FAULT("drive.folder.id.commit.before");
    /* "do update" and not "nothing", so that the row comes back in any case. */
    struct db_rows *r =
        db_query(db, a, e,
                 "insert into drive_folders as f (job_id, path, remote_id) "
                 "select $1::int, $5, $6 where" FENCED_EXISTS "on conflict (job_id, path) do update set path = f.path "
                 "returning remote_id, created",
                 P_LEASE(l), p_text(path), p_text(fresh_id));
    if (FAULT_AFTER("drive.folder.id.commit.after", phase_affected(r, e)))
        return -1;
    *out = (struct drive_folder){db_text(r, 0, 0), db_bool(r, 0, 1)};
    return 0;
}

int drive_folder_made(struct db *db, struct arena *a, const struct lease *l, const char *path, struct err *e)
{
    FAULT("drive.folder.made.commit.before");
    return FAULT_AFTER("drive.folder.made.commit.after",
                       phase_run(db, a, l, e,
                                 "update drive_folders set created = true where job_id = $1 and path = $5 "
                                 "and" FENCED_EXISTS,
                                 p_text(path)));
}

int drive_folders_forget(struct db *db, struct arena *a, const struct lease *l, const char *path, struct err *e)
{
    return db_run(db, a, e,
                  "delete from drive_folders where job_id = $1 and ($5::text is null or path = $5 or "
                  "starts_with(path, $5 || '/')) and" FENCED_EXISTS,
                  P_LEASE(l), p_text(path));
}

int drive_root(struct db *db, struct arena *a, int64_t profile_id, const char *was, const char *fresh_id,
               const char **id, struct err *e)
{
    if (fresh_id) {
        FAULT("drive.root.commit.before");
        if (!db_query(db, a, e,
                      "update storage_profiles set settings = settings || jsonb_build_object('rootFolderId', $3::text) "
                      "where id = $1 and settings->>'rootFolderId' is not distinct from $2",
                      p_int(profile_id), p_text(was), p_text(fresh_id)))
            return -1;
        FAULT("drive.root.commit.after");
    }
    struct db_rows *r =
        db_query(db, a, e, "select settings->>'rootFolderId' from storage_profiles where id = $1", p_int(profile_id));
    if (!r)
        return -1;
    *id = db_count(r) ? db_text(r, 0, 0) : NULL;
    return 0;
}
