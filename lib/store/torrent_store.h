/* Torrents that were analysed, and their files. */
#ifndef TC_STORE_TORRENT_STORE_H
#define TC_STORE_TORRENT_STORE_H

#include "domain/torrent.h"
#include "net/db.h"

/*
 * torrent_save: in a transaction of its own: insert the torrent and its files, or find the user's row of the same
 * infohash (v1 or v2) and complete it (all of it when its metainfo was missing). *id is the row's; r->id is ignored.
 */
int torrent_save(struct db *db, struct arena *a, const struct torrent_record *r, const void *metainfo,
                 size_t metainfo_len, const struct torrent_file *files, int n, int64_t *id, struct err *e);

/* torrent_add_files: those that the torrent's row does not have yet. */
int torrent_add_files(struct db *db, struct arena *a, int64_t id, const struct torrent_file *files, int n,
                      struct err *e);

/* torrent_get: a torrent of the user, maybe. */
int torrent_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct torrent_record **out,
                struct err *e);

int torrent_files(struct db *db, struct arena *a, int64_t torrent_id, struct torrent_file **out, int *n, struct err *e);

/* torrent_metainfo: the .torrent's bytes, *data NULL when not known. For workers: no owner is asked. */
int torrent_metainfo(struct db *db, struct arena *a, int64_t torrent_id, const unsigned char **data, size_t *n,
                     struct err *e);

#endif
