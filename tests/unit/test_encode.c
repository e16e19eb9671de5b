/* base/encode: hex, percent, numbers, UTF-8; mostly what must be refused. */
#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_hex(void **state)
{
    (void)state;
    char out[9];
    unsigned char raw[4] = {0};
    encode_hex("\x00\x9f\xff\x10", 4, out);
    assert_string_equal(out, "009fff10");
    encode_hex_upper("\x00\x9f\xff\x10", 4, out);
    assert_string_equal(out, "009FFF10");
    assert_true(decode_hex("009fFF10", raw, 4));
    assert_memory_equal(raw, "\x00\x9f\xff\x10", 4);
    assert_true(decode_hex("", raw, 0));
    static const char *const bad[] = {"", "009fFF1", "009fFF100", "009fFF1g", " 09fFF10", "-09fFF10", "0x9fFF10"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(decode_hex(bad[i], raw, 4));
}

static void test_percent(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(256);
    char out[64];
    encode_percent(&b, "a/b c~-._%+\xc3\xa4\0x", 14, "/");
    assert_string_equal(buf_str(&b), "a/b%20c~-._%25%2B%C3%A4%00");
    buf_clear(&b);
    encode_percent(&b, "a/b", 3, "");
    assert_string_equal(buf_str(&b), "a%2Fb");
    buf_free(&b);
    assert_int_equal(decode_percent("a%2fb+c", 7, false, out), 5);
    assert_string_equal(out, "a/b+c");
    assert_int_equal(decode_percent("a+b", 3, true, out), 3);
    assert_string_equal(out, "a b");
    assert_int_equal(decode_percent("", 0, true, out), 0);
    static const char *const bad[] = {"%", "%1", "%g1", "%1g", "a%00b", "%%20"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(decode_percent(bad[i], strlen(bad[i]), false, out), -1);
    assert_int_equal(decode_percent("a\0b", 3, false, out), -1);
    assert_int_equal(decode_percent("%41", 2, false, out), -1); /* what lies behind the length is not read */
    char inplace[] = "%41%42";
    assert_int_equal(decode_percent(inplace, 6, false, inplace), 2);
    assert_string_equal(inplace, "AB");
}

static void test_numbers(void **state)
{
    (void)state;
    int64_t v = 7;
    assert_true(parse_i64("0", 0, 10, &v) && v == 0);
    assert_true(parse_i64("-5", -5, 10, &v) && v == -5);
    assert_true(parse_i64("9223372036854775807", 0, INT64_MAX, &v) && v == INT64_MAX);
    assert_true(parse_i64("-9223372036854775808", INT64_MIN, 0, &v) && v == INT64_MIN);
    v = 7;
    static const char *const bad[] = {"",    " 1", "1 ", "+1",  "1.0", "0x1", "1e3", "9223372036854775808",
                                      "--1", "-",  "a",  "1\n", "\t1", "11",  "-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(parse_i64(bad[i], 0, 10, &v));
    assert_false(parse_i64(NULL, 0, 10, &v));
    assert_int_equal(v, 7);
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc3",             /* cut */
        "\xe2\x82",         /* cut */
        "\xc0\xaf",         /* overlong */
        "\xe0\x80\xaf",     /* overlong */
        "\xf0\x80\x80\xaf", /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond the last */
        "\xff",
        "\xfe",
        "\xf8\x88\x80\x80\x80",
        "a\xc3(",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char scrubbed[16];
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
        snprintf(scrubbed, sizeof scrubbed, "%s", bad[i]);
        utf8_scrub(scrubbed);
        assert_true(utf8_valid(scrubbed, strlen(scrubbed)));
        assert_int_equal(strlen(scrubbed), strlen(bad[i]));
    }
    assert_false(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("\xc3\xa4", 1)); /* the second byte lies behind the end */
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(mem_equal_ct("abc", "abc", 3));
    assert_false(mem_equal_ct("abc", "abd", 3));
    assert_false(mem_equal_ct("\x80xx", "\x00xx", 3));
    assert_true(mem_equal_ct("a", "b", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),  cmocka_unit_test(test_percent), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_utf8), cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
