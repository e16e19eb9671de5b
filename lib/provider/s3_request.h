/*
 * From a call of the S3 API to an HTTP request: address, query, headers. Pure, so that the published AWS vectors can
 * test it. Signing is libcurl's (net/http.h) unless the server's clock is another one than ours: then it is
 * provider/s3_sign, because libcurl signs with our clock and nothing else. The three conditions under which its
 * signature is right are met here: the query is sorted and value-less parameters are written "name=", the path is
 * encoded once, and x-amz-content-sha256 is always there.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
#ifndef TC_PROVIDER_S3_REQUEST_H
#define TC_PROVIDER_S3_REQUEST_H

#include "base/arena.h"
#include "base/err.h"
#include "net/http.h"

/* How objects are to be stored; NULL: as the server does it. */
struct s3_options {
    const char *storage_class; /* x-amz-storage-class */
    const char *sse;           /* x-amz-server-side-encryption: "AES256" or "aws:kms" */
    const char *sse_kms_key_id;
    const char *acl; /* a canned one */
};

/* A destination. The strings belong to the caller. */
struct s3_learned;

struct s3_target {
    const char *endpoint; /* "https://s3.example.com[:port][/prefix]" */
    const char *region;   /* "" is us-east-1 */
    const char *bucket;
    const char *access_key, *secret_key;
    bool virtual_host; /* bucket in the host name; else in the path, which nearly every server understands */
    bool deny_private; /* OUTBOUND_DENY_PRIVATE */
    const char *ca_file;
    const char *ca_pem;         /* PEM text, trusted beside ca_file and the system's; NULL: none */
    int clock_offset_s;         /* the server's clock minus ours, 0 unless it is worth a signature of our own */
    struct s3_learned *learned; /* provider/s3_learned.h: what refusals teach goes there, and counts; NULL: nowhere */
    int connect_timeout_ms, stall_ms;
    int timeout_ms; /* of calls that carry no payload; 0: 10 min */
    struct s3_options options;
};

struct s3_param {
    const char *name, *value;
};

enum { S3_CALL_MAX = 12, S3_REGION_MAX = 64, S3_KEY_MAX = 1024, S3_ENDPOINT_MAX = 513 };

/* The bytes that a call sends. Memory or a file range; digests may be NULL. Over plain HTTP sha256 is required for a
 * payload that is not empty (it signs the bytes); over TLS the payload goes unsigned without it. */
struct s3_payload {
    const void *data;
    size_t len;
    bool from_file;
    int fd;
    int64_t offset, length;
    const unsigned char *md5;    /* 16 bytes, sent as Content-MD5 */
    const unsigned char *sha256; /* 32 bytes */
};

struct s3_call {
    const char *method;
    const char *key;                     /* raw bytes, NULL: the bucket itself */
    struct s3_param params[S3_CALL_MAX]; /* in any order */
    int param_count;
    struct http_header headers[S3_CALL_MAX];
    int header_count;
    struct s3_payload payload;
    bool once;    /* what it makes has no name yet: were it sent twice, nobody would know of one of them (net/http.h) */
    int stall_ms; /* wait at least this long for the answer, whatever the target says */
};

/* s3_request_check(t, e): ERR_INPUT with the field at fault when the destination cannot work: endpoint syntax, bucket
 * and region characters, missing keys, options that no server has. */
int s3_request_check(const struct s3_target *t, struct err *e);

/* s3_request_secure(t): the endpoint is https. */
bool s3_request_secure(const struct s3_target *t);

/* s3_request_build(a, t, c, out, e): fill *out; everything in it lives in `a` or belongs to t and c, and must stay
 * until the request is started. stop, sent and timeouts of single calls are the caller's to add. */
int s3_request_build(struct arena *a, const struct s3_target *t, const struct s3_call *c, struct http_request *out,
                     struct err *e);

#endif
