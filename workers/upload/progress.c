/* What people see of a running upload: bytes that the destination has acknowledged, and the speed of those in flight.
 */
#include "base/clock.h"
#include "store/file_store.h"
#include "workers/upload/internal.h"

#include <stdio.h>

enum { MEASURE_MS = 1000, TROUBLE_MS = 5000 };

/* A destination that forgets half a file does not turn the bar back: it stands until that has been sent again. */
static int64_t acknowledged(struct run *r)
{
    int64_t bytes = r->meter.acknowledged;
    for (const struct item *i = r->items; i; i = i->next)
        bytes += item_acknowledged(i);
    if (bytes > r->meter.shown)
        r->meter.shown = bytes;
    return r->meter.shown;
}

/* Bytes that this run has handed to the network, as it stands; less after a failed send. */
static int64_t handed(struct run *r)
{
    struct meter *m = &r->meter;
    int64_t sent = m->sent;
    for (const struct item *i = r->items; i; i = i->next)
        sent += item_running(i);
    endpoint_moved(r->seat, sent > m->told ? sent - m->told : 0);
    m->told = sent;
    return sent;
}

/* Smoothed over about five seconds. */
static void measure(struct run *r, int64_t sent, int64_t now)
{
    struct meter *m = &r->meter;
    double moved = sent > m->last_sent ? (double)(sent - m->last_sent) : 0;
    double speed = moved * 1000 / (double)(now - m->last_at);
    m->speed = m->speed > 0 ? m->speed + (speed - m->speed) / 5 : speed;
    m->last_sent = sent;
    m->last_at = now;
}

static int write_files(struct run *r, struct err *e)
{
    for (struct item *i = r->items; i; i = i->next) {
        int64_t bytes = item_acknowledged(i);
        if (i->step >= ITEM_VERIFIED || bytes <= i->told)
            continue;
        UPLOAD_PERSIST(&r->u, e, file_sent(r->u.db, r->u.scratch, r->u.lease, i->f.index, bytes, e));
        i->told = bytes;
    }
    return 0;
}

/* Every wait has a reason (design 4.10), also one within an attempt. An endpoint that cannot be reached is not told
 * here: it soon ends the attempt, and the phase then waits with that reason. */
static int tell_trouble(struct run *r, int64_t now, struct err *e)
{
    enum err_class class = r->trouble.class;
    bool told = class == ERR_NONE || class == ERR_UNAVAILABLE || r->trouble_told;
    if (told || now - r->last_good < TROUBLE_MS)
        return 0;
    r->trouble_told = true;
    const char *code = class == ERR_THROTTLED ? "quota" : "endpoint";
    UPLOAD_PERSIST(&r->u, e, phase_say(r->u.db, r->u.scratch, r->u.lease, NULL, code, r->trouble.msg, e));
    worker_publish_job(slot_worker(r->u.slot), r->u.db, r->u.scratch, r->u.claim);
    return 0;
}

int progress_tick(struct run *r, bool force, struct err *e)
{
    struct meter *m = &r->meter;
    int64_t now = clock_mono_ms(), bytes = acknowledged(r), total = r->u.claim->total_bytes;
    int64_t sent = handed(r);
    if (now - m->last_at >= MEASURE_MS)
        measure(r, sent, now);
    char words[32];
    snprintf(words, sizeof words, "Uploading: %.1f%%", job_percent(bytes, total));
    int64_t speed = (int64_t)m->speed;
    int64_t eta = r->download_done && speed > 0 && total >= bytes ? (total - bytes) / speed : -1;
    struct live live = {.bytes_downloaded = -1,
                        .bytes_uploaded = bytes,
                        .download_speed = -1,
                        .upload_speed = speed,
                        .eta_seconds = eta,
                        .peers = -1,
                        .seeds = -1,
                        .current_state = r->download_done ? words : NULL};
    worker_publish(slot_worker(r->u.slot), r->u.claim, &live);
    if (tell_trouble(r, now, e))
        return -1;
    if (!force && now - m->db_at < config_int(CFG_PROGRESS_DB_MS))
        return 0;
    m->db_at = now;
    struct progress p = {.bytes = bytes, .speed = speed, .eta_seconds = eta, .current_state = words};
    UPLOAD_PERSIST(&r->u, e, phase_progress(r->u.db, r->u.scratch, r->u.lease, &p, e));
    return write_files(r, e);
}
