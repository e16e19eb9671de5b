/* base/signals: what the first and the second stop signal do. */
#include "base/signals.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* In a child: 0 to 3 what the flags say after two signals, or the code that the second one left with. */
static int after_two(int leaves_with)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signals_init();
        if (leaves_with)
            signals_second_leaves(leaves_with);
        raise(SIGTERM);
        if (!signals_stopping() || signals_urgent())
            _exit(100);
        raise(SIGTERM);
        _exit(signals_stopping() + 2 * signals_urgent());
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_flags_only(void **state)
{
    (void)state;
    assert_int_equal(after_two(0), 3);
}

static void test_the_second_leaves(void **state)
{
    (void)state;
    assert_int_equal(after_two(70), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags_only),
        cmocka_unit_test(test_the_second_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
