/*
 * The schema and its version. Migrations are numbered files (0001_core.sql …), forward only; what was applied stands in
 * schema_migrations with its SHA-256. `torrentclou-admin migrate` is the only one that changes the schema; daemons wait
 * until it is exactly their own version.
 */
#ifndef TC_STORE_MIGRATE_STORE_H
#define TC_STORE_MIGRATE_STORE_H

#include "net/db.h"

/* The version that this program is written for: the number of the newest file in migrations/. tests/unit/test_migrate.c
 * compares both, and migrate_run() refuses a folder that ends with another one. */
enum { MIGRATE_VERSION = 3 };

/* migrate_applied: the version of the database, 0 when it has none of our tables. */
int migrate_applied(struct db *db, struct arena *a, int *version, struct err *e);

/*
 * migrate_lock: take the advisory lock that makes runners take turns; held until the connection ends or
 * migrate_unlock(). Waits for another runner; ERR_STOPPED when a stop signal comes. Lifts the session's statement
 * timeout: migrations take what they need.
 */
int migrate_lock(struct db *db, struct arena *a, struct err *e);
void migrate_unlock(struct db *db, struct arena *a);

struct migrate_result {
    int applied; /* files applied by this call */
    int pending; /* files that are still to be applied, when `apply` was false */
};

/*
 * migrate_run: under migrate_lock: compare the folder with the database and, with `apply`, apply what is missing, each
 * file in a transaction with its row. ERR_CONFIG with a sentence when a file was changed after it was applied, when a
 * number is missing or twice there, or when the database is newer than this program.
 */
int migrate_run(struct db *db, struct arena *a, const char *dir, bool apply, struct migrate_result *out, struct err *e);

/*
 * migrate_wait: what a daemon calls before it works: wait until PostgreSQL answers and its schema is MIGRATE_VERSION,
 * at most timeout_ms (-1: as long as it takes). ERR_CONFIG when it is newer, ERR_STOPPED after a stop signal,
 * ERR_UNAVAILABLE when the time is over.
 */
int migrate_wait(struct db *db, int64_t timeout_ms, struct err *e);

#endif
