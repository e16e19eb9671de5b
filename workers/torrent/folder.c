#include "base/buf.h"
#include "base/config.h"
#include "base/log.h"
#include "net/seal.h"
#include "workers/torrent/torrent.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { NAME_SIZE = 64 };

static int make_dir(int root, const char *name, mode_t mode, struct err *e)
{
    struct stat st;
    if (mkdirat(root, name, mode) && errno != EEXIST)
        return err_sys(e, ERR_DISK, name);
    if (fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
        return err_set(e, ERR_DISK, NULL, "%s in the downloads folder is not a folder", name);
    /* The upload workers read by group; umask must not take that away. */
    if ((st.st_mode & 07777) != mode && fchmodat(root, name, mode, 0))
        return err_sys(e, ERR_DISK, name);
    return 0;
}

int folder_open(const char *root, int *fd, struct err *e)
{
    *fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return err_sys(e, ERR_CONFIG, root);
    return make_dir(*fd, ".resume", 0700, e) || make_dir(*fd, ".trash", 0700, e) ? -1 : 0;
}

char *folder_job_path(struct arena *a, int64_t job_id)
{
    return arena_printf(a, "%s/%lld", config_str(CFG_TORRENT_DOWNLOAD_PATH), (long long)job_id);
}

int folder_make_job(int root, int64_t job_id, struct err *e)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "%lld", (long long)job_id);
    return make_dir(root, name, 02750, e);
}

bool folder_has_replaced(int root, int64_t job_id)
{
    char from[NAME_SIZE];
    struct stat st;
    snprintf(from, sizeof from, "replaced/%lld", (long long)job_id);
    return fstatat(root, from, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

int folder_take_replaced(int root, int64_t job_id, struct err *e)
{
    char from[NAME_SIZE], to[NAME_SIZE];
    snprintf(from, sizeof from, "replaced/%lld", (long long)job_id);
    snprintf(to, sizeof to, "%lld", (long long)job_id);
    if (renameat2(root, from, root, to, RENAME_NOREPLACE) && errno != ENOENT && errno != EEXIST)
        return err_sys(e, ERR_DISK, from);
    return 0;
}

const void *folder_read_resume(int root, struct arena *a, int64_t job_id, size_t *n)
{
    char name[NAME_SIZE];
    struct stat st;
    snprintf(name, sizeof name, ".resume/%lld", (long long)job_id);
    *n = 0;
    int fd = openat(root, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return NULL;
    unsigned char *data = NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= BUF_MAX_RESUME) {
        data = arena_alloc(a, (size_t)st.st_size);
        /* Without resume data the engine checks what is on disk: slower, never wrong. */
        if (read(fd, data, (size_t)st.st_size) != st.st_size)
            data = NULL;
        else
            *n = (size_t)st.st_size;
    }
    close(fd);
    return data;
}

static int write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

int folder_write_resume(int root, int64_t job_id, const void *data, size_t n, struct err *e)
{
    char name[NAME_SIZE], tmp[NAME_SIZE];
    snprintf(name, sizeof name, ".resume/%lld", (long long)job_id);
    snprintf(tmp, sizeof tmp, ".resume/%lld.new", (long long)job_id);
    int fd = openat(root, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys(e, ERR_DISK, tmp);
    bool bad = write_all(fd, data, n) || fsync(fd);
    if (bad)
        err_sys(e, ERR_DISK, tmp);
    close(fd);
    if (!bad && renameat(root, tmp, root, name)) {
        bad = true;
        err_sys(e, ERR_DISK, name);
    }
    if (bad)
        unlinkat(root, tmp, 0);
    return bad ? -1 : 0;
}

void folder_drop_resume(int root, int64_t job_id)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof name, ".resume/%lld", (long long)job_id);
    unlinkat(root, name, 0);
}

int folder_trash(int root, int64_t job_id, struct err *e)
{
    char from[NAME_SIZE], to[NAME_SIZE];
    unsigned char salt[4];
    seal_random(salt, sizeof salt);
    snprintf(from, sizeof from, "%lld", (long long)job_id);
    snprintf(to, sizeof to, ".trash/%lld.%02x%02x%02x%02x", (long long)job_id, salt[0], salt[1], salt[2], salt[3]);
    if (renameat(root, from, root, to) && errno != ENOENT)
        return err_sys(e, ERR_DISK, from);
    folder_drop_resume(root, job_id);
    return 0;
}

static _Thread_local int64_t freed;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    if (at->level == 0)
        return 0; /* .trash itself stays */
    if (type == FTW_F)
        freed += (int64_t)st->st_blocks * 512;
    if (remove(path))
        log_warn("trash could not be deleted", kv_str("FileName", path), kv_str("Error", strerror(errno)));
    return 0;
}

int64_t folder_empty_trash(const char *root)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/.trash", root);
    freed = 0;
    nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    return freed;
}

int folder_free(int root, int64_t *bytes, struct err *e)
{
    struct statvfs v;
    if (fstatvfs(root, &v))
        return err_sys(e, ERR_DISK, "the downloads folder");
    *bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize - config_int(CFG_DISK_FLOOR_BYTES);
    return 0;
}
