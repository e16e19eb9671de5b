/* Reading the rows that db_exec() answered. */
#include "base/encode.h"
#include "net/db_internal.h"

#include <stdlib.h>
#include <string.h>

char db_number[] = "";

/* Types that a binary answer may have besides DB_TYPE_TEXT, by PostgreSQL's pg_type.dat. */
enum { TYPE_BOOL = 16, TYPE_INT8 = 20, TYPE_INT4 = 23, TYPE_TIMESTAMPTZ = 1184, TYPE_JSONB = 3802 };

/* PostgreSQL counts microseconds from 2000, as we do from 1970. */
static const int64_t epoch_us = 946684800LL * 1000000;

static int64_t big_endian(const char *bytes, int n)
{
    uint64_t v = *(const signed char *)bytes < 0 ? UINT64_MAX : 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | (unsigned char)bytes[i];
    return (int64_t)v;
}

struct cell db_decode(struct arena *a, unsigned type, const char *bytes, int n)
{
    switch (type) {
    case DB_TYPE_TEXT:
        return (struct cell){.text = arena_strndup(a, bytes, (size_t)n)};
    case TYPE_JSONB: /* a version before the text */
        return (struct cell){.text = arena_strndup(a, bytes + 1, (size_t)n - 1)};
    case TYPE_BOOL:
    case TYPE_INT4:
    case TYPE_INT8:
        return (struct cell){.text = db_number, .number = big_endian(bytes, n)};
    case TYPE_TIMESTAMPTZ:
        return (struct cell){.text = db_number, .number = big_endian(bytes, n) + epoch_us};
    default:
        abort(); /* a statement of ours that db_read() is not for: seen by its first run */
    }
}

int db_count(const struct db_rows *r)
{
    return r->rows;
}

int64_t db_affected(const struct db_rows *r)
{
    return r->affected;
}

static const struct cell *at(const struct db_rows *r, int row, int col)
{
    if (row < 0 || row >= r->rows || col < 0 || col >= r->cols)
        abort(); /* a store read a column that its own statement does not select */
    return &r->cells[row * r->cols + col];
}

bool db_null(const struct db_rows *r, int row, int col)
{
    return at(r, row, col)->text == NULL;
}

int64_t db_int(const struct db_rows *r, int row, int col)
{
    const struct cell *c = at(r, row, col);
    if (c->text == db_number)
        return c->number;
    return c->text ? strtoll(c->text, NULL, 10) : 0;
}

double db_double(const struct db_rows *r, int row, int col)
{
    const char *s = at(r, row, col)->text;
    return s ? strtod(s, NULL) : 0;
}

bool db_bool(const struct db_rows *r, int row, int col)
{
    const struct cell *c = at(r, row, col);
    if (c->text == db_number)
        return c->number;
    return c->text && c->text[0] == 't';
}

char *db_text(const struct db_rows *r, int row, int col)
{
    char *s = at(r, row, col)->text;
    if (s == db_number)
        abort(); /* a store read as text what its own statement selects as a number */
    return s;
}

const unsigned char *db_bytes(const struct db_rows *r, struct arena *a, int row, int col, size_t *n)
{
    const char *s = at(r, row, col)->text;
    *n = 0;
    if (!s || strncmp(s, "\\x", 2) != 0) /* bytea_output = hex is the server's default since 9.0 */
        return NULL;
    size_t len = strlen(s + 2) / 2;
    unsigned char *out = arena_alloc(a, len + 1);
    if (!decode_hex(s + 2, out, len))
        return NULL;
    *n = len;
    return out;
}
