#include "provider/s3_error.h"

#include "base/encode.h"
#include "provider/s3_xml.h"

#include <stdio.h>
#include <string.h>

struct row {
    int status;       /* of rows without a code */
    const char *code; /* S3's code */
    enum err_class class;
    const char *ours;     /* our code; NULL: S3's own */
    const char *sentence; /* %s once: the bucket; NULL: the server's own */
};

/* Codes first, then what a bare status means (a HEAD has no body, a proxy no code). */
static const struct row rows[] = {
    {0, "AccessDenied", ERR_PERMANENT, NULL,
     "Access denied to bucket '%s'. Check the keys and the permissions of the bucket."},
    {0, "AllAccessDisabled", ERR_PERMANENT, "AccessDenied", "All access to bucket '%s' has been disabled."},
    {0, "AccountProblem", ERR_PERMANENT, NULL, "There is a problem with the account that owns bucket '%s'."},
    {0, "NotSignedUp", ERR_PERMANENT, NULL, "The account behind the keys for bucket '%s' has no S3 service."},
    {0, "InvalidAccessKeyId", ERR_PERMANENT, NULL, "The S3 server does not know the access key for bucket '%s'."},
    {0, "SignatureDoesNotMatch", ERR_PERMANENT, NULL,
     "The S3 server refuses the signature for bucket '%s': the secret key is wrong."},
    {0, "ExpiredToken", ERR_PERMANENT, NULL, "The keys for bucket '%s' have expired."},
    {0, "InvalidToken", ERR_PERMANENT, NULL, "The keys for bucket '%s' are not valid."},
    {0, "NoSuchBucket", ERR_PERMANENT, "BucketNotFound", "Bucket '%s' does not exist or is not accessible."},
    {0, "InvalidBucketName", ERR_PERMANENT, NULL, "The S3 server does not accept the bucket name '%s'."},
    {0, "AuthorizationHeaderMalformed", ERR_PERMANENT, "WrongRegion", "Bucket '%s' is in another region."},
    {0, "IllegalLocationConstraintException", ERR_PERMANENT, "WrongRegion", "Bucket '%s' is in another region."},
    {0, "PermanentRedirect", ERR_PERMANENT, "WrongEndpoint", "Bucket '%s' must be reached by another endpoint."},
    {0, "TemporaryRedirect", ERR_REMOTE, NULL, "Bucket '%s' is being moved to another endpoint."},
    {0, "RequestTimeTooSkewed", ERR_UNAVAILABLE, NULL,
     "The clocks of this machine and of the S3 server of bucket '%s' differ too much. Set the clock."},
    {0, "SlowDown", ERR_THROTTLED, NULL, "The S3 server of bucket '%s' asks to slow down."},
    {0, "Throttling", ERR_THROTTLED, "SlowDown", "The S3 server of bucket '%s' asks to slow down."},
    {0, "ThrottlingException", ERR_THROTTLED, "SlowDown", "The S3 server of bucket '%s' asks to slow down."},
    {0, "RequestLimitExceeded", ERR_THROTTLED, "SlowDown", "The S3 server of bucket '%s' asks to slow down."},
    {0, "TooManyRequests", ERR_THROTTLED, "SlowDown", "The S3 server of bucket '%s' asks to slow down."},
    {0, "BandwidthLimitExceeded", ERR_THROTTLED, "SlowDown", "The bandwidth limit of bucket '%s' is reached."},
    {0, "ServiceUnavailable", ERR_THROTTLED, NULL, "The S3 server of bucket '%s' is too busy at the moment."},
    {0, "InternalError", ERR_REMOTE, NULL, "The S3 server of bucket '%s' had an internal error."},
    {0, "RequestTimeout", ERR_REMOTE, NULL, "The S3 server of bucket '%s' waited too long for our bytes."},
    {0, "IncompleteBody", ERR_REMOTE, NULL, "Not all bytes arrived at the S3 server of bucket '%s'."},
    {0, "BadDigest", ERR_REMOTE, NULL, "Bytes were damaged on the way to bucket '%s'."},
    {0, "InvalidDigest", ERR_REMOTE, "BadDigest", "Bytes were damaged on the way to bucket '%s'."},
    {0, "XAmzContentSHA256Mismatch", ERR_REMOTE, "BadDigest", "Bytes were damaged on the way to bucket '%s'."},
    {0, "OperationAborted", ERR_REMOTE, NULL, "Another operation on bucket '%s' is in the way."},
    {0, "ConditionalRequestConflict", ERR_REMOTE, NULL,
     "Another write to the same object in bucket '%s' came between."},
    {0, "NoSuchUpload", ERR_NOT_FOUND, NULL, "The multipart upload in bucket '%s' no longer exists."},
    {0, "NoSuchKey", ERR_NOT_FOUND, NULL, "The object does not exist in bucket '%s'."},
    {0, "InvalidPart", ERR_CONFLICT, NULL, "Bucket '%s' lacks a part of the upload."},
    {0, "InvalidPartOrder", ERR_CONFLICT, "InvalidPart", "Bucket '%s' lacks a part of the upload."},
    {0, "PreconditionFailed", ERR_CONFLICT, NULL, "The object exists already in bucket '%s'."},
    {0, "EntityTooSmall", ERR_PERMANENT, NULL, "The parts are too small for bucket '%s': raise S3_PART_BYTES."},
    {0, "EntityTooLarge", ERR_PERMANENT, NULL, "The file or its parts are too large for bucket '%s'."},
    {0, "KeyTooLongError", ERR_PERMANENT, "KeyTooLong", "The object's name is too long for bucket '%s'."},
    {0, "QuotaExceeded", ERR_UNAVAILABLE, NULL, "The quota of bucket '%s' is used up."},
    {0, "ServiceQuotaExceeded", ERR_UNAVAILABLE, "QuotaExceeded", "The quota of bucket '%s' is used up."},
    {0, "XMinioStorageFull", ERR_UNAVAILABLE, "QuotaExceeded", "The storage behind bucket '%s' is full."},
    {0, "XMinioAdminBucketQuotaExceeded", ERR_UNAVAILABLE, "QuotaExceeded", "The quota of bucket '%s' is used up."},
    {0, "InvalidStorageClass", ERR_PERMANENT, NULL, "Bucket '%s' has no storage class of this name."},
    {0, "AccessControlListNotSupported", ERR_PERMANENT, NULL, "Bucket '%s' does not take ACLs: choose none."},
    {0, "KMS.NotFoundException", ERR_PERMANENT, NULL, "Bucket '%s' cannot find the KMS key."},
    {0, "KMS.DisabledException", ERR_PERMANENT, NULL, "The KMS key for bucket '%s' is disabled."},
    {0, "KMS.KMSInvalidStateException", ERR_PERMANENT, NULL, "The KMS key for bucket '%s' cannot be used at present."},
    {0, "NotImplemented", ERR_PERMANENT, NULL, NULL}, /* what: as the server says */

    {301, NULL, ERR_PERMANENT, "WrongEndpoint", "Bucket '%s' must be reached by another endpoint or region."},
    {302, NULL, ERR_PERMANENT, "WrongEndpoint", "The endpoint of bucket '%s' redirects: it is no S3 endpoint."},
    {307, NULL, ERR_PERMANENT, "WrongEndpoint", "Bucket '%s' must be reached by another endpoint."},
    {308, NULL, ERR_PERMANENT, "WrongEndpoint", "Bucket '%s' must be reached by another endpoint."},
    {401, NULL, ERR_PERMANENT, "AccessDenied", "Access denied to bucket '%s'. Check the keys."},
    {403, NULL, ERR_PERMANENT, "AccessDenied",
     "Access denied to bucket '%s'. Check the keys and the permissions of the bucket."},
    {404, NULL, ERR_NOT_FOUND, "NoSuchKey", "The object or bucket '%s' does not exist."},
    {408, NULL, ERR_REMOTE, "RequestTimeout", "The S3 server of bucket '%s' waited too long for our bytes."},
    {409, NULL, ERR_REMOTE, "Conflict", "Another operation on bucket '%s' is in the way."},
    {412, NULL, ERR_CONFLICT, "PreconditionFailed", "The object exists already in bucket '%s'."},
    {413, NULL, ERR_PERMANENT, "EntityTooLarge", "The file or its parts are too large for bucket '%s'."},
    {429, NULL, ERR_THROTTLED, "SlowDown", "The S3 server of bucket '%s' asks to slow down."},
    {503, NULL, ERR_THROTTLED, "ServiceUnavailable", "The S3 server of bucket '%s' is too busy at the moment."},
    {507, NULL, ERR_UNAVAILABLE, "QuotaExceeded", "The storage behind bucket '%s' is full."},
};

