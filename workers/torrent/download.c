/* A download from the claim to its first byte: what it wants, whether there is room, and the engine's help. */
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "store/import_store.h"
#include "workers/torrent/torrent.h"

#include <string.h>

enum { SAME_TORRENT_MS = 1000 };

struct download *download_find(struct torrent_worker *t, int64_t job_id)
{
    for (struct download *d = t->downloads; d; d = d->next)
        if (slot_lease(d->slot)->job_id == job_id)
            return d;
    return NULL;
}

void download_free(struct torrent_worker *t, struct download *d)
{
    for (struct download **p = &t->downloads; *p; p = &(*p)->next)
        if (*p == d) {
            *p = d->next;
            break;
        }
    struct err e = ERR_INIT;
    disk_forget(t->disk, slot_lease(d->slot)->job_id);
    if (d->added && engine_remove(t->engine, slot_lease(d->slot)->job_id, false, &e))
        log_warn("the engine did not let go of a torrent", kv_err(&e));
    slot_release(d->slot);
    arena_free(d->arena);
    mem_free(d);
}

/* The files that the destination does not hold yet. One that was ready before needs no second hash: its content is
 * fixed by the torrent, and the engine finds out whether the disk still has it. */
static int load_files(struct worker *w, struct download *d, struct err *e)
{
    struct job_file *rows;
    int n;
    if (job_files(worker_db(w), d->arena, slot_lease(d->slot)->job_id, &rows, &n, e))
        return -1;
    if (!n) /* an imported job whose .torrent was lost: nothing to do is not done */
        return err_set(e, ERR_PERMANENT, "NoFiles",
                       "None of this job's files is known. Add the torrent again and create a new job.");
    d->files = ARENA_ARRAY(d->arena, (size_t)n, struct download_file);
    for (int i = 0; i < n; i++) {
        if (rows[i].state == FILE_DONE) {
            d->done_elsewhere += rows[i].size;
            continue;
        }
        struct download_file *f = &d->files[d->file_count++];
        f->row = rows[i];
        f->told = rows[i].bytes_downloaded;
        d->needed += rows[i].size - (rows[i].bytes_downloaded < rows[i].size ? rows[i].bytes_downloaded : rows[i].size);
    }
    return torrent_metainfo(worker_db(w), d->arena, slot_claim(d->slot)->torrent_id, &d->metainfo, &d->metainfo_len, e);
}

void download_adopt(struct worker *w, struct slot *s, struct arena *a)
{
    (void)a;
    struct torrent_worker *t = worker_state(w);
    struct download *d = MEM_NEW(struct download);
    d->slot = s;
    d->arena = arena_new(16 * 1024);
    d->moved_at = clock_mono_ms();
    d->resume_at = clock_mono_ms() + config_int(CFG_RESUME_SAVE_MS);
    d->next = t->downloads;
    t->downloads = d;
    if (load_files(w, d, &d->failure) == 0 && !d->metainfo)
        err_set(&d->failure, ERR_PERMANENT, "TorrentMissing",
                "The .torrent file of this job is no longer stored. Add the torrent again.");
}

void download_say_wait(struct torrent_worker *t, struct download *d, const char *code, const char *sentence)
{
    struct err e = ERR_INIT;
    d->waits = true;
    slot_park(d->slot, true);
    if (phase_say(worker_db(t->worker), t->turn, slot_lease(d->slot), NULL, code, sentence, &e)) {
        if (e.class == ERR_LOST)
            slot_lost(d->slot);
        else
            log_warn("a waiting reason was not written", kv_err(&e));
        return;
    }
    worker_publish_job(t->worker, worker_db(t->worker), t->turn, slot_claim(d->slot));
}

void download_say_moves(struct torrent_worker *t, struct download *d)
{
    struct err e = ERR_INIT;
    slot_park(d->slot, false);
    if (!d->waits)
        return;
    d->waits = false;
    if (phase_say(worker_db(t->worker), t->turn, slot_lease(d->slot), NULL, NULL, NULL, &e) && e.class == ERR_LOST)
        slot_lost(d->slot);
    worker_publish_job(t->worker, worker_db(t->worker), t->turn, slot_claim(d->slot));
}

