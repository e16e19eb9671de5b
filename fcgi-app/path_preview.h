/* What a path template of an S3 profile makes of the names of files. Pure, but for the day. */
#ifndef TC_FCGI_PATH_PREVIEW_H
#define TC_FCGI_PATH_PREVIEW_H

#include "base/arena.h"
#include "base/err.h"

enum { PATH_PREVIEW_COUNT = 3 };

struct path_example {
    const char *path, *key;
};

/* path_preview_make(a, template, out, e): files as torrents have them, the last one with a name that is too long for
 * S3, as keys of a job that is created now. "" is the usual template. ERR_INPUT InvalidPathTemplate. */
int path_preview_make(struct arena *a, const char *template, struct path_example out[PATH_PREVIEW_COUNT],
                      struct err *e);

#endif
