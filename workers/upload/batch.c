/* What is done for several files at once, so that ten thousand small ones do not cost ten thousand commits each time. A
 * crash in between is what it always is: what is at the destination and not written is found there again. */
#include "base/clock.h"
#include "base/log.h"
#include "store/file_store.h"
#include "workers/upload/internal.h"

enum { END_MS = 50, END_COUNT = 32 }; /* verified files wait so long, or for so many, to be written */

int batch_open(struct run *r, const struct job_file *const *rows, int n, struct err *e)
{
    struct file_key keys[BATCH_MAX];
    int count = 0;
    for (int k = 0; k < n; k++) {
        struct item *i = item_open(r, rows[k]);
        if (item_prepare(r, i, e))
            return -1;
        if (i->step != ITEM_CLOSED)
            keys[count++] = (struct file_key){i->f.index, i->f.key};
    }
    if (count)
        UPLOAD_PERSIST(&r->u, e, file_uploading(r->u.db, r->u.scratch, r->u.lease, keys, count, e));
    return 0;
}

static int plan(struct run *r, struct item **items, struct upload_file *const *files, int n, struct err *e)
{
    if (!n)
        return 0;
    struct err all = ERR_INIT;
    int rc = r->driver->plan(&r->u, files, n, &all);
    for (int k = 0; k < n; k++) {
        const struct err *why = rc ? &all : &files[k]->alone;
        if (why->class == ERR_NONE)
            item_planned(r, items[k]);
        else if (item_failed(r, items[k], why, e))
            return -1;
    }
    return 0;
}

int batch_plan(struct run *r, struct err *e)
{
    struct item *items[BATCH_MAX];
    struct upload_file *files[BATCH_MAX];
    int64_t now = clock_mono_ms();
    int n = 0;
    for (struct item *i = r->items; i && n < BATCH_MAX; i = i->next) {
        if (i->step != ITEM_PLAN || i->running || i->not_before > now) /* a restart waits for the lanes */
            continue;
        i->f.pieces = NULL;
        i->f.piece_count = 0;
        err_clear(&i->f.alone);
        items[n] = i;
        files[n++] = &i->f;
    }
    return plan(r, items, files, n, e);
}

int64_t batch_due(const struct run *r)
{
    return r->verified ? r->verified_since + END_MS : INT64_MAX;
}

static int write(struct run *r, struct upload_file *const *files, int n, struct err *e)
{
    struct file_proof proofs[BATCH_MAX];
    for (int k = 0; k < n; k++)
        proofs[k] = (struct file_proof){files[k]->index, files[k]->remote_id, files[k]->etag, files[k]->verified_by};
    UPLOAD_PERSIST(&r->u, e, file_done(r->u.db, r->u.scratch, r->u.lease, proofs, n, e));
    if (r->driver->closed)
        UPLOAD_PERSIST(&r->u, e, r->driver->closed(&r->u, files, n, e));
    return 0;
}

static void close_item(struct run *r, struct item *i)
{
    const struct upload_file *f = &i->f;
    log_info("file uploaded", kv_str("FileName", f->path), kv_str("Key", f->key), kv_int("Bytes", f->size),
             kv_str("VerifiedBy", f->verified_by));
    i->step = ITEM_CLOSED;
    r->meter.acknowledged += f->size;
    r->verified--;
    r->done++;
    r->last_code[0] = '\0';
}

static int end_some(struct run *r, struct err *e)
{
    struct item *items[BATCH_MAX];
    struct upload_file *files[BATCH_MAX];
    int n = 0;
    for (struct item *i = r->items; i && n < BATCH_MAX; i = i->next)
        if (i->step == ITEM_VERIFIED) {
            items[n] = i;
            files[n++] = &i->f;
        }
    if (write(r, files, n, e))
        return -1;
    for (int k = 0; k < n; k++)
        close_item(r, items[k]);
    return 0;
}

int batch_end(struct run *r, bool all, struct err *e)
{
    bool due = all || r->verified >= END_COUNT || !lanes_busy(r->lanes) || clock_mono_ms() >= batch_due(r);
    while (r->verified && due)
        if (end_some(r, e))
            return -1;
    return 0;
}
