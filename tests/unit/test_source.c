/* workers/upload/source: a torrent's names cannot lead out of the job's folder. The file is no part of lib.a. */
#include "workers/upload/source.c" /* NOLINT(bugprone-suspicious-include) */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char root[] = "/tmp/tc-source-XXXXXX";

static void write_file(const char *path, const char *text)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void make(int (*how)(const char *, mode_t), const char *path, mode_t mode)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    assert_int_equal(how(full, mode), 0);
}

static void link_to(const char *target, const char *path)
{
    char full[256];
    snprintf(full, sizeof full, "%s/%s", root, path);
    assert_int_equal(symlink(target, full), 0);
}

static int setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    make(mkdir, "7", 0700);
    make(mkdir, "7/Name", 0700);
    make(mkdir, "8", 0700);
    write_file("7/Name/file", "hello");
    write_file("8/secret", "hello");
    write_file("outside", "hello");
    link_to("../outside", "7/up");
    link_to("file", "7/Name/inner");
    link_to("/etc", "7/etc");
    link_to("7", "9");
    make(mkfifo, "7/fifo", 0600);
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static void test_the_file_itself(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    char text[6] = "";
    int fd = source_open(root, 7, "Name/file", 5, &e);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, 5), 5);
    assert_string_equal(text, "hello");
    close(fd);
}

static void test_nothing_else(void **state)
{
    static const struct {
        int64_t job;
        const char *path;
        enum err_class class;
        const char *code;
    } rows[] = {
        {7, "../outside", ERR_PERMANENT, "UnsafePath"},    {7, "Name/../../8/secret", ERR_PERMANENT, "UnsafePath"},
        {7, "/etc/passwd", ERR_PERMANENT, "UnsafePath"},   {7, "up", ERR_PERMANENT, "UnsafePath"},
        {7, "Name/inner", ERR_PERMANENT, "UnsafePath"},    {7, "etc/passwd", ERR_PERMANENT, "UnsafePath"},
        {7, "Name/other", ERR_NOT_FOUND, "LocalFileGone"}, {7, "Name/file/x", ERR_NOT_FOUND, "LocalFileGone"},
        {7, "Name", ERR_NOT_FOUND, "LocalFileChanged"},    {7, "fifo", ERR_NOT_FOUND, "LocalFileChanged"},
        {10, "Name/file", ERR_NOT_FOUND, "LocalFileGone"}, {9, "Name/file", ERR_NOT_FOUND, "LocalFileGone"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = ERR_INIT;
        assert_int_equal(source_open(root, rows[i].job, rows[i].path, 5, &e), -1);
        if (e.class != rows[i].class || strcmp(e.code, rows[i].code) != 0)
            fail_msg("%s: %s %s", rows[i].path, e.code, e.msg);
    }
}

static void test_another_size_is_another_file(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_int_equal(source_open(root, 7, "Name/file", 6, &e), -1);
    assert_string_equal(e.code, "LocalFileChanged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_file_itself),
        cmocka_unit_test(test_nothing_else),
        cmocka_unit_test(test_another_size_is_another_file),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
