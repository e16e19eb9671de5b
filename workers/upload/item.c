/* One file on its way: the lanes begin it, send its pieces and finish it, each repeated as far as it is worth it. */
#include "base/clock.h"
#include "base/log.h"
#include "store/file_store.h"
#include "workers/upload/internal.h"
#include "workers/upload/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    RESTARTS_MAX = 3,
    PATH_MAX_BYTES = 8192,
    LANE_BYTES = 16 * 1024 * 1024 /* so much of a file that is not yet cut is taken for one lane's work */
};

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
    bool gone = source_gone(why); /* the job downloads again */
    if (!gone && (why->class == ERR_NOT_FOUND || why->class == ERR_CONFLICT)) {
        if (i->restarts++ < RESTARTS_MAX) {
            log_warn("the destination lost an upload; it begins again", kv_str("FileName", i->f.path), kv_err(why));
            i->step = ITEM_PLAN;
            i->tries = 0;
            return 0;
        }
        why->class = ERR_REMOTE; /* no reason to fail for good: later it may keep what it is given */
    }
    if (why->class == ERR_LIMIT)
        return postpone(r, i, why, e);
    if (!gone && why->class != ERR_LOST && why->class != ERR_STOPPED && why->class != ERR_UNAVAILABLE &&
        why->class != ERR_THROTTLED && why->class != ERR_LOGIN)
        return fail_file(r, i, why, e);
    *e = *why;
    return -1;
}

/* Is another try worth it after this failure number `tries`, and when. */
static bool again(struct run *r, int tries, int64_t *since, const struct err *why, int64_t *not_before)
{
    int64_t now = clock_mono_ms();
    if (tries == 1)
        *since = now;
    if (why->class == ERR_THROTTLED)
        endpoint_throttled(r->seat);
    if (!pace_patient(tries, now - *since, why, r->reached, now - r->last_good))
        return false;
    int64_t delay = pace_delay(tries, why, now - r->last_good);
    /* The first of a row is told; the other lanes have the same to say. */
    log_emit(r->trouble.class == ERR_NONE ? LOG_INFO : LOG_DEBUG, "will try again",
             (const struct kv[]){kv_int("DelayMs", delay), kv_int("Lanes", endpoint_share(r->seat)), kv_err(why)}, 3);
    r->trouble = *why;
    *not_before = now + delay;
    return true;
}

int item_failed(struct run *r, struct item *i, const struct err *why, struct err *e)
{
    struct err own = *why;
    return again(r, ++i->tries, &i->failing_since, why, &i->not_before) ? 0 : settle(r, i, &own, e);
}

struct item *item_open(struct run *r, const struct job_file *row)
{
    struct arena *a = arena_new(4096);
    struct item *i = ARENA_NEW(a, struct item);
    i->f = (struct upload_file){.index = row->index,
                                .size = row->size,
                                .path = arena_strdup(a, row->path),
                                .md5 = arena_strdup(a, row->md5),
                                .sha256 = arena_strdup(a, row->sha256),
                                .key = arena_strdup(a, row->remote_key),
                                .seen_before = row->state == FILE_UPLOADING,
                                .fd = -1,
                                .arena = a};
    *r->end = i;
    r->end = &i->next;
    return i;
}

static int find(struct run *r, struct item *i, struct err *e)
{
    const struct claim *c = r->u.claim;
    char path[PATH_MAX_BYTES];
    if (!job_remote_path(c->torrent_name, c->is_multi_file, i->f.path, path, sizeof path))
        return err_set(e, ERR_PERMANENT, "PathTooLong", "The path of the file is longer than %d bytes.",
                       PATH_MAX_BYTES);
    if (!i->f.key)
        i->f.key = r->driver->key(&r->u, i->f.arena, path);
    if (i->f.size == 0)
        return 0;
    i->f.fd = source_open(config_str(CFG_TORRENT_DOWNLOAD_PATH), c->lease.job_id, path, i->f.size, e);
    return i->f.fd < 0 ? -1 : 0;
}

