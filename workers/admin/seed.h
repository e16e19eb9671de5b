/* What a database needs besides its tables: the transition table, the right key, the data of the replaced product, and
 * somebody who can log in. */
#ifndef TC_ADMIN_SEED_H
#define TC_ADMIN_SEED_H

#include "net/db.h"

/* seed_all(db, a, e): after the migrations, under their lock; every step may be repeated. Reads the configuration. */
int seed_all(struct db *db, struct arena *a, struct err *e);

/* seed_secrets: seal_init() with the configured keys; the right one, and after a rotation all sealed anew. */
int seed_secrets(struct db *db, struct arena *a, struct err *e);

/*
 * seed_admin: make the user of ADMIN_EMAIL, or give it ADMIN_PASSWORD when that has changed since it was last applied
 * (which ends the user's sessions). A password that was changed in the app stays as long as the environment's is the
 * one applied before. Without ADMIN_EMAIL or ADMIN_PASSWORD: nothing but a warning.
 */
int seed_admin(struct db *db, struct arena *a, struct err *e);

#endif
