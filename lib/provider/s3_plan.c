#include "provider/s3_plan.h"

#define MIB ((int64_t)1 << 20)

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

int s3_plan_make(int64_t size, int64_t wanted, struct s3_plan *out, struct err *e)
{
    int64_t most = S3_PLAN_PARTS_MAX / 10 * 9; /* room, should a server count differently */
    if (size < 1)
        return err_set(e, ERR_INPUT, "EmptyFile", "An empty file has no parts.");
    int64_t part = ceil_div(ceil_div(size, most), MIB) * MIB;
    if (part < wanted)
        part = wanted;
    if (part < S3_PLAN_PART_MIN)
        part = S3_PLAN_PART_MIN;
    if (part > S3_PLAN_PART_MAX)
        part = S3_PLAN_PART_MAX;
    return s3_plan_from(size, part, out, e);
}

int s3_plan_from(int64_t size, int64_t part_bytes, struct s3_plan *out, struct err *e)
{
    if (size < 1 || part_bytes < S3_PLAN_PART_MIN || part_bytes > S3_PLAN_PART_MAX)
        return err_set(e, ERR_INPUT, "InvalidPartSize", "The part size is outside of what S3 allows.");
    int64_t parts = ceil_div(size, part_bytes);
    if (parts > S3_PLAN_PARTS_MAX)
        return err_set(e, ERR_PERMANENT, "FileTooLarge", "The file is larger than S3 can store (48.8 TiB).");
    *out = (struct s3_plan){.size = size, .part_bytes = part_bytes, .parts = (int)parts};
    return 0;
}

int64_t s3_plan_offset(const struct s3_plan *p, int number)
{
    return (number - 1) * p->part_bytes;
}

int64_t s3_plan_length(const struct s3_plan *p, int number)
{
    return number < p->parts ? p->part_bytes : p->size - s3_plan_offset(p, number);
}
