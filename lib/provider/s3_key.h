/* The names of our objects: torrents/{jobId}/{path}, as the contract has it. Pure. */
#ifndef TC_PROVIDER_S3_KEY_H
#define TC_PROVIDER_S3_KEY_H

#include "base/arena.h"

#include <stdint.h>

/*
 * s3_key_make(a, job_id, path): the key of a file; path with '/' between its segments. S3 allows 1,024 bytes: a longer
 * one is cut at a character and ends in '~', 16 hex digits of the sha256 of the whole path, and its extension, so that
 * the same file always has the same name and different ones never share it.
 */
const char *s3_key_make(struct arena *a, int64_t job_id, const char *path);

#endif
