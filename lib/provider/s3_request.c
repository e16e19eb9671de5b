#include "provider/s3_request.h"

#include "base/clock.h"
#include "base/encode.h"
#include "provider/s3_sign.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STORAGE_CLASS_MAX = 64, KMS_KEY_ID_MAX = 2048 };
enum { HEADERS_MAX = S3_CALL_MAX + 2 + S3_SIGN_HEADERS, CONTROL_TIMEOUT_MS = 10 * 60 * 1000 };

static const char empty_sha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool s3_request_secure(const struct s3_target *t)
{
    return strncasecmp(t->endpoint, "https://", 8) == 0;
}

static bool only(const char *s, const char *more)
{
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr(more, *s)))
            return false;
    return true;
}

static int refuse(struct err *e, const char *field, const char *sentence)
{
    err_set(e, ERR_INPUT, "InvalidS3Config", "%s", sentence);
    return err_field(e, field);
}

static int check_endpoint(const char *endpoint, struct err *e)
{
    const char *host = strstr(endpoint, "://");
    bool http = strncasecmp(endpoint, "http://", 7) == 0 || strncasecmp(endpoint, "https://", 8) == 0;
    if (!http || strlen(endpoint) >= S3_ENDPOINT_MAX)
        return refuse(e, "s3Endpoint", "The S3 endpoint must be a URL that begins with http:// or https://.");
    host += 3;
    size_t n = strcspn(host, "/");
    if (!n || host[0] == ':' || memchr(host, '@', n))
        return refuse(e, "s3Endpoint", "The S3 endpoint names no host, or holds a user name.");
    if (!only(endpoint, "-._~:/[]%"))
        return refuse(e, "s3Endpoint", "The S3 endpoint may not hold a query, a fragment, spaces or other characters.");
    return 0;
}

/* Servers differ in what a bucket may be called; what no server takes and what would change the address is refused. */
static int check_bucket(const struct s3_target *t, struct err *e)
{
    size_t n = strlen(t->bucket);
    if (n < 1 || n > 255 || !only(t->bucket, "-._") || strcmp(t->bucket, ".") == 0 || strcmp(t->bucket, "..") == 0)
        return refuse(e, "s3BucketName",
                      "The bucket name may hold letters, digits, dots, hyphens and underscores only.");
    return 0;
}

static bool one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

/* Servers have storage classes of their own; the canned ACLs are AWS', and those of an object. */
static int check_options(const struct s3_options *o, struct err *e)
{
    static const char *const acls[] = {
        "private",       "public-read",       "public-read-write",         "authenticated-read",
        "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control", NULL};
    static const char *const encryptions[] = {"AES256", "aws:kms", NULL};
    if (o->storage_class && (strlen(o->storage_class) > STORAGE_CLASS_MAX || !only(o->storage_class, "-_.")))
        return refuse(e, "s3StorageClass",
                      "The storage class may hold letters, digits, hyphens, dots and underscores only, at most 64.");
    if (o->sse && !one_of(o->sse, encryptions))
        return refuse(e, "s3Sse", "The encryption must be AES256 or aws:kms.");
    if (o->sse_kms_key_id && (!o->sse || strcmp(o->sse, "aws:kms") != 0))
        return refuse(e, "s3SseKmsKeyId", "A KMS key needs the encryption aws:kms.");
    if (o->sse_kms_key_id && (strlen(o->sse_kms_key_id) > KMS_KEY_ID_MAX || !only(o->sse_kms_key_id, "-_.:/+=@")))
        return refuse(e, "s3SseKmsKeyId", "The KMS key must be its id, its ARN or an alias.");
    if (o->acl && !one_of(o->acl, acls))
        return refuse(e, "s3Acl",
                      "The ACL must be one of private, public-read, public-read-write, authenticated-read, "
                      "aws-exec-read, bucket-owner-read and bucket-owner-full-control.");
    return 0;
}

