/* The rows of an answer, between db_wire.c, which copies them from libpq, and db_rows.c, which reads them. */
#ifndef TC_NET_DB_INTERNAL_H
#define TC_NET_DB_INTERNAL_H

#include "net/db.h"

/* A value as PostgreSQL's text, or a number of a binary answer: its text is then db_number. */
struct cell {
    char *text; /* NULL for SQL NULL */
    int64_t number;
};

extern char db_number[];

enum { DB_TYPE_TEXT = 25 };

/* db_decode(a, type, bytes, n): a value of a binary answer; type is its oid in PostgreSQL. Texts come here, too. */
struct cell db_decode(struct arena *a, unsigned type, const char *bytes, int n);

struct db_rows {
    int rows, cols;
    int64_t affected;
    struct cell *cells;
};

#endif
