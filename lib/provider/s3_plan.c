#include "provider/s3_plan.h"

#define MIB ((int64_t)1 << 20)

const struct s3_limits s3_plan_aws = {.max_parts = S3_PLAN_PARTS_MAX, .min_part = S3_PLAN_PART_MIN, .multipart = true};

static int64_t ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

int s3_plan_make(int64_t size, int64_t wanted, const struct s3_limits *limits, struct s3_plan *out, struct err *e)
{
    int64_t most = limits->max_parts / 10 * 9; /* room, should a server count differently */
    if (size < 1)
        return err_set(e, ERR_INPUT, "EmptyFile", "An empty file has no parts.");
    int64_t part = ceil_div(ceil_div(size, most), MIB) * MIB;
    if (part < wanted)
        part = wanted;
    if (part < limits->min_part)
        part = limits->min_part;
    if (part > S3_PLAN_PART_MAX)
        part = S3_PLAN_PART_MAX;
    return s3_plan_from(size, part, limits, out, e);
}

int s3_plan_from(int64_t size, int64_t part_bytes, const struct s3_limits *limits, struct s3_plan *out, struct err *e)
{
    if (size < 1 || part_bytes < limits->min_part || part_bytes > S3_PLAN_PART_MAX)
        return err_set(e, ERR_INPUT, "InvalidPartSize", "The part size is outside of what the destination allows.");
    int64_t parts = ceil_div(size, part_bytes);
    if (parts > limits->max_parts)
        return err_set(e, ERR_PERMANENT, "FileTooLarge",
                       "The file is larger than the destination can store (%d parts of 5 GiB).", limits->max_parts);
    *out = (struct s3_plan){.size = size, .part_bytes = part_bytes, .parts = (int)parts};
    return 0;
}

int s3_plan_single(int64_t size, int64_t threshold, const struct s3_limits *limits, struct err *e)
{
    if (limits->multipart)
        return size <= threshold;
    if (size <= S3_PLAN_PART_MAX)
        return 1;
    return err_set(e, ERR_PERMANENT, "FileTooLarge",
                   "The file is larger than 5 GiB, and the destination takes no uploads in parts.");
}

int64_t s3_plan_offset(const struct s3_plan *p, int number)
{
    return (number - 1) * p->part_bytes;
}

int64_t s3_plan_length(const struct s3_plan *p, int number)
{
    return number < p->parts ? p->part_bytes : p->size - s3_plan_offset(p, number);
}
