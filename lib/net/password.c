#include "net/password.h"

#include <sodium.h>
#include <string.h>

enum { PASSES = 2, MEMORY = 19 * 1024 * 1024 };
_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "an encoded hash must fit");

/* No password has this hash: its salt and its digest are zeroes. The parameters are those of real ones, so that
 * verifying against it takes as long. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

int password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct err *e)
{
    char encoded[crypto_pwhash_STRBYTES];
    if (sodium_init() < 0 ||
        crypto_pwhash_str_alg(encoded, password, strlen(password), PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13))
        return err_set(e, ERR_BUG, NULL, "The password could not be hashed: libsodium found no memory.");
    memcpy(out, encoded, sizeof encoded);
    return 0;
}

bool password_verify(const char *hash, const char *password)
{
    bool usable = hash && !strncmp(hash, "$argon2id$", 10) && strlen(hash) < crypto_pwhash_STRBYTES;
    if (sodium_init() < 0)
        return false;
    bool match = crypto_pwhash_str_verify(usable ? hash : nobody, password, strlen(password)) == 0;
    return usable && match;
}
