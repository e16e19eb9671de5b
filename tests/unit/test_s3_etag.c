/* provider/s3_etag. */
#include "net/digest.h"
#include "provider/s3_etag.h"
#include "provider/s3_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct s3_etag read_etag(const char *header)
{
    struct s3_etag e;
    s3_etag_read(&e, header, NULL, NULL);
    return e;
}

static void test_single(void **state)
{
    (void)state;
    const char *md5 = "5d41402abc4b2a76b9719d911017c592";
    struct s3_etag e = read_etag("\"5d41402abc4b2a76b9719d911017c592\"");
    assert_string_equal(e.text, md5);
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_EQUAL);
    e = read_etag("5D41402ABC4B2A76B9719D911017C592"); /* some servers write capitals */
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_EQUAL);
    e = read_etag("\"5d41402abc4b2a76b9719d911017c593\"");
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_DIFFERS);
    e = read_etag("\"5d41402abc4b2a76b9719d911017c592-1\"");
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_SILENT);
    e = read_etag("\"opaque\"");
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_SILENT);
    e = read_etag(NULL);
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_SILENT);
    s3_etag_read(&e, "\"5d41402abc4b2a76b9719d911017c593\"", "aws:kms", NULL);
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_SILENT);
    s3_etag_read(&e, "\"5d41402abc4b2a76b9719d911017c593\"", "AES256", NULL); /* SSE-S3 keeps the md5 */
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_DIFFERS);
    s3_etag_read(&e, "\"5d41402abc4b2a76b9719d911017c593\"", NULL, "AES256");
    assert_int_equal(s3_etag_single(&e, md5), S3_ETAG_SILENT);
}

static void test_multipart(void **state)
{
    (void)state;
    /* printf '' | md5; printf hello | md5; (both as bytes) | md5, by md5sum and xxd */
    const char *const md5s[] = {"d41d8cd98f00b204e9800998ecf8427e", "5d41402abc4b2a76b9719d911017c592"};
    struct s3_etag e = read_etag("\"5aef4171af045af5f02042484bf38760-2\"");
    assert_int_equal(s3_etag_multipart(&e, md5s, 2), S3_ETAG_EQUAL);
    e = read_etag("\"5aef4171af045af5f02042484bf38760-3\"");
    assert_int_equal(s3_etag_multipart(&e, md5s, 2), S3_ETAG_DIFFERS);
    e = read_etag("\"5d41402abc4b2a76b9719d911017c592\"");
    assert_int_equal(s3_etag_multipart(&e, md5s, 2), S3_ETAG_SILENT);
    e = read_etag("\"abc-2\"");
    assert_int_equal(s3_etag_multipart(&e, md5s, 2), S3_ETAG_SILENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_multipart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
