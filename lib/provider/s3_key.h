/*
 * The names of our objects. A profile's path template says what they look like: "torrents/{jobId}/{path}" unless it has
 * one of its own. Variables: {jobId} {torrentName} {infoHash} {year} {month} {day} (of the job's creation, UTC), and
 * {path}, which is needed and comes last. Pure.
 */
#ifndef TC_PROVIDER_S3_KEY_H
#define TC_PROVIDER_S3_KEY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum { S3_KEY_TEMPLATE_MAX = 512 };

extern const char s3_key_template[]; /* of profiles that have none of their own */

/* What the variables stand for. */
struct s3_key_job {
    int64_t job_id;
    const char *torrent_name, *info_hash;
    int64_t created_at; /* µs since 1970 */
};

/* s3_key_check(template, e): ERR_INPUT "InvalidPathTemplate" with a sentence when no key can be made of it. */
int s3_key_check(const char *template, struct err *e);

/*
 * s3_key_make(a, template, job, path): the key of a file, by a template that was checked; path with '/' between its
 * segments. The same for the same, always. No segment is empty, "." or "..", whatever the torrent calls its files; S3
 * allows 1,024 bytes. Where that takes a change, the key is cut at a character and ends in '~', 16 hex digits of the
 * sha256 of what it would have been, and its extension, so that different files never share one. Nothing else is
 * touched: not case, not Unicode's composition.
 */
const char *s3_key_make(struct arena *a, const char *template, const struct s3_key_job *job, const char *path);

#endif
