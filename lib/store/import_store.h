/*
 * Takes over the database of the replaced product (its schema `dev`, which is only read): users, Google's OAuth
 * clients, storage, torrents, jobs and their timeline. All of it is read into temporary tables, mended there by a table
 * of rules, and inserted under the ids that it had: one transaction, all or nothing. docs/updating.md says what becomes
 * of what.
 */
#ifndef TC_STORE_IMPORT_STORE_H
#define TC_STORE_IMPORT_STORE_H

#include "store/torrent_store.h"

/* The tables that are read, in this order. */
enum import_table {
    IMPORT_USERS,
    IMPORT_CREDENTIALS,
    IMPORT_PROFILES,
    IMPORT_TORRENTS,
    IMPORT_JOBS,
    IMPORT_HISTORY,
    IMPORT_UPLOADS,
    IMPORT__MAX
};

/* A value that could not be taken over as it was. Texts live until the call returns. */
struct import_note {
    const char *table, *column; /* as they are called there */
    int64_t row;                /* its "Id" */
    bool left_out;              /* the row was not taken over; else its value was mended as `what` says */
    const char *what;
};

/* What a .torrent file says. */
struct import_torrent {
    struct torrent_record record; /* ids and times are ignored */
    const void *metainfo;
    size_t len;
    struct torrent_file *files;
    int file_count;
};

struct import_hooks {
    /* torrent: the file of this v1 infohash (upper-case hex), *out NULL and a sentence in *why when there is none that
     * can be used. */
    int (*torrent)(void *ctx, struct arena *a, const char *info_hash, struct import_torrent **out, const char **why,
                   struct err *e);
    void (*note)(void *ctx, const struct import_note *n);
    void *ctx;
};

struct import_count {
    const char *table;
    int64_t found, taken;
};

/* import_present: the replaced product's tables are in this database. */
int import_present(struct db *from, struct arena *a, bool *present, struct err *e);

/* import_possible: nothing but users is in ours yet: the ids are free. */
int import_possible(struct db *to, struct arena *a, bool *possible, struct err *e);

/* import_done: has a run been recorded. *last_job: the highest id among its jobs, 0 for none: jobs up to there are
 * imported ones. */
int import_done(struct db *to, struct arena *a, bool *done, int64_t *last_job, struct err *e);

/*
 * import_run: in a transaction of its own on `to`, reading `from` (another connection, maybe to the same database) in
 * one snapshot. seal_init() and job_transitions_sync() come first. dry: nothing stays. ERR_CONFIG with a sentence when
 * the tables are not there or are of an older release, or when import_possible() says no.
 */
int import_run(struct db *to, struct db *from, struct arena *a, const struct import_hooks *hooks, bool dry,
               struct import_count counts[IMPORT__MAX], struct err *e);

/* import_locked_out: addresses of imported users who have no password yet and are not `admin`, whose password the
 * environment tells. */
int import_locked_out(struct db *to, struct arena *a, const char *admin, const char ***emails, int *n, struct err *e);

#endif
