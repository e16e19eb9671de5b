/* base/log: whatever the fields hold, a line is one line and valid JSON. */
#include "base/log.h"

#include "base/encode.h"
#include "net/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <unistd.h>

enum { MAX_LINE = 16 * 1024 };

/* What f writes to stderr. */
static const char *written(void (*f)(void))
{
    static char text[4 * MAX_LINE];
    FILE *tmp = tmpfile();
    int saved = dup(STDERR_FILENO);
    dup2(fileno(tmp), STDERR_FILENO);
    f();
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(tmp);
    text[fread(text, 1, sizeof text - 1, tmp)] = '\0';
    fclose(tmp);
    return text;
}

static struct json *parsed(const char *line)
{
    struct err e = ERR_INIT;
    size_t n = strlen(line);
    assert_true(n > 0 && n <= MAX_LINE);
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
    assert_true(utf8_valid(line, n));
    struct json *j = json_parse(line, n, &e);
    if (!j)
        fail_msg("%s: %s", e.msg, line);
    return j;
}

static const char hostile[] =
    "a\"b\\c\nd\r\t\x01\x1b[31m\x7f\xff\xc3(\xed\xa0\x80\xe0\x80\x80\xf4\x90\x80\x80\xc3\xa4 \",\"x\":\"";

static void log_hostile(void)
{
    log_info(hostile, kv_str("Name", hostile), kv_str("Null", NULL), kv_int("Big", INT64_MIN), kv_bool("Yes", true),
             kv_double("Half", 0.5), kv_none);
}

static void test_hostile_bytes(void **state)
{
    (void)state;
    log_open("unit", LOG_DEBUG, true);
    struct json *j = parsed(written(log_hostile));
    assert_string_equal(json_str(json_get(j, "service")), "unit");
    assert_string_equal(json_str(json_get(j, "level")), "info");
    assert_null(json_get(j, "x")); /* no field was forged */
    const char *name = json_str(json_get(j, "Name"));
    assert_int_equal(strncmp(name, "a\"b\\c\nd\r\t\x01\x1b[31m\x7f\xc3\xbf", 18), 0);
    assert_non_null(strstr(name, "\xc3\xa4 \",\"x\":\"")); /* what is text stays as it was */
    json_free(j);
    log_open("unit", LOG_DEBUG, false);
    const char *line = written(log_hostile);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    for (const char *p = line; p[1]; p++)
        assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void log_numbers(void)
{
    log_info("numbers", kv_double("Nan", NAN), kv_double("Inf", INFINITY), kv_double("Max", 1.7e308));
}

static void test_numbers_that_json_does_not_know(void **state)
{
    (void)state;
    log_open("unit", LOG_DEBUG, true);
    struct json *j = parsed(written(log_numbers));
    json_free(j);
}

static char huge[100001];

static void log_huge(void)
{
    log_info(huge, kv_str("A", huge), kv_str("B", huge), kv_int("C", 1));
}

static void test_a_long_line_stays_valid(void **state)
{
    (void)state;
    log_open("unit", LOG_DEBUG, true);
    static const char *const units[] = {"x", "\"", "\x01", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xff"};
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
        for (size_t shift = 0; shift < 6; shift++) {
            size_t n = strlen(units[u]), at = shift;
            memset(huge, 'y', shift);
            for (; at + n < sizeof huge; at += n)
                memcpy(huge + at, units[u], n);
            huge[at] = '\0';
            json_free(parsed(written(log_huge)));
        }
}

static struct kv many[600];

static void log_many(void)
{
    log_emit(LOG_INFO, "many", many, 600);
}

static void test_many_fields_stay_valid(void **state)
{
    (void)state;
    log_open("unit", LOG_DEBUG, true);
    for (size_t len = 1; len < 40; len += 7)
        for (int kind = 0; kind < 3; kind++) {
            char value[64];
            memset(value, 'v', len);
            value[len] = '\0';
            for (int i = 0; i < 600; i++)
                many[i] = kind == 0 ? kv_str("Field", value) : kind == 1 ? kv_int("Field", 123456789) : kv_bool("F", 1);
            json_free(parsed(written(log_many)));
        }
}

static void log_context_and_error(void)
{
    struct err e;
    err_set(&e, ERR_REMOTE, "SlowDown", "it \"broke\"");
    log_context("req-\"1", 42);
    log_warn("with context", kv_err(&e));
    log_context(NULL, 0);
}

static void log_own_job(void)
{
    log_context(NULL, 42);
    log_info("of another job", kv_int("JobId", 7));
    log_context(NULL, 0);
}

static void test_context_and_error(void **state)
{
    (void)state;
    log_open("unit", LOG_DEBUG, true);
    struct json *j = parsed(written(log_context_and_error));
    assert_string_equal(json_str(json_get(j, "RequestId")), "req-\"1");
    assert_string_equal(json_str(json_get(j, "Class")), "remote");
    assert_string_equal(json_str(json_get(j, "Code")), "SlowDown");
    assert_string_equal(json_str(json_get(j, "Error")), "it \"broke\"");
    json_free(j);
    const char *own = written(log_own_job);
    assert_non_null(strstr(own, "\"JobId\":7"));
    assert_null(strstr(own, "\"JobId\":42"));
    j = parsed(written(log_hostile)); /* the context is gone */
    assert_null(json_get(j, "RequestId"));
    assert_null(json_get(j, "JobId"));
    json_free(j);
}

static void test_levels_and_errno(void **state)
{
    (void)state;
    log_open("unit", LOG_WARN, true);
    assert_string_equal(written(log_hostile), "");
    log_open("unit", LOG_INFO, true);
    int saved = dup(STDERR_FILENO);
    close(STDERR_FILENO); /* nobody listens: no failure, and errno stays */
    errno = 77;
    log_hostile();
    int after = errno;
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(after, 77);
}

static void log_three_infos(void)
{
    for (int i = 0; i < 3; i++)
        log_info("held", kv_int("I", i));
}

static void log_a_warning(void)
{
    log_info("before", kv_none);
    log_warn("now", kv_none);
}

static void log_more_than_is_held(void)
{
    for (int i = 0; i < 2 * LOG_HELD_MAX / 100; i++)
        log_info("a line of more than a hundred bytes with its time, its level and its service", kv_int("I", i));
}

static int lines_of(const char *text)
{
    int n = 0;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

/* Last: a program that holds its lines does so for good. */
static void test_held_lines(void **state)
{
    (void)state;
    log_open("test", LOG_INFO, true);
    log_hold();
    assert_string_equal(written(log_three_infos), "");
    assert_int_equal(lines_of(written(log_flush)), 3);
    assert_string_equal(written(log_flush), "");
    const char *text = written(log_a_warning);
    assert_int_equal(lines_of(text), 2);
    assert_true(strstr(text, "before") < strstr(text, "now"));
    int early = lines_of(written(log_more_than_is_held));
    assert_true(early > 0);
    assert_int_equal(early + lines_of(written(log_flush)), 2 * LOG_HELD_MAX / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_numbers_that_json_does_not_know),
        cmocka_unit_test(test_a_long_line_stays_valid),
        cmocka_unit_test(test_many_fields_stay_valid),
        cmocka_unit_test(test_context_and_error),
        cmocka_unit_test(test_levels_and_errno),
        cmocka_unit_test(test_held_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
