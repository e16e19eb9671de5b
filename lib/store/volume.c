#include "store/volume.h"

#include "net/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ID_BYTES = 8 };

static const char *read_id(struct arena *a, const char *path, struct err *e)
{
    char text[2 * ID_BYTES + 2] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        if (errno == ENOENT)
            err_set(e, ERR_UNAVAILABLE, "NoVolume", "The downloads folder has no .volume-id yet.");
        else
            err_sys(e, ERR_CONFIG, path);
        return NULL;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[strspn(text, "0123456789abcdef")] = '\0';
    if (n < 2 * ID_BYTES || strlen(text) != 2 * ID_BYTES) {
        err_set(e, ERR_CONFIG, NULL, "%s is damaged: wanted %d hex digits", path, 2 * ID_BYTES);
        return NULL;
    }
    return arena_strdup(a, text);
}

/* The file appears whole or not at all: link() refuses to replace one that another worker has just made. */
static int make_id(struct arena *a, const char *root, const char *path, struct err *e)
{
    const char *tmp = arena_printf(a, "%s/.volume-id.%s", root, seal_token(a, 4));
    const char *text = arena_printf(a, "%s\n", seal_token(a, ID_BYTES));
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0)
        return err_sys(e, ERR_CONFIG, root);
    bool bad = write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fsync(fd);
    bad |= close(fd) != 0;
    bad = bad || (link(tmp, path) && errno != EEXIST);
    if (bad)
        err_sys(e, ERR_CONFIG, path);
    unlink(tmp);
    return bad ? -1 : 0;
}

const char *volume_id(struct arena *a, const char *root, bool create, struct err *e)
{
    const char *path = arena_printf(a, "%s/.volume-id", root);
    if (create && access(path, F_OK) && make_id(a, root, path, e))
        return NULL;
    return read_id(a, path, e);
}
