#include "workers/upload/upload.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "workers/upload/internal.h"
#include "workers/upload/source.h"

#include <stdlib.h>
#include <string.h>

enum {
    TURN_MS = 200,     /* longest wait of one turn: stop flags are looked at between two */
    LOOK_MS = 500,     /* how often job_files is read while more may become ready … */
    LOOK_FILES = 10,   /* … and one more ms for so many files */
    LINGER_MS = 5000,  /* how long to stay for the next file of a running download */
    OPEN_PER_LANE = 4, /* files, when most of them pause after a refusal */
    DB_PAUSE_MS = 300
};

bool upload_should_stop(void *arg)
{
    struct upload *u = arg;
    return atomic_load(&u->ending) || slot_should_stop(u->slot);
}

bool upload_patience(struct upload *u, struct err *e)
{
    struct err stop = ERR_INIT;
    if (e->class == ERR_LOST)
        slot_lost(u->slot);
    if (e->class != ERR_UNAVAILABLE)
        return false;
    if (slot_stop(u->slot, &stop)) {
        *e = stop;
        return false;
    }
    slot_alive(u->slot); /* the loop does move; whether the lease still holds is the heartbeat's business */
    clock_sleep_ms(DB_PAUSE_MS);
    return true;
}

static int larger_first(const void *a, const void *b)
{
    const struct job_file *x = *(struct job_file *const *)a, *y = *(struct job_file *const *)b;
    return x->size != y->size ? (x->size < y->size ? 1 : -1) : x->index - y->index;
}

/*
 * In which order. A provider that takes a file's bytes one after the other (Drive) gets the large ones first: the last
 * one would else be sent alone on one lane; and a day's limit refuses files that begin, not one that has begun. Where
 * all lanes can send parts of one file, the torrent's order will do.
 */
static void put_in_order(struct run *r)
{
    r->order = ARENA_ARRAY(r->rows_arena, (size_t)r->row_count, struct job_file *);
    for (int n = 0; n < r->row_count; n++)
        r->order[n] = &r->rows[n];
    if (r->driver->features & UPLOAD_IN_ORDER)
        /* Pointers are sorted. NOLINTNEXTLINE(bugprone-sizeof-expression) */
        qsort(r->order, (size_t)r->row_count, sizeof *r->order, larger_first);
}

static int load(struct run *r, struct err *e)
{
    struct job_phase_row phases[2];
    if (batch_end(r, true, e)) /* what is done is then surely in the rows */
        return -1;
    arena_reset(r->rows_arena);
    /* The phase first: what was ready when the download ended is then surely among the files. */
    UPLOAD_PERSIST(&r->u, e, job_phases(r->u.db, r->rows_arena, r->u.lease->job_id, phases, e));
    UPLOAD_PERSIST(&r->u, e, job_files(r->u.db, r->rows_arena, r->u.lease->job_id, &r->rows, &r->row_count, e));
    r->download_done = phases[PHASE_DOWNLOAD].state == PHASE_DONE;
    if (!r->taken)
        r->taken = ARENA_ARRAY(r->u.arena, (size_t)r->row_count, bool);
    put_in_order(r);
    r->cursor = 0;
    r->look_at = clock_mono_ms() + LOOK_MS + r->row_count / LOOK_FILES;
    r->meter.acknowledged = 0;
    for (int n = 0; n < r->row_count; n++)
        if (r->rows[n].state == FILE_DONE)
            r->meter.acknowledged += r->rows[n].size;
    return 0;
}

/* The next file that is ready and that this run has not had yet. */
static const struct job_file *next_ready(struct run *r)
{
    for (; r->cursor < r->row_count; r->cursor++) {
        const struct job_file *row = r->order[r->cursor];
        bool *taken = &r->taken[row - r->rows];
        if (*taken || (row->state != FILE_READY && row->state != FILE_UPLOADING))
            continue;
        *taken = true;
        return row;
    }
    return NULL;
}

