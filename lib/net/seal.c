#include "net/seal.h"

#include "base/encode.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    VERSION = 1,
    ID_BYTES = 4,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    HEAD = 1 + ID_BYTES + NONCE
};

struct key {
    bool present;
    unsigned char bytes[KEY], id[crypto_generichash_BYTES_MIN];
};

static struct key keys[2]; /* the present one seals, both open */

static int load(struct key *k, const char *hex, const char *name, struct err *e)
{
    if (!decode_hex(hex, k->bytes, KEY))
        return err_set(e, ERR_CONFIG, NULL, "%s: wanted 64 hex digits", name);
    crypto_generichash(k->id, sizeof k->id, k->bytes, KEY, NULL, 0);
    k->present = true;
    return 0;
}

int seal_init(const char *key_hex, const char *old_hex, struct err *e)
{
    if (sodium_init() < 0)
        return err_set(e, ERR_BUG, NULL, "libsodium does not start");
    if (load(&keys[0], key_hex, "CREDENTIALS_KEY", e))
        return -1;
    keys[1].present = false;
    return *old_hex ? load(&keys[1], old_hex, "CREDENTIALS_KEY_OLD", e) : 0;
}

char *seal_text(struct arena *a, const char *table_column, int64_t row_id, const char *plain)
{
    char ad[128];
    size_t len = strlen(plain), total = HEAD + len + TAG;
    unsigned char *raw = arena_alloc(a, total);
    snprintf(ad, sizeof ad, "%s.%lld", table_column, (long long)row_id);
    raw[0] = VERSION;
    memcpy(raw + 1, keys[0].id, ID_BYTES);
    randombytes_buf(raw + 1 + ID_BYTES, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(raw + HEAD, NULL, (const unsigned char *)plain, len,
                                               (const unsigned char *)ad, strlen(ad), NULL, raw + 1 + ID_BYTES,
                                               keys[0].bytes);
    size_t size = sodium_base64_encoded_len(total, sodium_base64_VARIANT_ORIGINAL);
    char *out = arena_alloc(a, size);
    return sodium_bin2base64(out, size, raw, total, sodium_base64_VARIANT_ORIGINAL);
}

char *seal_open(struct arena *a, const char *table_column, int64_t row_id, const char *sealed, struct err *e)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    char ad[128];
    size_t size = strlen(sealed), n = 0;
    unsigned char *raw = arena_alloc(a, size + 1);
    /* libsodium 1.0.18 takes bytes above 0x7f for a '/'. */
    if (strspn(sealed, digits) != size ||
        sodium_base642bin(raw, size, sealed, size, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) || n < HEAD + TAG ||
        raw[0] != VERSION) {
        err_set(e, ERR_BUG, "SealBroken", "The sealed secret in %s is not readable.", table_column);
        return NULL;
    }
    const struct key *k = NULL;
    for (size_t i = 0; i < 2; i++)
        if (keys[i].present && !memcmp(raw + 1, keys[i].id, ID_BYTES))
            k = &keys[i];
    if (!k) {
        err_set(e, ERR_CONFIG, "WrongCredentialsKey",
                "The stored secrets were sealed with another CREDENTIALS_KEY than the one that is set.");
        return NULL;
    }
    snprintf(ad, sizeof ad, "%s.%lld", table_column, (long long)row_id);
    char *plain = arena_alloc(a, n - HEAD - TAG + 1);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain, NULL, NULL, raw + HEAD, n - HEAD,
                                                   (const unsigned char *)ad, strlen(ad), raw + 1 + ID_BYTES,
                                                   k->bytes)) {
        err_set(e, ERR_BUG, "SealBroken", "The sealed secret in %s was changed or belongs to another row.",
                table_column);
        return NULL;
    }
    return plain;
}

void seal_random(void *out, size_t n)
{
    randombytes_buf(out, n);
}

char *seal_token(struct arena *a, size_t n)
{
    unsigned char *raw = arena_alloc(a, n);
    char *out = arena_alloc(a, 2 * n + 1);
    randombytes_buf(raw, n);
    encode_hex(raw, n, out);
    return out;
}

char *seal_token64(struct arena *a, size_t n)
{
    size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    unsigned char *raw = arena_alloc(a, n);
    char *out = arena_alloc(a, size);
    randombytes_buf(raw, n);
    return sodium_bin2base64(out, size, raw, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
