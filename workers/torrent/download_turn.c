/* A running download: events of the engine, finished files, progress, and how it ends. */
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "workers/torrent/torrent.h"

#include <stdio.h>
#include <string.h>

enum { RESUME_SOON_MS = 1000 };

/* A store's answer to a fenced write: lost ends the download, an absent PostgreSQL is tried again. 0: written. */
static int wrote(struct download *d, int r, const struct err *e)
{
    if (r == 0)
        return 0;
    if (e->class == ERR_LOST)
        slot_lost(d->slot);
    else if (e->class == ERR_UNAVAILABLE)
        log_debug("a write waits for PostgreSQL", kv_err(e));
    else if (d->failure.class == ERR_NONE)
        d->failure = *e;
    return -1;
}

static void file_is_verified(struct torrent_worker *t, struct download *d, uint32_t engine_index)
{
    const struct claim *c = slot_claim(d->slot);
    for (int i = 0; i < d->file_count; i++) {
        struct download_file *f = &d->files[i];
        char path[4096];
        if ((uint32_t)f->row.engine_index != engine_index || f->step != STEP_WANTED)
            continue;
        if (f->row.md5 && f->row.sha256) {
            snprintf(f->md5, sizeof f->md5, "%s", f->row.md5);
            snprintf(f->sha256, sizeof f->sha256, "%s", f->row.sha256);
            f->step = STEP_HASHED;
        } else if (job_remote_path(c->torrent_name, c->is_multi_file, f->row.path, path, sizeof path)) {
            f->step = STEP_HASHING;
            disk_hash(t->disk, c->lease.job_id, c->lease.epoch, i, path, f->row.size);
        } else {
            err_set(&d->failure, ERR_PERMANENT, "PathTooLong", "The path of a file is too long: %.200s", f->row.path);
        }
    }
}

static void save_resume(struct torrent_worker *t, struct download *d, const struct engine_event *ev)
{
    struct err e = ERR_INIT;
    d->resume_saved = true;
    d->resume_asked = false;
    if (ev->type == ENGINE_RESUME_FAILED)
        log_warn("resume data could not be made", kv_err(&ev->err));
    else if (folder_write_resume(t->root, ev->key, ev->data, ev->len, &e))
        log_warn("resume data could not be saved", kv_err(&e));
}

static void disk_failed(struct torrent_worker *t, struct download *d, const struct err *why)
{
    log_warn("the disk refused a write", kv_err(why));
    /* Full: the engine stops writing by itself and the floor check lets it go on when there is room. */
    if (!strcmp(why->code, "DiskFull"))
        download_say_wait(t, d, "disk", "The disk is full; downloading goes on when there is room.");
    else
        d->failure = *why;
}

void download_event(struct torrent_worker *t, struct download *d, const struct engine_event *ev)
{
    switch (ev->type) {
    case ENGINE_FILE_READY:
        file_is_verified(t, d, ev->file);
        /* Worth saving, but not for each of ten thousand small files. */
        if (d->resume_at > clock_mono_ms() + RESUME_SOON_MS)
            d->resume_at = clock_mono_ms() + RESUME_SOON_MS;
        break;
    case ENGINE_ALL_READY:
        log_info("every selected byte is verified", kv_int("JobId", ev->key));
        break;
    case ENGINE_RESUME_DATA:
    case ENGINE_RESUME_FAILED:
        save_resume(t, d, ev);
        break;
    case ENGINE_DISK_FAILED:
        disk_failed(t, d, &ev->err);
        break;
    case ENGINE_TORRENT_FAILED:
        d->failure = ev->err;
        break;
    case ENGINE_TRACKER:
        log_debug("tracker", kv_int("JobId", ev->key), kv_str("Text", ev->text));
        break;
    default:
        break;
    }
}

