/*
 * Folders at Google Drive. Drive lets two folders have the same name, so a folder's id is made and stored here before
 * the folder is: whoever repeats the create finds that it exists.
 */
#ifndef TC_STORE_DRIVE_FOLDER_STORE_H
#define TC_STORE_DRIVE_FOLDER_STORE_H

#include "store/phase_store.h"

struct drive_folder {
    const char *id;
    bool created; /* at Drive, as far as is known here */
};

/* drive_folder_claim(db, a, l, path, fresh_id, out, e): the folder of the job's path; when it has none, fresh_id
 * becomes its id. */
int drive_folder_claim(struct db *db, struct arena *a, const struct lease *l, const char *path, const char *fresh_id,
                       struct drive_folder *out, struct err *e);

/* drive_folder_find: the same without making one; *out NULL id: none. */
int drive_folder_find(struct db *db, struct arena *a, int64_t job_id, const char *path, struct drive_folder *out,
                      struct err *e);

/* drive_folder_made: it exists at Drive. */
int drive_folder_made(struct db *db, struct arena *a, const struct lease *l, const char *path, struct err *e);

/* drive_folders_forget: the job's folder of this path, and all below it, are not there any more; its files get new
 * ones. path NULL: all of the job's folders. */
int drive_folders_forget(struct db *db, struct arena *a, const struct lease *l, const char *path, struct err *e);

/*
 * drive_root(db, a, profile_id, was, fresh_id, id, e): the app's folder of a profile. Where it is `was` (NULL: none
 * yet), fresh_id takes its place; *id is the one that holds afterwards, which may be another worker's. fresh_id NULL:
 * only look.
 */
int drive_root(struct db *db, struct arena *a, int64_t profile_id, const char *was, const char *fresh_id,
               const char **id, struct err *e);

#endif
