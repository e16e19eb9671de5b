/* provider/s3_plan: every byte in exactly one part, within S3's limits, at any size. */
#include "provider/s3_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MIB ((int64_t)1 << 20)
#define TIB ((int64_t)1 << 40)

static void check_cover(const struct s3_plan *p)
{
    int64_t at = 0;
    for (int n = 1; n <= p->parts; n++) {
        assert_int_equal(s3_plan_offset(p, n), at);
        int64_t length = s3_plan_length(p, n);
        assert_true(length > 0 && length <= S3_PLAN_PART_MAX);
        if (n < p->parts)
            assert_true(length == p->part_bytes && length >= S3_PLAN_PART_MIN);
        at += length;
    }
    assert_int_equal(at, p->size);
    assert_true(p->parts <= S3_PLAN_PARTS_MAX);
}

static void test_parts_cover_the_file(void **state)
{
    static const int64_t sizes[] = {1,
                                    5 * MIB - 1,
                                    5 * MIB,
                                    64 * MIB,
                                    64 * MIB + 1,
                                    1000 * MIB,
                                    100 * TIB / 1024,
                                    9000 * 64 * MIB,
                                    9000 * 64 * MIB + 1,
                                    5 * TIB,
                                    43 * TIB,
                                    S3_PLAN_PART_MAX * 9000 + 1,
                                    S3_PLAN_PART_MAX * 10000};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct s3_plan p;
        struct err e = ERR_INIT;
        assert_int_equal(s3_plan_make(sizes[i], 64 * MIB, &s3_plan_aws, &p, &e), 0);
        assert_true(p.part_bytes >= 64 * MIB);
        check_cover(&p);
        struct s3_plan again;
        assert_int_equal(s3_plan_from(sizes[i], p.part_bytes, &s3_plan_aws, &again, &e), 0);
        assert_int_equal(again.parts, p.parts);
    }
}

static void test_part_size_follows_the_rule(void **state)
{
    (void)state;
    struct s3_plan p;
    struct err e = ERR_INIT;
    assert_int_equal(s3_plan_make(9000 * 64 * MIB, 64 * MIB, &s3_plan_aws, &p, &e), 0);
    assert_int_equal(p.part_bytes, 64 * MIB); /* just fits */
    assert_int_equal(p.parts, 9000);
    assert_int_equal(s3_plan_make(9000 * 64 * MIB + 1, 64 * MIB, &s3_plan_aws, &p, &e), 0);
    assert_int_equal(p.part_bytes, 65 * MIB); /* rounded up to a MiB */
    assert_int_equal(s3_plan_make(10 * MIB, 1, &s3_plan_aws, &p, &e), 0);
    assert_int_equal(p.part_bytes, 5 * MIB); /* never below S3's minimum */
    assert_int_equal(p.parts, 2);
    assert_int_equal(s3_plan_make(3, 64 * MIB, &s3_plan_aws, &p, &e), 0);
    assert_int_equal(p.parts, 1);
    assert_int_equal(s3_plan_length(&p, 1), 3);
}

static void test_limits(void **state)
{
    (void)state;
    struct s3_plan p;
    struct err e = ERR_INIT;
    assert_int_equal(s3_plan_make(S3_PLAN_PART_MAX * 10000 + 1, 64 * MIB, &s3_plan_aws, &p, &e), -1);
    assert_int_equal(e.class, ERR_PERMANENT);
    assert_string_equal(e.code, "FileTooLarge");
    assert_int_equal(s3_plan_make(0, 64 * MIB, &s3_plan_aws, &p, &e), -1);
    assert_int_equal(e.class, ERR_INPUT);
    assert_int_equal(s3_plan_from(100, 5 * MIB - 1, &s3_plan_aws, &p, &e), -1);
}

/* The limits of services that differ from AWS, at every size: 1,000 parts, parts of 64 MiB at least, none at all. */
static void test_limits_of_services(void **state)
{
    static const struct s3_limits thousand = {.max_parts = 1000, .min_part = S3_PLAN_PART_MIN, .multipart = true};
    static const struct s3_limits large = {.max_parts = 10000, .min_part = 64 * MIB, .multipart = true};
    static const struct s3_limits whole = {.max_parts = 10000, .min_part = S3_PLAN_PART_MIN};
    static const int64_t sizes[] = {1, 20 * MIB, 900 * 16 * MIB, 900 * 16 * MIB + 1, TIB, 4 * TIB};
    (void)state;
    struct s3_plan p;
    struct err e = ERR_INIT;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(s3_plan_make(sizes[i], 16 * MIB, &thousand, &p, &e), 0);
        check_cover(&p);
        assert_true(p.parts <= 1000);
        assert_int_equal(s3_plan_make(sizes[i], 16 * MIB, &large, &p, &e), 0);
        check_cover(&p);
        assert_true(p.parts == 1 || p.part_bytes >= 64 * MIB);
    }
    assert_int_equal(s3_plan_make(5 * TIB, 16 * MIB, &thousand, &p, &e), -1);
    assert_string_equal(e.code, "FileTooLarge");
    /* what was begun under other limits is not gone on with */
    assert_int_equal(s3_plan_from(2000 * 16 * MIB, 16 * MIB, &s3_plan_aws, &p, &e), 0);
    assert_int_equal(s3_plan_from(2000 * 16 * MIB, 16 * MIB, &thousand, &p, &e), -1);
    assert_int_equal(s3_plan_from(2000 * 16 * MIB, 16 * MIB, &large, &p, &e), -1);

    assert_int_equal(s3_plan_single(16 * MIB, 16 * MIB, &s3_plan_aws, &e), 1);
    assert_int_equal(s3_plan_single(16 * MIB + 1, 16 * MIB, &s3_plan_aws, &e), 0);
    assert_int_equal(s3_plan_single(S3_PLAN_PART_MAX, 16 * MIB, &whole, &e), 1);
    assert_int_equal(s3_plan_single(S3_PLAN_PART_MAX + 1, 16 * MIB, &whole, &e), -1);
    assert_int_equal(e.class, ERR_PERMANENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_cover_the_file),
        cmocka_unit_test(test_part_size_follows_the_rule),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_limits_of_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
