/*
 * Secrets at rest. The rest of the input is opened as it is, which must fail; sealed and opened, which must give it
 * back; and opened with one byte of the sealed text changed, or for another row, which must fail.
 */
#include "net/seal.h"
#include "tests/fuzz/fuzz.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OLD "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static void refused(struct arena *a, const char *column, int64_t row, const char *sealed)
{
    struct err e = ERR_INIT;
    MUST(!seal_open(a, column, row, sealed, &e));
    MUST((e.class == ERR_BUG && !strcmp(e.code, "SealBroken")) ||
         (e.class == ERR_CONFIG && !strcmp(e.code, "WrongCredentialsKey")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size < 4096 ? size : 4096);
    struct err e = ERR_INIT;
    unsigned where = fuzz_number(&f) * 256;
    where += fuzz_number(&f);
    unsigned flip = fuzz_number(&f);
    const char *text = fuzz_rest(&f);
    MUST(seal_init(KEY, OLD, &e) == 0);
    refused(f.arena, "t.c", 1, text);
    char *sealed = seal_text(f.arena, "t.c", 1, text);
    const char *plain = seal_open(f.arena, "t.c", 1, sealed, &e);
    MUST(plain && !strcmp(plain, text));
    MUST(*text == '\0' || strlen(text) < 8 || !strstr(sealed, text));
    refused(f.arena, "t.c", 2, sealed);
    refused(f.arena, "t.d", 1, sealed);
    char *at = sealed + where % strlen(sealed), was = *at;
    *at = (char)(flip ? flip : 1);
    if (*at != was)
        refused(f.arena, "t.c", 1, sealed);
    *at = '\0';
    refused(f.arena, "t.c", 1, sealed);
    fuzz_close(&f);
    return 0;
}
