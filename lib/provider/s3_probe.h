/*
 * The connection test of an S3 destination: does everything that an upload will do, on an object of its own under
 * "torrents/" that is removed again. Listing is not needed, so keys that may only write pass. Region, endpoint and
 * clock are taken from the server's own words when ours are refused (provider/s3_learned.h), the addressing style from
 * what works. In passing it finds out whether the server refuses to replace an object when it is asked to.
 */
#ifndef TC_PROVIDER_S3_PROBE_H
#define TC_PROVIDER_S3_PROBE_H

#include "provider/s3_plan.h"
#include "provider/s3_request.h"

enum s3_probe_name { S3_PROBE_PUT, S3_PROBE_MULTIPART, S3_PROBE_HEAD, S3_PROBE_DELETE, S3_PROBE__MAX };

struct s3_probe_step {
    const char *name; /* "Put", "Multipart", "Head", "Delete" */
    bool ok;
    int64_t ms;
    struct err err;   /* of a failed step: err.msg is the sentence to show */
    const char *note; /* why a step that is ok was not tried; else NULL */
};

struct s3_probe_result {
    struct s3_probe_step steps[S3_PROBE__MAX];
    bool success; /* all but Delete are ok: a denied Delete is only a warning, uploads do not need it */
    /* What worked, or what was tried last: */
    char region[S3_REGION_MAX], endpoint[S3_ENDPOINT_MAX];
    bool virtual_host;
    int clock_offset_s; /* 0 unless the server refused our clock */
    /* What honours "If-None-Match: *": "none", "put" (PutObject alone), "all" (CompleteMultipartUpload, too); NULL: not
     * found out. No step, and no failure, of the test. */
    const char *conditional;
};

/*
 * s3_probe_run(target, limits, out, e): 0 and *out filled when the test could be run, whatever it found; -1 when the
 * destination is malformed (s3_request_check). Multipart is not tried where the limits know of none. target->learned
 * and clock_offset_s are not looked at: the test starts afresh. Blocking: target->timeout_ms bounds each call; some 8
 * calls, and 5 of at most 2 s.
 */
int s3_probe_run(const struct s3_target *target, const struct s3_limits *limits, struct s3_probe_result *out,
                 struct err *e);

/* s3_probe_failure(result): why success is false: the error of the first failed step; NULL on success. */
const struct err *s3_probe_failure(const struct s3_probe_result *result);

#endif
