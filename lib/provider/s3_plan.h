/* How a file is cut into the parts of a multipart upload. Pure. Limits: AWS "Amazon S3 multipart upload limits". */
#ifndef TC_PROVIDER_S3_PLAN_H
#define TC_PROVIDER_S3_PLAN_H

#include "base/err.h"

#include <stdint.h>

#define S3_PLAN_PART_MIN ((int64_t)5 << 20)
#define S3_PLAN_PART_MAX ((int64_t)5 << 30)
enum { S3_PLAN_PARTS_MAX = 10000 };

/* What a service allows (provider/s3_presets.h). Never looser than AWS. */
struct s3_limits {
    int max_parts;
    int64_t min_part; /* bytes, of all parts but the last */
    bool equal_parts; /* all parts but the last must have one size: our plans always do */
    bool multipart;   /* false: PutObject only, whatever the size */
};

/* s3_plan_aws: the limits of AWS, which most services share. */
extern const struct s3_limits s3_plan_aws;

/* Equal parts, the last one may be shorter (R2 insists on it). Fixed for the life of an upload and stored with it. */
struct s3_plan {
    int64_t size, part_bytes;
    int parts;
};

/* s3_plan_make(size, wanted, limits, out, e): parts of `wanted` bytes, larger when the service wants larger ones or the
 * file would need more than nine tenths of the parts that it allows. ERR_INPUT for size < 1, ERR_PERMANENT when the
 * file is too large for the service. */
int s3_plan_make(int64_t size, int64_t wanted, const struct s3_limits *limits, struct s3_plan *out, struct err *e);

/* s3_plan_from(size, part_bytes, limits, out, e): the plan of an upload that was begun with parts of this size; fails
 * when the service would not take it (the profile may have got another preset since). */
int s3_plan_from(int64_t size, int64_t part_bytes, const struct s3_limits *limits, struct s3_plan *out, struct err *e);

/* s3_plan_single(size, threshold, limits, e): 1: one PutObject, 0: a multipart upload, -1: ERR_PERMANENT, the service
 * takes no multipart uploads and the file is larger than one PutObject may be. */
int s3_plan_single(int64_t size, int64_t threshold, const struct s3_limits *limits, struct err *e);

/* s3_plan_offset/length(p, number): where part `number` (1 … parts) begins, and its bytes. */
int64_t s3_plan_offset(const struct s3_plan *p, int number);
int64_t s3_plan_length(const struct s3_plan *p, int number);

#endif
