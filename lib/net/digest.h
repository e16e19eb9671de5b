/*
 * md5 and sha256 (libcrypto), both in one pass: a block is read once and hashed by each while it is in the cache. MD5
 * is here because S3 speaks it (ETag, Content-MD5); it protects against accidents, sha256 against people.
 */
#ifndef TC_NET_DIGEST_H
#define TC_NET_DIGEST_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_MD5 = 1, DIGEST_SHA256 = 2, DIGEST_BOTH = DIGEST_MD5 | DIGEST_SHA256 };
enum { DIGEST_MD5_SIZE = 16, DIGEST_SHA256_SIZE = 32, DIGEST_HEX_MAX = 2 * DIGEST_SHA256_SIZE + 1 };

/* Members that were not asked for are zero. */
struct digest_sum {
    unsigned char md5[DIGEST_MD5_SIZE];
    unsigned char sha256[DIGEST_SHA256_SIZE];
};

/* Incremental: new, any number of updates, finish (which starts it afresh), free (NULL is a no-op). */
struct digest;
struct digest *digest_new(int which);
void digest_free(struct digest *d);
void digest_update(struct digest *d, const void *data, size_t n);
void digest_finish(struct digest *d, struct digest_sum *out);

/* digest_update_file(d, fd, offset, length, e): a range of a file by pread; neither mapped nor held. ERR_DISK when it
 * cannot be read or ends early. 64 MiB take about 0.15 s: callers that must stop sooner take smaller ranges. */
int digest_update_file(struct digest *d, int fd, int64_t offset, int64_t length, struct err *e);

/* digest_memory(which, data, n, out): n bytes at once. */
void digest_memory(int which, const void *data, size_t n, struct digest_sum *out);

/* digest_file(which, fd, offset, length, out, e): a range of a file at once. */
int digest_file(int which, int fd, int64_t offset, int64_t length, struct digest_sum *out, struct err *e);

#endif
