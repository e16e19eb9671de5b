/* base/clock: dates and durations as the wire wants them. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void iso(int64_t us, const char *expected)
{
    char out[CLOCK_ISO_SIZE];
    clock_iso(us, out);
    assert_string_equal(out, expected);
}

static void duration(int64_t s, const char *expected)
{
    char out[CLOCK_ISO_SIZE];
    clock_duration(s, out);
    assert_string_equal(out, expected);
}

static void test_iso(void **state)
{
    (void)state;
    iso(0, "1970-01-01T00:00:00Z");
    iso(1771439845123456, "2026-02-18T18:37:25.123456Z");
    iso(1771439845000000, "2026-02-18T18:37:25Z");
    iso(1771439845000001, "2026-02-18T18:37:25.000001Z");
    iso(951782400000000, "2000-02-29T00:00:00Z");
    iso(-1, "1969-12-31T23:59:59.999999Z");
    iso(-1000000, "1969-12-31T23:59:59Z");
    iso(253402300799999999, "9999-12-31T23:59:59.999999Z");
}

static void test_duration(void **state)
{
    (void)state;
    duration(-5, "00:00:00");
    duration(0, "00:00:00");
    duration(3661, "01:01:01");
    duration(86399, "23:59:59");
    duration(86400, "1.00:00:00");
    duration(INT64_C(86400) * 400 + 59, "400.00:00:59");
    char out[CLOCK_ISO_SIZE];
    clock_duration(INT64_MAX, out); /* fits, whatever it says */
    assert_non_null(strchr(out, ':'));
}

static void test_clocks(void **state)
{
    (void)state;
    int64_t mono = clock_mono_ms(), wall = clock_wall_us();
    clock_sleep_ms(0);
    clock_sleep_ms(-1);
    clock_sleep_ms(20);
    assert_true(clock_mono_ms() - mono >= 19);
    assert_true(clock_wall_us() > wall);
    assert_true(wall > INT64_C(1700000000000000)); /* microseconds, not milliseconds */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso),
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
