/*
 * Password hashes: argon2id by libsodium, 19 MiB and 2 passes (OWASP's first choice for a server without a GPU farm).
 * One call takes about 30 ms and 19 MiB, so only the edge pool and the admin program hash, and the caller bounds how
 * many run at once.
 */
#ifndef TC_NET_PASSWORD_H
#define TC_NET_PASSWORD_H

#include "base/err.h"

#include <stdbool.h>

enum { PASSWORD_HASH_SIZE = 128 }; /* an encoded hash with its NUL: "$argon2id$v=19$m=19456,t=2,p=1$…" */

/* password_hash(password, out, e): hash with a fresh salt. -1 when libsodium cannot start or find the memory. */
int password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct err *e);

/*
 * password_verify(hash, password): does the password match. A NULL or unusable hash costs the same time as a wrong
 * password and is false, so that nobody learns from the clock which accounts exist.
 */
bool password_verify(const char *hash, const char *password);

#endif
