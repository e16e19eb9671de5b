/* What an ETag tells about the content. Pure. AWS: "Checking object integrity", entity tags. */
#ifndef TC_PROVIDER_S3_ETAG_H
#define TC_PROVIDER_S3_ETAG_H

#include <stdbool.h>

enum { S3_ETAG_MAX = 128 };

struct s3_etag {
    char text[S3_ETAG_MAX]; /* without quotes; "" for none */
    bool opaque;            /* encrypted with KMS or a customer's key: no digest, whatever it looks like */
};

enum s3_etag_match { S3_ETAG_EQUAL, S3_ETAG_DIFFERS, S3_ETAG_SILENT };

/* s3_etag_copy(out, text): without the quotes; true unless it is empty. */
bool s3_etag_copy(char out[S3_ETAG_MAX], const char *text);

/* s3_etag_read(out, header, encryption, customer): from the headers ETag, x-amz-server-side-encryption and
 * …-customer-algorithm; each may be NULL. */
void s3_etag_read(struct s3_etag *out, const char *header, const char *encryption, const char *customer);

/* s3_etag_single(etag, md5): an object of one PutObject, or a part: its ETag is the md5 (hex). SILENT when it is no
 * such digest. */
enum s3_etag_match s3_etag_single(const struct s3_etag *etag, const char *md5);

/* s3_etag_multipart(etag, md5s, count): md5 of the parts' binary md5s, '-', their number. md5s[i]: hex. */
enum s3_etag_match s3_etag_multipart(const struct s3_etag *etag, const char *const *md5s, int count);

#endif
