/* One file on its way: begin → send its pieces → finish, each repeated as far as it is worth it. */
#include "base/clock.h"
#include "base/log.h"
#include "store/file_store.h"
#include "workers/upload/internal.h"
#include "workers/upload/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RESTARTS_MAX = 3, PATH_MAX_BYTES = 8192 };

void item_free(struct item *i)
{
    if (!i)
        return;
    if (i->f.fd >= 0)
        close(i->f.fd);
    arena_free(i->f.arena);
}

/* A failure that is about the destination and not about this file hits the next one too: two in a row with one code end
 * the run, so that ten thousand files are not tried with a wrong key. */
static int fail_file(struct run *r, struct item *i, const struct err *why, struct err *e)
{
    log_warn("file not uploaded", kv_str("FileName", i->f.path), kv_err(why));
    i->gives_up = err_class_info(why->class)->retry == RETRY_NEVER || strcmp(why->code, "ChecksumMismatch") == 0;
    UPLOAD_PERSIST(&r->u, e, file_failed(r->u.db, r->u.scratch, r->u.lease, i->f.index, why->msg, e));
    i->step = ITEM_CLOSED;
    if (!r->failed++)
        r->failure = *why;
    bool again = strcmp(r->last_code, why->code) == 0;
    snprintf(r->last_code, sizeof r->last_code, "%s", why->code);
    if (again)
        *e = *why;
    return again ? -1 : 0;
}

static int end_file(struct run *r, struct item *i, struct err *e)
{
    struct upload_file *f = &i->f;
    UPLOAD_PERSIST(&r->u, e,
                   file_done(r->u.db, r->u.scratch, r->u.lease, f->index, f->remote_id, f->etag, f->verified_by, e));
    if (r->driver->closed)
        UPLOAD_PERSIST(&r->u, e, r->driver->closed(&r->u, f, e));
    log_info("file uploaded", kv_str("FileName", f->path), kv_str("Key", f->key), kv_int("Bytes", f->size),
             kv_str("VerifiedBy", f->verified_by));
    i->step = ITEM_CLOSED;
    r->meter.acknowledged += f->size;
    r->done++;
    r->last_code[0] = '\0';
    return progress_tick(r, false, e);
}

/* Full, or the day is used up: the file stays as ready as it was, and the phase waits once the others are through. */
static int postpone(struct run *r, struct item *i, const struct err *why, struct err *e)
{
    log_info("file postponed", kv_str("FileName", i->f.path), kv_err(why));
    UPLOAD_PERSIST(&r->u, e, file_failed(r->u.db, r->u.scratch, r->u.lease, i->f.index, why->msg, e));
    i->step = ITEM_CLOSED;
    if (r->limit.class == ERR_NONE)
        r->limit = *why;
    return 0;
}

/* No further try of this step: the run ends, the file begins again, or it fails alone. `why` is not e. */
static int settle(struct run *r, struct item *i, struct err *why, struct err *e)
{
    if (why->class == ERR_NOT_FOUND || why->class == ERR_CONFLICT) {
        if (i->restarts++ < RESTARTS_MAX) {
            log_warn("the destination lost an upload; it begins again", kv_str("FileName", i->f.path), kv_err(why));
            i->step = ITEM_BEGIN;
            i->tries = 0;
            return 0;
        }
        why->class = ERR_REMOTE; /* no reason to fail for good: later it may keep what it is given */
    }
    if (why->class == ERR_LIMIT)
        return postpone(r, i, why, e);
    if (why->class != ERR_LOST && why->class != ERR_STOPPED && why->class != ERR_UNAVAILABLE &&
        why->class != ERR_THROTTLED && why->class != ERR_LOGIN)
        return fail_file(r, i, why, e);
    *e = *why;
    return -1;
}

/* Is another try worth it after this failure number `tries`, and when. */
static bool again(struct run *r, int tries, const struct err *why, int64_t *not_before)
{
    if (why->class == ERR_THROTTLED)
        pace_throttled(&r->pace);
    if (!pace_patient(&r->pace, tries, why))
        return false;
    int64_t delay = pace_delay(tries, why);
    /* The first of a row is told; the other lanes have the same to say. */
    log_emit(r->trouble.class == ERR_NONE ? LOG_INFO : LOG_DEBUG, "will try again",
             (const struct kv[]){kv_int("DelayMs", delay), kv_int("Lanes", r->pace.allowed), kv_err(why)}, 3);
    r->trouble = *why;
    *not_before = clock_mono_ms() + delay;
    return true;
}

static int step_failed(struct run *r, struct item *i, struct err *e)
{
    struct err why = *e;
    return again(r, ++i->tries, &why, &i->not_before) ? 0 : settle(r, i, &why, e);
}

static struct item *make(const struct job_file *row)
{
    struct arena *a = arena_new(4096);
    struct item *i = ARENA_NEW(a, struct item);
    i->f = (struct upload_file){.index = row->index,
                                .size = row->size,
                                .path = arena_strdup(a, row->path),
                                .md5 = arena_strdup(a, row->md5),
                                .sha256 = arena_strdup(a, row->sha256),
                                .seen_before = row->state == FILE_UPLOADING,
                                .fd = -1,
                                .arena = a};
    return i;
}

