/* base/err: the table of classes, and sentences that are cut or foreign. */
#include "base/err.h"

#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

static void test_every_class_has_a_row(void **state)
{
    (void)state;
    for (int c = 0; c < ERR__MAX; c++) {
        const struct err_class_info *i = err_class_info((enum err_class)c);
        assert_true(i->name && *i->name && i->code && (c == ERR_NONE || *i->code));
        assert_true(i->http_status == 200 ? c == ERR_NONE : i->http_status >= 400 && i->http_status < 600);
        for (int other = 0; other < c; other++)
            assert_string_not_equal(i->name, err_class_info((enum err_class)other)->name);
    }
    assert_ptr_equal(err_class_info((enum err_class)999), err_class_info(ERR_BUG));
    assert_ptr_equal(err_class_info((enum err_class) - 1), err_class_info(ERR_BUG));
}

/* What a retry would make worse is never retried; what nobody here caused is never an attempt. */
static void test_retries(void **state)
{
    (void)state;
    assert_int_equal(err_class_info(ERR_PERMANENT)->retry, RETRY_NEVER);
    assert_int_equal(err_class_info(ERR_CONFIG)->retry, RETRY_NEVER);
    assert_int_equal(err_class_info(ERR_REMOTE)->retry, RETRY_BACKOFF);
    assert_int_equal(err_class_info(ERR_UNAVAILABLE)->retry, RETRY_WAIT);
    assert_int_equal(err_class_info(ERR_THROTTLED)->retry, RETRY_WAIT);
    assert_int_equal(err_class_info(ERR_LOGIN)->retry, RETRY_WAIT);
    assert_int_equal(err_class_info(ERR_LOST)->retry, RETRY_DROP);
    assert_int_equal(err_class_info(ERR_STOPPED)->retry, RETRY_DROP);
}

static void test_set_and_wrap(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    errno = 42;
    assert_int_equal(err_set(&e, ERR_INPUT, "Code", "sentence %d", 5), -1);
    assert_int_equal(errno, 42);
    assert_string_equal(e.msg, "sentence 5");
    assert_int_equal(err_http_status(&e), 422);
    e.status = 418;
    assert_int_equal(err_http_status(&e), 418);
    assert_int_equal(err_field(&e, "name"), -1);
    assert_string_equal(e.field, "name");
    assert_int_equal(err_wrap(&e, "while %s", "testing"), -1);
    assert_string_equal(e.msg, "while testing: sentence 5");
    assert_string_equal(e.code, "Code");
    err_set(&e, ERR_INPUT, NULL, "again"); /* forgets all of the old one */
    assert_string_equal(e.code, "Invalid");
    assert_string_equal(e.field, "");
    assert_int_equal(e.status, 0);
    errno = ENOSPC;
    assert_int_equal(err_sys(&e, ERR_DISK, "write"), -1);
    assert_string_equal(e.msg, "write: No space left on device");
    assert_int_equal(errno, ENOSPC);
    err_clear(&e);
    assert_int_equal(e.class, ERR_NONE);
    err_clear(NULL);
    assert_int_equal(err_set(NULL, ERR_BUG, NULL, "x"), -1);
    assert_int_equal(err_sys(NULL, ERR_BUG, "x"), -1);
    assert_int_equal(err_wrap(NULL, "x"), -1);
    assert_int_equal(err_field(NULL, "x"), -1);
}

static void test_long_and_foreign_sentences_stay_text(void **state)
{
    (void)state;
    struct err e;
    char umlauts[1201];
    for (size_t i = 0; i < 1200; i += 2)
        memcpy(umlauts + i, "\xc3\xa4", 2);
    umlauts[1200] = '\0';
    for (int shift = 0; shift < 2; shift++) { /* one of both is cut inside a letter */
        err_set(&e, ERR_REMOTE, umlauts, "%s%s", shift ? "x" : "", umlauts);
        assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
        assert_true(utf8_valid(e.msg, strlen(e.msg)));
        assert_true(utf8_valid(e.code, strlen(e.code)));
        err_wrap(&e, "%s", umlauts);
        assert_true(utf8_valid(e.msg, strlen(e.msg)));
    }
    err_set(&e, ERR_REMOTE, NULL,
            "a\xff"
            "b\xed\xa0\x80"
            "c\xc0\x80");
    assert_string_equal(e.msg, "a?b???c??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class_has_a_row),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_set_and_wrap),
        cmocka_unit_test(test_long_and_foreign_sentences_stay_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
