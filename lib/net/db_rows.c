/* Reading the rows that db_exec() answered. */
#include "base/encode.h"
#include "net/db_internal.h"

#include <stdlib.h>
#include <string.h>

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
    const char *s = at(r, row, col)->text;
    return s ? strtoll(s, NULL, 10) : 0;
}

double db_double(const struct db_rows *r, int row, int col)
{
    const char *s = at(r, row, col)->text;
    return s ? strtod(s, NULL) : 0;
}

bool db_bool(const struct db_rows *r, int row, int col)
{
    const char *s = at(r, row, col)->text;
    return s && s[0] == 't';
}

char *db_text(const struct db_rows *r, int row, int col)
{
    return at(r, row, col)->text;
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
