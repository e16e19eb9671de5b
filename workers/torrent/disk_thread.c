/* The disk thread: one task after the other, so that hashing does not fight with itself for the disk. */
#include "base/log.h"
#include "workers/torrent/torrent.h"
#include "workers/upload/source.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* Between two steps a reading looks whether it is still wanted. */
enum { STEP_BYTES = 16 * 1024 * 1024, TWO_READINGS_FROM = 2 * STEP_BYTES };

struct task {
    struct task *next;
    char *path; /* NULL: empty the trash */
    int64_t size;
    bool dropped;
    struct disk_result result;
};

struct disk_thread {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct task *todo, *current, *done;
    char *root;
    bool ending;
};

static bool dropped(struct disk_thread *t, const struct task *task)
{
    pthread_mutex_lock(&t->mutex);
    bool gone = task->dropped || t->ending;
    pthread_mutex_unlock(&t->mutex);
    return gone;
}

/* A file, read once for some of its digests. */
struct reading {
    struct disk_thread *owner;
    struct task *task;
    int fd, which, failed;
    struct digest_sum sum;
    struct err err;
};

static void *read_through(void *arg)
{
    struct reading *r = arg;
    struct digest *digest = digest_new(r->which);
    int64_t size = r->task->size, step;
    for (int64_t at = 0; at < size && !r->failed; at += step) {
        step = size - at < STEP_BYTES ? size - at : STEP_BYTES;
        if (dropped(r->owner, r->task))
            r->failed = err_set(&r->err, ERR_STOPPED, NULL, "dropped");
        else
            r->failed = digest_update_file(digest, r->fd, at, step, &r->err);
    }
    digest_finish(digest, &r->sum);
    digest_free(digest);
    return NULL;
}

/* MD5 cannot be spread over cores, and alone takes as long as writing the file did: a large file is read twice, side by
 * side. The second reading comes from the page cache. */
static int hash_fd(struct disk_thread *t, struct task *task, int fd, struct err *e)
{
    pthread_t beside;
    struct reading md5 = {.owner = t, .task = task, .fd = fd, .which = DIGEST_MD5}, sha256 = md5;
    sha256.which = DIGEST_SHA256;
    bool two = task->size >= TWO_READINGS_FROM && pthread_create(&beside, NULL, read_through, &sha256) == 0;
    if (!two)
        md5.which = DIGEST_BOTH;
    read_through(&md5);
    task->result.sum = md5.sum;
    if (two) {
        pthread_join(beside, NULL);
        memcpy(task->result.sum.sha256, sha256.sum.sha256, sizeof sha256.sum.sha256);
    }
    if (md5.failed || sha256.failed)
        *e = md5.failed ? md5.err : sha256.err;
    return md5.failed || sha256.failed ? -1 : 0;
}

static int hash_file(struct disk_thread *t, struct task *task, struct err *e)
{
    int fd = source_open(t->root, task->result.job_id, task->path, task->size, e);
    if (fd < 0) {
        e->class = ERR_DISK; /* gone under our hands: the download looks again */
        return -1;
    }
    int r = 0;
    /* Durable before the table says "ready": after a power cut nothing is checked again. */
    if (hash_fd(t, task, fd, e))
        r = -1;
    else if (fdatasync(fd))
        r = err_sys(e, ERR_DISK, task->path);
    close(fd);
    return r;
}

static void work(struct disk_thread *t, struct task *task)
{
    if (task->path) {
        task->result.failed = hash_file(t, task, &task->result.err) != 0;
        return;
    }
    int64_t bytes = folder_empty_trash(t->root);
    if (bytes)
        log_info("local bytes deleted", kv_int("Bytes", bytes));
}

static void task_free(struct task *task)
{
    mem_free(task->path);
    mem_free(task);
}

static void *disk_main(void *arg)
{
    struct disk_thread *t = arg;
    pthread_mutex_lock(&t->mutex);
    for (;;) {
        while (!t->todo && !t->ending)
            pthread_cond_wait(&t->changed, &t->mutex);
        if (t->ending)
            break;
        struct task *task = t->current = t->todo;
        t->todo = task->next;
        pthread_mutex_unlock(&t->mutex);
        if (!dropped(t, task))
            work(t, task);
        pthread_mutex_lock(&t->mutex);
        t->current = NULL;
        if (task->path && !task->dropped) {
            task->next = t->done;
            t->done = task;
        } else {
            task_free(task);
        }
    }
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

struct disk_thread *disk_start(const char *root)
{
    struct disk_thread *t = MEM_NEW(struct disk_thread);
    t->root = mem_strdup(root);
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->changed, NULL);
    if (pthread_create(&t->thread, NULL, disk_main, t)) {
        mem_free(t->root);
        mem_free(t);
        return NULL;
    }
    return t;
}

static void free_list(struct task *list)
{
    for (struct task *next; list; list = next) {
        next = list->next;
        task_free(list);
    }
}

void disk_end(struct disk_thread *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->mutex);
    t->ending = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->mutex);
    pthread_join(t->thread, NULL);
    free_list(t->todo);
    free_list(t->done);
    mem_free(t->root);
    mem_free(t);
}

static void put(struct disk_thread *t, struct task *task)
{
    pthread_mutex_lock(&t->mutex);
    struct task **p = &t->todo;
    while (*p)
        p = &(*p)->next;
    *p = task;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->mutex);
}

void disk_hash(struct disk_thread *t, int64_t job_id, int64_t epoch, int file, const char *path, int64_t size)
{
    struct task *task = MEM_NEW(struct task);
    task->path = mem_strdup(path);
    task->size = size;
    task->result = (struct disk_result){.job_id = job_id, .epoch = epoch, .file = file};
    put(t, task);
}

void disk_empty_trash(struct disk_thread *t)
{
    put(t, MEM_NEW(struct task));
}

bool disk_next(struct disk_thread *t, struct disk_result *out)
{
    pthread_mutex_lock(&t->mutex);
    struct task *task = t->done;
    if (task)
        t->done = task->next;
    pthread_mutex_unlock(&t->mutex);
    if (!task)
        return false;
    *out = task->result;
    task_free(task);
    return true;
}

void disk_forget(struct disk_thread *t, int64_t job_id)
{
    pthread_mutex_lock(&t->mutex);
    for (struct task *task = t->todo; task; task = task->next)
        task->dropped |= task->path && task->result.job_id == job_id;
    if (t->current && t->current->path && t->current->result.job_id == job_id)
        t->current->dropped = true;
    pthread_mutex_unlock(&t->mutex);
}
