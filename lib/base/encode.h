/* Small encodings: hex, percent, strict numbers, UTF-8. No allocation. */
#ifndef TC_BASE_ENCODE_H
#define TC_BASE_ENCODE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* encode_hex(in, n, out): 2n lower-case digits and a NUL. encode_hex_upper alike. */
void encode_hex(const void *in, size_t n, char *out);
void encode_hex_upper(const void *in, size_t n, char *out);

/* decode_hex(s, out, n): exactly 2n digits of either case into n bytes; false otherwise. */
bool decode_hex(const char *s, void *out, size_t n);

/* encode_percent(b, s, n, keep): RFC 3986: all but unreserved bytes and those in `keep` become %XX (upper case). */
void encode_percent(struct buf *b, const char *s, size_t n, const char *keep);

/* decode_percent(s, n, plus, out): in place is fine; `plus` turns + into a space. Returns the length, -1 on a bad
 * escape or a NUL. `out` needs n + 1 bytes and is NUL-terminated. */
long decode_percent(const char *s, size_t n, bool plus, char *out);

/* parse_i64(s, min, max, out): the whole string is one decimal number within the range; false otherwise. */
bool parse_i64(const char *s, int64_t min, int64_t max, int64_t *out);

/* utf8_valid(s, n): well-formed UTF-8 without NUL, surrogates or overlong forms. */
bool utf8_valid(const char *s, size_t n);

/* utf8_scrub(s): in place: what is no part of a well-formed sequence becomes '?'. */
void utf8_scrub(char *s);

/* mem_equal_ct(a, b, n): compare without telling by time where they differ. */
bool mem_equal_ct(const void *a, const void *b, size_t n);

#endif
