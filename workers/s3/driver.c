#include "workers/s3/driver.h"

#include "base/encode.h"
#include "base/log.h"
#include "net/digest.h"
#include "provider/s3_key.h"
#include "store/upload_store.h"
#include "workers/s3/group.h"

#include <stdio.h>
#include <string.h>

enum { HASH_STEP = 16 * 1024 * 1024 }; /* between two looks at the stop flag: some 40 ms */

/* The coordinator's own calls may take minutes (Complete): its loop moves nevertheless. */
static bool alive_and_stop(void *arg)
{
    struct upload *u = arg;
    slot_alive(u->slot);
    return upload_should_stop(u);
}

static int s3_connect(struct upload *u, struct err *e)
{
    struct driver *d = ARENA_NEW(u->arena, struct driver);
    u->state = d;
    if (dest_load(u->db, u->arena, u->claim->profile_id, &d->dest, e))
        return -1;
    d->api = s3_api_new(&d->dest.target);
    s3_api_on_stop(d->api, alive_and_stop, u);
    return 0;
}

static void s3_disconnect(struct upload *u)
{
    struct driver *d = u->state;
    if (!d)
        return;
    dest_store(&d->dest, u->db, u->scratch);
    s3_api_free(d->api);
    dest_free(&d->dest);
}

static const char *s3_key(struct upload *u, struct arena *a, const char *remote_path)
{
    const struct driver *d = u->state;
    const struct s3_key_job job = {.job_id = u->lease->job_id,
                                   .torrent_name = u->claim->torrent_name,
                                   .info_hash = u->claim->info_hash,
                                   .created_at = u->claim->created_at};
    return s3_key_make(a, d->dest.path_template, &job, remote_path);
}

/* Services throttle an account at an address; what goes to another bucket there counts, too. */
static const char *s3_endpoint(struct upload *u)
{
    const struct driver *d = u->state;
    return arena_printf(u->arena, "%s %s", d->dest.target.endpoint, d->dest.target.access_key);
}

static void *lane_open(struct upload *u)
{
    struct driver *d = u->state;
    struct s3_lane *l = MEM_NEW(struct s3_lane);
    l->upload = u;
    l->scratch = arena_new(0);
    l->api = s3_api_new(&d->dest.target);
    s3_api_on_stop(l->api, upload_should_stop, u);
    return l;
}

static void lane_close(void *lane)
{
    struct s3_lane *l = lane;
    s3_api_free(l->api);
    arena_free(l->scratch);
    mem_free(l);
}

static bool is_ours(const struct upload_file *f, const struct s3_object *o)
{
    const struct driver_file *df = f->state;
    const struct s3_owner *a = &df->owner, *b = &o->owner;
    return o->size == f->size && b->job && b->file && b->sha256 && strcmp(a->job, b->job) == 0 &&
           strcmp(a->file, b->file) == 0 && strcmp(a->sha256, b->sha256) == 0;
}

int driver_look(struct s3_lane *l, const struct upload_file *f, struct s3_object *o, struct err *e)
{
    const struct driver *d = l->upload->state;
    struct driver_file *df = f->state;
    /* Keys that may not list are refused what is not there; what is there was shown to them when they were tested. */
    if (s3_api_head(l->api, l->scratch, f->key, o, e))
        return e->class == ERR_NOT_FOUND || strcmp(e->code, "AccessDenied") == 0 ? 0 : -1;
    if (is_ours(f, o))
        return 1;
    df->etag.text[0] = '\0'; /* whatever we sent, this is not it, and nothing to clear away */
    df->refused = false;
    return err_set(
        e, ERR_PERMANENT, "ObjectExists",
        "Bucket '%s' has another object with this name, and nothing is overwritten: move or delete it there, "
        "then retry the job. It is \"%s\".",
        d->dest.target.bucket, f->key);
}

/* Plan and begin */

static void prepare(struct upload *u, struct upload_file *f)
{
    struct driver_file *df = ARENA_NEW(f->arena, struct driver_file);
    df->owner = (struct s3_owner){.job = arena_printf(f->arena, "%lld", (long long)u->lease->job_id),
                                  .file = arena_printf(f->arena, "%d", f->index),
                                  .sha256 = f->sha256};
    f->state = df;
}

