#include "provider/s3_probe.h"

#include "base/clock.h"
#include "base/encode.h"
#include "net/digest.h"
#include "provider/s3_api.h"
#include "provider/s3_learned.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_MS = 20 * 1000, QUICK_MS = 2 * 1000, IN_A_HURRY_MS = 5 * 1000 };

static const char content[] = "TorrentClou tests this destination; this object may be deleted.\n";

/* One run: the same object is put, replaced by a multipart upload, looked at and deleted. */
struct probe {
    struct s3_target target;
    const struct s3_limits *limits;
    struct s3_learned learned;
    struct s3_api *api;
    struct arena *arena;
    struct s3_probe_result *out;
    struct digest_sum sum;
    struct s3_payload payload;
    struct s3_owner owner;
    char key[64], mark[33], md5[33];
};

static const char *const names[S3_PROBE__MAX] = {"Put", "Multipart", "Head", "Delete"};

static int put_as(struct probe *p, enum s3_write write, struct err *e)
{
    struct s3_etag etag;
    return s3_api_put(p->api, p->key, &p->payload, &p->owner, write, NULL, &etag, e);
}

static int put(struct probe *p, struct err *e)
{
    return put_as(p, S3_REPLACE, e);
}

static int multipart_as(struct probe *p, enum s3_write write, struct err *e)
{
    struct s3_part part = {.number = 1, .size = (int64_t)p->payload.len};
    struct s3_etag etag;
    const char *id = s3_api_create(p->api, p->arena, p->key, &p->owner, e);
    if (!id)
        return -1;
    if (s3_api_upload_part(p->api, p->key, id, part.number, &p->payload, NULL, &etag, e) == 0 &&
        s3_etag_copy(part.etag, etag.text) && s3_api_complete(p->api, p->key, id, &part, 1, write, &etag, e) == 0)
        return 0;
    s3_api_abort(p->api, p->key, id, NULL); /* best effort: the first failure is the one to tell */
    return -1;
}

static int multipart(struct probe *p, struct err *e)
{
    if (p->limits->multipart)
        return multipart_as(p, S3_REPLACE, e);
    p->out->steps[S3_PROBE_MULTIPART].note = "Not tried: this service takes no uploads in parts.";
    return 0;
}

/* The object is there: is it refused to replace it. 1: yes, 0: no, or the wish is unknown there, -1: who knows. */
static int keeps(int rc, const struct err *e)
{
    if (rc && strcmp(e->code, "PreconditionFailed") == 0)
        return 1;
    return rc == 0 || e->class == ERR_PERMANENT ? 0 : -1;
}

/* Uploads can do without the answer, and whoever waits for the test cannot: only what is quick is asked. */
static void find_condition(struct probe *p)
{
    struct err e = ERR_INIT;
    int timeout = p->target.timeout_ms;
    if (p->out->steps[S3_PROBE_PUT].ms + p->out->steps[S3_PROBE_MULTIPART].ms > IN_A_HURRY_MS)
        return;
    p->target.timeout_ms = timeout < QUICK_MS ? timeout : QUICK_MS;
    int by_put = keeps(put_as(p, S3_ONLY_NEW, &e), &e), by_complete = 0;
    err_clear(&e);
    if (by_put == 1 && p->limits->multipart)
        by_complete = keeps(multipart_as(p, S3_ONLY_NEW, &e), &e);
    p->target.timeout_ms = timeout;
    if (by_put >= 0)
        p->out->conditional = by_put == 0 ? "none" : by_complete == 1 ? "all" : "put";
}

static int head(struct probe *p, struct err *e)
{
    struct s3_object o;
    if (s3_api_head(p->api, p->arena, p->key, &o, e))
        return -1;
    if (o.size != (int64_t)p->payload.len)
        return err_set(e, ERR_PERMANENT, "SizeDiffers",
                       "The object in the bucket has another size than what was sent.");
    if (!o.owner.job || strcmp(o.owner.job, p->mark) != 0)
        return err_set(e, ERR_PERMANENT, "MetadataLost", "The S3 server does not keep metadata (x-amz-meta-…).");
    return 0;
}

static int delete_object(struct probe *p, struct err *e)
{
    return s3_api_delete(p->api, p->key, e);
}

