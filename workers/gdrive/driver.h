/*
 * The Google Drive driver. A file's id is made and journalled (upload_sessions.upload_id) before the file is, so that
 * no repetition makes a twin. Small files: one request. Larger ones: a resumable session whose address is journalled,
 * sealed; after any doubt the session is asked how much it holds, and the rest is sent from there in one request.
 *
 * Where: torrents/{jobId}/ and below it the torrent's own tree, each folder once. `torrents` is the app's folder of the
 * profile, made when it is missing; or it is a folder that the profile names, also of a shared drive. A folder that a
 * person deletes meanwhile is noticed by the files that are to go there (ERR_NOT_FOUND): then the way down to it is
 * looked at, and what is gone is made anew.
 *
 * verified_by: "sha256" or "md5", whichever Drive tells of what it stored.
 */
#ifndef TC_WORKERS_GDRIVE_DRIVER_H
#define TC_WORKERS_GDRIVE_DRIVER_H

#include "provider/gdrive_api.h"
#include "workers/gdrive/account.h"
#include "workers/upload/driver.h"

#include <pthread.h>

extern const struct upload_driver gdrive_driver;

/* A folder of the job. The id is journalled before it is used; the flags are guarded by gdrive.mutex. */
struct gdrive_folder {
    struct gdrive_folder *next, *parent; /* parent NULL: the root */
    const char *path, *name, *id, *parent_id;
    bool made, making; /* at Drive; by a lane just now */
    bool told;         /* made, and the journal knows */
};

enum { GDRIVE_FOLDER_BUCKETS = 256 };

/* The driver's state of a job. */
struct gdrive {
    struct account *account;
    const char *email; /* of the account */
    struct gdrive_target target;
    struct gdrive_api *api; /* of the job's own thread */
    const char *root;       /* id of the app's folder, or of the profile's own; NULL: not known yet */
    bool root_seen;         /* it is there, as far as is known */
    const char **ids;       /* made and not yet used; in the job's arena */
    int id_count, ids_asked;

    pthread_mutex_t mutex;
    pthread_cond_t folder_changed;
    struct gdrive_folder *folders[GDRIVE_FOLDER_BUCKETS]; /* in the job's arena; the lists are the job's thread's */
    int untold;                                           /* folders that are made and not told */

    /* limits.c */
    _Atomic int64_t refused_since; /* clock_mono_ms: new files are refused since; 0: they are not */
    bool day_waited;               /* the job has waited for the account's day before this run */
};

struct gdrive_lane {
    struct upload *upload;
    struct gdrive_api *api;
    struct arena *arena; /* for one call */
};

/* The driver's state of a file. */
struct gdrive_file {
    struct gdrive_new as; /* strings in the file's arena */
    struct gdrive_folder *folder;
    bool small;
    int64_t session; /* row of the journal; 0: none */
    const char *uri; /* of the resumable session; in the file's arena */
    bool new_uri;    /* the journal has another, or none */
    bool known;      /* `stored` is what Drive said of the finished file */
    bool refused;    /* what is there is not what was sent: it must go */
    bool lost;       /* the folder or the session was not there: look before it begins again */
    struct gdrive_item stored;
    int mismatches;
};

/* gdrive_target_now(): as configured. */
struct gdrive_target gdrive_target_now(void);

/* gdrive_fresh_id(u, id, e): an id that nobody uses, in the job's arena. */
int gdrive_fresh_id(struct upload *u, const char **id, struct err *e);

/*
 * folders.c, on the job's thread: gdrive_root_name: the first segment of the remote paths. gdrive_root_ready: the root
 * is there, and not another one than another job has made since; before anything is planned. gdrive_folder_plan: the
 * folder of a remote path's file and all above it, journalled. gdrive_folder_look: the same, but first Drive is asked
 * for what should be there already. gdrive_folders_told: journal which were made. On a lane: gdrive_folder_make: the
 * folder and all above it exist at Drive; what another lane makes is waited for.
 */
const char *gdrive_root_name(struct upload *u, struct arena *a);
int gdrive_root_ready(struct upload *u, struct err *e);
int gdrive_folder_plan(struct upload *u, const char *path, struct gdrive_folder **out, struct err *e);
int gdrive_folder_look(struct upload *u, const char *path, struct gdrive_folder **out, struct err *e);
int gdrive_folders_told(struct upload *u, struct err *e);
int gdrive_folder_make(struct gdrive_lane *l, struct gdrive_folder *f, struct err *e);

/*
 * limits.c. gdrive_has_room: is there room for all that the job has not uploaded yet; ERR_LIMIT QuotaExceeded.
 * gdrive_day_open(u, f, before, e): may this file begin today, with `before` bytes that begin along with it, as far as
 * our own count goes; ERR_LIMIT DayLimit when not, with the seconds until it may. gdrive_day_watch(g, api, a, rc, e):
 * what a call that makes a file answered (rc, *e), on any thread: one refusal of the rate after the other, while other
 * calls are answered, becomes ERR_LIMIT DayLimit.
 */
int gdrive_has_room(struct upload *u, struct err *e);
int gdrive_day_open(struct upload *u, const struct upload_file *f, int64_t before, struct err *e);
void gdrive_day_watch(struct gdrive *g, struct gdrive_api *api, struct arena *a, int rc, struct err *e);

/* session.c: journal and session of files, in the steps of workers/upload/driver.h. */
int gdrive_session_plan(struct upload *u, struct upload_file *const *files, int n, struct err *e);
int gdrive_session_begin(struct gdrive_lane *l, struct upload_file *f, struct err *e);
int gdrive_session_begun(struct upload *u, struct upload_file *f, struct err *e);
/* gdrive_session_drop: on the job's thread: end it at Drive and close its row. */
int gdrive_session_drop(struct upload *u, struct upload_file *f, struct err *e);

#endif