/* Open files until the lanes have enough to do, several at once: when half of what there should be is left. */
static int admit(struct run *r, struct err *e)
{
    const struct job_file *rows[BATCH_MAX];
    int lanes = endpoint_share(r->seat), wanted = 0, open = 0, n = 0;
    for (const struct item *i = r->items; i; i = i->next, open++)
        wanted += item_wanted(r, i);
    if (wanted > lanes || open > OPEN_PER_LANE * lanes || r->limit.class != ERR_NONE)
        return 0;
    if (r->cursor == r->row_count && !r->download_done && clock_mono_ms() >= r->look_at && load(r, e))
        return -1;
    while (wanted < 2 * lanes && n < BATCH_MAX && (rows[n] = next_ready(r)))
        wanted += item_lanes(r, rows[n++]->size);
    return batch_open(r, rows, n, e);
}

/* Let every open file go on; returns by *due when the next one can. */
static int advance(struct run *r, int64_t *due, struct err *e)
{
    *due = batch_due(r);
    for (struct item *i = r->items; i; i = i->next) {
        if (item_advance(r, i, e))
            return -1;
        if (item_due(i) < *due)
            *due = item_due(i);
    }
    return 0;
}

/* Let go of what is closed. */
static void sweep(struct run *r)
{
    struct item **link = &r->items;
    while (*link) {
        struct item *i = *link;
        if (i->step != ITEM_CLOSED || i->running) {
            link = &i->next;
            continue;
        }
        *link = i->next;
        if (i->gives_up && r->driver->give_up)
            r->driver->give_up(&r->u, &i->f);
        item_free(i);
    }
    r->end = link;
}

/* Take back what the lanes have finished; waits for the first. */
static int collect(struct run *r, int64_t due, struct err *e)
{
    struct lane_work w;
    int64_t wait = due - clock_mono_ms();
    int busy = lanes_busy(r->lanes);
    if (busy > r->most_lanes)
        r->most_lanes = busy;
    if (wait <= 0 && !busy)
        return 0;
    if (wait <= 0 || wait > TURN_MS) /* what is due but was not submitted waits for a lane */
        wait = TURN_MS;
    for (int ms = (int)wait; lanes_next(r->lanes, ms, &w); ms = 0)
        if (item_returned(r, &w, e))
            return -1;
    return 0;
}

/* Nothing is open and nothing ready: is there more to come, or is this run over. */
static bool is_over(struct run *r)
{
    int64_t now = clock_mono_ms();
    if (!r->idle_since)
        r->idle_since = now;
    if (r->download_done || r->failed || r->limit.class != ERR_NONE || now - r->idle_since > LINGER_MS)
        return true;
    clock_sleep_ms(TURN_MS);
    return false;
}

static int work(struct run *r, struct err *e)
{
    for (;;) {
        int64_t due;
        slot_alive(r->u.slot);
        arena_reset(r->u.scratch);
        if (slot_stop(r->u.slot, e) || admit(r, e) || batch_plan(r, e) || advance(r, &due, e) || batch_end(r, false, e))
            return -1;
        sweep(r);
        if (r->items) {
            r->idle_since = 0;
            if (collect(r, due, e) || progress_tick(r, false, e))
                return -1;
        } else if ((r->cursor == r->row_count || r->limit.class != ERR_NONE) && is_over(r)) {
            return progress_tick(r, true, e);
        }
    }
}

/* The outcome */

static const char *summary(struct run *r)
{
    struct buf b = BUF_INIT(1024);
    struct jsonw w = jsonw_to(&b);
    int64_t hours = config_hours(CFG_KEEP_LOCAL);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "provider", provider_name(r->driver->provider));
    jsonw_int(&w, "files", r->done);
    jsonw_int(&w, "totalBytes", r->u.claim->total_bytes);
    jsonw_int(&w, "sentBytes", r->meter.sent);
    jsonw_int(&w, "seconds", (clock_mono_ms() - r->started_at) / 1000);
    if (hours)
        jsonw_str(&w, "localFiles", hours < 0 ? "kept" : arena_printf(r->u.arena, "kept for %lld h", (long long)hours));
    jsonw_end(&w);
    const char *text = arena_strdup(r->u.arena, buf_str(&b));
    buf_free(&b);
    return text;
}

