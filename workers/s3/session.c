/* The multipart upload of one file and its journal. */
#include "base/log.h"
#include "store/upload_store.h"
#include "workers/s3/driver.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Looking at what is there */

static const char **part_md5s(struct arena *a, const struct upload_file *f)
{
    const char **md5s = ARENA_ARRAY(a, (size_t)f->piece_count, const char *);
    for (int n = 0; n < f->piece_count; n++)
        md5s[n] = f->pieces[n].md5;
    return md5s;
}

/* Has the server told the md5 of every part. */
static bool parts_tell_md5(const struct upload_file *f)
{
    for (int n = 0; n < f->piece_count; n++)
        if (strcasecmp(f->pieces[n].etag, f->pieces[n].md5) != 0)
            return false;
    return true;
}

static void verified(struct upload_file *f, const struct s3_etag *etag, const char *by)
{
    f->etag = arena_strdup(f->arena, etag->text);
    f->verified_by = by;
}

/* HEAD. 1: our object, 0: none or another's, -1: not known. */
static int look(struct upload *u, const struct upload_file *f, struct s3_object *o, struct err *e)
{
    struct driver *d = u->state;
    if (s3_api_head(d->api, u->scratch, f->key, o, e))
        return e->class == ERR_NOT_FOUND ? 0 : -1;
    return driver_is_ours(f, o);
}

/* The upload is gone at the server: close its row. */
static int forget(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    if (upload_session_closed(u->db, u->scratch, u->lease, df->session, SESSION_ABORTED, e))
        return -1;
    df->session = 0;
    df->upload_id = NULL;
    return 0;
}

/* What is there is not what was sent: it goes, and the file begins again, once. */
static int refuse(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    if (slot_check(u->slot, u->db, u->scratch, e) || s3_api_delete(d->api, f->key, e) || forget(u, f, e))
        return -1;
    return err_set(e, df->mismatches++ ? ERR_PERMANENT : ERR_CONFLICT, "ChecksumMismatch",
                   "The destination stored other bytes than were sent.");
}

/* The object is complete under this ETag: compare. 0 with verified_by, or -1. */
static int verify(struct upload *u, struct upload_file *f, const struct s3_etag *etag, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    struct s3_object o;
    enum s3_etag_match match = s3_etag_multipart(etag, part_md5s(u->scratch, f), f->piece_count);
    if (match == S3_ETAG_EQUAL) {
        verified(f, etag, "etag-multipart");
        return 0;
    }
    bool by_parts = parts_tell_md5(f);
    /* Once may be damage, and is sent again. Twice, while the server confirmed every part: its formula is its own. */
    if (match == S3_ETAG_DIFFERS && !(by_parts && (d->own_formula || df->mismatches > 0)))
        return refuse(u, f, e);
    d->own_formula = d->own_formula || match == S3_ETAG_DIFFERS;
    int ours = look(u, f, &o, e);
    if (ours == 0)
        return err_set(e, ERR_REMOTE, "ObjectDiffers", "The object at the destination is not what was sent.");
    if (ours > 0)
        verified(f, etag, by_parts ? "part-etags" : "content-md5");
    return ours > 0 ? 0 : -1;
}

/* Begin */

static void make_pieces(struct upload_file *f)
{
    const struct driver_file *df = f->state;
    f->piece_count = df->plan.parts;
    f->pieces = ARENA_ARRAY(f->arena, (size_t)f->piece_count, struct upload_piece);
    for (int n = 1; n <= f->piece_count; n++)
        f->pieces[n - 1] = (struct upload_piece){
            .number = n, .offset = s3_plan_offset(&df->plan, n), .length = s3_plan_length(&df->plan, n)};
}

static int create(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    if (s3_plan_make(f->size, config_int(CFG_S3_PART_BYTES), d->dest.limits, &df->plan, e))
        return -1;
    /* The row comes first: whatever exists at the destination, something here knows of it (design 4.3). */
    struct upload_session s = {.profile_id = u->claim->profile_id,
                               .file_index = f->index,
                               .remote_key = f->key,
                               .part_size = df->plan.part_bytes,
                               .part_count = df->plan.parts};
    if (upload_session_create(u->db, u->scratch, u->lease, PROVIDER_S3, &s, e))
        return -1;
    df->session = s.id;
    df->upload_id = s3_api_create(d->api, f->arena, f->key, &df->owner, e);
    if (!df->upload_id || upload_session_opened(u->db, u->scratch, u->lease, s.id, df->upload_id, e))
        return -1; /* the next try finds a session in state init */
    make_pieces(f);
    log_info("multipart upload begun", kv_str("Key", f->key), kv_int("Parts", df->plan.parts),
             kv_int("PartBytes", df->plan.part_bytes));
    return 0;
}

/* The upload id was never stored: whatever is open under our key is nobody's. Keys that may not list must not stop the
 * upload for it. */
static int abort_unnamed(struct upload *u, const char *key, struct err *e)
{
    struct driver *d = u->state;
    if (dest_abort_key(d->api, u->scratch, key, e) == 0)
        return 0;
    if (e->class != ERR_PERMANENT && e->class != ERR_NOT_FOUND)
        return -1;
    log_warn("open uploads cannot be listed; one may be left at the destination", kv_str("Key", key), kv_err(e));
    return 0;
}

