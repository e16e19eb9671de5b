/* provider/s3_key: path templates, and the keys that they make of whatever a torrent calls its files. */
#include "base/encode.h"
#include "provider/s3_key.h"
#include "provider/s3_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct s3_key_job job = {
    .job_id = 5, .torrent_name = "A/B", .info_hash = "C0FFEE", .created_at = 1709164800000000 /* 2024-02-29 */};

static void test_templates(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{path}",       "torrents/{jobId}/{path}", "{year}/{month}/{day}/{torrentName} ({infoHash})/{path}",
        "a b/…/{path}", ".a/..b/{path}",
    };
    static const struct {
        const char *template, *sentence;
    } bad[] = {
        {"", "must end in {path}"},
        {"torrents/{jobId}", "must end in {path}"},
        {"a-{path}", "after a slash"},
        {"{jobId}{path}", "after a slash"},
        {"{path}/{path}", "once and last"},
        {"{path}/x", "once and last"},
        {"{name}/{path}", "no variable {name}"},
        {"{jobid}/{path}", "no variable {jobid}"},
        {"{}/{path}", "no variable {}"},
        {"{jobId/{path}", "without its partner"},
        {"jobId}/{path}", "without its partner"},
        {"a/{path}{", "once and last"},
        {"/{path}", "begins with a slash"},
        {"a//{path}", "two in a row"},
        {"../{path}", "as a folder"},
        {"a/./{path}", "as a folder"},
        {"a\\{path}", "backslashes"},
        {"a\n/{path}", "control characters"},
    };
    struct err e = ERR_INIT;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(s3_key_check(good[i], &e), 0);
    assert_int_equal(s3_key_check(s3_key_template, &e), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err_clear(&e);
        assert_int_equal(s3_key_check(bad[i].template, &e), -1);
        assert_string_equal(e.code, "InvalidPathTemplate");
        assert_int_equal(e.class, ERR_INPUT);
        if (!strstr(e.msg, bad[i].sentence))
            fail_msg("\"%s\": %s", bad[i].template, e.msg);
    }
    char longest[S3_KEY_TEMPLATE_MAX + 2];
    memset(longest, 'x', sizeof longest);
    strcpy(longest + S3_KEY_TEMPLATE_MAX - 7, "/{path}");
    assert_int_equal(s3_key_check(longest, &e), 0);
    strcpy(longest + S3_KEY_TEMPLATE_MAX - 6, "/{path}");
    assert_int_equal(s3_key_check(longest, &e), -1);
}

static void test_variables(void **state)
{
    struct arena *a = arena_new(0);
    (void)state;
    assert_string_equal(s3_key_make(a, s3_key_template, &job, "Name/sub/file.mkv"), "torrents/5/Name/sub/file.mkv");
    assert_string_equal(s3_key_make(a, "{path}", &job, "f"), "f");
    assert_string_equal(s3_key_make(a, "{year}-{month}/{day}/{torrentName}.{infoHash}/{path}", &job, "{jobId}"),
                        "2024-02/29/A_B.C0FFEE/{jobId}"); /* a name is a name */
    /* Composed and decomposed stay two files. */
    assert_string_equal(s3_key_make(a, "{path}", &job, "\xc3\xa9/e\xcc\x81"), "\xc3\xa9/e\xcc\x81");
    arena_free(a);
}

/* No such path comes out of a torrent that was parsed: this is the second fence. */
static void test_hostile_names(void **state)
{
    static const struct {
        const char *path, *begins;
    } rows[] = {
        {"../../etc/passwd", "t/__/__/etc/passwd~"},
        {"a/./b.c", "t/a/_/b~"},
        {"a//b", "t/a/b~"},
        {"/a", "t/a~"},
        {"a/", "t/a~"},
        {"", "t~"},
        {"..", "t/__~"},
        {"/", "t~"},
    };
    struct arena *a = arena_new(0);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *key = s3_key_make(a, "t/{path}", &job, rows[i].path);
        if (strncmp(key, rows[i].begins, strlen(rows[i].begins)) != 0)
            fail_msg("\"%s\" became \"%s\"", rows[i].path, key);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(key, s3_key_make(a, "t/{path}", &job, rows[k].path));
    }
    assert_int_equal(*s3_key_make(a, "{path}", &job, ""), '~');
    struct s3_key_job dots = job;
    dots.torrent_name = ".";
    const char *key = s3_key_make(a, "x/.{torrentName}/{path}", &dots, "f");
    assert_int_equal(strncmp(key, "x/__/f~", 7), 0);
    dots.torrent_name = "../../..";
    assert_string_equal(s3_key_make(a, "{torrentName}/{path}", &dots, "f"), ".._.._../f");
    arena_free(a);
}

static void test_long_names(void **state)
{
    struct arena *a = arena_new(0);
    (void)state;
    char path[2000];
    memset(path, 'x', sizeof path);
    memcpy(path + 1200, ".mkv", 5);
    const char *key = s3_key_make(a, s3_key_template, &job, path);
    assert_int_equal(strlen(key), S3_KEY_MAX);
    assert_string_equal(key + strlen(key) - 4, ".mkv");
    assert_string_equal(key, s3_key_make(a, s3_key_template, &job, path)); /* the same for the same */
    path[1100] = 'y';                                                      /* … and another one for another path */
    assert_string_not_equal(key, s3_key_make(a, s3_key_template, &job, path));
    char euros[1300];
    for (int i = 0; i < 1200; i += 3)
        memcpy(euros + i, "\xe2\x82\xac", 3);
    euros[1200] = '\0';
    for (int shift = 0; shift < 3; shift++) {
        key = s3_key_make(a, shift == 0 ? "{path}" : shift == 1 ? "a/{path}" : "ab/{path}", &job, euros);
        assert_true(utf8_valid(key, strlen(key)) && strlen(key) <= S3_KEY_MAX && strlen(key) > S3_KEY_MAX - 3);
    }
    /* What is no UTF-8 was cut back to nothing, and the job's folder with it. */
    memset(path, '\x8f', 1999);
    path[1999] = '\0';
    key = s3_key_make(a, s3_key_template, &job, path);
    assert_int_equal(strncmp(key, "torrents/5/\x8f", 12), 0);
    assert_true(strlen(key) <= S3_KEY_MAX && strlen(key) > S3_KEY_MAX - 5);
    /* A prefix that takes all the room. */
    struct s3_key_job other = job;
    memset(path, 'n', 1500);
    path[1500] = '\0';
    other.torrent_name = path;
    key = s3_key_make(a, "{torrentName}/{path}", &other, "one.bin");
    assert_int_equal(strlen(key), S3_KEY_MAX);
    assert_string_not_equal(key, s3_key_make(a, "{torrentName}/{path}", &other, "two.bin"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
