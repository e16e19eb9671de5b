/*
 * AWS Signature Version 4 by our own hand, for servers whose clock is not ours: libcurl signs with the time of this
 * machine and cannot be told another one. Pure. HMAC-SHA256 is libsodium's.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
#ifndef TC_PROVIDER_S3_SIGN_H
#define TC_PROVIDER_S3_SIGN_H

#include "base/arena.h"
#include "net/http.h"

enum { S3_SIGN_HEADERS = 3 }; /* that a signature adds */

/*
 * s3_sign_request(a, key, req, headers, at_s): sign as if it were `at_s` (seconds since 1970). `headers` are req's own,
 * x-amz-content-sha256 among them, with room for S3_SIGN_HEADERS more: Host, X-Amz-Date and Authorization are added;
 * all of them are signed. The URL is what s3_request_build makes: path encoded, query sorted. Returns the new count of
 * headers; their values are in `a`.
 */
int s3_sign_request(struct arena *a, const struct http_sigv4 *key, const struct http_request *req,
                    struct http_header *headers, int64_t at_s);

#endif
