/*
 * Inside of the torrent worker: one engine, one main thread that drives every download (download.c), one disk thread
 * that hashes finished files and deletes trash (disk_thread.c), and the folder with its layout (folder.c):
 *   {TORRENT_DOWNLOAD_PATH}/{jobId}/…           what libtorrent writes
 *   {TORRENT_DOWNLOAD_PATH}/.resume/{jobId}     resume data, replaced atomically
 *   {TORRENT_DOWNLOAD_PATH}/.trash/…            renamed job folders on their way out
 *   {TORRENT_DOWNLOAD_PATH}/replaced/{jobId}/…  what the replaced product has left, in the same layout
 */
#ifndef TC_WORKERS_TORRENT_TORRENT_H
#define TC_WORKERS_TORRENT_TORRENT_H

#include "net/digest.h"
#include "store/file_store.h"
#include "store/local_store.h"
#include "torrent/engine.h"
#include "workers/transfer.h"
#include "workers/worker.h"

struct disk_thread;

/* How far a file of a download is, on the way from the engine to the table. */
enum file_step {
    STEP_WANTED,  /* the engine is at it */
    STEP_HASHING, /* verified; the disk thread reads it */
    STEP_HASHED,  /* digests are here, the table does not know yet */
    STEP_READY    /* written */
};

struct download_file {
    struct job_file row; /* strings in the download's arena */
    enum file_step step;
    char md5[DIGEST_HEX_MAX], sha256[DIGEST_HEX_MAX];
    int64_t told; /* bytes_downloaded that the table has */
};

struct download {
    struct download *next;
    struct slot *slot;
    struct arena *arena;
    const unsigned char *metainfo;
    size_t metainfo_len;
    struct download_file *files; /* those that the destination does not hold yet */
    int file_count, ready_count;
    int64_t done_elsewhere; /* bytes of files that are done at the destination */
    int64_t needed;         /* bytes to write at most */
    bool added;             /* the engine has it */
    bool waits;             /* a reason is written in the table */
    bool idle;              /* parked because no peer sends */
    bool draining, resume_saved, resume_asked;
    struct err failure;                                                /* what ends it at the next turn */
    int64_t try_at, db_at, event_at, resume_at, write_at, drain_until; /* clock_mono_ms */
    int64_t moved_at, received;
    struct transfer transfer;
};

struct torrent_worker {
    struct worker *worker;
    struct engine *engine;
    struct disk_thread *disk;
    int root; /* descriptor of the downloads folder */
    struct download *downloads;
    struct arena *turn; /* for one tick */
    int64_t floor_at;   /* when the disk floor is looked at again */
};

/* download.c, download_end.c */
void download_adopt(struct worker *w, struct slot *s, struct arena *a);
void download_tick(struct worker *w, int timeout_ms);
void download_drain(struct worker *w);
struct download *download_find(struct torrent_worker *t, int64_t job_id);
/* download_turn(t, d): one look at a download; false when it is over and *d is gone. */
bool download_turn(struct torrent_worker *t, struct download *d);
void download_event(struct torrent_worker *t, struct download *d, const struct engine_event *ev);
int download_start(struct torrent_worker *t, struct download *d, struct err *e);
void download_free(struct torrent_worker *t, struct download *d);
void download_say_wait(struct torrent_worker *t, struct download *d, const char *code, const char *sentence);
void download_say_moves(struct torrent_worker *t, struct download *d);

/* folder.c. All names are made from job ids; nothing here follows a symbolic link. */
int folder_open(const char *root, int *fd, struct err *e);
char *folder_job_path(struct arena *a, int64_t job_id);
int folder_make_job(int root, int64_t job_id, struct err *e);
/* folder_has_replaced: the replaced product has left a folder of this number. folder_take_replaced: it becomes the
 * job's, unless the job has one; the engine finds out what in it can be used. */
bool folder_has_replaced(int root, int64_t job_id);
int folder_take_replaced(int root, int64_t job_id, struct err *e);
/* folder_read_resume: NULL when there is none. */
const void *folder_read_resume(int root, struct arena *a, int64_t job_id, size_t *n);
int folder_write_resume(int root, int64_t job_id, const void *data, size_t n, struct err *e);
void folder_drop_resume(int root, int64_t job_id);
/* folder_trash: rename the job's folder into .trash (quick); fine when there is none. */
int folder_trash(int root, int64_t job_id, struct err *e);
/* folder_empty_trash: delete what lies there (slow). Returns the bytes it freed. */
int64_t folder_empty_trash(const char *root);
/* folder_free: bytes that may be written before DISK_FLOOR_BYTES is reached; negative below it. */
int folder_free(int root, int64_t *bytes, struct err *e);

/* disk_thread.c */
struct disk_thread *disk_start(const char *root);
void disk_end(struct disk_thread *t);
/* disk_hash: read the file once, md5 and sha256, and make it durable. path is relative to the job's folder. */
void disk_hash(struct disk_thread *t, int64_t job_id, int64_t epoch, int file, const char *path, int64_t size);
void disk_empty_trash(struct disk_thread *t);
struct disk_result {
    int64_t job_id, epoch;
    int file; /* position in download.files */
    bool failed;
    struct err err;
    struct digest_sum sum;
};
/* disk_next: take one result; false when there is none. disk_forget: drop the tasks of a job. */
bool disk_next(struct disk_thread *t, struct disk_result *out);
void disk_forget(struct disk_thread *t, int64_t job_id);

#endif
