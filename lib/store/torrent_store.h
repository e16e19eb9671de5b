/* Torrents that were analysed, and their files. */
#ifndef TC_STORE_TORRENT_STORE_H
#define TC_STORE_TORRENT_STORE_H

#include "net/db.h"

struct torrent_file {
    int index;        /* position in the list that people see */
    int engine_index; /* position in the torrent itself */
    const char *path; /* without the root folder */
    int64_t size;
};

struct torrent_record {
    int64_t id, user_id;
    const char *name;
    const char *info_hash_v1, *info_hash_v2; /* either may be NULL */
    int64_t total_size;
    int piece_length, piece_count;
    bool is_private, is_multi_file;
    const char *trackers_json; /* JSON array of announce URLs */
    int64_t created_at;
};

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
