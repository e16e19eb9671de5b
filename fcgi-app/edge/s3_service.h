/* S3 destinations: try them out, then store them. */
#ifndef TC_EDGE_S3_SERVICE_H
#define TC_EDGE_S3_SERVICE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct services;
struct s3_probe_result;

/* As the client sent it; no member is NULL. */
struct s3_order {
    const char *name, *endpoint, *access_key, *secret_key, *bucket, *region;
    bool set_default, skip_test;
};

/* s3_service_test(a, order, out, e): try it; ERR_INPUT InvalidS3Config when it cannot be tried. */
int s3_service_test(struct arena *a, const struct s3_order *order, struct s3_probe_result *out, struct err *e);

/* s3_service_configure(s, a, user_id, order, id, e): ERR_INPUT with the codes of contract-api 1.10 in their order, or
 * S3ConnectionFailed with the failing step. */
int s3_service_configure(struct services *s, struct arena *a, int64_t user_id, const struct s3_order *order,
                         int64_t *id, struct err *e);

#endif
