/* The local bytes of a job: opened below the job's folder and nowhere else, whatever a torrent's names say. */
#ifndef TC_WORKERS_UPLOAD_SOURCE_H
#define TC_WORKERS_UPLOAD_SOURCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * source_open(root, job_id, path, size, e): open {root}/{job_id}/{path} for reading; symbolic links and ".." are not
 * followed (openat2). Its size must be `size`. The descriptor, or -1: ERR_NOT_FOUND when the file or the folder is
 * gone or has another size (download again), ERR_PERMANENT when the path leaves the folder, ERR_DISK otherwise.
 */
int source_open(const char *root, int64_t job_id, const char *path, int64_t size, struct err *e);

/* source_check(fd, path, size, e): is it still that long. -1 with the same ERR_NOT_FOUND. */
int source_check(int fd, const char *path, int64_t size, struct err *e);

/* source_gone(e): the local bytes are gone or others: no further try helps, but a download. */
bool source_gone(const struct err *e);

#endif
