/*
 * Signature Version 4 as the server sees it, for tests only: rebuilds the canonical request from what was sent and
 * computes the signature with libcrypto. It shares no code with the project, so that it can contradict it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
#ifndef TC_TESTS_SIGV4_CHECK_H
#define TC_TESTS_SIGV4_CHECK_H

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sigv4_input {
    const char *method, *target; /* "/path?query" as sent; must be canonical already */
    const char *(*header)(void *arg, const char *name);
    void *arg;
    const char *signed_headers; /* "host;x-amz-date" */
    const char *payload_hash, *datetime, *region, *service, *secret;
};

static inline void sigv4_hex(const unsigned char *in, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        sprintf(out + 2 * i, "%02x", in[i]);
}

static inline void sigv4_hmac(const void *key, size_t key_len, const char *text, unsigned char out[32])
{
    unsigned n = 32;
    HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), out, &n);
}

/* The canonical request into `out`. */
static inline void sigv4_canonical(const struct sigv4_input *in, char *out, size_t size)
{
    size_t path = strcspn(in->target, "?");
    int n = snprintf(out, size, "%s\n%.*s\n%s\n", in->method, (int)path, in->target,
                     in->target[path] ? in->target + path + 1 : "");
    char names[1024];
    snprintf(names, sizeof names, "%s", in->signed_headers);
    for (char *save = NULL, *name = strtok_r(names, ";", &save); name; name = strtok_r(NULL, ";", &save)) {
        const char *value = in->header(in->arg, name);
        n += snprintf(out + n, size - (size_t)n, "%s:%s\n", name, value ? value : "(absent)");
    }
    snprintf(out + n, size - (size_t)n, "\n%s\n%s", in->signed_headers, in->payload_hash);
}

static inline void sigv4_signature(const struct sigv4_input *in, char out[65])
{
    char canonical[16384], text[1024], hash[65], date[9], key0[512];
    unsigned char md[32], k[32];
    sigv4_canonical(in, canonical, sizeof canonical);
    EVP_Digest(canonical, strlen(canonical), md, NULL, EVP_sha256(), NULL);
    sigv4_hex(md, 32, hash);
    snprintf(date, sizeof date, "%.8s", in->datetime);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", in->datetime, date, in->region,
             in->service, hash);
    snprintf(key0, sizeof key0, "AWS4%s", in->secret);
    sigv4_hmac(key0, strlen(key0), date, k);
    sigv4_hmac(k, 32, in->region, md);
    sigv4_hmac(md, 32, in->service, k);
    sigv4_hmac(k, 32, "aws4_request", md);
    sigv4_hmac(md, 32, text, k);
    sigv4_hex(k, 32, out);
}

#endif
