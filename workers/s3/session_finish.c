/* The end of a multipart upload: its completion, and the proof that what is there is what was sent. */
#include "workers/s3/driver.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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

/* What is there is not what was sent: it goes, and the file begins again, once. */
static int refuse(struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    df->refused = true;
    return err_set(e, df->mismatches++ ? ERR_PERMANENT : ERR_CONFLICT, "ChecksumMismatch",
                   "The destination stored other bytes than were sent.");
}

int session_verify(struct s3_lane *l, struct upload_file *f, const struct s3_etag *etag, struct err *e)
{
    struct driver *d = l->upload->state;
    const struct driver_file *df = f->state;
    struct s3_object o;
    enum s3_etag_match match = s3_etag_multipart(etag, part_md5s(l->scratch, f), f->piece_count);
    if (match == S3_ETAG_EQUAL) {
        verified(f, etag, "etag-multipart");
        return 0;
    }
    bool by_parts = parts_tell_md5(f);
    /* Once may be damage, and is sent again. Twice, while the server confirmed every part: its formula is its own. */
    if (match == S3_ETAG_DIFFERS && !(by_parts && (d->own_formula || df->mismatches > 0)))
        return refuse(f, e);
    if (match == S3_ETAG_DIFFERS)
        d->own_formula = true;
    int ours = driver_look(l, f, &o, e);
    if (ours == 0)
        return err_set(e, ERR_REMOTE, "ObjectDiffers", "The object at the destination is not what was sent.");
    if (ours > 0)
        verified(f, etag, by_parts ? "part-etags" : "content-md5");
    return ours > 0 ? 0 : -1;
}

/* Complete has failed. Its answer may be lost, or be about an upload that it has ended all the same: only the object
 * can tell. */
static int settle_complete(struct s3_lane *l, struct upload_file *f, struct err *e)
{
    struct driver_file *df = f->state;
    struct s3_object o;
    struct err first = *e;
    bool exists = strcmp(e->code, "PreconditionFailed") == 0;
    df->spent = strcmp(e->code, "ConditionalRequestConflict") == 0; /* AWS: begin a new upload */
    if (!exists && e->class != ERR_REMOTE && e->class != ERR_UNAVAILABLE && e->class != ERR_NOT_FOUND)
        return -1;
    int ours = driver_look(l, f, &o, e);
    if (ours > 0)
        return session_verify(l, f, &o.etag, e);
    if (ours < 0)
        return -1;
    *e = first;
    if (df->spent)
        e->class = ERR_CONFLICT;
    return -1;
}

static int complete(struct s3_lane *l, struct upload_file *f, struct s3_etag *etag, struct err *e)
{
    const struct driver *d = l->upload->state;
    const struct driver_file *df = f->state;
    struct s3_part *parts = ARENA_ARRAY(l->scratch, (size_t)f->piece_count, struct s3_part);
    for (int n = 0; n < f->piece_count; n++) {
        parts[n].number = n + 1;
        snprintf(parts[n].etag, sizeof parts[n].etag, "%s", f->pieces[n].etag);
    }
    enum s3_write write = d->dest.complete_keeps && !df->ours ? S3_ONLY_NEW : S3_REPLACE;
    return s3_api_complete(l->api, f->key, df->upload_id, parts, f->piece_count, write, etag, e);
}

int session_finish(struct s3_lane *l, struct upload_file *f, struct err *e)
{
    const struct driver *d = l->upload->state;
    const struct driver_file *df = f->state;
    struct s3_etag etag;
    struct s3_object o;
    if (!d->dest.complete_keeps && !df->ours) {
        int ours = driver_look(l, f, &o, e);
        if (ours != 0) /* an earlier try has done it, or somebody else was quicker */
            return ours < 0 ? -1 : session_verify(l, f, &o.etag, e);
    }
    return complete(l, f, &etag, e) ? settle_complete(l, f, e) : session_verify(l, f, &etag, e);
}
