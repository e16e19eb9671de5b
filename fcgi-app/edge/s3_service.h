/* S3 destinations: try them out, then store them. */
#ifndef TC_EDGE_S3_SERVICE_H
#define TC_EDGE_S3_SERVICE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct services;
struct s3_probe_result;
struct profile_s3;
struct profile_check;

/* As the client sent it; no member is NULL. preset "": the one whose endpoint it is; the members after it "": none. */
struct s3_order {
    const char *name, *endpoint, *access_key, *secret_key, *bucket, *region, *preset, *ca_certificate;
    const char *path_template, *storage_class, *sse, *sse_kms_key_id, *acl;
    bool set_default, skip_test;
};

/* s3_service_test(a, order, out, e): try it; ERR_INPUT InvalidS3Config when it cannot be tried. */
int s3_service_test(struct arena *a, const struct s3_order *order, struct s3_probe_result *out, struct err *e);

/* s3_service_configure(s, a, user_id, order, id, e): ERR_INPUT with the codes of contract-api 1.10 in their order, or
 * S3ConnectionFailed with the failing step. */
int s3_service_configure(struct services *s, struct arena *a, int64_t user_id, const struct s3_order *order,
                         int64_t *id, struct err *e);

/* The parts of it, for profiles that exist already. */

/* s3_service_name(a, text, e): a profile's name without the blanks around it; NULL with ERR_INPUT when it breaks the
 * rules. */
const char *s3_service_name(struct arena *a, const char *text, struct err *e);

/* s3_service_read(a, order, out, e): all but the name, without the blanks around values, which people paste along.
 * ERR_INPUT InvalidS3Config, InvalidPathTemplate. */
int s3_service_read(struct arena *a, const struct s3_order *order, struct profile_s3 *out, struct err *e);

/* s3_service_probe(s3, out, e): try it. */
int s3_service_probe(const struct profile_s3 *s3, struct s3_probe_result *out, struct err *e);

/* s3_service_accept(a, s3, check, e): try it; what was found out goes into *s3 and *check. ERR_INPUT
 * S3ConnectionFailed. */
int s3_service_accept(struct arena *a, struct profile_s3 *s3, struct profile_check *check, struct err *e);

/* s3_service_verdict(a, result, out): what is kept of a test. */
void s3_service_verdict(struct arena *a, const struct s3_probe_result *result, struct profile_check *out);

#endif
