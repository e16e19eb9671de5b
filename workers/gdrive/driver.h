/*
 * The Google Drive driver. A file's id is made and journalled (upload_sessions.upload_id) before the file is, so that
 * no repetition makes a twin. Small files: one request. Larger ones: a resumable session whose address is journalled,
 * sealed; after any doubt the session is asked how much it holds, and the rest is sent from there in one request.
 *
 * Where: torrents/{jobId}/ and below it the torrent's own tree, each folder once. `torrents` is the app's folder of the
 * profile, made when it is missing.
 *
 * verified_by: "sha256" or "md5", whichever Drive tells of what it stored.
 */
#ifndef TC_WORKERS_GDRIVE_DRIVER_H
#define TC_WORKERS_GDRIVE_DRIVER_H

#include "provider/gdrive_api.h"
#include "workers/gdrive/account.h"
#include "workers/upload/driver.h"

extern const struct upload_driver gdrive_driver;

/* The driver's state of a job. */
struct gdrive {
    struct account *account;
    const char *email; /* of the account */
    struct gdrive_target target;
    struct gdrive_api *api; /* of the job's own thread */
    bool root_ready;        /* gdrive_root_ready has succeeded */
    const char **ids;       /* made and not yet used; in the job's arena */
    int id_count;
    const char *parent_path, *parent_id; /* the folder asked for last; in the job's arena */

    /* limits.c */
    _Atomic int64_t refused_since; /* clock_mono_ms: new files are refused since; 0: they are not */
    bool day_waited;               /* the job has waited for the account's day before this run */
};

/* The driver's state of a file. */
struct gdrive_file {
    struct gdrive_new as; /* strings in the file's arena */
    bool small;
    int64_t session; /* row of the journal; 0: none */
    const char *uri; /* of the resumable session; in the file's arena */
    bool known;      /* `stored` is what Drive said of the finished file */
    struct gdrive_item stored;
    int mismatches;
};

/* gdrive_target_now(): as configured. */
struct gdrive_target gdrive_target_now(void);

/* gdrive_fresh_id(u, id, e): an id that nobody uses, in the job's arena. */
int gdrive_fresh_id(struct upload *u, const char **id, struct err *e);

/* folders.c: the folder of a remote path's file, with all above it. gdrive_root_ready: once a run, first. */
int gdrive_root_ready(struct upload *u, struct err *e);
int gdrive_parent(struct upload *u, const char *path, const char **id, struct err *e);

/*
 * limits.c. gdrive_has_room: is there room for all that the job has not uploaded yet; ERR_LIMIT QuotaExceeded.
 * gdrive_day_open: may this file begin today, as far as our own count goes; ERR_LIMIT DayLimit when not, with
 * the seconds until it may. gdrive_day_watch(g, api, a, rc, e): what a call that makes a file answered (rc, *e), on any
 * thread: one refusal of the rate after the other, while other calls are answered, becomes ERR_LIMIT DayLimit.
 */
int gdrive_has_room(struct upload *u, struct err *e);
int gdrive_day_open(struct upload *u, const struct upload_file *f, struct err *e);
void gdrive_day_watch(struct gdrive *g, struct gdrive_api *api, struct arena *a, int rc, struct err *e);

/* session.c: journal and session of a file. gdrive_session_begin makes pieces, or finds the file finished. */
int gdrive_session_begin(struct upload *u, struct upload_file *f, struct err *e);
int gdrive_session_drop(struct upload *u, struct upload_file *f, struct err *e);

#endif
