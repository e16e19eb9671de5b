/*
 * What a destination must be able to do, and what the upload pipeline does for it.
 *
 * The pipeline (upload.c) takes the files of a job that are ready, one by one and also while the download still runs,
 * has the driver cut each into pieces, sends pieces on a few lanes (threads) at a time, repeats what may pass, follows
 * the progress, keeps the lease and writes the outcome. The driver knows the provider: how a file begins, how one piece
 * is sent, how the whole is finished and compared. It keeps its own journal so that a file goes on inside itself after
 * a crash. A new provider is a driver plus a registry row in its main().
 *
 * Threads: everything runs on the job's own thread, but lane_open, send and lane_close, which run on a lane. A lane
 * touches neither the database nor anything of the file but the piece it was given.
 *
 * Errors: the class decides (base/err.h). ERR_REMOTE, ERR_THROTTLED and ERR_UNAVAILABLE are tried again within the
 * attempt, a bounded number of times; ERR_LIMIT (full, or enough for today) lets no further file begin and has the
 * phase wait, without an attempt, once those under way have ended; anything else ends the file; ERR_LOST and
 * ERR_STOPPED end everything at once.
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
    int64_t sent; /* bytes handed to the network by a running send; atomic */
    /* What send() found out. */
    char md5[UPLOAD_MD5_MAX], etag[UPLOAD_ETAG_MAX];
    /* The pipeline's own: */
    int tries;
    int64_t not_before; /* clock_mono_ms */
    struct err err;
    bool failed;
};

struct upload_file {
    int index;
    int64_t size;
    const char *path, *md5, *sha256; /* path without the torrent's root; digests in hex */
    const char *key;                 /* the remote name, from driver->key */
    bool seen_before;                /* an earlier run began to upload it */
    int fd;                          /* -1 for an empty file */
    struct arena *arena;             /* for the life of the file here */
    /* begin() fills: */
    struct upload_piece *pieces;
    int piece_count;
    void *state; /* the driver's own */
    /* begin() or finish() fill when the destination holds the file and it was compared; of the last two what it has: */
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

    /* Required. The remote name of a file, in `a`. Asked once for each file: what job_files.remote_key says then holds,
     * whatever becomes of the profile. */
    const char *(*key)(struct upload *u, struct arena *a, const char *remote_path);

    /* Required. What a lane needs for itself, e.g. an HTTP client. */
    void *(*lane_open)(struct upload *u);
    void (*lane_close)(void *lane);

    /* Required. Look what the destination has of the file, prepare what is missing: pieces, or verified_by. Journals
     * before it creates anything remote. */
    int (*begin)(struct upload *u, struct upload_file *f, struct err *e);

    /* Required, on a lane. Send one piece and compare what the destination says about it. */
    int (*send)(void *lane, const struct upload_file *f, struct upload_piece *p, struct err *e);

    /* Optional. A piece was sent: journal it. */
    int (*sent)(struct upload *u, struct upload_file *f, const struct upload_piece *p, struct err *e);

    /* Required. All pieces are done: make it a file and compare the whole: verified_by. When it must go on,
     * finish sets pieces back to PIECE_TODO (or makes new ones), leaves verified_by NULL and returns 0. */
    int (*finish)(struct upload *u, struct upload_file *f, struct err *e);

    /* Optional. It is written that the file is done: close the driver's journal of it. */
    int (*closed)(struct upload *u, struct upload_file *f, struct err *e);

    /* Optional. The file has failed for good, or what is there is damaged: leave nothing behind at the destination. */
    void (*give_up)(struct upload *u, struct upload_file *f);
};

#endif