int item_prepare(struct run *r, struct item *i, struct err *e)
{
    if (find(r, i, e) == 0)
        return 0;
    struct err why = *e;
    return source_gone(e) ? -1 : fail_file(r, i, &why, e);
}

static bool all_done(const struct item *i)
{
    for (int n = 0; n < i->f.piece_count; n++)
        if (i->f.pieces[n].state != PIECE_DONE)
            return false;
    return true;
}

/* False: no lane is free. */
static bool submit(struct run *r, struct item *i, enum lane_call call, struct upload_piece *p)
{
    if (!endpoint_take(r->seat))
        return false;
    i->running++;
    lanes_submit(r->lanes, call, &i->f, p);
    return true;
}

/* Hand pieces that are due to free lanes. */
static void send_pieces(struct run *r, struct item *i)
{
    bool in_order = r->driver->features & UPLOAD_IN_ORDER;
    int64_t now = clock_mono_ms();
    for (int n = 0; n < i->f.piece_count; n++) {
        struct upload_piece *p = &i->f.pieces[n];
        if (in_order && p->state != PIECE_DONE && (i->running || p->not_before > now))
            return;
        if (p->state == PIECE_TODO && p->not_before <= now && !submit(r, i, LANE_SEND, p))
            return;
    }
}

static void is_verified(struct run *r, struct item *i)
{
    i->step = ITEM_VERIFIED;
    if (!r->verified++)
        r->verified_since = clock_mono_ms();
}

void item_planned(struct run *r, struct item *i)
{
    bool begins = i->step == ITEM_PLAN && !i->f.pieces; /* its tries and plan()'s are one row */
    i->tries = begins ? i->tries : 0;
    if (i->f.verified_by)
        is_verified(r, i);
    else if (i->f.pieces)
        i->step = ITEM_SEND;
    else
        i->step = begins ? ITEM_BEGIN : ITEM_PLAN;
}

/* The lease is renewed right before what cannot be undone (design 4.2). */
static int submit_finish(struct run *r, struct item *i, struct err *e)
{
    if (!endpoint_take(r->seat))
        return 0;
    if (slot_check(r->u.slot, r->u.db, r->u.scratch, e)) {
        struct err why = *e;
        endpoint_give(r->seat);
        return item_failed(r, i, &why, e);
    }
    i->running++;
    lanes_submit(r->lanes, LANE_FINISH, &i->f, NULL);
    return 0;
}

int item_advance(struct run *r, struct item *i, struct err *e)
{
    if (clock_mono_ms() < i->not_before)
        return 0;
    if (i->step == ITEM_SEND) {
        send_pieces(r, i);
        if (all_done(i))
            i->step = ITEM_FINISH;
    }
    if (i->step == ITEM_BEGIN && !i->running)
        submit(r, i, LANE_BEGIN, NULL);
    return i->step == ITEM_FINISH && !i->running ? submit_finish(r, i, e) : 0;
}

/* Back from the lanes */

static int sent(struct run *r, struct item *i, struct upload_piece *p, bool moved, struct err *e)
{
    p->state = PIECE_DONE;
    p->tries = 0;
    if (moved) {
        r->meter.sent += p->length;
        transfer_moved(&r->transfer, p->length);
    }
    r->trouble.class = ERR_NONE;
    r->trouble_told = false;
    if (r->driver->sent)
        UPLOAD_PERSIST(&r->u, e, r->driver->sent(&r->u, &i->f, p, e));
    if (i->f.verified_by && i->step == ITEM_SEND)
        is_verified(r, i);
    return 0;
}

/* After a failure of either plan() looks again: what the journal holds counts, not what was being done. */
static int begun(struct run *r, struct item *i, const struct err *failure, struct err *e)
{
    struct err why = ERR_INIT;
    if (failure)
        why = *failure;
    else if (!r->driver->begun || r->driver->begun(&r->u, &i->f, &why) == 0) {
        item_planned(r, i);
        return 0;
    }
    i->step = ITEM_PLAN;
    return item_failed(r, i, &why, e);
}

