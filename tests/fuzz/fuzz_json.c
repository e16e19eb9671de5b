/* JSON: what is accepted is bounded, holds only UTF-8, and is the same value after writing it with jsonw and reading
 * it. */
#include "base/jsonw.h"
#include "net/json.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>

/* Members cannot be listed through net/json.h, by design: objects are looked into by name. */
static const char *const names[] = {"email", "password", "torrentFileId", "a", "b", "s3Endpoint", "scopes"};
enum { NAMES = sizeof names / sizeof *names };

static void write_value(struct jsonw *w, const char *key, const struct json *v)
{
    int64_t i = 0;
    switch (json_kind(v)) {
    case JSON_KIND_MISSING:
    case JSON_KIND_NULL:
        jsonw_null(w, key);
        break;
    case JSON_KIND_BOOL:
        jsonw_bool(w, key, json_truth(v));
        break;
    case JSON_KIND_INT:
        MUST(json_int(v, &i));
        jsonw_int(w, key, i);
        break;
    case JSON_KIND_REAL:
        MUST(isfinite(json_number(v)) && !json_int(v, &i));
        jsonw_double(w, key, json_number(v) == 0 ? 0 : json_number(v)); /* -0.0 would read back as the integer 0 */
        break;
    case JSON_KIND_STRING:
        MUST(fuzz_is_text(json_str(v)));
        jsonw_str(w, key, json_str(v));
        break;
    case JSON_KIND_ARRAY:
        jsonw_array(w, key);
        for (size_t n = 0; n < json_len(v); n++)
            write_value(w, NULL, json_at(v, n));
        MUST(!json_at(v, json_len(v)));
        jsonw_end(w);
        break;
    case JSON_KIND_OBJECT:
        jsonw_object(w, key);
        for (int n = 0; n < NAMES; n++)
            if (json_get_ci(v, names[n]))
                write_value(w, names[n], json_get_ci(v, names[n]));
        jsonw_end(w);
        break;
    }
}

static void reads_back(const struct json *v)
{
    struct buf first = BUF_INIT(BUF_MAX_RESPONSE), second = BUF_INIT(BUF_MAX_RESPONSE);
    struct jsonw w = jsonw_to(&first);
    write_value(&w, NULL, v);
    struct json *again = json_parse(buf_str(&first), first.len, NULL);
    MUST(again && (json_kind(again) == json_kind(v) || json_number(v) == json_number(again))); /* 0e9 is 0 */
    w = jsonw_to(&second);
    write_value(&w, NULL, again);
    MUST(first.len == second.len && !strcmp(buf_str(&first), buf_str(&second)));
    json_free(again);
    buf_free(&first);
    buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct err e = ERR_INIT;
    size_t n = f.left;
    char *text = fuzz_take(&f, n);
    struct json *root = json_parse(text, n, &e);
    if (root)
        reads_back(root);
    else
        MUST((e.class == ERR_FORMAT || (e.class == ERR_INPUT && !strcmp(e.code, "InvalidText"))) && *e.msg);
    json_free(root);

    /* Whatever bytes go out through jsonw are JSON again. */
    struct buf out = BUF_INIT(BUF_MAX_RESPONSE);
    struct jsonw w = jsonw_to(&out);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "s", text);
    jsonw_end(&w);
    root = json_parse(buf_str(&out), out.len, &e);
    MUST(root && json_str(json_get(root, "s")));
    MUST(!fuzz_is_text(text) || !strcmp(json_str(json_get(root, "s")), text));
    json_free(root);
    buf_free(&out);
    fuzz_close(&f);
    return 0;
}
