#include "store/torrent_store.h"

#include "store/rows.h"

#define COLUMNS                                                                                                        \
    "id, user_id, name, info_hash_v1, info_hash_v2, total_size, piece_length, piece_count, is_private, "               \
    "is_multi_file, trackers, " US("created_at")

static int insert_torrent(struct db *db, struct arena *a, const struct torrent_record *t, const void *metainfo,
                          size_t len, bool *created, int64_t *id, struct err *e)
{
    struct db_rows *r = db_query(
        db, a, e,
        "insert into torrents (user_id, name, info_hash_v1, info_hash_v2, total_size, piece_length, piece_count, "
        "is_private, is_multi_file, metainfo, trackers) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb) "
        "on conflict do nothing returning id",
        p_int(t->user_id), p_text(t->name), p_text(t->info_hash_v1), p_text(t->info_hash_v2), p_int(t->total_size),
        p_int(t->piece_length), p_int(t->piece_count), p_bool(t->is_private), p_bool(t->is_multi_file),
        p_bytes(metainfo, len), p_text(t->trackers_json));
    if (!r)
        return -1;
    *created = db_count(r) == 1;
    if (*created) {
        *id = db_int(r, 0, 0);
        return 0;
    }
    /* A row that was made without the file knows only what others said of it. */
    r = db_query(
        db, a, e,
        "update torrents o set metainfo = coalesce(o.metainfo, $4), name = x.name, total_size = x.total_size, "
        "piece_length = x.piece_length, piece_count = x.piece_count, is_private = x.is_private, "
        "is_multi_file = x.is_multi_file, trackers = x.trackers, updated_at = now() from torrents w, lateral ("
        "select w.name, w.total_size, w.piece_length, w.piece_count, w.is_private, w.is_multi_file, w.trackers "
        "where w.metainfo is not null union all "
        "select $5, $6::bigint, $7::int, $8::int, $9::bool, $10::bool, $11::jsonb where w.metainfo is null) x "
        "where o.user_id = $1 and (o.info_hash_v1 = $2 or o.info_hash_v2 = $3) and w.id = o.id returning o.id",
        p_int(t->user_id), p_text(t->info_hash_v1), p_text(t->info_hash_v2), p_bytes(metainfo, len), p_text(t->name),
        p_int(t->total_size), p_int(t->piece_length), p_int(t->piece_count), p_bool(t->is_private),
        p_bool(t->is_multi_file), p_text(t->trackers_json));
    if (!r)
        return -1;
    if (db_count(r) != 1)
        return err_set(e, ERR_CONFLICT, "TorrentAmbiguous",
                       "This torrent's v1 and v2 hashes belong to two different torrents that you already have.");
    *id = db_int(r, 0, 0);
    return 0;
}

static void file_columns(struct jsonw *w, const void *row)
{
    const struct torrent_file *f = row;
    jsonw_int(w, "i", f->index);
    jsonw_int(w, "e", f->engine_index);
    jsonw_str(w, "p", f->path);
    jsonw_int(w, "s", f->size);
}

int torrent_add_files(struct db *db, struct arena *a, int64_t id, const struct torrent_file *files, int n,
                      struct err *e)
{
    const char *rows = rows_json(a, files, n, sizeof *files, file_columns);
    if (!rows)
        return err_set(e, ERR_INPUT, "InvalidTorrent", "The torrent's list of files is too long.");
    return db_run(db, a, e,
                  "insert into torrent_files (torrent_id, file_index, engine_index, path, size) "
                  "select $1, x.i, x.e, x.p, x.s from jsonb_to_recordset($2::jsonb) as x(i int, e int, p text, s "
                  "bigint) on conflict do nothing",
                  p_int(id), p_text(rows));
}

int torrent_save(struct db *db, struct arena *a, const struct torrent_record *r, const void *metainfo,
                 size_t metainfo_len, const struct torrent_file *files, int n, int64_t *id, struct err *e)
{
    bool created;
    if (db_begin(db, e))
        return -1;
    if (insert_torrent(db, a, r, metainfo, metainfo_len, &created, id, e) ||
        torrent_add_files(db, a, *id, files, n, e)) {
        db_rollback(db);
        return -1;
    }
    return db_commit(db, e);
}

int torrent_get(struct db *db, struct arena *a, int64_t user_id, int64_t id, struct torrent_record **out, struct err *e)
{
    struct db_rows *r = db_query(db, a, e, "select " COLUMNS " from torrents where user_id = $1 and id = $2",
                                 p_int(user_id), p_int(id));
    *out = NULL;
    if (!r)
        return -1;
    if (db_count(r) == 0)
        return 0;
    struct torrent_record *t = ARENA_NEW(a, struct torrent_record);
    t->id = db_int(r, 0, 0);
    t->user_id = db_int(r, 0, 1);
    t->name = db_text(r, 0, 2);
    t->info_hash_v1 = db_text(r, 0, 3);
    t->info_hash_v2 = db_text(r, 0, 4);
    t->total_size = db_int(r, 0, 5);
    t->piece_length = (int)db_int(r, 0, 6);
    t->piece_count = (int)db_int(r, 0, 7);
    t->is_private = db_bool(r, 0, 8);
    t->is_multi_file = db_bool(r, 0, 9);
    t->trackers_json = db_text(r, 0, 10);
    t->created_at = db_int(r, 0, 11);
    *out = t;
    return 0;
}

int torrent_files(struct db *db, struct arena *a, int64_t torrent_id, struct torrent_file **out, int *n, struct err *e)
{
    struct db_rows *r = db_query(db, a, e,
                                 "select file_index, engine_index, path, size from torrent_files where torrent_id = $1 "
                                 "order by file_index",
                                 p_int(torrent_id));
    if (!r)
        return -1;
    *n = db_count(r);
    *out = ARENA_ARRAY(a, (size_t)*n, struct torrent_file);
    for (int i = 0; i < *n; i++)
        (*out)[i] =
            (struct torrent_file){(int)db_int(r, i, 0), (int)db_int(r, i, 1), db_text(r, i, 2), db_int(r, i, 3)};
    return 0;
}

int torrent_metainfo(struct db *db, struct arena *a, int64_t torrent_id, const unsigned char **data, size_t *n,
                     struct err *e)
{
    struct db_rows *r = db_query(db, a, e, "select metainfo from torrents where id = $1", p_int(torrent_id));
    if (!r)
        return -1;
    *data = NULL;
    *n = 0;
    if (db_count(r))
        *data = db_bytes(r, a, 0, 0, n);
    return 0;
}
