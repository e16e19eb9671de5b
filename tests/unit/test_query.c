/* What comes with a request besides its body: the query string and whose it is. */
#include "fcgi-app/client_address.h"
#include "fcgi-app/query.h"

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

static void pairs_are_decoded(void **state)
{
    struct query q;
    assert_int_equal(query_parse("a=1&&B=x%20y+z&empty=&flag&a=2&%C3%A9=%26%3D", *state, &q, NULL), 0);
    assert_int_equal(q.count, 6);
    assert_string_equal(query_get(&q, "a"), "1");
    assert_string_equal(query_get(&q, "b"), "x y z");
    assert_string_equal(query_get(&q, "EMPTY"), "");
    assert_string_equal(query_get(&q, "flag"), "");
    assert_string_equal(query_get(&q, "\xc3\xa9"), "&=");
    assert_null(query_get(&q, "c"));
    assert_int_equal(query_parse("", *state, &q, NULL), 0);
    assert_null(query_get(&q, ""));
}

static void what_is_no_query(void **state)
{
    static const char *const bad[] = {"a=%", "a=%1", "a=%zz", "a=%00", "%00=a", "a=%ff", "a=%ed%a0%80"};
    struct query q;
    struct err e;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(query_parse(bad[i], *state, &q, &e), -1);
        assert_int_equal(e.class, ERR_FORMAT);
    }
}

static void the_number_of_pairs_is_bounded(void **state)
{
    char text[2 * QUERY_MAX + 4] = "";
    struct query q;
    for (int i = 0; i < QUERY_MAX; i++)
        memcpy(text + 2 * i, "a&", 3);
    assert_int_equal(query_parse(text, *state, &q, NULL), 0);
    assert_int_equal(q.count, QUERY_MAX);
    memcpy(text + 2 * QUERY_MAX, "a", 2);
    assert_int_equal(query_parse(text, *state, &q, NULL), -1);
}

static void ranges_of_proxies(void **state)
{
    (void)state;
    static const char list[] = "127.0.0.1, ::1,10.1.0.0/16,fd00::/8,192.168.1.7/32";
    static const char *const in[] = {"127.0.0.1", "::1", "10.1.255.255", "fd12::3", "192.168.1.7", "::ffff:10.1.2.3"};
    static const char *const out[] = {"127.0.0.2", "::2", "10.2.0.0", "fe80::1", "192.168.1.8", "", "x", "10.1.0.0/16"};
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        assert_true(client_address_trusted(list, in[i]));
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        assert_false(client_address_trusted(list, out[i]));
    assert_false(client_address_trusted(list, NULL));
    assert_false(client_address_trusted("", "127.0.0.1"));
    assert_false(client_address_trusted("10.0.0.0/33,10.0.0.0/x,/8", "10.0.0.1"));
    /* Found by the fuzzer: a number that was cut to its first zeros trusted everybody, and so did -0. */
    assert_false(client_address_trusted("10.0.0.0/00000008", "8.8.8.8"));
    assert_false(client_address_trusted("10.0.0.0/-0", "8.8.8.8"));
    assert_true(client_address_trusted("0.0.0.0/0", "8.8.8.8"));
}

static void only_trusted_proxies_are_believed(void **state)
{
    static const char list[] = "127.0.0.1,10.0.0.0/8";
    static const struct {
        const char *peer, *forwarded, *client;
    } rows[] = {
        {"9.9.9.9", "1.1.1.1", "9.9.9.9"},               /* a stranger's word */
        {"127.0.0.1", NULL, "127.0.0.1"},                /* no proxy in front */
        {"127.0.0.1", "1.1.1.1", "1.1.1.1"},             /* one */
        {"127.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"},    /* what the client made up stands on the left */
        {"127.0.0.1", "1.1.1.1,10.2.3.4 ", "1.1.1.1"},   /* two of ours in a row */
        {"127.0.0.1", "1.1.1.1, rubbish", "127.0.0.1"},  /* nothing readable on the right */
        {"127.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"}, /* all of them ours */
        {"127.0.0.1", "", "127.0.0.1"},
        {"127.0.0.1", ",,", "127.0.0.1"},
        {"127.0.0.1", "2001:db8::5", "2001:db8::5"},
        {NULL, "1.1.1.1", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(client_address(*state, list, rows[i].peer, rows[i].forwarded), rows[i].client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pairs_are_decoded, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_query, setup, teardown),
        cmocka_unit_test_setup_teardown(the_number_of_pairs_is_bounded, setup, teardown),
        cmocka_unit_test(ranges_of_proxies),
        cmocka_unit_test_setup_teardown(only_trusted_proxies_are_believed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
