/* provider/s3_etag and provider/s3_key. */
#include "net/digest.h"
#include "provider/s3_etag.h"
#include "provider/s3_key.h"
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

static void test_keys(void **state)
{
    struct arena *a = arena_new(0);
    (void)state;
    assert_string_equal(s3_key_make(a, 5, "Name/sub/file.mkv"), "torrents/5/Name/sub/file.mkv");
    char path[2000];
    memset(path, 'x', sizeof path);
    memcpy(path + 1200, ".mkv", 5);
    const char *key = s3_key_make(a, 5, path);
    assert_true(strlen(key) <= S3_KEY_MAX);
    assert_string_equal(key + strlen(key) - 4, ".mkv");
    assert_string_equal(key, s3_key_make(a, 5, path)); /* the same for the same */
    path[1100] = 'y';                                  /* … and another one for another path */
    assert_string_not_equal(key, s3_key_make(a, 5, path));
    char euros[1300];
    for (int i = 0; i < 1200; i += 3)
        memcpy(euros + i, "\xe2\x82\xac", 3);
    euros[1200] = '\0';
    key = s3_key_make(a, 1, euros);
    const char *tilde = strchr(key, '~');
    assert_non_null(tilde); /* cut between two characters */
    assert_int_equal((tilde - key - (long)strlen("torrents/1/")) % 3, 0);
    /* Found by the fuzzer: what is no UTF-8 was cut back to nothing, and the job's folder with it. */
    memset(path, '\x8f', 1999);
    path[1999] = '\0';
    key = s3_key_make(a, 5, path);
    assert_int_equal(strncmp(key, "torrents/5/\x8f", 12), 0);
    assert_true(strlen(key) <= S3_KEY_MAX && strlen(key) > S3_KEY_MAX - 5);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
