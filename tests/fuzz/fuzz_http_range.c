/* The Range of a 308: exactly the values that print back as they were, but for leading zeros and case. */
#include "net/http_range.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *value = fuzz_rest(&f);
    int64_t stored = -1;
    MUST(http_range_stored(NULL, &stored) && stored == 0);
    stored = -7;
    if (http_range_stored(value, &stored)) {
        MUST(stored > 0 && !strncasecmp(value, "bytes=0-", 8));
        const char *digits = value + 8;
        digits += strspn(digits, "0");
        const char *want = stored == 1 ? "" : arena_printf(f.arena, "%lld", (long long)stored - 1);
        MUST(!strcmp(digits, want));
    } else {
        MUST(stored == -7);
        if (!strncmp(value, "bytes=0-", 8)) { /* refused: no digits, something else behind them, or too many */
            size_t n = strspn(value + 8, "0123456789");
            MUST(n == 0 || value[8 + n] || n >= 19);
        }
    }
    fuzz_close(&f);
    return 0;
}
