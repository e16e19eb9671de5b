#include "store/rows.h"

const char *rows_json(struct arena *a, const void *rows, int n, size_t size, rows_fn *columns)
{
    struct buf b = BUF_INIT(BUF_MAX_RESPONSE);
    struct jsonw w = jsonw_to(&b);
    jsonw_array(&w, NULL);
    for (int i = 0; i < n; i++) {
        jsonw_object(&w, NULL);
        columns(&w, (const char *)rows + (size_t)i * size);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    return buf_move(&b, a);
}

const char *rows_numbers(struct arena *a, const int64_t *of, int n)
{
    struct buf b = BUF_INIT(BUF_MAX_RESPONSE);
    struct jsonw w = jsonw_to(&b);
    jsonw_array(&w, NULL);
    for (int i = 0; i < n; i++)
        jsonw_int(&w, NULL, of[i]);
    jsonw_end(&w);
    return buf_move(&b, a);
}
