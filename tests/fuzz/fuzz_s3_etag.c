/* ETags. Lines: the ETag, the encryption header, the customer algorithm, then an md5 a line for the parts. A digest is
 * believed only when the tag is one, and only its own. */
#include "net/digest.h"
#include "provider/s3_etag.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

enum { PARTS = 8 };

/* What the tag of the object would be, by the manual. */
static const char *expected(struct arena *a, const char *const *md5s, int n)
{
    unsigned char all[PARTS * DIGEST_MD5_SIZE];
    char hex[2 * DIGEST_MD5_SIZE + 1];
    struct digest_sum sum;
    for (int i = 0; i < n; i++)
        MUST(decode_hex(md5s[i], all + i * DIGEST_MD5_SIZE, DIGEST_MD5_SIZE));
    digest_memory(DIGEST_MD5, all, (size_t)n * DIGEST_MD5_SIZE, &sum);
    encode_hex(sum.md5, DIGEST_MD5_SIZE, hex);
    return arena_printf(a, "%s-%d", hex, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *header = fuzz_line(&f), *encryption = fuzz_line(&f), *customer = fuzz_line(&f), *md5s[PARTS];
    unsigned char md5[DIGEST_MD5_SIZE];
    struct s3_etag tag;
    int n = 0;
    for (int i = 0; n < PARTS && i < FUZZ_FIELDS / 2 && f.left; i++) {
        md5s[n] = fuzz_line(&f);
        n += decode_hex(md5s[n], md5, sizeof md5);
    }
    s3_etag_read(&tag, *header ? header : NULL, *encryption ? encryption : NULL, *customer ? customer : NULL);
    MUST(strlen(tag.text) < S3_ETAG_MAX && strlen(tag.text) <= strlen(header));
    MUST(!*customer || tag.opaque);
    enum s3_etag_match single = n ? s3_etag_single(&tag, md5s[0]) : S3_ETAG_SILENT;
    enum s3_etag_match multi = s3_etag_multipart(&tag, md5s, n);
    MUST(!tag.opaque || (single == S3_ETAG_SILENT && multi == S3_ETAG_SILENT));
    MUST(single == S3_ETAG_SILENT || multi == S3_ETAG_SILENT);
    MUST(n == 0 || (single == S3_ETAG_EQUAL) == (!tag.opaque && !strcasecmp(tag.text, md5s[0])));
    MUST((multi == S3_ETAG_EQUAL) == (!tag.opaque && !strcasecmp(tag.text, expected(f.arena, md5s, n))));
    /* The right tag is always recognised, with and without quotes. */
    const char *right = expected(f.arena, md5s, n);
    s3_etag_read(&tag, right, NULL, NULL);
    MUST(s3_etag_multipart(&tag, md5s, n) == S3_ETAG_EQUAL);
    s3_etag_read(&tag, arena_printf(f.arena, "\"%s\"", right), "AES256", NULL);
    MUST(s3_etag_multipart(&tag, md5s, n) == S3_ETAG_EQUAL);
    fuzz_close(&f);
    return 0;
}