static const char *gib(struct arena *a, int64_t bytes)
{
    return arena_printf(a, "%.1f GiB", (double)(bytes > 0 ? bytes : 0) / (1024.0 * 1024 * 1024));
}

/* Room for all that is still to be written, before the first byte. 1: yes, 0: it waits. */
static int has_room(struct torrent_worker *t, struct download *d, struct err *e)
{
    int64_t room, reserved;
    if (folder_free(t->root, &room, e) || local_reserved(worker_db(t->worker), t->turn, worker_volume(t->worker),
                                                         slot_lease(d->slot)->job_id, &reserved, e))
        return -1;
    if (d->needed == 0 || d->needed <= room - reserved)
        return 1;
    int64_t kept;
    if (local_kept(worker_db(t->worker), t->turn, worker_volume(t->worker), &kept, e))
        return -1;
    const char *keeps = kept ? arena_printf(t->turn, " Completed jobs keep %s (KEEP_LOCAL).", gib(t->turn, kept)) : "";
    download_say_wait(t, d, "disk",
                      arena_printf(t->turn, "Waiting for disk space: this job needs %s, %s are free for it.%s",
                                   gib(t->turn, d->needed), gib(t->turn, room - reserved), keeps));
    return 0;
}

/* Its jobs keep their numbers; a new job with one of these numbers exists only where nothing was imported. */
static int take_replaced(struct torrent_worker *t, int64_t job_id, struct err *e)
{
    bool imported;
    int64_t last;
    if (!folder_has_replaced(t->root, job_id))
        return 0;
    if (import_done(worker_db(t->worker), t->turn, &imported, &last, e))
        return -1;
    return imported && job_id <= last ? folder_take_replaced(t->root, job_id, e) : 0;
}

static int add_to_engine(struct torrent_worker *t, struct download *d, struct err *e)
{
    int64_t job_id = slot_lease(d->slot)->job_id;
    uint32_t *selected = ARENA_ARRAY(t->turn, (size_t)d->file_count, uint32_t);
    for (int i = 0; i < d->file_count; i++)
        selected[i] = (uint32_t)d->files[i].row.engine_index;
    size_t resume_len;
    const void *resume = folder_read_resume(t->root, t->turn, job_id, &resume_len);
    struct engine_source source = {
        .key = job_id,
        .metainfo = d->metainfo,
        .metainfo_len = d->metainfo_len,
        .save_path = folder_job_path(t->turn, job_id),
        .resume = resume,
        .resume_len = resume_len,
        .selected = selected,
        .selected_count = (size_t)d->file_count,
    };
    return engine_add(t->engine, &source, e);
}

/* 0: it runs or waits; -1: it failed with *e. */
int download_start(struct torrent_worker *t, struct download *d, struct err *e)
{
    int64_t job_id = slot_lease(d->slot)->job_id;
    d->try_at = clock_mono_ms() + config_int(CFG_WAIT_PROBE_MS);
    int room = has_room(t, d, e);
    if (room <= 0)
        return room;
    if (local_present(worker_db(t->worker), t->turn, slot_lease(d->slot), e) || take_replaced(t, job_id, e) ||
        folder_make_job(t->root, job_id, e))
        return -1;
    if (add_to_engine(t, d, e)) {
        if (e->class != ERR_CONFLICT)
            return -1;
        err_clear(e);
        /* Soon: it may be this very job's last run that the engine is still letting go of. */
        d->try_at = clock_mono_ms() + SAME_TORRENT_MS;
        if (!d->waits)
            download_say_wait(t, d, "same_torrent",
                              "Another job is downloading the same torrent; this one goes on when that is done.");
        return 0;
    }
    d->added = true;
    d->moved_at = clock_mono_ms();
    d->transfer = transfer_begin(PHASE_DOWNLOAD, slot_claim(d->slot)->provider);
    log_info("download started", kv_str("FileName", slot_claim(d->slot)->torrent_name), kv_int("Files", d->file_count),
             kv_int("Bytes", d->needed));
    download_say_moves(t, d);
    return 0;
}