/* A header may hold any bytes, and a cut may go through a letter; this ends in sentences and in PostgreSQL. */
static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
    utf8_scrub(out);
}

static void on_element(void *arg, const char *path, const char *text)
{
    struct s3_error *s = arg;
    if (strcmp(path, "Error/Code") == 0)
        copy(s->code, sizeof s->code, text);
    else if (strcmp(path, "Error/Message") == 0)
        copy(s->message, sizeof s->message, text);
    else if (strcmp(path, "Error/Region") == 0)
        copy(s->region, sizeof s->region, text);
    else if (strcmp(path, "Error/Endpoint") == 0)
        copy(s->endpoint, sizeof s->endpoint, text);
}

/* Servers that have no <Region> have the region in the words of AWS: "the region 'a' is wrong; expecting 'b'". */
static void region_from_message(struct s3_error *s)
{
    static const char words[] = "expecting '";
    const char *at = strcmp(s->code, "AuthorizationHeaderMalformed") == 0 ? strstr(s->message, words) : NULL;
    const char *end = at ? strchr(at + strlen(words), '\'') : NULL;
    if (!end)
        return;
    snprintf(s->region, sizeof s->region, "%.*s", (int)(end - at - (long)strlen(words)), at + strlen(words));
    utf8_scrub(s->region);
}

