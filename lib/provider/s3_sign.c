#include "provider/s3_sign.h"

#include "base/encode.h"
#include "net/digest.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { HASH = crypto_auth_hmacsha256_BYTES, DATE = 8 /* of "20130524T000000Z" */ };

/* Headers that libcurl would have sent, or that are not to be signed: what lies between may change them. */
static const char payload_header[] = "x-amz-content-sha256";

static void hmac(const void *key, size_t n, const char *text, size_t text_len, unsigned char out[HASH])
{
    crypto_auth_hmacsha256_state s;
    crypto_auth_hmacsha256_init(&s, key, n);
    crypto_auth_hmacsha256_update(&s, (const unsigned char *)text, text_len);
    crypto_auth_hmacsha256_final(&s, out);
    sodium_memzero(&s, sizeof s);
}

/* The host as libcurl would write it: without the port that the scheme implies. */
static const char *host_of(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://") + 3, *usual = strncasecmp(url, "https:", 6) == 0 ? ":443" : ":80";
    size_t n = strcspn(host, "/?"), tail = strlen(usual);
    if (n > tail && memcmp(host + n - tail, usual, tail) == 0)
        n -= tail;
    return arena_strndup(a, host, n);
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(((const struct http_header *)a)->name, ((const struct http_header *)b)->name);
}

static void add_lower(struct buf *b, const char *s)
{
    for (; *s; s++)
        buf_addc(b, *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s);
}

/* "name:value" lines into `lines`, "name;name" into `names`. Our values hold no blanks at their ends and no two of them
 * in a row, so that trimming changes nothing. */
static void canonical_headers(struct arena *a, const struct http_header *headers, int n, struct buf *lines,
                              struct buf *names)
{
    struct http_header *sorted = ARENA_ARRAY(a, (size_t)n, struct http_header);
    memcpy(sorted, headers, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_name);
    for (int i = 0; i < n; i++) {
        add_lower(lines, sorted[i].name);
        buf_addf(lines, ":%s\n", sorted[i].value);
        if (i)
            buf_addc(names, ';');
        add_lower(names, sorted[i].name);
    }
}

static const char *value_of(const struct http_header *headers, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcasecmp(headers[i].name, name) == 0)
            return headers[i].value;
    return "UNSIGNED-PAYLOAD";
}

/* The SHA-256 of the canonical request, hex. */
static void hash_request(const struct http_request *req, const char *lines, const char *names, const char *payload,
                         char out[2 * HASH + 1])
{
    const char *path = strstr(req->url, "://") + 3;
    path += strcspn(path, "/?");
    const char *query = strchr(path, '?');
    struct buf text = BUF_INIT(4 * BUF_MAX_URL);
    struct digest_sum sum;
    buf_addf(&text, "%s\n%.*s\n%s\n%s\n%s\n%s", req->method, (int)(query ? (size_t)(query - path) : strlen(path)), path,
             query ? query + 1 : "", lines, names, payload);
    digest_memory(DIGEST_SHA256, buf_str(&text), text.len, &sum);
    encode_hex(sum.sha256, sizeof sum.sha256, out);
    buf_free(&text);
}

static void signature(const struct http_sigv4 *key, const char *stamp, const char *scope, const char *request_hash,
                      char out[2 * HASH + 1])
{
    struct buf text = BUF_INIT(BUF_MAX_URL);
    unsigned char k[HASH];
    buf_addf(&text, "AWS4%s", key->secret_key);
    hmac(buf_str(&text), text.len, stamp, DATE, k);
    if (text.data)
        sodium_memzero(text.data, text.len);
    hmac(k, HASH, key->region, strlen(key->region), k);
    hmac(k, HASH, key->service, strlen(key->service), k);
    hmac(k, HASH, "aws4_request", strlen("aws4_request"), k);
    buf_clear(&text);
    buf_addf(&text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", stamp, scope, request_hash);
    hmac(k, HASH, buf_str(&text), text.len, k);
    encode_hex(k, HASH, out);
    sodium_memzero(k, sizeof k);
    buf_free(&text);
}

int s3_sign_request(struct arena *a, const struct http_sigv4 *key, const struct http_request *req,
                    struct http_header *headers, int64_t at_s)
{
    struct buf lines = BUF_INIT(BUF_MAX_URL), names = BUF_INIT(BUF_MAX_URL);
    char request_hash[2 * HASH + 1], sum[2 * HASH + 1];
    char *stamp = arena_alloc(a, sizeof "20130524T000000Z");
    int n = req->header_count;
    time_t at = (time_t)at_s;
    struct tm utc;
    gmtime_r(&at, &utc);
    strftime(stamp, sizeof "20130524T000000Z", "%Y%m%dT%H%M%SZ", &utc);
    headers[n++] = (struct http_header){"Host", host_of(a, req->url)};
    headers[n++] = (struct http_header){"X-Amz-Date", stamp};
    canonical_headers(a, headers, n, &lines, &names);
    hash_request(req, buf_str(&lines), buf_str(&names), value_of(headers, n, payload_header), request_hash);
    const char *scope = arena_printf(a, "%.*s/%s/%s/aws4_request", DATE, stamp, key->region, key->service);
    signature(key, stamp, scope, request_hash, sum);
    headers[n++] = (struct http_header){
        "Authorization", arena_printf(a, "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
                                      key->access_key, scope, buf_str(&names), sum)};
    buf_free(&lines);
    buf_free(&names);
    return n;
}
