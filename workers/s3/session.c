/* The multipart upload of one file and its journal, up to the parts; session_finish.c is what comes after them. */
#include "base/log.h"
#include "store/upload_store.h"
#include "workers/s3/driver.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Plan */

static void make_pieces(struct upload_file *f)
{
    const struct driver_file *df = f->state;
    f->piece_count = df->plan.parts;
    f->pieces = ARENA_ARRAY(f->arena, (size_t)f->piece_count, struct upload_piece);
    for (int n = 1; n <= f->piece_count; n++)
        f->pieces[n - 1] = (struct upload_piece){
            .number = n, .offset = s3_plan_offset(&df->plan, n), .length = s3_plan_length(&df->plan, n)};
}

/* The row comes first: whatever exists at the destination, something here knows of it (design 4.3). */
static int announce(struct upload *u, struct upload_file *f, struct err *e)
{
    const struct driver *d = u->state;
    struct driver_file *df = f->state;
    if (s3_plan_make(f->size, config_int(CFG_S3_PART_BYTES), d->dest.limits, &df->plan, &f->alone))
        return 0;
    struct upload_session s = {.profile_id = u->claim->profile_id,
                               .file_index = f->index,
                               .remote_key = f->key,
                               .part_size = df->plan.part_bytes,
                               .part_count = df->plan.parts};
    if (upload_session_create(u->db, u->scratch, u->lease, PROVIDER_S3, &s, e))
        return -1;
    df->session = s.id;
    df->upload_id = NULL;
    df->todo = SESSION_CREATE;
    df->asked = false;
    return 0;
}

static int read_journal(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    struct upload_part *parts;
    if (upload_parts(u->db, u->scratch, df->session, &parts, &df->journalled, e))
        return -1;
    df->journal = ARENA_ARRAY(f->arena, (size_t)df->journalled, struct upload_part);
    for (int i = 0; i < df->journalled; i++) {
        df->journal[i] = parts[i];
        df->journal[i].md5 = arena_strdup(f->arena, parts[i].md5);
        df->journal[i].etag = arena_strdup(f->arena, parts[i].etag);
    }
    return 0;
}

/* What is to become of the session of an earlier run, or of an earlier try. */
static enum session_todo judge(struct upload *u, struct upload_file *f, const struct upload_session *s)
{
    const struct driver *d = u->state;
    struct driver_file *df = f->state;
    struct err ignored = ERR_INIT;
    if (df->refused)
        return SESSION_REFUSE;
    if (df->spent || strcmp(s->remote_key, f->key) != 0 || s->state == SESSION_INIT)
        return SESSION_DROP;
    if (s3_plan_from(f->size, s->part_size, d->dest.limits, &df->plan, &ignored) || df->plan.parts != s->part_count)
        return SESSION_DROP;
    return SESSION_RESUME;
}

int session_plan(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    struct upload_session *s;
    if (upload_session_find(u->db, u->scratch, u->lease->job_id, f->index, &s, e))
        return -1;
    if (!s)
        return announce(u, f, e);
    df->session = s->id;
    df->upload_id = arena_strdup(f->arena, s->upload_id);
    df->todo = judge(u, f, s);
    if (df->todo == SESSION_RESUME)
        return read_journal(u, f, e);
    if (df->todo == SESSION_DROP && !s->upload_id && drop_look_up(u->db, f->arena, s, &d->dest, &df->drop, e))
        return -1;
    return slot_check(u->slot, u->db, u->scratch, e);
}

/* Begin */

/* Keys that may not list must not stop the upload for it. */
static int drop_lost(struct s3_api *api, struct arena *a, struct driver_file *df, struct err *e)
{
    if (drop_unnamed(api, a, &df->drop, &df->gone, e) == 0)
        return 0;
    if (e->class != ERR_PERMANENT && e->class != ERR_NOT_FOUND)
        return -1;
    log_warn("open uploads cannot be listed; one may be left at the destination", kv_str("Key", df->drop.lost.key),
             kv_err(e));
    df->gone = true;
    return 0;
}

/* At the server. What has an id can wait for the janitor; what has none would be taken for the next one. */
static int drop(struct s3_api *api, struct arena *a, const struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    if (!df->upload_id)
        return drop_lost(api, a, df, e);
    if (s3_leftover_end(api, a, f->key, df->upload_id, &df->gone, e) == 0)
        return 0;
    if (e->class == ERR_STOPPED)
        return -1;
    log_warn("a multipart upload was not aborted; the janitor will", kv_str("Key", f->key), kv_err(e));
    return 0;
}

/* Before many bytes are sent in vain. */
static int look_first(struct s3_lane *l, const struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    struct s3_object o;
    int ours = driver_look(l, f, &o, e);
    df->ours = ours > 0; /* of a run whose journal is lost: nothing tells what its parts were */
    return ours < 0 ? -1 : 0;
}

