/* net/digest against RFC 1321, FIPS 180-2 and itself. */
#include "base/encode.h"
#include "net/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void check(const struct digest_sum *sum, const char *md5, const char *sha256)
{
    char hex[DIGEST_HEX_MAX];
    encode_hex(sum->md5, DIGEST_MD5_SIZE, hex);
    assert_string_equal(hex, md5);
    encode_hex(sum->sha256, DIGEST_SHA256_SIZE, hex);
    assert_string_equal(hex, sha256);
}

static void test_published_vectors(void **state)
{
    (void)state;
    struct digest_sum sum;
    digest_memory(DIGEST_BOTH, "", 0, &sum);
    check(&sum, "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_memory(DIGEST_BOTH, "abc", 3, &sum);
    check(&sum, "900150983cd24fb0d6963f7d28e17f72", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_memory(DIGEST_MD5, "abc", 3, &sum);
    check(&sum, "900150983cd24fb0d6963f7d28e17f72", "0000000000000000000000000000000000000000000000000000000000000000");
}

static void test_file_range_equals_memory(void **state)
{
    (void)state;
    char path[] = "/tmp/tc-digest-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    size_t size = 1000003;
    unsigned char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 131 + (i >> 9));
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);

    struct digest_sum a, b;
    struct err e = ERR_INIT;
    assert_int_equal(digest_file(DIGEST_BOTH, fd, 777, 654321, &a, &e), 0);
    digest_memory(DIGEST_BOTH, bytes + 777, 654321, &b);
    assert_memory_equal(&a, &b, sizeof a);

    struct digest *d = digest_new(DIGEST_BOTH); /* in uneven steps, and twice with one context */
    for (int round = 0; round < 2; round++) {
        for (size_t at = 777, step = 1; at < 777 + 654321; at += step, step = step * 3 + 1) {
            if (step > 777 + 654321 - at)
                step = 777 + 654321 - at;
            digest_update(d, bytes + at, step);
        }
        digest_finish(d, &a);
        assert_memory_equal(&a, &b, sizeof a);
    }
    digest_free(d);

    assert_int_equal(digest_file(DIGEST_BOTH, fd, 777, (int64_t)size, &a, &e), -1);
    assert_int_equal(e.class, ERR_DISK);
    assert_int_equal(digest_file(DIGEST_BOTH, -1, 0, 1, &a, &e), -1);
    assert_int_equal(e.class, ERR_DISK);
    free(bytes);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_file_range_equals_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
