/*
 * The S3 REST API, call by call. No policy: no retries, no choice of part sizes, no judgement beyond "did the server do
 * it"; that is workers/upload and workers/s3. But with target->learned a call that is refused for its region, its
 * endpoint or its clock is signed anew and repeated (provider/s3_learned.h). Blocking; a handle belongs to one thread.
 *
 * Errors: those of net/http.h for the transport and those of provider/s3_error.h for a refusal; ERR_REMOTE
 * "UnexpectedAnswer" when the other side does not talk S3. Retry-After is in err.retry_after_s.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
#ifndef TC_PROVIDER_S3_API_H
#define TC_PROVIDER_S3_API_H

#include "provider/s3_error.h"
#include "provider/s3_etag.h"
#include "provider/s3_request.h"

enum { S3_PART_MAX = 10000 };

/* Whose object it is and what it should hold, stored as metadata with it, so that after a lost answer a HEAD can tell
 * our finished upload from anything else under that key. NULL members are not sent / were not there. */
struct s3_owner {
    const char *job, *file; /* ids in decimal: x-amz-meta-tc-job, x-amz-meta-tc-file */
    const char *sha256;     /* of the whole content, hex: x-amz-meta-tc-sha256 */
};

struct s3_part {
    int number; /* 1 … 10000 */
    int64_t size;
    char etag[S3_ETAG_MAX];
};

/* One destination, one thread. */
struct s3_api;

/* s3_api_new(t): copies nothing: t and its strings must outlive it. */
struct s3_api *s3_api_new(const struct s3_target *t);
void s3_api_free(struct s3_api *s);

/* s3_api_on_stop(s, stop, arg): asked during every later call (net/http.h). */
void s3_api_on_stop(struct s3_api *s, bool (*stop)(void *arg), void *arg);

/* s3_api_refusal(s): what the server said at the last failed call, for its region and endpoint; all "" if nothing. */
const struct s3_error *s3_api_refusal(const struct s3_api *s);

/* May a call replace what is there. S3_ONLY_NEW is "If-None-Match: *": ERR_CONFLICT "PreconditionFailed" when there is
 * an object, where the server honours it; some ignore it, some refuse it (provider/s3_probe.h finds out). */
enum s3_write { S3_REPLACE, S3_ONLY_NEW };

/* s3_api_put(s, key, payload, owner, write, sent, etag, e): PutObject. `sent` follows the bytes (NULL: nobody asks). */
int s3_api_put(struct s3_api *s, const char *key, const struct s3_payload *payload, const struct s3_owner *owner,
               enum s3_write write, int64_t *sent, struct s3_etag *etag, struct err *e);

/* s3_api_create(s, a, key, owner, e): CreateMultipartUpload; the upload id in `a`. */
const char *s3_api_create(struct s3_api *s, struct arena *a, const char *key, const struct s3_owner *owner,
                          struct err *e);

/* s3_api_upload_part(s, …): UploadPart. */
int s3_api_upload_part(struct s3_api *s, const char *key, const char *upload_id, int number,
                       const struct s3_payload *payload, int64_t *sent, struct s3_etag *etag, struct err *e);

/* s3_api_list_parts(s, a, key, upload_id, parts, count, e): every part that the server holds, in order of number. */
int s3_api_list_parts(struct s3_api *s, struct arena *a, const char *key, const char *upload_id, struct s3_part **parts,
                      int *count, struct err *e);

/* s3_api_complete(s, key, upload_id, parts, count, write, etag, e): CompleteMultipartUpload of exactly these parts. A
 * 200 whose body is an <Error> is a failure. When the answer was lost, a HEAD tells. */
int s3_api_complete(struct s3_api *s, const char *key, const char *upload_id, const struct s3_part *parts, int count,
                    enum s3_write write, struct s3_etag *etag, struct err *e);

/* s3_api_abort(s, key, upload_id, e): AbortMultipartUpload; an upload that is gone already is a success. */
int s3_api_abort(struct s3_api *s, const char *key, const char *upload_id, struct err *e);

struct s3_object {
    int64_t size;
    struct s3_etag etag;
    struct s3_owner owner; /* strings in the arena */
};

/* s3_api_head(s, a, key, out, e): HeadObject; ERR_NOT_FOUND when there is none. */
int s3_api_head(struct s3_api *s, struct arena *a, const char *key, struct s3_object *out, struct err *e);

/* s3_api_first(s, a, prefix, after, key, e): ListObjectsV2 for one object: *key is the first one under `prefix` that
 * sorts behind `after`, or NULL when there is none. */
int s3_api_first(struct s3_api *s, struct arena *a, const char *prefix, const char *after, const char **key,
                 struct err *e);

/* s3_api_delete(s, key, e): DeleteObject; an object that is gone already is a success. */
int s3_api_delete(struct s3_api *s, const char *key, struct err *e);

struct s3_upload {
    const char *key, *upload_id;
    int64_t initiated_s; /* by the server's clock, seconds since 1970; 0: not told */
};

/* s3_api_list_uploads(s, a, prefix, uploads, count, e): multipart uploads that are open under a prefix. */
int s3_api_list_uploads(struct s3_api *s, struct arena *a, const char *prefix, struct s3_upload **uploads, int *count,
                        struct err *e);

#endif