static void below_floor(struct torrent_worker *t, bool below)
{
    struct err e = ERR_INIT;
    for (struct download *d = t->downloads; d; d = d->next) {
        struct engine_status st;
        int64_t job_id = slot_lease(d->slot)->job_id;
        if (!d->added || engine_get_status(t->engine, job_id, &st, &e) || st.can_write != below)
            continue;
        if (engine_set_download(t->engine, job_id, !below, &e))
            log_warn("the engine did not take the disk floor", kv_err(&e));
        if (below)
            download_say_wait(t, d, "disk",
                              "The disk is full down to its reserve; downloading goes on when there is room.");
        else
            download_say_moves(t, d);
    }
}

/* Others write to this disk too: the floor is looked at while downloads run. */
static void look_at_floor(struct torrent_worker *t)
{
    int64_t room, now = clock_mono_ms();
    struct err e = ERR_INIT;
    if (now < t->floor_at)
        return;
    int64_t probe = config_int(CFG_WAIT_PROBE_MS);
    t->floor_at = now + (probe < 5000 ? probe : 5000);
    if (folder_free(t->root, &room, &e))
        log_error("the free disk space cannot be read", kv_err(&e));
    else
        below_floor(t, room <= 0);
}

static void take_events(struct torrent_worker *t, int timeout_ms)
{
    struct engine_event *events;
    struct err e = ERR_INIT;
    int n = engine_poll(t->engine, timeout_ms, t->turn, &events, &e);
    if (n < 0) {
        log_error("the torrent engine cannot be polled", kv_err(&e));
        clock_sleep_ms(timeout_ms);
        return;
    }
    for (int i = 0; i < n; i++) {
        struct download *d = events[i].key ? download_find(t, events[i].key) : NULL;
        if (d)
            download_event(t, d, &events[i]);
        else if (events[i].type == ENGINE_LISTEN_FAILED)
            log_error("a peer port cannot be had", kv_str("Error", events[i].text));
    }
}

static void take_hashes(struct torrent_worker *t)
{
    struct disk_result r;
    while (disk_next(t->disk, &r)) {
        struct download *d = download_find(t, r.job_id);
        if (!d || slot_lease(d->slot)->epoch != r.epoch)
            continue;
        if (r.failed) {
            d->failure = r.err;
            continue;
        }
        struct download_file *f = &d->files[r.file];
        encode_hex(r.sum.md5, DIGEST_MD5_SIZE, f->md5);
        encode_hex(r.sum.sha256, DIGEST_SHA256_SIZE, f->sha256);
        f->step = STEP_HASHED;
    }
}

void download_tick(struct worker *w, int timeout_ms)
{
    struct torrent_worker *t = worker_state(w);
    arena_reset(t->turn);
    take_events(t, timeout_ms);
    take_hashes(t);
    look_at_floor(t);
    for (struct download *d = t->downloads, *next; d; d = next) {
        next = d->next;
        log_context(NULL, slot_lease(d->slot)->job_id);
        trace_enter(slot_span(d->slot)->self);
        slot_alive(d->slot);
        download_turn(t, d);
    }
    log_context(NULL, 0);
    trace_enter((struct trace_context){0});
}

void download_drain(struct worker *w)
{
    enum { SAVE_MS = 5000 };
    struct torrent_worker *t = worker_state(w);
    for (struct download *d = t->downloads; d; d = d->next) {
        struct err e = ERR_INIT;
        d->draining = true;
        d->drain_until = clock_mono_ms() + SAVE_MS;
        d->resume_saved = !d->added;
        if (!d->added)
            continue;
        /* Pausing first lets the resume data say what is on disk at the end. */
        if (engine_pause(t->engine, slot_lease(d->slot)->job_id, &e) ||
            engine_save_resume(t->engine, slot_lease(d->slot)->job_id, &e)) {
            log_warn("resume data could not be asked for", kv_err(&e));
            d->resume_saved = true;
        }
    }
}
