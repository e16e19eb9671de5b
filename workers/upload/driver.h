/*
 * What a destination must be able to do, and what the upload pipeline does for it.
 *
 * The pipeline (upload.c) takes the files of a job that are ready, also while the download still runs, sends what the
 * driver makes of them on lanes (threads), repeats what may pass, follows the progress, keeps the lease and writes the
 * outcome. The driver knows the provider: how a file begins, how one piece is sent, how the whole is finished and
 * compared. It keeps its own journal so that a file goes on inside itself after a crash. A new provider is a driver
 * plus a registry row in its main().
 *
 * The way of a file, * on a lane, the rest on the job's own thread:
 *
 *     plan → begin* → begun → send* → sent → … → finish* → (the pipeline writes "done") → closed
 *
 * plan may make the pieces of a file that needs nothing remote first; then begin and begun are left out. A send() of
 * the only piece may also compare the file (verified_by); then finish is left out. So a small file is one call on a
 * lane, and the rows of many files are one statement: plan and closed take several files at a time.
 *
 * Threads: only what runs on the job's own thread touches the database, so whatever a lane creates at the destination
 * was journalled before it was handed over. While begin, finish or the send of an only piece runs, the file and its
 * arena belong to that lane; several pieces of one file are sent at once, and then a lane changes nothing but its
 * piece. Before finish() the lease was renewed (design 4.2); plan() renews it (slot_check) when begin() will destroy.
 *
 * Errors: the class decides (base/err.h). ERR_REMOTE, ERR_THROTTLED and ERR_UNAVAILABLE are tried again within the
 * attempt, a bounded number of times; ERR_NOT_FOUND and ERR_CONFLICT send the file back to plan(), also a bounded
 * number of times; ERR_LIMIT (full, or enough for today) lets no further file begin and has the phase wait, without an
 * attempt, once those under way have ended; anything else ends the file; ERR_LOST and ERR_STOPPED end everything at
 * once.
 */
#ifndef TC_WORKERS_UPLOAD_DRIVER_H
#define TC_WORKERS_UPLOAD_DRIVER_H

#include "store/job_store.h"
#include "workers/worker.h"

#include <stdatomic.h>

enum upload_feature {
    UPLOAD_IN_ORDER = 1 /* the pieces of a file are sent one after the other (Drive sessions) */
};

enum upload_piece_state { PIECE_TODO, PIECE_RUNNING, PIECE_DONE };

enum { UPLOAD_ETAG_MAX = 128, UPLOAD_MD5_MAX = 33 };

struct upload_piece {
    int number; /* from 1 */
    int64_t offset, length;
    enum upload_piece_state state;
    int64_t acknowledged; /* bytes of it that the destination has confirmed; send() raises it; atomic */
    int64_t sent;         /* bytes handed to the network by the request that runs, beyond those; atomic */
    /* What send() found out. */
    char md5[UPLOAD_MD5_MAX], etag[UPLOAD_ETAG_MAX];
    /* The pipeline's own: */
    int tries;                         /* failed sends in a row */
    int64_t failing_since, not_before; /* clock_mono_ms */
};

struct upload_file {
    int index;
    int64_t size;
    const char *path, *md5, *sha256; /* path without the torrent's root; digests in hex */
    const char *key;                 /* the remote name: what an earlier run stored, else from driver->key */
    bool seen_before;                /* an earlier run began to upload it */
    int fd;                          /* -1 for an empty file */
    struct arena *arena;             /* for the life of the file here */
    /* plan(), begin() or begun() fill: */
    struct upload_piece *pieces; /* NULL: not yet */
    int piece_count;
    void *state;      /* the driver's own */
    struct err alone; /* why this file cannot begin, though others can (plan) */
    /* Filled by whoever finds that the destination holds the file, compared; of the last two what it has: */
    const char *verified_by, *etag, *remote_id;
};

/* The upload of one job. */
struct upload {
    struct slot *slot;
    const struct claim *claim;
    const struct lease *lease;
    struct db *db;
    struct arena *arena;   /* for the life of the job */
    struct arena *scratch; /* for one step; released between two */
    void *state;           /* what connect() made */
    atomic_bool ending;    /* the pipeline ends: running sends are to be cut */
};

/* upload_should_stop(u): drain, lost lease or the end of the pipeline; the `stop` of every HTTP request of the job. */
bool upload_should_stop(void *u);

struct upload_driver {
    enum provider provider;
    unsigned features;

    /* Required. Read the destination's profile and make u->state of it. disconnect is called in any case. */
    int (*connect)(struct upload *u, struct err *e);
    void (*disconnect)(struct upload *u);

    /* Optional, after connect. A name for what refuses or takes requests as one, in u->arena: jobs of this process with
     * the same name share the lanes. Missing: the job's profile. */
    const char *(*endpoint)(struct upload *u);

    /* Required. The remote name of a file, in `a`. Asked once for each file: what job_files.remote_key says then holds,
     * whatever becomes of the profile. */

    /* Required. The remote name of a file that has none yet, in `a`: the same for the same job and file, always. */
    const char *(*key)(struct upload *u, struct arena *a, const char *remote_path);

    /* Required, on the lane. What it needs for itself, e.g. an HTTP client. */
    void *(*lane_open)(struct upload *u);
    void (*lane_close)(void *lane);

    /* Required. Files that are to begin (n ≥ 1; f->pieces is NULL): read what the journal has of them, write what must
     * be there before anything is created. An error is every file's; what is wrong with one alone goes to f->alone. */
    int (*plan)(struct upload *u, struct upload_file *const *files, int n, struct err *e);

    /* Required, on a lane. Ask for or create at the destination what must be there before pieces are sent. */
    int (*begin)(void *lane, struct upload_file *f, struct err *e);

    /* Optional. After begin: journal what it found. When there are no pieces yet (something old was cleared away), plan
     * and begin come again. */
    int (*begun)(struct upload *u, struct upload_file *f, struct err *e);

    /* Required, on a lane. Send one piece and compare what the destination says about it. */
    int (*send)(void *lane, struct upload_file *f, struct upload_piece *p, struct err *e);

    /* Optional. A piece was sent: journal it. */
    int (*sent)(struct upload *u, struct upload_file *f, const struct upload_piece *p, struct err *e);

    /* Required, on a lane. All pieces are done: make it a file and compare the whole: verified_by. When it must go on,
     * finish sets pieces back to PIECE_TODO (or makes new ones), leaves verified_by NULL and returns 0. */
    int (*finish)(void *lane, struct upload_file *f, struct err *e);

    /* Optional. It is written that the files are done (n ≥ 1): close the driver's journal of them. */
    int (*closed)(struct upload *u, struct upload_file *const *files, int n, struct err *e);

    /* Optional. The file has failed for good, or what is there is damaged: leave nothing behind at the destination. */
    void (*give_up)(struct upload *u, struct upload_file *f);
};

#endif
