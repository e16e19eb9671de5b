/* Shared by the files of the import; nobody else includes it. */
#ifndef TC_STORE_IMPORT_INTERNAL_H
#define TC_STORE_IMPORT_INTERNAL_H

#include "store/import_store.h"

struct import {
    struct db *to, *from;
    const struct import_hooks *hooks;
};

/* Each table there, and the temporary table that it is read into: its columns in lower case, then ours. */
struct import_stage {
    const char *table, *stage, *columns, *ours;
};
extern const struct import_stage import_stages[IMPORT__MAX];

/* import_read: make the temporary tables and fill them. */
int import_read(struct import *im, struct arena *a, struct err *e);

/* import_mend(im, a, first, last, e): the rules of these tables, in their order. */
int import_mend(struct import *im, struct arena *a, enum import_table first, enum import_table last, struct err *e);

/* import_tell: a note of a rule that is no row of the table. */
void import_tell(struct import *im, enum import_table table, const char *column, int64_t row, bool left_out,
                 const char *what);

/* import_sql(im, a, sql, e): a statement without parameters on `to`. */
int import_sql(struct import *im, struct arena *a, const char *sql, struct err *e);

/* From the temporary tables into ours, in this order. */
int import_users(struct import *im, struct arena *a, struct err *e);
int import_storage(struct import *im, struct arena *a, struct err *e);
int import_torrents(struct import *im, struct arena *a, struct err *e);
int import_jobs(struct import *im, struct arena *a, struct err *e);

#endif
