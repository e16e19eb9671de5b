/* net/http_range: what the Range of a 308 says, and what it must not be taken for. */
#include "net/http_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void bytes_that_are_stored(void **state)
{
    static const struct {
        const char *value;
        int64_t stored;
    } rows[] = {
        {NULL, 0},                          /* no header: nothing yet */
        {"bytes=0-0", 1},                   /* one byte */
        {"bytes=0-42", 43},                 /* the documentation's example */
        {"Bytes=0-262143", 262144},         /* one chunk of the smallest size */
        {"bytes=0-5368709119", 5368709120}, /* past 32 bits */
        {"bytes=0-9223372036854775806", INT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t stored = -1;
        assert_true(http_range_stored(rows[i].value, &stored));
        assert_int_equal(stored, rows[i].stored);
    }
}

static void what_is_no_such_range(void **state)
{
    static const char *const bad[] = {
        "",
        "bytes",
        "bytes=",
        "bytes=0-",
        "bytes=-42",  /* the last 42 */
        "bytes=1-42", /* a hole at the start */
        "bytes=00-42",
        "bytes=0--1",
        "bytes=0-+1",
        "bytes=0- 1",
        "bytes=0-1 ",
        " bytes=0-1",
        "bytes 0-1",
        "bytes 0-1/2", /* that is Content-Range */
        "bytes=0-1/2",
        "bytes=0-1,3-4",
        "bytes=0-0x10",
        "bytes=0-9223372036854775807", /* its length is no int64 */
        "bytes=0-18446744073709551615",
        "bytes=0-99999999999999999999",
        "items=0-1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t stored = -1;
        assert_false(http_range_stored(bad[i], &stored));
        assert_int_equal(stored, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_stored),
        cmocka_unit_test(what_is_no_such_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
