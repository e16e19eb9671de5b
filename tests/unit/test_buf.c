/* base/buf: the ceiling and the sticky error. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_growth(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(100000);
    assert_string_equal(buf_str(&b), "");
    buf_add(&b, NULL, 0);
    for (int i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    assert_true(buf_ok(&b));
    assert_int_equal(b.len, strlen(buf_str(&b)));
    assert_int_equal(strncmp(buf_str(&b), "0,1,2,", 6), 0);
    assert_string_equal(buf_str(&b) + b.len - 4, "999,");
    buf_clear(&b);
    assert_string_equal(buf_str(&b), "");
    buf_add(&b, "a\0b", 3);
    assert_int_equal(b.len, 3);
    assert_int_equal(b.data[3], '\0');
    buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.max, 100000);
    buf_adds(&b, "usable again");
    assert_string_equal(buf_str(&b), "usable again");
    buf_free(&b);
}

static void test_the_ceiling_is_exact_and_the_error_stays(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(5);
    buf_adds(&b, "12345");
    assert_true(buf_ok(&b));
    buf_add(&b, "", 0);
    assert_true(buf_ok(&b));
    buf_addc(&b, '6');
    assert_false(buf_ok(&b));
    assert_string_equal(buf_str(&b), "12345");
    buf_add(&b, "", 0); /* even what would fit is ignored now */
    assert_false(buf_ok(&b));
    buf_clear(&b);
    assert_true(buf_ok(&b));
    buf_addf(&b, "%s", "123456");
    assert_false(buf_ok(&b));
    assert_int_equal(b.len, 0);
    buf_clear(&b);
    buf_addf(&b, "%s", "54321");
    assert_true(buf_ok(&b));
    assert_string_equal(buf_str(&b), "54321");
    buf_free(&b);
    struct buf none = BUF_INIT(0);
    buf_addc(&none, 'x');
    assert_false(buf_ok(&none));
    buf_free(&none);
}

static void test_a_huge_length_does_not_wrap(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(10);
    buf_adds(&b, "abc");
    buf_add(&b, "x", SIZE_MAX);
    assert_false(buf_ok(&b));
    assert_string_equal(buf_str(&b), "abc");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_the_ceiling_is_exact_and_the_error_stays),
        cmocka_unit_test(test_a_huge_length_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
