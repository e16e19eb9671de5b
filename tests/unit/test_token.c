/* Access tokens by attack name, and password hashes. */
#include "net/password.h"
#include "net/token_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1800000000, LIFE = 3600 };

static const struct token_keys keys = {"0123456789abcdef0123456789abcdef", "TorrenClou_API", "TorrenClou_Client"};
static const struct token_claims claims = {7, 11, 3, NOW, NOW + LIFE, "a@b.c", "Zo\xc3\xab \"A\"", "c0ffee"};

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

static void refused(struct arena *a, const struct token_keys *k, const char *token, int64_t now)
{
    struct token_claims c;
    struct err e = ERR_INIT;
    assert_int_equal(token_verify(a, k, token, now, &c, &e), -1);
    assert_int_equal(e.class, ERR_AUTH);
}

static void round_trip(void **state)
{
    struct token_claims c;
    struct err e;
    char *token = token_issue(*state, &keys, &claims, &e);
    assert_non_null(token);
    assert_int_equal(token_verify(*state, &keys, token, NOW + 1, &c, &e), 0);
    assert_int_equal(c.user_id, 7);
    assert_int_equal(c.session_id, 11);
    assert_int_equal(c.version, 3);
    assert_int_equal(c.expires_s, NOW + LIFE);
    assert_string_equal(c.email, claims.email);
    assert_string_equal(c.name, claims.name);
    assert_string_equal(c.csrf, claims.csrf);
}

static void life_with_skew(void **state)
{
    struct token_claims c;
    struct err e;
    char *token = token_issue(*state, &keys, &claims, &e);
    assert_int_equal(token_verify(*state, &keys, token, NOW + LIFE + TOKEN_SKEW_S, &c, &e), 0);
    refused(*state, &keys, token, NOW + LIFE + TOKEN_SKEW_S + 1);
    assert_int_equal(token_verify(*state, &keys, token, NOW - TOKEN_SKEW_S, &c, &e), 0);
    refused(*state, &keys, token, NOW - TOKEN_SKEW_S - 1);
}

/* The ends of int64 are times like any other (found by the fuzzer: the skew was added to them). */
static void endless_life(void **state)
{
    struct token_claims c, forever = claims;
    struct err e;
    forever.issued_s = INT64_MIN;
    forever.expires_s = INT64_MAX;
    assert_int_equal(token_verify(*state, &keys, token_issue(*state, &keys, &forever, &e), NOW, &c, &e), 0);
    assert_true(c.expires_s == INT64_MAX);
    forever.expires_s = INT64_MIN;
    refused(*state, &keys, token_issue(*state, &keys, &forever, &e), NOW);
    forever.expires_s = forever.issued_s = INT64_MAX;
    refused(*state, &keys, token_issue(*state, &keys, &forever, &e), NOW);
}

static void foreign_key_issuer_audience(void **state)
{
    struct err e;
    struct token_keys other = keys;
    other.secret = "ffffffffffffffffffffffffffffffff";
    refused(*state, &keys, token_issue(*state, &other, &claims, &e), NOW);
    other = keys;
    other.issuer = "somebody";
    refused(*state, &keys, token_issue(*state, &other, &claims, &e), NOW);
    other = keys;
    other.audience = "somebody";
    refused(*state, &keys, token_issue(*state, &other, &claims, &e), NOW);
}

static void any_changed_byte(void **state)
{
    struct err e;
    char *token = token_issue(*state, &keys, &claims, &e);
    /* The last digit of base64 has bits that mean nothing, so it is left alone. */
    for (size_t i = 0; i + 1 < strlen(token); i++) {
        char *forged = arena_strdup(*state, token);
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        refused(*state, &keys, forged, NOW);
    }
    for (size_t n = 0; n < strlen(token) - 1; n += 7)
        refused(*state, &keys, arena_strndup(*state, token, n), NOW);
}

static void alg_none_and_downgrade(void **state)
{
    struct err e;
    const char *token = token_issue(*state, &keys, &claims, &e);
    const char *body = strchr(token, '.') + 1;
    int length = (int)(strrchr(token, '.') - body);
    /* {"alg":"none","typ":"JWT"} and {"alg":"HS512","typ":"JWT"}, RS256 alike, with and without the old signature */
    static const char *const headers[] = {"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0", "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9",
                                          "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        refused(*state, &keys, arena_printf(*state, "%s.%.*s.", headers[i], length, body), NOW);
        refused(*state, &keys, arena_printf(*state, "%s.%.*s", headers[i], length, body), NOW);
        refused(*state, &keys, arena_printf(*state, "%s.%s", headers[i], body), NOW);
    }
}

