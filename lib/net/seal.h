/*
 * Secrets at rest: XChaCha20-Poly1305 by libsodium. A sealed text is base64 of
 * version (1 byte) | key id (4 bytes, first of the key's BLAKE2b) | nonce (24) | ciphertext and tag,
 * with "table.column.rowid" as associated data, so that a ciphertext copied to another row does not open.
 */
#ifndef TC_NET_SEAL_H
#define TC_NET_SEAL_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* seal_init(key_hex, old_hex, e): the keys of this process; old_hex may be "". ERR_CONFIG when not 64 hex digits. */
int seal_init(const char *key_hex, const char *old_hex, struct err *e);

/* seal_text(a, table_column, row_id, plain): the sealed text, in the arena. */
char *seal_text(struct arena *a, const char *table_column, int64_t row_id, const char *plain);

/* seal_open(a, table_column, row_id, sealed, e): the plain text; ERR_CONFIG when the key is another one, ERR_BUG when
 * the text was tampered with or belongs to another row. */
char *seal_open(struct arena *a, const char *table_column, int64_t row_id, const char *sealed, struct err *e);

/* seal_random(out, n): n random bytes. seal_token(a, n): n random bytes as lower-case hex, seal_token64 as base64url
 * without padding. */
void seal_random(void *out, size_t n);
char *seal_token(struct arena *a, size_t n);
char *seal_token64(struct arena *a, size_t n);

#endif
