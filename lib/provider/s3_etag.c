#include "provider/s3_etag.h"

#include "base/encode.h"
#include "net/digest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool s3_etag_copy(char out[S3_ETAG_MAX], const char *text)
{
    size_t n = strlen(text);
    if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
        text++;
        n -= 2;
    }
    snprintf(out, S3_ETAG_MAX, "%.*s", (int)n, text);
    return *out;
}

void s3_etag_read(struct s3_etag *out, const char *header, const char *encryption, const char *customer)
{
    s3_etag_copy(out->text, header ? header : "");
    out->opaque = customer || (encryption && strncmp(encryption, "aws:kms", 7) == 0);
}

enum s3_etag_match s3_etag_single(const struct s3_etag *etag, const char *md5)
{
    unsigned char ignored[DIGEST_MD5_SIZE];
    if (etag->opaque || !decode_hex(etag->text, ignored, sizeof ignored))
        return S3_ETAG_SILENT;
    return strcasecmp(etag->text, md5) == 0 ? S3_ETAG_EQUAL : S3_ETAG_DIFFERS;
}

enum s3_etag_match s3_etag_multipart(const struct s3_etag *etag, const char *const *md5s, int count)
{
    char head[2 * DIGEST_MD5_SIZE + 1], expected[64];
    unsigned char md5[DIGEST_MD5_SIZE];
    struct digest_sum sum;
    snprintf(head, sizeof head, "%.32s", etag->text);
    if (etag->opaque || etag->text[strlen(head)] != '-' || !decode_hex(head, md5, sizeof md5))
        return S3_ETAG_SILENT;
    struct digest *d = digest_new(DIGEST_MD5);
    for (int i = 0; i < count; i++)
        if (decode_hex(md5s[i], md5, sizeof md5))
            digest_update(d, md5, sizeof md5);
    digest_finish(d, &sum);
    digest_free(d);
    encode_hex(sum.md5, DIGEST_MD5_SIZE, head);
    snprintf(expected, sizeof expected, "%s-%d", head, count);
    return strcasecmp(etag->text, expected) == 0 ? S3_ETAG_EQUAL : S3_ETAG_DIFFERS;
}
