/* How a file is cut into the parts of a multipart upload. Pure. Limits: AWS "Amazon S3 multipart upload limits". */
#ifndef TC_PROVIDER_S3_PLAN_H
#define TC_PROVIDER_S3_PLAN_H

#include "base/err.h"

#include <stdint.h>

#define S3_PLAN_PART_MIN ((int64_t)5 << 20)
#define S3_PLAN_PART_MAX ((int64_t)5 << 30)
enum { S3_PLAN_PARTS_MAX = 10000 };

/* Equal parts, the last one may be shorter (R2 insists on it). Fixed for the life of an upload and stored with it. */
struct s3_plan {
    int64_t size, part_bytes;
    int parts;
};

/* s3_plan_make(size, wanted, out, e): parts of `wanted` bytes, larger when the file would need more than nine tenths of
 * the 10,000 parts that S3 allows. ERR_INPUT for size < 1, ERR_PERMANENT when it is too large for S3. */
int s3_plan_make(int64_t size, int64_t wanted, struct s3_plan *out, struct err *e);

/* s3_plan_from(size, part_bytes, out, e): the plan of an upload that was begun with parts of this size. */
int s3_plan_from(int64_t size, int64_t part_bytes, struct s3_plan *out, struct err *e);

/* s3_plan_offset/length(p, number): where part `number` (1 … parts) begins, and its bytes. */
int64_t s3_plan_offset(const struct s3_plan *p, int number);
int64_t s3_plan_length(const struct s3_plan *p, int number);

#endif
