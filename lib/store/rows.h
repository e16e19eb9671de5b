/* Many rows in one statement: a JSON text that PostgreSQL takes apart. Shared by the stores; nobody else includes it.
 */
#ifndef TC_STORE_ROWS_H
#define TC_STORE_ROWS_H

#include "base/arena.h"
#include "base/jsonw.h"

/* One row's columns, as members. */
typedef void rows_fn(struct jsonw *w, const void *row);

/* rows_json(a, rows, n, size, columns): n rows of `size` bytes each, for jsonb_to_recordset($1::jsonb). NULL when they
 * are more than BUF_MAX_RESPONSE. */
const char *rows_json(struct arena *a, const void *rows, int n, size_t size, rows_fn *columns);

/* rows_numbers(a, of, n): for jsonb_array_elements_text($1::jsonb); NULL likewise. */
const char *rows_numbers(struct arena *a, const int64_t *of, int n);

#endif
