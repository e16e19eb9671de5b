#include "fcgi-app/query.h"

#include "base/encode.h"

#include <string.h>
#include <strings.h>

/* A decoded copy of n bytes, NULL when they are no text. */
static const char *decoded(struct arena *a, const char *s, size_t n)
{
    char *out = arena_alloc(a, n + 1);
    long len = decode_percent(s, n, true, out);
    return len >= 0 && utf8_valid(out, (size_t)len) ? out : NULL;
}

int query_parse(const char *text, struct arena *a, struct query *q, struct err *e)
{
    q->count = 0;
    while (*text) {
        size_t len = strcspn(text, "&"), name_len = strcspn(text, "=&");
        if (len > 0) {
            if (q->count == QUERY_MAX)
                return err_set(e, ERR_FORMAT, NULL, "The query string has more than %d parameters.", QUERY_MAX);
            const char *value = name_len < len ? text + name_len + 1 : "";
            size_t value_len = name_len < len ? len - name_len - 1 : 0;
            q->items[q->count].name = decoded(a, text, name_len);
            q->items[q->count].value = decoded(a, value, value_len);
            if (!q->items[q->count].name || !q->items[q->count].value)
                return err_set(e, ERR_FORMAT, NULL, "The query string is not properly encoded.");
            q->count++;
        }
        text += len + (text[len] == '&');
    }
    return 0;
}

const char *query_get(const struct query *q, const char *name)
{
    for (int i = 0; i < q->count; i++)
        if (!strcasecmp(q->items[i].name, name))
            return q->items[i].value;
    return NULL;
}
