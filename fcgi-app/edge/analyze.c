#include "base/jsonw.h"
#include "fcgi-app/edge/analyze_service.h"
#include "fcgi-app/edge/edge.h"
#include "fcgi-app/form.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "torrent/metainfo.h"

#include <string.h>
#include <strings.h>

static void render_health(struct jsonw *w, const struct torrent_health *h)
{
    jsonw_object(w, "torrentHealth");
    jsonw_int(w, "seeders", h->seeders);
    jsonw_int(w, "leechers", h->leechers);
    jsonw_int(w, "completed", h->completed);
    jsonw_raw(w, "seederRatio", h->seeder_ratio);
    jsonw_bool(w, "isComplete", h->is_complete);
    jsonw_bool(w, "isDead", h->is_dead);
    jsonw_bool(w, "isWeak", h->is_weak);
    jsonw_bool(w, "isHealthy", h->is_healthy);
    jsonw_double(w, "healthScore", h->score);
    jsonw_end(w);
}

static void render(struct jsonw *w, const struct analysis *analysis)
{
    const struct metainfo *m = analysis->torrent;
    jsonw_object(w, NULL);
    jsonw_int(w, "torrentFileId", analysis->torrent_id);
    jsonw_str(w, "fileName", m->name);
    jsonw_str(w, "infoHash", *m->info_hash ? m->info_hash : m->info_hash_v2);
    jsonw_int(w, "totalSizeInBytes", m->total_size);
    jsonw_array(w, "files");
    for (size_t i = 0; i < m->file_count; i++) {
        jsonw_object(w, NULL);
        jsonw_int(w, "index", (int64_t)i);
        jsonw_str(w, "path", m->files[i].path);
        jsonw_int(w, "size", m->files[i].size);
        jsonw_end(w);
    }
    jsonw_end(w);
    render_health(w, &analysis->health);
    jsonw_end(w);
}

static bool is_torrent(const char *filename)
{
    size_t n = strlen(filename);
    return n >= 8 && !strcasecmp(filename + n - 8, ".torrent");
}

int analyze_post(struct request *req, struct response *res, struct err *e)
{
    struct form_file file;
    struct analysis analysis;
    int rc = form_file(req, "TorrentFile", BUF_MAX_TORRENT, &file, e);
    if (rc == 0 && file.bytes.len > 0 && !is_torrent(file.filename))
        rc = err_set(e, ERR_INPUT, "InvalidTorrent", "Invalid file format. Only .torrent files are accepted.");
    if (rc == 0)
        rc = analyze_service(req->services, req->arena, req->session.user_id, file.bytes.data, file.bytes.len,
                             &analysis, e);
    if (rc == 0)
        render(response_json(res, 200), &analysis);
    buf_free(&file.bytes);
    return rc;
}
