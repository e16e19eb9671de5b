/* Which files a selection means; the rule of domain/job.c is the oracle, one file and one entry at a time. */
#include "fcgi-app/services/selection.h"

#include "domain/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct torrent_file files[] = {
    {0, 0, "README.txt", 1},  {1, 1, "sub/a.bin", 1},  {2, 3, "sub/deep/b.bin", 1}, {3, 4, "sub.txt", 1},
    {4, 5, "Sub-2/a.bin", 1}, {5, 6, "readme.TXT", 1}, {6, 7, "sub/deep", 1},       {7, 8, "\xc3\x9cn\xc3\xaf", 1},
};
enum { FILES = sizeof files / sizeof *files };

static int setup(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void agrees_with_the_rule(void **state)
{
    static const char *const entries[] = {
        "README.txt",        "sub",   "SUB/", "sub\\deep", "sub/deep/", "sub/deep/b.bin", "sub.txt",
        "\xc3\x9cn\xc3\xaf", "Sub-2", "su",   "/",         "",          "sub//deep",      "sub/a.bin/"};
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        struct torrent_file *chosen;
        struct err e = ERR_INIT;
        int n = 0, expected = 0;
        for (int f = 0; f < FILES; f++)
            expected += job_selects(entries[i], files[f].path);
        int rc = selection_apply(*state, files, FILES, &entries[i], 1, &chosen, &n, &e);
        assert_int_equal(rc, expected ? 0 : -1);
        for (int c = 0; c < n; c++)
            assert_true(job_selects(entries[i], chosen[c].path));
        assert_int_equal(n, expected);
    }
}

static void several_entries_keep_the_order_and_count_once(void **state)
{
    static const char *const entries[] = {"sub.txt", "sub/deep", "sub", "sub/a.bin"};
    struct torrent_file *chosen;
    int n;
    assert_int_equal(selection_apply(*state, files, FILES, entries, 4, &chosen, &n, NULL), 0);
    assert_int_equal(n, 4);
    static const int order[] = {1, 2, 3, 6};
    for (int i = 0; i < n; i++)
        assert_int_equal(chosen[i].index, order[i]);
    assert_int_equal(chosen[1].engine_index, 3);
}

static void refuses_and_names(void **state)
{
    static const char *const unknown[] = {"sub", "nope", "su", "x", "y"}, *const null[] = {"sub", NULL};
    struct torrent_file *chosen;
    struct err e;
    int n;
    assert_int_equal(selection_apply(*state, files, FILES, unknown, 0, &chosen, &n, &e), -1);
    assert_string_equal(e.code, "InvalidFileSelection");
    assert_int_equal(selection_apply(*state, files, FILES, null, 2, &chosen, &n, &e), -1);
    assert_string_equal(e.code, "InvalidFileSelection");
    assert_int_equal(selection_apply(*state, files, FILES, unknown, 5, &chosen, &n, &e), -1);
    assert_string_equal(e.msg, "The torrent has no such file or folder: \"nope\", \"su\", \"x\" and others.");
    assert_int_equal(err_http_status(&e), 422);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(agrees_with_the_rule, setup, teardown),
        cmocka_unit_test_setup_teardown(several_entries_keep_the_order_and_count_once, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_and_names, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
