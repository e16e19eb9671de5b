/* The small encodings: everything encoded decodes to itself, whatever is scrubbed is UTF-8, numbers print back. */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>

static void percent(struct fuzz *f, const char *s, size_t n)
{
    struct buf b = BUF_INIT(BUF_MAX_REQUEST_JSON * 4);
    encode_percent(&b, s, n, "/");
    char *out = arena_alloc(f->arena, b.len + 1);
    long len = decode_percent(buf_str(&b), b.len, false, out);
    MUST(memchr(s, 0, n) ? len == -1 : len == (long)n && !memcmp(out, s, n));
    for (size_t i = 0; i < b.len; i++)
        MUST(isalnum((unsigned char)b.data[i]) || strchr("-._~/%", b.data[i]));
    len = decode_percent(s, n, true, out);
    MUST(len <= (long)n && (len < 0 || strlen(out) == (size_t)len));
    buf_free(&b);
}

static void text(struct fuzz *f, const char *s)
{
    size_t n = strlen(s);
    bool valid = utf8_valid(s, n);
    char *copy = arena_strdup(f->arena, s);
    utf8_scrub(copy);
    MUST(strlen(copy) == n && utf8_valid(copy, n));
    MUST(valid == !strcmp(copy, s) || strchr(s, '?'));
    for (size_t cut = 0; valid && cut < n; cut++) /* a cut is valid just in front of a character */
        MUST(utf8_valid(s, cut) == (((unsigned char)s[cut] & 0xc0) != 0x80));
}

static void number(struct fuzz *f, const char *s)
{
    int64_t v = 0;
    if (!parse_i64(s, INT64_MIN, INT64_MAX, &v))
        return;
    const char *digits = s + (*s == '-');
    MUST(*digits && strspn(digits, "0123456789") == strlen(digits));
    digits += strspn(digits, "0");
    const char *want = v ? arena_printf(f->arena, "%lld", (long long)v) : "";
    MUST(!strcmp(want + (*want == '-'), digits));
    MUST(v == 0 || (v < 0) == (*s == '-'));
    MUST(parse_i64(s, v, v, &v) && (v == INT64_MAX || !parse_i64(s, v + 1, INT64_MAX, &v)));
}

static void hex(struct fuzz *f, const char *s, size_t n)
{
    char *digits = arena_alloc(f->arena, 2 * n + 1), *out = arena_alloc(f->arena, n + 1);
    encode_hex(s, n, digits);
    MUST(decode_hex(digits, out, n) && !memcmp(out, s, n));
    encode_hex_upper(s, n, digits);
    MUST(decode_hex(digits, out, n) && !memcmp(out, s, n));
    size_t len = strlen(s);
    if (decode_hex(s, out, len / 2)) {
        MUST(len % 2 == 0);
        for (size_t i = 0; i < len; i++)
            MUST(isxdigit((unsigned char)s[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size < 4096 ? size : 4096);
    size_t n = f.left;
    const char *bytes = fuzz_take(&f, n);
    percent(&f, bytes, n);
    hex(&f, bytes, n);
    text(&f, bytes);
    number(&f, bytes);
    MUST(mem_equal_ct(bytes, data, n));
    fuzz_close(&f);
    return 0;
}
