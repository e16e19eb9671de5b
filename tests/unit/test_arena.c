/* base/arena: lifetimes, alignment, zeroes, and the end on overflow. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdalign.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_alignment_and_zeroes(void **state)
{
    (void)state;
    struct arena *a = arena_new(64);
    for (size_t n = 0; n < 300; n++) {
        unsigned char *p = arena_alloc(a, n);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, n); /* dirty it for those that come after a reset */
        if (n % 50 == 49) {
            arena_reset(a);
            assert_int_equal(arena_used(a), 0);
        }
    }
    assert_true(arena_used(a) == 0);
    arena_free(a);
    arena_free(NULL);
}

static void test_earlier_memory_stays(void **state)
{
    (void)state;
    struct arena *a = arena_new(32);
    const char *first = arena_printf(a, "%s-%d", "first", 1);
    char *large = arena_alloc(a, 100000);
    memset(large, 'x', 100000);
    const char *again = arena_strndup(a, "secondX", 6);
    assert_string_equal(first, "first-1");
    assert_string_equal(again, "second");
    assert_null(arena_strdup(a, NULL));
    assert_string_equal(arena_strndup(a, NULL, 0), "");
    int *numbers = ARENA_ARRAY(a, 1000, int);
    numbers[999] = 7;
    assert_string_equal(first, "first-1");
    arena_free(a);
}

/* In a child: what must not come back. */
static void dies(void (*f)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        fclose(stderr);
        f();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void overflow_array(void)
{
    signal(SIGABRT, SIG_DFL);
    arena_array(arena_new(0), SIZE_MAX / 2, 4);
}

static void overflow_alloc(void)
{
    signal(SIGABRT, SIG_DFL);
    arena_alloc(arena_new(0), SIZE_MAX - 3);
}

static void test_overflow_ends_the_process(void **state)
{
    (void)state;
    dies(overflow_array);
    dies(overflow_alloc);
}

static void test_mem(void **state)
{
    (void)state;
    char *p = mem_alloc(0);
    p = mem_realloc(p, 100);
    memset(p, 'y', 100);
    p = mem_realloc(p, 5000);
    assert_int_equal(p[99], 'y');
    mem_free(p);
    mem_free(NULL);
    p = mem_strdup("text");
    assert_string_equal(p, "text");
    mem_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment_and_zeroes),
        cmocka_unit_test(test_earlier_memory_stays),
        cmocka_unit_test(test_overflow_ends_the_process),
        cmocka_unit_test(test_mem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
