/* base/config: every mistake is listed at once, and no secret is. */
#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char key64[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
static struct buf problems;

/* Only what the API needs; everything else at its default. */
static int setup(void **state)
{
    (void)state;
    static const char *const names[] = {
#define CONFIG_ROW(key, kind, dflt, lo, hi, u, fl, who, text) #key,
#include "base/config_keys.h"
#undef CONFIG_ROW
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    config_set("DATABASE_URL", "postgresql:///x");
    config_set("CREDENTIALS_KEY", key64);
    config_set("JWT_SECRET", "0123456789abcdef0123456789abcdef");
    buf_free(&problems);
    problems = BUF_INIT(65536);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&problems);
    return 0;
}

static int load(enum config_program program)
{
    buf_clear(&problems);
    return config_load(program, &problems);
}

static void broken(const char *name, const char *value, const char *line)
{
    setup(NULL);
    config_set(name, value);
    assert_int_equal(load((enum config_program)FOR_ALL), 1);
    assert_string_equal(buf_str(&problems), line);
}

static void test_defaults_are_in_order(void **state)
{
    (void)state;
    int64_t list[16];
    if (load((enum config_program)FOR_ALL))
        fail_msg("%s", buf_str(&problems));
    assert_int_equal(config_int(CFG_LEASE_MS), 30000);
    assert_true(config_bool(CFG_TORRENT_DHT));
    assert_string_equal(config_str(CFG_LOG_LEVEL), "info");
    assert_string_equal(config_str(CFG_EVENTS_PUBLISH_URL), "");
    assert_int_equal(config_list(CFG_RETRY_DELAYS_MS, list, 16), 3);
    assert_true(list[0] == 60000 && list[1] == 300000 && list[2] == 900000);
    assert_int_equal(config_list(CFG_RETRY_DELAYS_MS, list, 2), 2);
}

static void test_hours(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t hours;
    } cases[] = {{"", 0}, {"never", 0}, {"hours:1", 1}, {"hours:87600", 87600}, {"always", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        config_set("KEEP_LOCAL", cases[i].text);
        assert_int_equal(load((enum config_program)FOR_ALL), 0);
        assert_int_equal(config_hours(CFG_KEEP_LOCAL), cases[i].hours);
    }
}

static void test_mistakes(void **state)
{
    (void)state;
    broken("LEASE_MS", "12", "LEASE_MS: 12 is outside 500 to 600000 ms\n");
    broken("LEASE_MS", "30s", "LEASE_MS: \"30s\" is not a whole number\n");
    broken("LEASE_MS", "99999999999999999999", "LEASE_MS: \"99999999999999999999\" is not a whole number\n");
    broken("TORRENT_DHT", "maybe", "TORRENT_DHT: \"maybe\" is neither true nor false\n");
    broken("LOG_LEVEL", "inf", "LOG_LEVEL: \"inf\" is none of debug|info|warn|error\n");
    broken("KEEP_LOCAL", "hours:0", "KEEP_LOCAL: \"hours:0\" is none of never|hours:N|always (N from 1 to 87600)\n");
    broken("KEEP_LOCAL", "hours:N", "KEEP_LOCAL: \"hours:N\" is none of never|hours:N|always (N from 1 to 87600)\n");
    broken("KEEP_LOCAL", "hours:", "KEEP_LOCAL: \"hours:\" is none of never|hours:N|always (N from 1 to 87600)\n");
    broken("KEEP_LOCAL", "alwaysx", "KEEP_LOCAL: \"alwaysx\" is none of never|hours:N|always (N from 1 to 87600)\n");
    broken("RETRY_DELAYS_MS", "1,x", "RETRY_DELAYS_MS: \"x\" is not a whole number\n");
    broken("RETRY_DELAYS_MS", "1,0", "RETRY_DELAYS_MS: 0 is outside 1 to 86400000 ms\n");
    broken("RETRY_DELAYS_MS", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
           "RETRY_DELAYS_MS: \"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\" has too many numbers\n");
    broken("DATABASE_URL", "",
           "DATABASE_URL: is not set (PostgreSQL: a libpq connection string or postgresql:// URL)\n");
    broken("FRONTEND_URL", "CHANGE_ME", "FRONTEND_URL: \"CHANGE_ME\" is a placeholder: set a value of your own\n");
}

