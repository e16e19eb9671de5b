/* Files of a job, as the workers write them. Fenced by the lease like phase_store.h: ERR_LOST stops the worker. */
#ifndef TC_STORE_FILE_STORE_H
#define TC_STORE_FILE_STORE_H

#include "store/job_store.h"
#include "store/phase_store.h"

/* file_progress: bytes downloaded per file, by file_index; files that moved only. */
int file_progress(struct db *db, struct arena *a, const struct lease *l, const int *index, const int64_t *bytes, int n,
                  struct err *e);

/* file_ready: verified by the torrent, flushed, hashed: the upload may take it. */
int file_ready(struct db *db, struct arena *a, const struct lease *l, int index, const char *md5, const char *sha256,
               struct err *e);

/* file_uploading: the uploads of n files began, under these keys. ERR_LOST when one of them may not begin. */
struct file_key {
    int index;
    const char *key;
};
int file_uploading(struct db *db, struct arena *a, const struct lease *l, const struct file_key *files, int n,
                   struct err *e);

/* file_sent: bytes of the file that the destination has acknowledged. */
int file_sent(struct db *db, struct arena *a, const struct lease *l, int index, int64_t bytes, struct err *e);

/* file_done: n files were compared with the destination: verified_by names the method. remote_id is the file's at
 * Drive, etag its object's at S3; NULL elsewhere. A Google account's day (drive_usage_store.h) grows by them along with
 * it. */
struct file_proof {
    int index;
    const char *remote_id, *etag, *verified_by;
};
int file_done(struct db *db, struct arena *a, const struct lease *l, const struct file_proof *files, int n,
              struct err *e);

/* file_failed: with the sentence; the phase's end decides what becomes of the job. */
int file_failed(struct db *db, struct arena *a, const struct lease *l, int index, const char *sentence, struct err *e);

#endif
