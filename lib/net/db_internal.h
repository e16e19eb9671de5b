/* The rows of an answer, between db.c, which copies them from libpq, and db_rows.c, which reads them. */
#ifndef TC_NET_DB_INTERNAL_H
#define TC_NET_DB_INTERNAL_H

#include "net/db.h"

struct cell {
    char *text; /* NULL for SQL NULL */
    int len;
};

struct db_rows {
    int rows, cols;
    int64_t affected;
    struct cell *cells;
};

#endif