int s3_request_check(const struct s3_target *t, struct err *e)
{
    if (check_endpoint(t->endpoint, e) || check_bucket(t, e) || check_options(&t->options, e))
        return -1;
    if (strlen(t->region) >= S3_REGION_MAX || !only(t->region, "-._"))
        return refuse(e, "s3Region", "The region may hold letters, digits, dots, hyphens and underscores only.");
    if (!*t->access_key || strlen(t->access_key) > 512)
        return refuse(e, "s3AccessKey", "The access key is empty or longer than 512 bytes.");
    if (!*t->secret_key || strlen(t->secret_key) > 512)
        return refuse(e, "s3SecretKey", "The secret key is empty or longer than 512 bytes.");
    return 0;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "name=value" pairs, encoded, then sorted: what the signature calls the canonical query string. */
static void add_query(struct arena *a, struct buf *url, const struct s3_call *c)
{
    const char *pairs[S3_CALL_MAX] = {0};
    for (int i = 0; i < c->param_count; i++) {
        struct buf pair = BUF_INIT(BUF_MAX_URL);
        encode_percent(&pair, c->params[i].name, strlen(c->params[i].name), "");
        /* '=' sorts above the digits and '-', so "a=" and "a-b=" would change places: \x01 sorts below them all */
        buf_addc(&pair, '\x01');
        encode_percent(&pair, c->params[i].value, strlen(c->params[i].value), "");
        if (!buf_ok(&pair))
            url->failed = true;
        pairs[i] = arena_strdup(a, buf_str(&pair));
        buf_free(&pair);
    }
    qsort(pairs, (size_t)c->param_count, sizeof pairs[0], compare_text);
    for (int i = 0; i < c->param_count; i++) {
        const char *value = strchr(pairs[i], '\x01');
        buf_addc(url, i ? '&' : '?');
        if (value) {
            buf_add(url, pairs[i], (size_t)(value - pairs[i]));
            buf_addf(url, "=%s", value + 1);
        }
    }
}

static const char *make_url(struct arena *a, const struct s3_target *t, const struct s3_call *c)
{
    struct buf url = BUF_INIT(BUF_MAX_URL);
    const char *host = strstr(t->endpoint, "://") + 3;
    size_t length = strlen(host);
    while (length && host[length - 1] == '/')
        length--;
    buf_add(&url, t->endpoint, (size_t)(host - t->endpoint));
    if (t->virtual_host)
        buf_addf(&url, "%s.", t->bucket);
    buf_add(&url, host, length);
    buf_addc(&url, '/');
    if (!t->virtual_host)
        buf_adds(&url, t->bucket);
    if (c->key) {
        if (!t->virtual_host)
            buf_addc(&url, '/');
        encode_percent(&url, c->key, strlen(c->key), "/");
    }
    add_query(a, &url, c);
    return buf_move(&url, a);
}

static const char *payload_hash(struct arena *a, const struct s3_target *t, const struct s3_payload *p, struct err *e)
{
    if (p->from_file ? p->length == 0 : p->len == 0)
        return empty_sha256;
    if (p->sha256) {
        char *hex = arena_alloc(a, 65);
        encode_hex(p->sha256, 32, hex);
        return hex;
    }
    if (s3_request_secure(t))
        return "UNSIGNED-PAYLOAD";
    err_set(e, ERR_BUG, NULL, "Over plain HTTP a payload needs its sha256.");
    return NULL;
}

static const char *base64(struct arena *a, const unsigned char md5[16])
{
    char *out = arena_alloc(a, sodium_base64_ENCODED_LEN(16, sodium_base64_VARIANT_ORIGINAL));
    sodium_bin2base64(out, sodium_base64_ENCODED_LEN(16, sodium_base64_VARIANT_ORIGINAL), md5, 16,
                      sodium_base64_VARIANT_ORIGINAL);
    return out;
}

static void add_payload(const struct s3_target *t, const struct s3_payload *p, struct http_request *out)
{
    out->from_file = p->from_file;
    out->fd = p->fd;
    out->offset = p->offset;
    out->length = p->length;
    out->body = p->data;
    out->body_len = p->len;
    out->timeout_ms = p->from_file ? 0 : t->timeout_ms ? t->timeout_ms : CONTROL_TIMEOUT_MS;
}

static bool has_param(const struct s3_call *c, const char *name)
{
    for (int i = 0; i < c->param_count; i++)
        if (!strcmp(c->params[i].name, name))
            return true;
    return false;
}

/* What S3 calls it, for traces. NULL: the method says enough. */
static const char *operation(const struct s3_call *c)
{
    static const struct {
        const char *method, *param, *name;
    } rows[] = {{"PUT", "partNumber", "UploadPart"},
                {"POST", "uploads", "CreateMultipartUpload"},
                {"POST", "uploadId", "CompleteMultipartUpload"},
                {"DELETE", "uploadId", "AbortMultipartUpload"},
                {"GET", "uploadId", "ListParts"},
                {"GET", "uploads", "ListMultipartUploads"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(c->method, rows[i].method) && has_param(c, rows[i].param))
            return rows[i].name;
    return c->key && c->param_count == 0 && !strcmp(c->method, "PUT") ? "PutObject" : NULL;
}

int s3_request_build(struct arena *a, const struct s3_target *t, const struct s3_call *c, struct http_request *out,
                     struct err *e)
{
    if (c->key && (!*c->key || strlen(c->key) > S3_KEY_MAX))
        return err_set(e, ERR_PERMANENT, "KeyTooLong", "The object's name is empty or longer than %d bytes.",
                       S3_KEY_MAX);
    struct http_header *headers = ARENA_ARRAY(a, HEADERS_MAX, struct http_header);
    int n = 0;
    const char *hash = payload_hash(a, t, &c->payload, e);
    if (!hash)
        return -1;
    *out =
        (struct http_request){.method = c->method, .url = make_url(a, t, c), .headers = headers, .name = operation(c)};
    if (!out->url)
        return err_set(e, ERR_INPUT, "InvalidUrl", "The object's address is longer than %d bytes.", BUF_MAX_URL);
    headers[n++] = (struct http_header){"x-amz-content-sha256", hash};
    if (c->payload.md5)
        headers[n++] = (struct http_header){"Content-MD5", base64(a, c->payload.md5)};
    for (int i = 0; i < c->header_count; i++)
        headers[n++] = c->headers[i];
    out->header_count = n;

    struct http_sigv4 *sign = ARENA_NEW(a, struct http_sigv4);
    *sign = (struct http_sigv4){*t->region ? t->region : "us-east-1", "s3", t->access_key, t->secret_key};
    if (t->clock_offset_s)
        out->header_count = s3_sign_request(a, sign, out, headers, clock_wall_us() / 1000000 + t->clock_offset_s);
    else
        out->sigv4 = sign;
    out->ca_file = t->ca_file;
    out->ca_pem = t->ca_pem;
    out->deny_private = t->deny_private;
    out->once = c->once;
    out->connect_timeout_ms = t->connect_timeout_ms;
    out->stall_ms = t->stall_ms < c->stall_ms ? c->stall_ms : t->stall_ms;
    add_payload(t, &c->payload, out);
    return 0;
}