static int (*const functions[S3_PROBE__MAX])(struct probe *p, struct err *e) = {put, multipart, head, delete_object};

static bool run(struct probe *p, enum s3_probe_name which)
{
    struct s3_probe_step *s = &p->out->steps[which];
    int64_t start = clock_mono_ms();
    err_clear(&s->err);
    s->ok = functions[which](p, &s->err) == 0;
    s->ms = clock_mono_ms() - start;
    return s->ok;
}

/* Would the same keys work with the bucket in the host name, or the other way round? */
static bool style_may_be_wrong(const struct err *e)
{
    static const char *const codes[] = {"WrongEndpoint",
                                        "BucketNotFound",
                                        "NoSuchKey",
                                        "InvalidBucketName",
                                        "S3Error",
                                        "SecondLevelDomainForbidden",
                                        "VirtualHostDomainRequired",
                                        "HostNotFound"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(e->code, codes[i]) == 0)
            return true;
    return false;
}

/* Put, and once more with the other addressing style. */
static bool find_the_way(struct probe *p)
{
    if (run(p, S3_PROBE_PUT))
        return true;
    struct s3_probe_step first = p->out->steps[S3_PROBE_PUT];
    if (!style_may_be_wrong(&first.err))
        return false;
    p->target.virtual_host = !p->target.virtual_host;
    if (run(p, S3_PROBE_PUT))
        return true;
    p->out->steps[S3_PROBE_PUT] = first; /* neither works: tell about the style that was asked for */
    p->target.virtual_host = !p->target.virtual_host;
    return false;
}

static void prepare(struct probe *p, const struct s3_target *target)
{
    unsigned char random[16];
    randombytes_buf(random, sizeof random);
    encode_hex(random, sizeof random, p->mark);
    snprintf(p->key, sizeof p->key, "torrents/.probe-%s", p->mark);
    digest_memory(DIGEST_BOTH, content, sizeof content - 1, &p->sum);
    p->payload =
        (struct s3_payload){.data = content, .len = sizeof content - 1, .md5 = p->sum.md5, .sha256 = p->sum.sha256};
    p->owner = (struct s3_owner){.job = p->mark};
    p->target = *target;
    p->target.region = *target->region ? target->region : "us-east-1";
    p->target.clock_offset_s = 0;
    p->target.learned = &p->learned;
    s3_learned_init(&p->learned, &p->target);
    if (!p->target.timeout_ms)
        p->target.timeout_ms = TIMEOUT_MS;
    p->arena = arena_new(0);
    p->api = s3_api_new(&p->target);
}

static void tell_what_worked(struct probe *p)
{
    struct s3_probe_result *out = p->out;
    snprintf(out->region, sizeof out->region, "%s", p->learned.region);
    snprintf(out->endpoint, sizeof out->endpoint, "%s", p->learned.endpoint);
    out->clock_offset_s = p->learned.clock_offset_s;
    out->virtual_host = p->target.virtual_host;
}

int s3_probe_run(const struct s3_target *target, const struct s3_limits *limits, struct s3_probe_result *out,
                 struct err *e)
{
    struct probe p = {.out = out, .limits = limits};
    *out = (struct s3_probe_result){0};
    if (s3_request_check(target, e))
        return -1;
    for (int i = 0; i < S3_PROBE__MAX; i++) {
        out->steps[i].name = names[i];
        err_set(&out->steps[i].err, ERR_RULE, "NotTried", "Not tried, because an earlier step failed.");
    }
    prepare(&p, target);
    if (find_the_way(&p)) {
        bool whole = run(&p, S3_PROBE_MULTIPART);
        if (whole)
            find_condition(&p);
        whole = whole && run(&p, S3_PROBE_HEAD);
        run(&p, S3_PROBE_DELETE); /* also after a failure: leave nothing behind */
        out->success = whole;
    }
    tell_what_worked(&p);
    s3_api_free(p.api);
    s3_learned_free(&p.learned);
    arena_free(p.arena);
    return 0;
}

const struct err *s3_probe_failure(const struct s3_probe_result *result)
{
    if (result->success)
        return NULL;
    for (int i = 0; i < S3_PROBE__MAX; i++)
        if (!result->steps[i].ok)
            return &result->steps[i].err;
    return NULL;
}
