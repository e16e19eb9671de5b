#include "workers/upload/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_beneath(int dir, const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, /* a FIFO must not hold us */
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static int fail(const char *path, struct err *e)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return err_set(e, ERR_NOT_FOUND, "LocalFileGone", "The downloaded file \"%s\" is no longer there.", path);
    if (errno == ELOOP || errno == EXDEV)
        return err_set(e, ERR_PERMANENT, "UnsafePath", "The path \"%s\" leaves the job's folder.", path);
    err_sys(e, ERR_DISK, "cannot be opened");
    return err_wrap(e, "The downloaded file \"%s\"", path);
}

int source_check(int fd, const char *path, int64_t size, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == size)
        return 0;
    return err_set(e, ERR_NOT_FOUND, "LocalFileChanged", "The downloaded file \"%s\" is not what was downloaded.",
                   path);
}

bool source_gone(const struct err *e)
{
    return strcmp(e->code, "LocalFileGone") == 0 || strcmp(e->code, "LocalFileChanged") == 0;
}

int source_open(const char *root, int64_t job_id, const char *path, int64_t size, struct err *e)
{
    char folder[1024];
    snprintf(folder, sizeof folder, "%s/%lld", root, (long long)job_id);
    int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0)
        return fail(path, e);
    int fd = open_beneath(dir, path);
    int saved = errno;
    close(dir);
    errno = saved;
    if (fd < 0)
        return fail(path, e);
    if (source_check(fd, path, size, e)) {
        close(fd);
        return -1;
    }
    return fd;
}