bool s3_error_read(const struct http_response *res, struct s3_error *out)
{
    struct err ignored;
    *out = (struct s3_error){.status = res->status};
    if (res->body.len && s3_xml_parse(buf_str(&res->body), res->body.len, on_element, out, &ignored) != 0)
        *out = (struct s3_error){.status = res->status}; /* half a document is none */
    const char *region = http_response_header(res, "x-amz-bucket-region");
    if (!*out->region && region)
        copy(out->region, sizeof out->region, region);
    if (!*out->region)
        region_from_message(out);
    out->clock_s = http_response_clock(res);
    return res->status < 200 || res->status > 299 || *out->code;
}

/* The row of the code, else of the bare status, else NULL. */
static const struct row *find(const struct s3_error *s)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].code ? strcmp(rows[i].code, s->code) == 0 : rows[i].status == s->status)
            return &rows[i];
    return NULL;
}

int s3_error_fill(const struct s3_error *s, const char *bucket, struct err *e)
{
    const struct row *r = find(s);
    bool passing = s->status >= 500 || s->status < 300; /* a server's fault may pass, its refusal will not */
    enum err_class class = r ? r->class : passing ? ERR_REMOTE : ERR_PERMANENT;
    const char *code = r && r->ours ? r->ours : *s->code ? s->code : "S3Error";
    char sentence[384];
    if (r && r->sentence && (r->code || !*s->code))
        snprintf(sentence, sizeof sentence, r->sentence, bucket);
    else
        snprintf(sentence, sizeof sentence, "The S3 server of bucket '%s' answered %d %s: %s", bucket, s->status,
                 s->code, *s->message ? s->message : "no reason given.");
    return *s->region ? err_set(e, class, code, "%s Its region is %s.", sentence, s->region)
                      : err_set(e, class, code, "%s", sentence);
}
