/*
 * Log lines. The first byte chooses the form, 't' or JSON, as a capital with a long text; the rest is said several
 * times. One line of UTF-8 comes out, in the JSON form an object in which no foreign byte made a member.
 */
#include "base/log.h"
#include "net/json.h"
#include "tests/fuzz/fuzz.h"

static void check_json(const char *line, size_t n, const char *said, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(line, n, &e);
    MUST(j && json_kind(j) == JSON_KIND_OBJECT);
    const char *message = json_str(json_get(j, "Message")), *name = json_str(json_get(j, "FileName"));
    int64_t part = 0;
    MUST(message && !strcmp(json_str(json_get(j, "service")), "fuzz"));
    MUST(!json_get(j, "forged"));
    if (strlen(said) < LOG_LINE_MAX / 16) { /* both fit, however they are escaped */
        MUST(name && json_int(json_get(j, "Part"), &part) && part == -7);
        MUST(!fuzz_is_text(text) || (!strcmp(message, said) && !strcmp(name, text)));
    }
    json_free(j);
}

static const char *repeated(struct arena *a, const char *text, size_t least)
{
    struct buf b = BUF_INIT(least + 1024);
    while (*text && b.len < least)
        buf_adds(&b, text);
    text = arena_strdup(a, buf_str(&b));
    buf_free(&b);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size < 1024 ? size : 1024);
    char form = (char)fuzz_number(&f);
    bool json = form != 't' && form != 'T';
    const char *text = fuzz_rest(&f), *message = text;
    if ((form == 'J' || form == 'T') && strlen(text) <= 8) /* about as long as a line */
        message = repeated(f.arena, text, LOG_LINE_MAX - 1024);
    char *line = mem_alloc(LOG_LINE_MAX);
    struct err e;
    double rate;
    memcpy(&rate, strlen(text) >= sizeof rate ? text : "\0\0\0\0\0\0\xf8\x7f", sizeof rate); /* or not a number */
    err_set(&e, ERR_REMOTE, "Code", "%s", text);
    const struct kv fields[] = {kv_str("FileName", text),
                                kv_int("Part", -7),
                                kv_double("Rate", rate),
                                kv_bool("Odd", size % 2),
                                kv_str("None", NULL),
                                kv_none,
                                kv_err(&e),
                                kv_str("Last", text)};
    log_open("fuzz", LOG_DEBUG, json);
    log_context(size % 2 ? text : NULL, (int64_t)size);
    size_t n = log_line(line, LOG_INFO, message, fields, sizeof fields / sizeof *fields);
    MUST(n > 0 && n <= LOG_LINE_MAX);
    MUST(utf8_valid(line, n));
    for (size_t i = 0; i < n; i++)
        MUST(i == n - 1 ? line[i] == '\n' : (unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
    if (json)
        check_json(line, n, message, text);
    mem_free(line);
    fuzz_close(&f);
    return 0;
}