static void write_ready(struct torrent_worker *t, struct download *d)
{
    bool told = false;
    int64_t now = clock_mono_ms();
    if (now < d->write_at)
        return;
    for (int i = 0; i < d->file_count; i++) {
        struct download_file *f = &d->files[i];
        struct err e = ERR_INIT;
        if (f->step != STEP_HASHED)
            continue;
        if (wrote(d,
                  file_ready(worker_db(t->worker), t->turn, slot_lease(d->slot), f->row.index, f->md5, f->sha256, &e),
                  &e)) {
            d->write_at = now + 500;
            return;
        }
        f->step = STEP_READY;
        f->told = f->row.size;
        d->ready_count++;
        told = true;
        log_info("file ready", kv_str("FileName", f->row.path), kv_int("Bytes", f->row.size));
    }
    if (told)
        worker_enqueue_upload(t->worker, slot_claim(d->slot));
}

/* Bytes per file, those that moved. The engine counts by block, so a file is never shown whole before it is ready. */
static int write_file_progress(struct torrent_worker *t, struct download *d, struct err *e)
{
    uint32_t highest = 0;
    for (int i = 0; i < d->file_count; i++)
        if ((uint32_t)d->files[i].row.engine_index > highest)
            highest = (uint32_t)d->files[i].row.engine_index;
    int64_t *bytes = ARENA_ARRAY(t->turn, (size_t)highest + 1, int64_t);
    int64_t *moved = ARENA_ARRAY(t->turn, (size_t)d->file_count, int64_t);
    int *index = ARENA_ARRAY(t->turn, (size_t)d->file_count, int), n = 0;
    if (engine_get_progress(t->engine, slot_lease(d->slot)->job_id, bytes, (size_t)highest + 1, e))
        return -1;
    for (int i = 0; i < d->file_count; i++) {
        struct download_file *f = &d->files[i];
        int64_t now = bytes[f->row.engine_index];
        if (f->step == STEP_READY || now == f->told)
            continue;
        f->told = moved[n] = now;
        index[n++] = f->row.index;
    }
    return n ? file_progress(worker_db(t->worker), t->turn, slot_lease(d->slot), index, moved, n, e) : 0;
}

static void tell_progress(struct torrent_worker *t, struct download *d, const struct engine_status *st)
{
    int64_t now = clock_mono_ms(), left = st->total_bytes - st->done_bytes;
    char state[64];
    struct err e = ERR_INIT;
    if (st->state == ENGINE_CHECKING)
        snprintf(state, sizeof state, "Validating files: %d%%", st->check_percent);
    else
        snprintf(state, sizeof state, "Downloading: %.2f%%",
                 job_percent(st->done_bytes + d->done_elsewhere, st->total_bytes + d->done_elsewhere));
    struct progress p = {.bytes = st->done_bytes + d->done_elsewhere,
                         .speed = st->down_rate,
                         .eta_seconds = st->down_rate > 0 ? left / st->down_rate : -1,
                         .peers = st->peers,
                         .seeds = st->seeds,
                         .current_state = state};
    if (now >= d->event_at) {
        d->event_at = now + config_int(CFG_PROGRESS_EVENT_MS);
        worker_publish(t->worker, slot_claim(d->slot),
                       &(struct live){p.bytes, -1, p.speed, -1, p.eta_seconds, p.peers, p.seeds, state});
    }
    /* While the disk is being checked less is known than the table has. */
    if (now < d->db_at || st->state == ENGINE_CHECKING)
        return;
    d->db_at = now + config_int(CFG_PROGRESS_DB_MS);
    if (wrote(d, phase_progress(worker_db(t->worker), t->turn, slot_lease(d->slot), &p, &e), &e) == 0)
        wrote(d, write_file_progress(t, d, &e), &e);
}

static void count_received(struct download *d, const struct engine_status *st)
{
    transfer_moved(&d->transfer, st->received_bytes - d->received);
    d->received = st->received_bytes;
}

