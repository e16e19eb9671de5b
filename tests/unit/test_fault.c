/* base/fault: a process dies where it was told to, at the passing that was named, and a mistake in the order is
 * refused. */
#include "base/fault.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef TC_FAULTS

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *names;
    } bad[] = {{"s3.put", "\"s3.put\""},         {"s3.put.before,nothing.of.it:2", "\"nothing.of.it\""},
               {"s3.put.before:", "\"\""},       {"s3.put.before:0", "\"0\""},
               {"s3.put.before:two", "\"two\""}, {":3", "\"\""}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err e = ERR_INIT;
        assert_int_equal(fault_arm(bad[i].spec, &e), -1);
        assert_int_equal(e.class, ERR_CONFIG);
        assert_non_null(strstr(e.msg, bad[i].names));
        assert_int_equal(FAULT_AFTER("s3.put.before", 7), 7); /* nothing is armed by a refused order */
    }
    assert_int_equal(fault_arm(NULL, NULL), 0);
    assert_int_equal(fault_arm("", NULL), 0);
}

/* A child passes `put` and `part` in turns and says how many it has behind it. */
static int passed(const char *spec, int *signal_number)
{
    int fds[2], status, n = 0;
    char byte;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        if (fault_arm(spec, NULL))
            _exit(1);
        for (int i = 0; i < 4; i++) {
            FAULT("s3.put.before");
            if (write(fds[1], "x", 1) != 1 || FAULT_AFTER("s3.part.after", i) != i)
                _exit(1);
            if (write(fds[1], "x", 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(fds[1]);
    while (read(fds[0], &byte, 1) == 1)
        n++;
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    *signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return n;
}

static void test_dies_at_its_passing(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int passed, signal_number;
    } rows[] = {{"s3.put.before", 0, SIGKILL},
                {"s3.part.after", 1, SIGKILL},
                {"s3.part.after:3", 5, SIGKILL},
                {"s3.part.after:4,s3.put.before:3", 4, SIGKILL},
                {"s3.part.after:5", 8, 0},
                {"s3.complete.before", 8, 0},
                {NULL, 8, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int signal_number;
        assert_int_equal(passed(rows[i].spec, &signal_number), rows[i].passed);
        assert_int_equal(signal_number, rows[i].signal_number);
    }
}

#else

static void test_a_release_has_none(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    setenv("TC_FAULT", "s3.put.before,no.such.point", 1);
    assert_int_equal(fault_arm_env(&e), 0);
    FAULT("s3.put.before");
    assert_int_equal(FAULT_AFTER("s3.put.before", 7), 7);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef TC_FAULTS
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_dies_at_its_passing),
#else
        cmocka_unit_test(test_a_release_has_none),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
