/* A caller's traceparent. What is taken prints back as it came (a later version as version 00); nothing else is. */
#include "base/trace.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *text = fuzz_rest(&f);
    struct trace_context c;
    char out[TRACEPARENT_SIZE];
    bool taken = trace_parse(text, &c);
    trace_format(&c, out);
    if (taken) {
        MUST(strlen(text) >= TRACEPARENT_SIZE - 1 && strlen(out) == TRACEPARENT_SIZE - 1);
        MUST(strspn(out, "0123456789abcdef-") == strlen(out));
        MUST(!strncmp(out + 2, text + 2, 51)); /* ids; of the flags one bit is kept */
        MUST(!strncmp(text, "00", 2) ? strlen(text) == TRACEPARENT_SIZE - 1 : strncmp(text, "ff", 2) != 0);
        MUST(c.sampled == !strcmp(out + 53, "01"));
        struct trace_context again;
        MUST(trace_parse(out, &again) && !memcmp(&again, &c, sizeof c));
    } else {
        MUST(!*out && !c.sampled);
    }
    fuzz_close(&f);
    return 0;
}