/* A swarm that sends nothing frees its slot and stays in the session. */
static void watch_peers(struct torrent_worker *t, struct download *d, const struct engine_status *st)
{
    int64_t now = clock_mono_ms();
    if (st->received_bytes != d->received || st->state == ENGINE_CHECKING || st->state == ENGINE_DONE) {
        count_received(d, st);
        d->moved_at = now;
        if (d->idle) {
            d->idle = false;
            download_say_moves(t, d);
        }
    } else if (!d->idle && !d->waits && now - d->moved_at > config_int(CFG_TORRENT_IDLE_SLOT_MS)) {
        d->idle = true;
        download_say_wait(t, d, "no_peers",
                          arena_printf(t->turn,
                                       "No peer has sent anything for %lld minutes. The torrent stays in the swarm and "
                                       "goes on when one does.",
                                       (long long)(config_int(CFG_TORRENT_IDLE_SLOT_MS) / 60000)));
    }
}

static void ask_resume(struct torrent_worker *t, struct download *d)
{
    struct err e = ERR_INIT;
    int64_t now = clock_mono_ms();
    if (d->resume_asked || now < d->resume_at)
        return;
    d->resume_at = now + config_int(CFG_RESUME_SAVE_MS);
    d->resume_asked = engine_save_resume(t->engine, slot_lease(d->slot)->job_id, &e) == 0;
}

/* What came since the last look counts too. */
static void count_end(struct torrent_worker *t, struct download *d)
{
    struct engine_status st;
    struct err e = ERR_INIT;
    if (d->added && engine_get_status(t->engine, slot_lease(d->slot)->job_id, &st, &e) == 0)
        count_received(d, &st);
    transfer_end(&d->transfer);
    slot_ended(d->slot, "done");
}

/* All files are ready: the end of the phase. False when it could not be written yet. */
static bool finish(struct torrent_worker *t, struct download *d)
{
    struct err e = ERR_INIT;
    bool completed;
    const struct claim *c = slot_claim(d->slot);
    if (clock_mono_ms() < d->write_at)
        return false;
    const char *metadata = arena_printf(t->turn, "{\"bytesDownloaded\": %lld, \"storageProvider\": \"%s\"}",
                                        (long long)c->total_bytes, provider_name(c->provider));
    if (wrote(d, phase_finish(worker_db(t->worker), t->turn, &c->lease, metadata, &completed, &e), &e)) {
        d->write_at = clock_mono_ms() + 500;
        return false;
    }
    log_info("download complete", kv_int("Bytes", c->total_bytes));
    count_end(t, d);
    worker_publish_job(t->worker, worker_db(t->worker), t->turn, c);
    worker_enqueue_upload(t->worker, c);
    folder_drop_resume(t->root, c->lease.job_id);
    download_free(t, d);
    return true;
}

/* Drain, lost lease or failure: true when the download is over. */
static bool ends(struct torrent_worker *t, struct download *d)
{
    struct err e = ERR_INIT;
    if (slot_stop(d->slot, &e)) {
        if (e.class == ERR_STOPPED && d->draining && !d->resume_saved && clock_mono_ms() < d->drain_until)
            return false;
        slot_conclude(d->slot, worker_db(t->worker), t->turn, &e);
    } else if (d->failure.class != ERR_NONE) {
        slot_conclude(d->slot, worker_db(t->worker), t->turn, &d->failure);
    } else {
        return false;
    }
    download_free(t, d);
    return true;
}

bool download_turn(struct torrent_worker *t, struct download *d)
{
    struct engine_status st;
    struct err e = ERR_INIT;
    if (ends(t, d))
        return false;
    if (d->draining)
        return true;
    if (!d->added && d->file_count > 0) {
        if (clock_mono_ms() >= d->try_at && download_start(t, d, &e))
            wrote(d, -1, &e);
        return true;
    }
    write_ready(t, d);
    if (d->ready_count == d->file_count)
        return !finish(t, d);
    if (engine_get_status(t->engine, slot_lease(d->slot)->job_id, &st, &e)) {
        d->failure = e;
        return true;
    }
    tell_progress(t, d, &st);
    watch_peers(t, d, &st);
    ask_resume(t, d);
    return true;
}