int session_drop(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    if (slot_check(u->slot, u->db, u->scratch, e))
        return -1;
    if (df->upload_id ? s3_api_abort(d->api, f->key, df->upload_id, e) : abort_unnamed(u, f->key, e))
        return -1;
    return forget(u, f, e);
}

/* Journal and server agree on a part: done. Only the server's list is believed about what is there; only the journal
 * knows the md5 of what we sent. */
static int take_over_parts(struct upload *u, struct upload_file *f, const struct upload_part *journal, int journalled,
                           const struct s3_part *listed, int listed_count, struct err *e)
{
    const struct driver_file *df = f->state;
    int at = 0, kept = 0;
    for (int i = 0; i < journalled; i++) {
        const struct upload_part *j = &journal[i];
        while (at < listed_count && listed[at].number < j->number)
            at++;
        struct upload_piece *p = j->number <= f->piece_count ? &f->pieces[j->number - 1] : NULL;
        bool there = at < listed_count && listed[at].number == j->number && strcasecmp(listed[at].etag, j->etag) == 0 &&
                     listed[at].size == j->size;
        if (!p || !there || j->size != p->length) {
            if (upload_part_lost(u->db, u->scratch, u->lease, df->session, j->number, e))
                return -1;
            continue;
        }
        snprintf(p->md5, sizeof p->md5, "%s", j->md5);
        snprintf(p->etag, sizeof p->etag, "%s", j->etag);
        p->state = PIECE_DONE;
        kept++;
    }
    log_info("multipart upload resumed", kv_str("Key", f->key), kv_int("Parts", f->piece_count),
             kv_int("PartsKept", kept), kv_int("PartsListed", listed_count));
    return 0;
}

/* The object may be complete: all parts were acknowledged, or the upload is no longer known. Then the journal has the
 * md5s to compare it with. */
static int settle(struct upload *u, struct upload_file *f, const struct upload_part *journal, int journalled,
                  struct err *e)
{
    struct s3_object o;
    int ours = journalled == f->piece_count ? look(u, f, &o, e) : 0;
    if (ours <= 0)
        return ours;
    for (int i = 0; i < journalled; i++) {
        snprintf(f->pieces[i].md5, sizeof f->pieces[i].md5, "%s", journal[i].md5);
        snprintf(f->pieces[i].etag, sizeof f->pieces[i].etag, "%s", journal[i].etag);
        f->pieces[i].state = PIECE_DONE;
    }
    log_info("the object is there: the answer to its completion was lost", kv_str("Key", f->key));
    return verify(u, f, &o.etag, e);
}

/* What an earlier run left. 0 with f->pieces or f->verified_by when it goes on, 0 with df->session 0 when there is
 * nothing to go on with. */
static int resume(struct upload *u, struct upload_file *f, const struct upload_session *s, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    struct upload_part *journal;
    struct s3_part *listed;
    int journalled, count;
    df->session = s->id;
    df->upload_id = arena_strdup(f->arena, s->upload_id);
    if (strcmp(s->remote_key, f->key) != 0 || s->state == SESSION_INIT)
        return session_drop(u, f, e);
    if (s3_plan_from(f->size, s->part_size, d->dest.limits, &df->plan, e) || df->plan.parts != s->part_count)
        return session_drop(u, f, e);
    make_pieces(f);
    if (upload_parts(u->db, u->scratch, s->id, &journal, &journalled, e) || settle(u, f, journal, journalled, e) ||
        f->verified_by)
        return f->verified_by ? 0 : -1;
    if (s3_api_list_parts(d->api, u->scratch, f->key, df->upload_id, &listed, &count, e)) {
        if (e->class != ERR_NOT_FOUND)
            return -1;
        log_info("the destination has forgotten a multipart upload", kv_str("Key", f->key));
        return forget(u, f, e);
    }
    return take_over_parts(u, f, journal, journalled, listed, count, e);
}

int session_begin(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    struct upload_session *s;
    df->session = 0;
    if (upload_session_find(u->db, u->scratch, u->lease->job_id, f->index, &s, e))
        return -1;
    if (s && resume(u, f, s, e))
        return -1;
    return df->session ? 0 : create(u, f, e);
}

/* Finish */

int session_finish(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    struct s3_part *parts = ARENA_ARRAY(u->scratch, (size_t)f->piece_count, struct s3_part);
    struct s3_etag etag;
    struct s3_object o;
    for (int n = 0; n < f->piece_count; n++) {
        parts[n].number = n + 1;
        snprintf(parts[n].etag, sizeof parts[n].etag, "%s", f->pieces[n].etag);
    }
    if (s3_api_complete(d->api, f->key, df->upload_id, parts, f->piece_count, S3_REPLACE, &etag, e) == 0)
        return verify(u, f, &etag, e);
    if (e->class != ERR_REMOTE && e->class != ERR_UNAVAILABLE && e->class != ERR_NOT_FOUND)
        return -1;
    /* It may have been done all the same: only the object can tell. */
    struct err first = *e;
    int ours = look(u, f, &o, e);
    if (ours > 0)
        return verify(u, f, &o.etag, e);
    if (ours < 0)
        return -1;
    *e = first;
    return -1;
}