static int plan_one(struct upload *u, struct upload_file *f, struct err *e)
{
    const struct driver *d = u->state;
    int single = s3_plan_single(f->size, config_int(CFG_S3_SINGLE_PUT_BYTES), d->dest.limits, &f->alone);
    if (!f->state)
        prepare(u, f);
    struct driver_file *df = f->state;
    df->multipart = single != 1;
    if (df->multipart)
        return single < 0 ? 0 : session_plan(u, f, e);
    f->pieces = ARENA_NEW(f->arena, struct upload_piece);
    f->pieces[0] = (struct upload_piece){.number = 1, .length = f->size};
    f->piece_count = 1;
    return 0;
}

static int s3_plan(struct upload *u, struct upload_file *const *files, int n, struct err *e)
{
    for (int i = 0; i < n; i++)
        if (plan_one(u, files[i], e))
            return -1;
    group_plan(u, files, n);
    return 0;
}

static int s3_begin(void *lane, struct upload_file *f, struct err *e)
{
    struct s3_lane *l = lane;
    arena_reset(l->scratch);
    return session_begin(l, f, e);
}

/* Sending */

/* The digests of a part, computed just before it is sent, in one pass. Over TLS the payload goes unsigned. */
static int hash_part(struct s3_lane *l, const struct upload_file *f, const struct upload_piece *p,
                     struct digest_sum *sum, struct err *e)
{
    const struct driver *d = l->upload->state;
    struct digest *digest = digest_new(s3_request_secure(&d->dest.target) ? DIGEST_MD5 : DIGEST_BOTH);
    int rc = 0;
    for (int64_t at = 0; at < p->length && rc == 0; at += HASH_STEP) {
        int64_t n = p->length - at < HASH_STEP ? p->length - at : HASH_STEP;
        rc = upload_should_stop(l->upload) ? err_set(e, ERR_STOPPED, NULL, "The upload is being stopped.")
                                           : digest_update_file(digest, f->fd, p->offset + at, n, e);
    }
    digest_finish(digest, sum);
    digest_free(digest);
    return rc;
}

/* What the server says about the bytes that it got. */
static int compare(const struct s3_etag *etag, struct upload_piece *p, struct err *e)
{
    snprintf(p->etag, sizeof p->etag, "%s", etag->text);
    if (s3_etag_single(etag, p->md5) != S3_ETAG_DIFFERS)
        return 0;
    return err_set(e, ERR_REMOTE, "ChecksumMismatch", "The destination stored other bytes than were sent.");
}

/* An earlier PutObject may have been stored although its answer was lost: f->verified_by. It is what was sent, because
 * the server takes an object, and with it our metadata, only when Content-MD5 is right. */
static int look_for_object(struct s3_lane *l, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    struct s3_object o;
    int ours = driver_look(l, f, &o, e);
    df->clear = ours == 0;
    if (ours <= 0)
        return ours;
    enum s3_etag_match match = s3_etag_single(&o.etag, f->md5);
    df->ours = match == S3_ETAG_DIFFERS; /* damaged: to be replaced */
    if (df->ours)
        return 0;
    f->etag = arena_strdup(f->arena, o.etag.text);
    f->verified_by = match == S3_ETAG_EQUAL ? "etag-md5" : "content-md5";
    return 0;
}

/* Over nothing but our own. A refusal because something is there by now (ERR_CONFLICT) is looked into by the next try,
 * like every other failure: it may have been stored all the same. */
static int put_object(struct s3_lane *l, struct upload_file *f, struct upload_piece *p, struct err *e)
{
    const struct driver *d = l->upload->state;
    struct driver_file *df = f->state;
    struct digest_sum sum;
    struct s3_payload payload = {
        .from_file = true, .fd = f->fd, .length = f->size, .md5 = sum.md5, .sha256 = sum.sha256};
    if (!decode_hex(f->md5, sum.md5, sizeof sum.md5) || !decode_hex(f->sha256, sum.sha256, sizeof sum.sha256))
        return err_set(e, ERR_BUG, NULL, "The digests of the file in the database are none.");
    bool in_doubt = f->seen_before || df->tried || !d->dest.put_keeps;
    df->clear = df->clear || (df->group && !df->tried && group_is_clear(l, df->group));
    if (!df->ours && !df->clear && in_doubt && (look_for_object(l, f, e) || f->verified_by))
        return f->verified_by ? 0 : -1;
    snprintf(p->md5, sizeof p->md5, "%s", f->md5);
    df->tried = true;
    enum s3_write write = d->dest.put_keeps && !df->ours ? S3_ONLY_NEW : S3_REPLACE;
    int rc = s3_api_put(l->api, f->key, &payload, &df->owner, write, &p->sent, &df->etag, e);
    df->clear = df->clear && rc && e->class == ERR_THROTTLED; /* refused as it came */
    if (rc || compare(&df->etag, p, e))
        return -1;
    if (s3_etag_single(&df->etag, f->md5) == S3_ETAG_EQUAL) {
        f->etag = df->etag.text;
        f->verified_by = "etag-md5";
    }
    return 0;
}