/* Rightly signed with our key, but HS512: made by Python's hmac. */
static void properly_signed_hs512(void **state)
{
    refused(*state, &keys,
            "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."
            "eyJlbWFpbCI6ImFAYi5jIiwiZ2l2ZW5fbmFtZSI6IkEiLCJuYW1laWQiOiI3IiwibmJmIjoxODAwMDAwMDAwLCJleH"
            "AiOjE4MDAwMDM2MDAsImlhdCI6MTgwMDAwMDAwMCwiaXNzIjoiVG9ycmVuQ2xvdV9BUEkiLCJhdWQiOiJUb3JyZW5D"
            "bG91X0NsaWVudCIsInZlciI6MywiY3NyZiI6ImMwZmZlZSJ9"
            ".8fkPME0UezijlhJof6On221288RfZNAwQIfA6NMLprhA2er_0eCfHb8fiLG9Zfz7jOalZYd1guO5xsJ_fSw06g",
            NOW);
}

static void rubbish(void **state)
{
    static const char *const texts[] = {"", ".", "..", "...", "a.b.c", "{}.{}.{}", "eyJ9.eyJ9.", "\xff\xfe"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        refused(*state, &keys, texts[i], NOW);
    char *huge = arena_alloc(*state, 1 << 20);
    memset(huge, 'A', (1 << 20) - 1);
    refused(*state, &keys, huge, NOW);
}

static void passwords(void **state)
{
    (void)state;
    char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];
    struct err e;
    assert_int_equal(password_hash("p\xc3\xa4ss", one, &e), 0);
    assert_int_equal(password_hash("p\xc3\xa4ss", two, &e), 0);
    assert_string_not_equal(one, two);
    assert_memory_equal(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
    assert_true(password_verify(one, "p\xc3\xa4ss"));
    assert_false(password_verify(one, "pass"));
    assert_false(password_verify(one, ""));
    assert_false(password_verify(NULL, ""));
    assert_false(password_verify("", ""));
    assert_false(password_verify("$argon2i$v=19$m=19456,t=2,p=1$x$y", "x"));
}

static int cached(struct token_cache *cache, struct arena *a, const char *token, int64_t now, struct token_claims *c)
{
    struct err e = ERR_INIT;
    int rc = token_cache_verify(cache, a, &keys, token, now, c, &e);
    if (rc)
        assert_int_equal(e.class, ERR_AUTH);
    return rc;
}

/* A remembered token is worth what a fresh one is, and not a second longer. */
static void a_memory_changes_nothing(void **state)
{
    struct token_cache *cache = token_cache_new();
    struct token_claims c;
    struct err e;
    char *token = token_issue(*state, &keys, &claims, &e), *other = arena_strdup(*state, token);
    for (int i = 0; i < 2; i++) {
        memset(&c, 0, sizeof c);
        assert_int_equal(cached(cache, *state, token, NOW, &c), 0);
        assert_true(c.user_id == 7 && c.session_id == 11 && c.version == 3 && c.expires_s == NOW + LIFE);
        assert_string_equal(c.name, claims.name);
        assert_string_equal(c.csrf, claims.csrf);
    }
    other[strlen(other) - 2] ^= 1;
    assert_int_equal(cached(cache, *state, other, NOW, &c), -1);
    assert_int_equal(cached(cache, *state, other, NOW, &c), -1); /* what was refused is not remembered */
    assert_int_equal(cached(cache, *state, token, NOW + LIFE + TOKEN_SKEW_S, &c), 0);
    assert_int_equal(cached(cache, *state, token, NOW + LIFE + TOKEN_SKEW_S + 1, &c), -1);
    token_cache_free(cache);
}

static void a_memory_has_an_end(void **state)
{
    struct token_cache *cache = token_cache_new();
    char *tokens[40];
    struct token_claims c, mine = claims;
    struct err e;
    for (int i = 0; i < 40; i++) {
        mine.session_id = 100 + i;
        tokens[i] = token_issue(*state, &keys, &mine, &e);
        assert_int_equal(cached(cache, *state, tokens[i], NOW, &c), 0);
    }
    for (int i = 0; i < 40; i++) {
        assert_int_equal(cached(cache, *state, tokens[i], NOW, &c), 0);
        assert_int_equal(c.session_id, 100 + i);
    }
    token_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(life_with_skew, setup, teardown),
        cmocka_unit_test_setup_teardown(endless_life, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_key_issuer_audience, setup, teardown),
        cmocka_unit_test_setup_teardown(any_changed_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(alg_none_and_downgrade, setup, teardown),
        cmocka_unit_test_setup_teardown(properly_signed_hs512, setup, teardown),
        cmocka_unit_test_setup_teardown(rubbish, setup, teardown),
        cmocka_unit_test_setup_teardown(a_memory_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_memory_has_an_end, setup, teardown),
        cmocka_unit_test(passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