/* The remote name, unless the file has one already, and the local bytes. */
static int prepare(struct run *r, struct item *i, const char *remote_key, struct err *e)
{
    const struct claim *c = r->u.claim;
    char path[PATH_MAX_BYTES];
    if (!job_remote_path(c->torrent_name, c->is_multi_file, i->f.path, path, sizeof path))
        return err_set(e, ERR_PERMANENT, "PathTooLong", "The path of the file is longer than %d bytes.",
                       PATH_MAX_BYTES);
    i->f.key = remote_key ? arena_strdup(i->f.arena, remote_key) : r->driver->key(&r->u, i->f.arena, path);
    if (i->f.size == 0)
        return 0;
    i->f.fd = source_open(config_str(CFG_TORRENT_DOWNLOAD_PATH), c->lease.job_id, path, i->f.size, e);
    return i->f.fd < 0 ? -1 : 0;
}

int item_open(struct run *r, const struct job_file *row, struct err *e)
{
    struct item *i = make(row);
    i->next = r->items;
    r->items = i;
    if (prepare(r, i, row->remote_key, e)) {
        if (e->class == ERR_NOT_FOUND)
            return -1; /* the local bytes are gone: the job downloads again */
        struct err why = *e;
        return fail_file(r, i, &why, e);
    }
    UPLOAD_PERSIST(&r->u, e, file_uploading(r->u.db, r->u.scratch, r->u.lease, i->f.index, i->f.key, e));
    return 0;
}

static bool all_done(const struct item *i)
{
    for (int n = 0; n < i->f.piece_count; n++)
        if (i->f.pieces[n].state != PIECE_DONE)
            return false;
    return true;
}

/* Hand pieces that are due to free lanes. */
static void submit(struct run *r, struct item *i)
{
    bool in_order = r->driver->features & UPLOAD_IN_ORDER;
    int64_t now = clock_mono_ms();
    for (int n = 0; n < i->f.piece_count && lanes_busy(r->lanes) < r->pace.allowed; n++) {
        struct upload_piece *p = &i->f.pieces[n];
        if (in_order && p->state != PIECE_DONE && (i->running || p->not_before > now))
            return;
        if (p->state != PIECE_TODO || p->not_before > now)
            continue;
        i->running++;
        lanes_submit(r->lanes, &i->f, p);
    }
}

static int begin(struct run *r, struct item *i, struct err *e)
{
    if (i->running) /* a restart waits for the lanes */
        return 0;
    if (r->driver->begin(&r->u, &i->f, e))
        return step_failed(r, i, e);
    i->tries = 0;
    i->step = ITEM_SEND;
    return i->f.verified_by ? end_file(r, i, e) : 0;
}

static int finish(struct run *r, struct item *i, struct err *e)
{
    /* Renewed right before what cannot be undone (design 4.2). */
    if (slot_check(r->u.slot, r->u.db, r->u.scratch, e) || r->driver->finish(&r->u, &i->f, e))
        return step_failed(r, i, e);
    i->tries = 0;
    i->step = ITEM_SEND; /* the driver may have found that pieces are missing */
    return i->f.verified_by ? end_file(r, i, e) : 0;
}

int item_advance(struct run *r, struct item *i, struct err *e)
{
    if (clock_mono_ms() < i->not_before)
        return 0;
    if (i->step == ITEM_BEGIN && begin(r, i, e))
        return -1;
    if (i->step == ITEM_SEND) {
        submit(r, i);
        if (all_done(i))
            i->step = ITEM_FINISH;
    }
    return i->step == ITEM_FINISH && !i->running ? finish(r, i, e) : 0;
}

int item_returned(struct run *r, struct item *i, struct upload_piece *p, struct err *e)
{
    i->running--;
    __atomic_store_n(&p->sent, 0, __ATOMIC_RELAXED);
    if (!p->failed) {
        p->state = PIECE_DONE;
        p->tries = 0;
        r->meter.sent += p->length;
        transfer_moved(&r->transfer, p->length);
        pace_good(&r->pace);
        r->trouble.class = ERR_NONE;
        r->trouble_told = false;
        if (r->driver->sent)
            UPLOAD_PERSIST(&r->u, e, r->driver->sent(&r->u, &i->f, p, e));
        return 0;
    }
    p->state = PIECE_TODO;
    if (i->step != ITEM_SEND) /* the file has failed or begins again: told by another piece already */
        return slot_stop(r->u.slot, e);
    struct err why = p->err;
    return again(r, ++p->tries, &why, &p->not_before) ? 0 : settle(r, i, &why, e);
}

int64_t item_due(const struct item *i)
{
    if (i->step == ITEM_CLOSED || (i->step != ITEM_SEND && i->running))
        return INT64_MAX;
    if (i->step != ITEM_SEND)
        return i->not_before;
    int64_t due = INT64_MAX;
    for (int n = 0; n < i->f.piece_count; n++)
        if (i->f.pieces[n].state == PIECE_TODO && i->f.pieces[n].not_before < due)
            due = i->f.pieces[n].not_before;
    return due < i->not_before ? i->not_before : due;
}

int item_wanted(const struct item *i)
{
    int n = 0;
    if (i->step != ITEM_SEND)
        return i->step != ITEM_CLOSED;
    for (int k = 0; k < i->f.piece_count; k++)
        n += i->f.pieces[k].state != PIECE_DONE;
    return n;
}

int64_t item_acknowledged(const struct item *i)
{
    int64_t bytes = 0;
    for (int n = 0; i->step != ITEM_CLOSED && n < i->f.piece_count; n++)
        if (i->f.pieces[n].state == PIECE_DONE)
            bytes += i->f.pieces[n].length;
    return bytes;
}

int64_t item_running(const struct item *i)
{
    int64_t bytes = 0;
    for (int n = 0; n < i->f.piece_count; n++)
        if (i->f.pieces[n].state == PIECE_RUNNING)
            bytes += __atomic_load_n(&i->f.pieces[n].sent, __ATOMIC_RELAXED);
    return bytes;
}
