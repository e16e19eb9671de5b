#include "torrent/metainfo.h"

#include "base/jsonw.h"

/* The announce URLs by tier. */
static const char *trackers_json(const struct metainfo *m, struct arena *arena)
{
    struct buf b = BUF_INIT(BUF_MAX_TORRENT);
    struct jsonw w = jsonw_to(&b);
    jsonw_array(&w, NULL);
    for (size_t i = 0; i < m->tracker_count; i++)
        jsonw_str(&w, NULL, m->trackers[i].url);
    jsonw_end(&w);
    const char *text = arena_strdup(arena, buf_ok(&b) ? buf_str(&b) : "[]");
    buf_free(&b);
    return text;
}

struct torrent_record metainfo_record(const struct metainfo *m, struct arena *arena, struct torrent_file **files)
{
    *files = ARENA_ARRAY(arena, m->file_count + 1, struct torrent_file);
    for (size_t i = 0; i < m->file_count; i++)
        (*files)[i] = (struct torrent_file){(int)i, (int)m->files[i].engine_index, m->files[i].path, m->files[i].size};
    return (struct torrent_record){
        .name = m->name,
        .info_hash_v1 = *m->info_hash ? m->info_hash : NULL,
        .info_hash_v2 = *m->info_hash_v2 ? m->info_hash_v2 : NULL,
        .total_size = m->total_size,
        .piece_length = (int)m->piece_length,
        .piece_count = (int)m->piece_count,
        .is_private = m->is_private,
        .is_multi_file = m->is_multi_file,
        .trackers_json = trackers_json(m, arena),
    };
}
