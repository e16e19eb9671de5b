/* What an S3 server's refusal means to us: ONE table from (status, S3 code) to a class and a sentence. Pure. */
#ifndef TC_PROVIDER_S3_ERROR_H
#define TC_PROVIDER_S3_ERROR_H

#include "base/err.h"
#include "net/http.h"

/* The refusal as the server told it; "" where it did not. Foreign text, bounded, valid UTF-8. */
struct s3_error {
    int status;
    char code[64];     /* "AccessDenied" */
    char message[256]; /* the server's sentence */
    char region[64];   /* the region it wants: <Region>, x-amz-bucket-region, or "expecting '…'" in the sentence */
    char endpoint[256];
    int64_t clock_s; /* its clock, seconds since 1970; 0: not told */
};

/* s3_error_read(res, out): what `res` says, from its <Error> document and its headers. True when it is a refusal: the
 * status is not 2xx, or the body of a 2xx is an <Error> (Complete does that). */
bool s3_error_read(const struct http_response *res, struct s3_error *out);

/*
 * s3_error_fill(s, bucket, e): fill *e; returns -1. Codes that callers branch on:
 *   NoSuchUpload NoSuchKey (ERR_NOT_FOUND) · InvalidPart (ERR_CONFLICT: the server has other parts than we think)
 *   BucketNotFound AccessDenied WrongRegion WrongEndpoint (ERR_PERMANENT) · PreconditionFailed (ERR_CONFLICT)
 */
int s3_error_fill(const struct s3_error *s, const char *bucket, struct err *e);

#endif