static int write_finish(struct run *r, struct err *e)
{
    bool completed;
    const char *metadata = summary(r);
    UPLOAD_PERSIST(&r->u, e, phase_finish(r->u.db, r->u.scratch, r->u.lease, metadata, &completed, e));
    log_info(completed ? "job completed" : "uploaded what is ready", kv_int("Files", r->done),
             kv_int("SentBytes", r->meter.sent), kv_int("MostLanes", r->most_lanes));
    if (completed) {
        slot_ended(r->u.slot, "done");
        transfer_end(&r->transfer);
    }
    worker_publish_job(slot_worker(r->u.slot), r->u.db, r->u.scratch, r->u.claim);
    return 0;
}

static int write_redownload(struct run *r, const char *sentence, struct err *e)
{
    UPLOAD_PERSIST(&r->u, e, phase_redownload(r->u.db, r->u.scratch, r->u.lease, sentence, e));
    worker_publish_job(slot_worker(r->u.slot), r->u.db, r->u.scratch, r->u.claim);
    return 0;
}

/* What arrived since the last tick may be what gives the attempts back (phase_failed). */
static void write_last_progress(struct run *r, struct err *why)
{
    struct err e = ERR_INIT;
    bool began = r->taken && err_class_info(why->class)->retry != RETRY_DROP;
    if (began && (batch_end(r, true, &e) || progress_tick(r, true, &e)) && e.class == ERR_LOST)
        *why = e;
}

static void conclude(struct run *r, int rc, struct err *why)
{
    if (rc == 0 && r->failed) {
        *why = r->failure;
        rc = -1;
    }
    if (rc == 0 && r->limit.class != ERR_NONE) {
        *why = r->limit;
        rc = -1;
    }
    if (rc && why->class == ERR_STOPPED)
        slot_stop(r->u.slot, why); /* a cut request cannot tell a drain from a lost lease */
    if (rc == 0) {
        rc = write_finish(r, why);
    } else if (source_gone(why)) {
        char sentence[sizeof why->msg];
        memcpy(sentence, why->msg, sizeof sentence);
        rc = write_redownload(r, sentence, why);
    }
    if (rc) {
        write_last_progress(r, why);
        slot_conclude(r->u.slot, r->u.db, r->u.scratch, why);
    }
}

static const char *endpoint_name(struct run *r)
{
    if (r->driver->endpoint)
        return r->driver->endpoint(&r->u);
    return arena_printf(r->u.arena, "%lld", (long long)r->u.claim->profile_id);
}

void upload_run(struct slot *s, struct db *db, struct arena *a, const struct upload_driver *driver, int lanes)
{
    struct err e = ERR_INIT;
    struct run r = {
        .u = {.slot = s, .claim = slot_claim(s), .lease = slot_lease(s), .db = db, .arena = a, .scratch = arena_new(0)},
        .driver = driver,
        .rows_arena = arena_new(0),
        .started_at = clock_mono_ms(),
        .transfer = transfer_begin(PHASE_UPLOAD, slot_claim(s)->provider),
    };
    r.meter.last_at = r.meter.db_at = r.last_good = r.started_at;
    r.end = &r.items;
    int rc = driver->connect(&r.u, &e);
    if (rc == 0) {
        r.seat = endpoint_sit(endpoint_name(&r), lanes);
        r.lanes = lanes_new(&r.u, driver, lanes);
        rc = load(&r, &e) || work(&r, &e) ? -1 : 0;
    }
    atomic_store(&r.u.ending, true);
    lanes_free(r.lanes);
    conclude(&r, rc, &e);
    driver->disconnect(&r.u);
    endpoint_leave(r.seat);
    for (struct item *i = r.items, *next; i; i = next) {
        next = i->next;
        item_free(i);
    }
    arena_free(r.rows_arena);
    arena_free(r.u.scratch);
}
