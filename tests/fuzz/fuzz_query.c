/* Query strings: what is accepted reads back from its own encoding. */
#include "fcgi-app/query.h"
#include "tests/fuzz/fuzz.h"

static void reads_back(struct arena *a, const struct query *q)
{
    struct buf text = BUF_INIT(BUF_MAX_REQUEST_JSON);
    struct query again;
    for (int i = 0; i < q->count; i++) {
        buf_adds(&text, i ? "&" : "");
        encode_percent(&text, q->items[i].name, strlen(q->items[i].name), "");
        buf_addc(&text, '=');
        encode_percent(&text, q->items[i].value, strlen(q->items[i].value), "");
    }
    MUST(query_parse(buf_str(&text), a, &again, NULL) == 0);
    MUST(again.count == q->count);
    for (int i = 0; i < q->count; i++) {
        MUST(!strcmp(again.items[i].name, q->items[i].name));
        MUST(!strcmp(again.items[i].value, q->items[i].value));
    }
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct query q;
    struct err e = ERR_INIT;
    const char *text = fuzz_rest(&f);
    if (query_parse(text, f.arena, &q, &e) == 0) {
        MUST(q.count <= QUERY_MAX);
        for (int i = 0; i < q.count; i++) {
            MUST(fuzz_is_text(q.items[i].name) && fuzz_is_text(q.items[i].value));
            MUST(strlen(q.items[i].name) + strlen(q.items[i].value) <= strlen(text));
            MUST(query_get(&q, q.items[i].name) != NULL);
        }
        reads_back(f.arena, &q);
    } else {
        MUST(e.class == ERR_FORMAT && *e.msg);
    }
    fuzz_close(&f);
    return 0;
}
