/* fcgi-app/client_address: whose X-Forwarded-For is believed, and how far. */
#include "fcgi-app/client_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PROXIES "127.0.0.1, 10.0.0.0/8,2001:db8::/32"

static void is(const char *list, const char *peer, const char *forwarded, const char *expected)
{
    struct arena *a = arena_new(0);
    assert_string_equal(client_address(a, list, peer, forwarded), expected);
    arena_free(a);
}

static void a_stranger_cannot_invent_an_address(void **state)
{
    (void)state;
    is(PROXIES, "203.0.113.5", "198.51.100.1", "203.0.113.5");
    is("", "127.0.0.1", "198.51.100.1", "127.0.0.1");
    is(PROXIES, "11.0.0.1", "198.51.100.1", "11.0.0.1");
    is(PROXIES, "unix:", "198.51.100.1", "unix:");
    is(PROXIES, NULL, "198.51.100.1", "");
}

static void from_the_right_and_no_further_than_the_first_stranger(void **state)
{
    (void)state;
    is(PROXIES, "127.0.0.1", "198.51.100.1", "198.51.100.1");
    is(PROXIES, "127.0.0.1", "1.1.1.1, 2.2.2.2, 198.51.100.1", "198.51.100.1");
    is(PROXIES, "127.0.0.1", "1.1.1.1, 198.51.100.1, 10.1.2.3", "198.51.100.1");
    is(PROXIES, "127.0.0.1", "1.1.1.1,rubbish, 10.1.2.3", "10.1.2.3");
    is(PROXIES, "127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3");
    is(PROXIES, "2001:db8::7", "2001:db9::1", "2001:db9::1");
}

static void rubbish(void **state)
{
    (void)state;
    static const char *const texts[] = {"",          ",",     " ",          ",,,",      "a",   "1.2.3",
                                        "1.2.3.4.5", "[::1]", "1.2.3.4:80", "::1%eth0", "\xff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        is(PROXIES, "127.0.0.1", texts[i], "127.0.0.1");
    is("rubbish,/8,10.0.0.0/99,::/x", "10.0.0.1", "1.2.3.4", "10.0.0.1");
    assert_true(client_address_trusted("0.0.0.0/0", "9.9.9.9"));
    assert_false(client_address_trusted("0.0.0.0/0", "2001:db8::1"));
    assert_true(client_address_trusted("10.0.0.0/9", "10.127.255.255"));
    assert_false(client_address_trusted("10.0.0.0/9", "10.128.0.0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_cannot_invent_an_address),
        cmocka_unit_test(from_the_right_and_no_further_than_the_first_stranger),
        cmocka_unit_test(rubbish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
