/* fcgi-app/oauth_redirect, credential_json and text: what a browser is sent to, and what it sees of a client id. */
#include "fcgi-app/credential_json.h"
#include "fcgi-app/oauth_redirect.h"
#include "fcgi-app/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

static void success(void **state)
{
    assert_string_equal(oauth_redirect_success(*state, "http://localhost:47100", 7),
                        "http://localhost:47100/storage?success=true&profileId=7");
    assert_string_equal(oauth_redirect_success(*state, "https://x.example//", 2147483647),
                        "https://x.example/storage?success=true&profileId=2147483647");
}

static void errors_are_form_encoded(void **state)
{
    assert_string_equal(oauth_redirect_error(*state, "http://h", "A_b-1", "It's (a) * test! 100% & more; \xc3\xbc~/."),
                        "http://h/storage?error=A_b-1&message="
                        "It%27s+(a)+*+test!+100%25+%26+more%3b+%c3%bc%7e%2f.");
    assert_string_equal(oauth_redirect_error(*state, "http://h", "a&b=c", "\r\nLocation: x\x7f"),
                        "http://h/storage?error=a%26b%3dc&message=%0d%0aLocation%3a+x%7f");
}

/* The replaced product's popup waits on as long as the address holds the word in lower case. */
static void the_word_does_not_appear(void **state)
{
    const char *url =
        oauth_redirect_error(*state, "http://h", "google", "Google google gogoogle googl a@googlemail.com");
    assert_null(strstr(url, "google"));
    assert_string_equal(url, "http://h/storage?error=%67oogle&message="
                             "Google+%67oogle+go%67oogle+googl+a%40%67ooglemail.com");
}

static void masks(void **state)
{
    static const struct {
        const char *id, *mask;
    } rows[] = {
        {"", "****"},
        {"123456789", "****"},
        {"1234567890", "1234...1234567890"},
        {".apps.googleusercontent.com", ".app....apps.googleusercontent.com"},
        {"123.apps.googleusercontent.com", "123....123.apps.googleusercontent.com"},
        {"1234.apps.googleusercontent.com", "1234...234.apps.googleusercontent.com"},
        {"407408718192-abcdef.apps.googleusercontent.com", "4074...def.apps.googleusercontent.com"},
        {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9.apps.googleusercontent.com",
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9...\xc3\xa9\xc3\xa9\xc3\xa9.apps.googleusercontent.com"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(credential_json_mask(*state, rows[i].id), rows[i].mask);
}

static void texts(void **state)
{
    assert_string_equal(text_trimmed(*state, " \t\r\n a b \v\f"), "a b");
    assert_string_equal(text_trimmed(*state, "  "), "");
    assert_int_equal(text_utf16_length(""), 0);
    assert_int_equal(text_utf16_length("a\xc3\xa9\xe2\x82\xac"), 3);
    assert_int_equal(text_utf16_length("\xf0\x9d\x92\xb3"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(success, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_are_form_encoded, setup, teardown),
        cmocka_unit_test_setup_teardown(the_word_does_not_appear, setup, teardown),
        cmocka_unit_test_setup_teardown(masks, setup, teardown),
        cmocka_unit_test_setup_teardown(texts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
