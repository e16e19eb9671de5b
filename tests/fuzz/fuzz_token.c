/*
 * Access tokens. The first byte chooses: 't' and a whole token, whose signature only we could have made; 'c' and claims
 * that are signed here with the right key, so that every check behind the signature is reached.
 */
#include "net/token.h"
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

enum { NOW = 1700000000 };
static const struct token_keys keys = {"0123456789abcdef0123456789abcdef", "TorrenClou_API", "TorrenClou_Client"};

static const char *base64url(struct arena *a, const void *bytes, size_t n)
{
    size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return sodium_bin2base64(arena_alloc(a, size), size, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static void sign(const char *text, size_t n, unsigned char mac[crypto_auth_hmacsha256_BYTES])
{
    crypto_auth_hmacsha256_state s;
    crypto_auth_hmacsha256_init(&s, (const unsigned char *)keys.secret, strlen(keys.secret));
    crypto_auth_hmacsha256_update(&s, (const unsigned char *)text, n);
    crypto_auth_hmacsha256_final(&s, mac);
}

/* Is the last segment the HMAC of those before it. Bits that base64url leaves over in its last character do not count.
 */
static bool is_signed(const char *token)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES], given[64];
    const char *dot = strrchr(token, '.');
    size_t n = 0;
    char last[44];
    if (!dot || strlen(dot + 1) < 43)
        return false;
    snprintf(last, sizeof last, "%s", dot + 1);
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *digit = strchr(digits, last[42] == '+' ? '-' : last[42] == '/' ? '_' : last[42]);
    if (digit && *digit)
        last[42] = digits[(digit - digits) & ~3];
    sign(token, (size_t)(dot - token), mac);
    return sodium_base642bin(given, sizeof given, last, 43, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
               0 &&
           n == sizeof mac && !memcmp(given, mac, n);
}

static const char *make(struct arena *a, const char *header, const char *claims)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    const char *text =
        arena_printf(a, "%s.%s", base64url(a, header, strlen(header)), base64url(a, claims, strlen(claims)));
    sign(text, strlen(text), mac);
    return arena_printf(a, "%s.%s", text, base64url(a, mac, sizeof mac));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct err e = ERR_INIT;
    struct token_claims c = {0};
    bool whole = fuzz_number(&f) == 't';
    const char *text = fuzz_line(&f);
    if (!whole)
        text = make(f.arena, text, fuzz_rest(&f));
    if (token_verify(f.arena, &keys, text, NOW, &c, &e) == 0) {
        MUST(is_signed(text) && strlen(text) <= TOKEN_MAX);
        MUST(c.user_id >= 1 && c.user_id <= INT32_MAX);
        MUST(c.expires_s >= NOW - TOKEN_SKEW_S && c.email && c.name && c.csrf);
        MUST(fuzz_is_text(c.email) && fuzz_is_text(c.name) && fuzz_is_text(c.csrf));
        /* Ours of the same claims says the same. */
        struct token_claims again = {0};
        const char *ours = token_issue(f.arena, &keys, &c, &e);
        if (ours && strlen(ours) <= TOKEN_MAX && c.issued_s <= NOW + TOKEN_SKEW_S) {
            MUST(token_verify(f.arena, &keys, ours, NOW, &again, &e) == 0);
            MUST(again.user_id == c.user_id && again.session_id == c.session_id && again.version == c.version &&
                 !strcmp(again.csrf, c.csrf));
        }
    } else {
        MUST(e.class == ERR_AUTH && *e.msg);
    }
    fuzz_close(&f);
    return 0;
}
