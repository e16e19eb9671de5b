/* torrentclou-torrent-worker: downloads what people chose, and deletes what is no longer needed. */
#include "base/log.h"
#include "workers/torrent/torrent.h"

#include <sys/stat.h>
#include <unistd.h>

enum { AHEAD_BYTES = 16 * 1024 * 1024 }; /* a second or so of a fast line, some lanes' work for an upload */

static int torrent_open(struct worker *w, struct err *e)
{
    struct torrent_worker *t = MEM_NEW(struct torrent_worker);
    const struct engine_settings settings = {
        .listen = config_str(CFG_TORRENT_LISTEN),
        .dht = config_bool(CFG_TORRENT_DHT),
        .lsd = config_bool(CFG_TORRENT_LSD),
        .utp = config_bool(CFG_TORRENT_UTP),
        .port_mapping = config_bool(CFG_TORRENT_PORT_MAPPING),
        .same_ip_peers = config_bool(CFG_TORRENT_SAME_IP_PEERS),
        .connections = (int)config_int(CFG_TORRENT_CONNECTIONS),
        .ahead = AHEAD_BYTES,
        .download_limit = config_int(CFG_TORRENT_DOWNLOAD_LIMIT),
        .upload_limit = config_int(CFG_TORRENT_UPLOAD_LIMIT),
    };
    t->worker = w;
    t->turn = arena_new(64 * 1024);
    worker_set_state(w, t);
    /* What others may read, the upload workers' group reads; nobody else. */
    umask(0027);
    if (folder_open(config_str(CFG_TORRENT_DOWNLOAD_PATH), &t->root, e) || !(t->engine = engine_new(&settings, e)))
        return -1;
    if (!(t->disk = disk_start(config_str(CFG_TORRENT_DOWNLOAD_PATH))))
        return err_set(e, ERR_BUG, NULL, "no thread for the disk");
    disk_empty_trash(t->disk); /* what an earlier end left behind */
    return 0;
}

static int to_trash(int64_t job_id, void *ctx, struct err *e)
{
    const struct torrent_worker *t = ctx;
    return folder_trash(t->root, job_id, e);
}

static void torrent_janitor(struct worker *w, struct arena *a)
{
    struct torrent_worker *t = worker_state(w);
    const struct local_keep keep = {.completed_hours = config_hours(CFG_KEEP_LOCAL),
                                    .failed_hours = config_int(CFG_KEEP_FAILED_HOURS)};
    int64_t *ids;
    int n, trashed = 0;
    struct err e = ERR_INIT;
    if (local_doomed(worker_db(w), a, worker_volume(w), &keep, &ids, &n, &e)) {
        log_warn("what may be deleted could not be looked up", kv_err(&e));
        return;
    }
    download_tick(w, 0); /* the engine may have let go of one since it was last asked */
    for (int i = 0; i < n; i++) {
        bool done;
        /* Its slot or the engine is letting go of it right now. */
        if (download_find(t, ids[i]) || engine_has(t->engine, ids[i]))
            continue;
        if (local_forget(worker_db(w), a, ids[i], &keep, to_trash, t, "{\"deleted\": \"local files\"}", &done, &e)) {
            log_warn("local files could not be deleted", kv_int("JobId", ids[i]), kv_err(&e));
            err_clear(&e);
        } else if (done) {
            trashed++;
            log_info("local files go to the trash", kv_int("JobId", ids[i]));
        }
    }
    if (trashed)
        disk_empty_trash(t->disk);
}

static void torrent_close(struct worker *w)
{
    struct torrent_worker *t = worker_state(w);
    while (t->downloads)
        download_free(t, t->downloads);
    disk_end(t->disk);
    engine_free(t->engine);
    close(t->root);
    arena_free(t->turn);
    mem_free(t);
}

int main(int argc, char **argv)
{
    static const struct worker_kind kind = {
        .service = "torreclou-worker",
        .queue = "torrents",
        .phase = PHASE_DOWNLOAD,
        .program = FOR_TORRENT,
        .adopt = download_adopt,
        .tick = download_tick,
        .open = torrent_open,
        .janitor = torrent_janitor,
        .drain = download_drain,
        .close = torrent_close,
    };
    return worker_main(&kind, argc, argv);
}