static int finished(struct run *r, struct item *i)
{
    i->tries = 0;
    i->step = ITEM_SEND; /* the driver may have found that pieces are missing */
    if (i->f.verified_by)
        is_verified(r, i);
    return 0;
}

static int send_failed(struct run *r, struct item *i, struct upload_piece *p, const struct err *why, struct err *e)
{
    p->state = PIECE_TODO;
    if (i->step != ITEM_SEND) /* the file has failed or begins again: told by another piece already */
        return slot_stop(r->u.slot, e);
    struct err own = *why;
    return again(r, ++p->tries, &p->failing_since, why, &p->not_before) ? 0 : settle(r, i, &own, e);
}

static void was_good(struct run *r)
{
    r->reached = true;
    r->last_good = clock_mono_ms();
    endpoint_answered(r->seat);
}

int item_returned(struct run *r, const struct lane_work *w, struct err *e)
{
    struct item *i = (struct item *)w->file; /* its first member */
    struct err why = w->err;
    i->running--;
    endpoint_give(r->seat);
    if (!w->failed)
        was_good(r);
    if (w->failed && why.class == ERR_DISK && i->f.fd >= 0)
        source_check(i->f.fd, i->f.path, i->f.size, &why);
    bool moved = w->piece && __atomic_exchange_n(&w->piece->sent, 0, __ATOMIC_RELAXED) > 0;
    if (w->piece)
        return w->failed ? send_failed(r, i, w->piece, &why, e) : sent(r, i, w->piece, moved, e);
    if (w->call == LANE_BEGIN)
        return begun(r, i, w->failed ? &why : NULL, e);
    return w->failed ? item_failed(r, i, &why, e) : finished(r, i);
}

int64_t item_due(const struct item *i)
{
    if (i->step >= ITEM_VERIFIED || (i->step != ITEM_SEND && i->running))
        return INT64_MAX;
    if (i->step != ITEM_SEND)
        return i->not_before;
    int64_t due = INT64_MAX;
    for (int n = 0; n < i->f.piece_count; n++)
        if (i->f.pieces[n].state == PIECE_TODO && i->f.pieces[n].not_before < due)
            due = i->f.pieces[n].not_before;
    return due < i->not_before ? i->not_before : due;
}

int item_lanes(const struct run *r, int64_t size)
{
    if (r->driver->features & UPLOAD_IN_ORDER)
        return 1;
    return size / LANE_BYTES < BATCH_MAX ? 1 + (int)(size / LANE_BYTES) : BATCH_MAX;
}

int item_wanted(const struct run *r, const struct item *i)
{
    int64_t now = clock_mono_ms();
    int n = 0;
    if (i->step >= ITEM_VERIFIED || i->not_before > now)
        return 0;
    if (i->step == ITEM_FINISH)
        return 1;
    if (i->step != ITEM_SEND)
        return item_lanes(r, i->f.size);
    for (int k = 0; k < i->f.piece_count; k++)
        n += i->f.pieces[k].state != PIECE_DONE && i->f.pieces[k].not_before <= now;
    return n;
}

int64_t item_acknowledged(const struct item *i)
{
    int64_t bytes = 0;
    if (i->step >= ITEM_VERIFIED)
        return i->step == ITEM_VERIFIED ? i->f.size : 0;
    for (int n = 0; n < i->f.piece_count; n++)
        bytes += i->f.pieces[n].state == PIECE_DONE ? i->f.pieces[n].length
                                                    : __atomic_load_n(&i->f.pieces[n].acknowledged, __ATOMIC_RELAXED);
    return bytes;
}

int64_t item_running(const struct item *i)
{
    int64_t bytes = 0;
    for (int n = 0; n < i->f.piece_count; n++)
        if (i->f.pieces[n].state == PIECE_RUNNING)
            bytes += __atomic_load_n(&i->f.pieces[n].acknowledged, __ATOMIC_RELAXED) +
                     __atomic_load_n(&i->f.pieces[n].sent, __ATOMIC_RELAXED);
    return bytes;
}