static int upload_part(struct s3_lane *l, const struct upload_file *f, struct upload_piece *p, struct err *e)
{
    const struct driver *d = l->upload->state;
    const struct driver_file *df = f->state;
    struct digest_sum sum;
    struct s3_etag etag;
    if (hash_part(l, f, p, &sum, e))
        return -1;
    struct s3_payload payload = {.from_file = true,
                                 .fd = f->fd,
                                 .offset = p->offset,
                                 .length = p->length,
                                 .md5 = sum.md5,
                                 .sha256 = s3_request_secure(&d->dest.target) ? NULL : sum.sha256};
    encode_hex(sum.md5, sizeof sum.md5, p->md5);
    if (s3_api_upload_part(l->api, f->key, df->upload_id, p->number, &payload, &p->sent, &etag, e))
        return -1;
    return compare(&etag, p, e);
}

static int s3_send(void *lane, struct upload_file *f, struct upload_piece *p, struct err *e)
{
    const struct driver_file *df = f->state;
    struct s3_lane *l = lane;
    arena_reset(l->scratch);
    return df->multipart ? upload_part(l, f, p, e) : put_object(l, f, p, e);
}

static int s3_sent(struct upload *u, struct upload_file *f, const struct upload_piece *p, struct err *e)
{
    struct driver *d = u->state;
    const struct driver_file *df = f->state;
    dest_store(&d->dest, u->db, u->scratch);
    struct upload_part part = {.number = p->number, .size = p->length, .md5 = p->md5, .etag = p->etag};
    return df->multipart ? upload_part_done(u->db, u->scratch, u->lease, df->session, &part, e) : 0;
}

/* The end */

static int s3_finish(void *lane, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    struct s3_lane *l = lane;
    struct s3_object o;
    arena_reset(l->scratch);
    if (df->multipart)
        return session_finish(l, f, e);
    /* An ETag that is no digest: the server has accepted Content-MD5; look that it is there. */
    int ours = driver_look(l, f, &o, e);
    if (ours < 0)
        return -1;
    if (!ours)
        return err_set(e, ERR_REMOTE, "ObjectDiffers", "The object at the destination is not what was sent.");
    f->etag = df->etag.text;
    f->verified_by = "content-md5";
    return 0;
}

static int s3_closed(struct upload *u, struct upload_file *const *files, int n, struct err *e)
{
    for (int i = 0; i < n; i++) {
        const struct driver_file *df = files[i]->state;
        if (df->session && upload_session_closed(u->db, u->scratch, u->lease, df->session, SESSION_COMPLETED, e))
            return -1;
    }
    return 0;
}

/* An object that is not what was sent must not stay under the file's name. */
static int delete_damaged(struct upload *u, struct upload_file *f, struct err *e)
{
    struct driver *d = u->state;
    const struct driver_file *df = f->state;
    if (!df->refused && (df->multipart || s3_etag_single(&df->etag, f->md5) != S3_ETAG_DIFFERS))
        return 0;
    return slot_check(u->slot, u->db, u->scratch, e) || s3_api_delete(d->api, f->key, e) ? -1 : 0;
}

static void s3_give_up(struct upload *u, struct upload_file *f)
{
    struct err e = ERR_INIT;
    const struct driver_file *df = f->state;
    if (!df) /* it failed before it began */
        return;
    if (delete_damaged(u, f, &e))
        log_warn("a damaged object was not deleted", kv_str("Key", f->key), kv_err(&e));
    if (df->session && session_drop(u, f, &e))
        log_warn("a multipart upload was not aborted; the janitor will", kv_str("Key", f->key), kv_err(&e));
}

const struct upload_driver s3_driver = {
    .provider = PROVIDER_S3,
    .connect = s3_connect,
    .disconnect = s3_disconnect,
    .endpoint = s3_endpoint,
    .key = s3_key,
    .lane_open = lane_open,
    .lane_close = lane_close,
    .plan = s3_plan,
    .begin = s3_begin,
    .begun = session_begun,
    .send = s3_send,
    .sent = s3_sent,
    .finish = s3_finish,
    .closed = s3_closed,
    .give_up = s3_give_up,
};
