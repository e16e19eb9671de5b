/* The data of the replaced product, with what its database does not hold: the .torrent files. And who is told. */
#ifndef TC_ADMIN_IMPORT_H
#define TC_ADMIN_IMPORT_H

#include "net/db.h"

/*
 * import_own: at every start, after the secrets and before the admin: the replaced product's tables in our own database
 * are taken over when nothing but users is here yet, unless IMPORT_REPLACED says no; once. Told to the log.
 */
int import_own(struct db *db, struct arena *a, struct err *e);

/* import_by_hand: from any database, told to stdout; dry: nothing stays. */
int import_by_hand(struct db *db, struct db *from, struct arena *a, bool dry, struct err *e);

#endif