/* Found by the fuzzer: a line feed in a value made two lines of one mistake. */
static void test_a_mistake_is_one_line(void **state)
{
    (void)state;
    broken("LOG_FORMAT", "x\ny\x1b[31m\xff", "LOG_FORMAT: \"x?y?[31m?\" is none of json|text\n");
    broken("LEASE_MS", "1\r\n2", "LEASE_MS: \"1??2\" is not a whole number\n");
}

static void test_no_secret_is_printed(void **state)
{
    (void)state;
    broken("CREDENTIALS_KEY", "abcdef", "CREDENTIALS_KEY: is too short\n");
    char nohex[65];
    memset(nohex, 'z', 64);
    nohex[64] = '\0';
    broken("CREDENTIALS_KEY", nohex, "CREDENTIALS_KEY: is not hexadecimal\n");
    broken("JWT_SECRET", "your_secret_key_change_this", "JWT_SECRET: is a placeholder: set a value of your own\n");
}

static void test_all_at_once_and_only_the_readers(void **state)
{
    (void)state;
    config_set("S3_LANES", "0");
    config_set("TORRENT_UTP", "x");
    config_set("JWT_LIFETIME_S", "-1");
    unsetenv("JWT_SECRET");
    assert_int_equal(load((enum config_program)FOR_ALL), 4);
    assert_int_equal(load(FOR_S3), 1);
    assert_int_equal(load(FOR_TORRENT), 1);
    assert_int_equal(load(FOR_API), 2);
    assert_int_equal(load(FOR_GDRIVE), 0);
}

static void test_words_for_true_and_false(void **state)
{
    (void)state;
    static const char *const words[][2] = {{"TRUE", "False"}, {"1", "0"}, {"yes", "NO"}, {"on", "off"}};
    for (size_t i = 0; i < 4; i++)
        for (int v = 0; v < 2; v++) {
            config_set("TORRENT_LSD", words[i][v]);
            assert_int_equal(load(FOR_TORRENT), 0);
            assert_int_equal(config_bool(CFG_TORRENT_LSD), v == 0);
        }
    config_set("TORRENT_LSD", ""); /* as compose passes an unset variable */
    config_set("LEASE_MS", "");
    assert_int_equal(load(FOR_TORRENT), 0);
    assert_true(config_bool(CFG_TORRENT_LSD));
    assert_int_equal(config_int(CFG_LEASE_MS), 30000);
}

static void test_names(void **state)
{
    (void)state;
    assert_true(config_known("JWT_SECRET"));
    assert_false(config_known("JWT_SECRE"));
    assert_false(config_known(""));
    assert_false(config_set("NO_SUCH_KEY", "x"));
}

static void test_the_printed_table(void **state)
{
    (void)state;
    config_set("ADMIN_PASSWORD", "hunter2");
    load((enum config_program)FOR_ALL);
    struct buf help = BUF_INIT(1 << 20), markdown = BUF_INIT(1 << 20);
    config_help(&help, FOR_S3);
    assert_non_null(strstr(buf_str(&help), "S3_LANES"));
    assert_null(strstr(buf_str(&help), "TORRENT_DHT"));
    config_markdown(&markdown);
    assert_non_null(strstr(buf_str(&markdown), "debug\\|info"));
    assert_null(strstr(buf_str(&markdown), "hunter2"));
    int rows = 0;
    for (const char *p = buf_str(&markdown); (p = strstr(p, "\n| `")); p++)
        rows++;
    assert_int_equal(rows, CFG__MAX);
    buf_free(&help);
    buf_free(&markdown);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults_are_in_order),
        TEST(test_hours),
        TEST(test_mistakes),
        TEST(test_a_mistake_is_one_line),
        TEST(test_no_secret_is_printed),
        TEST(test_all_at_once_and_only_the_readers),
        TEST(test_words_for_true_and_false),
        TEST(test_names),
        TEST(test_the_printed_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
