#include "torrent/metainfo.h"

#include "base/jsonw.h"

const char *metainfo_trackers_json(const struct metainfo *m, struct arena *arena)
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