static int create(struct s3_lane *l, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    if (look_first(l, f, e))
        return -1;
    df->asked = true;
    df->upload_id = s3_api_create(l->api, f->arena, f->key, &df->owner, e);
    if (!df->upload_id)
        return -1; /* plan() then finds a session in state init */
    make_pieces(f);
    log_info("multipart upload begun", kv_str("Key", f->key), kv_int("Parts", df->plan.parts),
             kv_int("PartBytes", df->plan.part_bytes));
    return 0;
}

/* Journal and server agree on a part: done. Only the server's list is believed about what is there; only the journal
 * knows the md5 of what we sent. */
static void take_over_parts(struct upload_file *f, const struct s3_part *listed, int listed_count)
{
    struct driver_file *df = f->state;
    int at = 0;
    df->lost = ARENA_ARRAY(f->arena, (size_t)df->journalled, int);
    df->lost_count = 0;
    for (int i = 0; i < df->journalled; i++) {
        const struct upload_part *j = &df->journal[i];
        while (at < listed_count && listed[at].number < j->number)
            at++;
        struct upload_piece *p = j->number <= f->piece_count ? &f->pieces[j->number - 1] : NULL;
        bool there = at < listed_count && listed[at].number == j->number && strcasecmp(listed[at].etag, j->etag) == 0 &&
                     listed[at].size == j->size;
        if (!p || !there || j->size != p->length) {
            df->lost[df->lost_count++] = j->number;
            continue;
        }
        snprintf(p->md5, sizeof p->md5, "%s", j->md5);
        snprintf(p->etag, sizeof p->etag, "%s", j->etag);
        p->state = PIECE_DONE;
    }
    log_info("multipart upload resumed", kv_str("Key", f->key), kv_int("Parts", f->piece_count),
             kv_int("PartsKept", df->journalled - df->lost_count), kv_int("PartsListed", listed_count));
}

/* The object may be complete: all parts were acknowledged, or the upload is no longer known. Then the journal has the
 * md5s to compare it with. */
static int settle(struct s3_lane *l, struct upload_file *f, struct err *e)
{
    const struct driver_file *df = f->state;
    struct s3_object o;
    int ours = df->journalled == f->piece_count ? driver_look(l, f, &o, e) : 0;
    if (ours <= 0)
        return ours;
    for (int i = 0; i < df->journalled; i++) {
        snprintf(f->pieces[i].md5, sizeof f->pieces[i].md5, "%s", df->journal[i].md5);
        snprintf(f->pieces[i].etag, sizeof f->pieces[i].etag, "%s", df->journal[i].etag);
        f->pieces[i].state = PIECE_DONE;
    }
    log_info("the object is there: the answer to its completion was lost", kv_str("Key", f->key));
    return session_verify(l, f, &o.etag, e);
}

static int resume(struct s3_lane *l, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    struct s3_part *listed;
    int count;
    make_pieces(f);
    if (settle(l, f, e) || f->verified_by)
        return f->verified_by ? 0 : -1;
    if (s3_api_list_parts(l->api, l->scratch, f->key, df->upload_id, &listed, &count, e) == 0) {
        take_over_parts(f, listed, count);
        return 0;
    }
    if (e->class != ERR_NOT_FOUND)
        return -1;
    log_info("the destination has forgotten a multipart upload", kv_str("Key", f->key));
    df->todo = SESSION_FORGET;
    df->gone = true;
    return 0;
}

int session_begin(struct s3_lane *l, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    switch (df->todo) {
    case SESSION_CREATE:
        return create(l, f, e);
    case SESSION_RESUME:
        return resume(l, f, e);
    case SESSION_DROP:
        return drop(l->api, l->scratch, f, e);
    case SESSION_REFUSE:
        df->gone = true; /* it was completed */
        return s3_api_delete(l->api, f->key, e);
    default:
        return 0;
    }
}

/* The upload is gone at the server, or is to go: close its row, or leave it to the janitor. plan() makes another. */
static int forget(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    enum session_state state = df->gone ? SESSION_ABORTED : SESSION_ABORTING;
    if (upload_session_closed(u->db, u->scratch, u->lease, df->session, state, e))
        return -1;
    df->session = 0;
    df->upload_id = NULL;
    df->refused = df->spent = df->gone = false;
    f->pieces = NULL;
    f->piece_count = 0;
    return 0;
}

int session_begun(struct upload *u, struct upload_file *f, struct err *e)
{
    const struct driver_file *df = f->state;
    if (df->todo == SESSION_CREATE)
        return upload_session_opened(u->db, u->scratch, u->lease, df->session, df->upload_id, e);
    if (df->todo != SESSION_RESUME)
        return forget(u, f, e);
    for (int i = 0; i < df->lost_count; i++)
        if (upload_part_lost(u->db, u->scratch, u->lease, df->session, df->lost[i], e))
            return -1;
    return 0;
}

int session_drop(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver *d = u->state;
    struct driver_file *df = f->state;
    df->gone = df->todo == SESSION_CREATE && !df->asked;
    if (slot_check(u->slot, u->db, u->scratch, e) || (df->upload_id && drop(d->api, u->scratch, f, e)))
        return -1;
    return forget(u, f, e);
}
