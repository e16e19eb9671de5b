
#include "base/clock.h"
#include "base/encode.h"
#include "base/fault.h"
#include "net/digest.h"
#include "provider/s3_call.h"
#include "provider/s3_learned.h"
#include "provider/s3_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Complete of a large upload takes minutes; servers are to send white space meanwhile, but not all do. */
enum { COMPLETE_STALL_MS = 5 * 60 * 1000, LESSONS_MAX = 2 /* of one call: place and clock */ };

#define META_JOB "x-amz-meta-tc-job"
#define META_FILE "x-amz-meta-tc-file"
#define META_SHA256 "x-amz-meta-tc-sha256"
#define ENCRYPTION "x-amz-server-side-encryption"

struct s3_api {
    const struct s3_target *target;
    struct s3_target used; /* by the last call: the target with what was learned */
    struct http *http;
    struct arena *scratch; /* of one call */
    struct s3_error refusal;
    bool (*stop)(void *arg);
    void *stop_arg;
};

struct s3_api *s3_api_new(const struct s3_target *t)
{
    struct s3_api *s = MEM_NEW(struct s3_api);
    s->target = t;
    s->http = http_new();
    s->scratch = arena_new(0);
    return s;
}

void s3_api_free(struct s3_api *s)
{
    if (!s)
        return;
    http_free(s->http);
    arena_free(s->scratch);
    mem_free(s);
}

void s3_api_on_stop(struct s3_api *s, bool (*stop)(void *arg), void *arg)
{
    s->stop = stop;
    s->stop_arg = arg;
}

const struct s3_error *s3_api_refusal(const struct s3_api *s)
{
    return &s->refusal;
}

/* One call */

static int build(struct s3_api *s, const struct s3_call *c, int64_t *sent, struct http_request *req, struct err *e)
{
    arena_reset(s->scratch);
    s->refusal = (struct s3_error){0};
    s->used = *s->target;
    if (s->target->learned)
        s3_learned_apply(s->target->learned, s->scratch, &s->used);
    if (s3_request_build(s->scratch, &s->used, c, req, e))
        return -1;
    req->sent = sent;
    req->stop = s->stop;
    req->stop_arg = s->stop_arg;
    return 0;
}

/* 0 when the server did it; else the refusal, and *res is freed. */
static int judge(struct s3_api *s, struct http_response *res, struct err *e)
{
    int64_t retry_after = 0;
    if (!s3_error_read(res, &s->refusal)) {
        s->refusal = (struct s3_error){0};
        return 0;
    }
    const char *header = http_response_header(res, "Retry-After");
    s3_error_fill(&s->refusal, s->target->bucket, e);
    if (e && header && parse_i64(header, 0, 24 * 3600, &retry_after))
        e->retry_after_s = (int)retry_after;
    http_response_free(res);
    return -1;
}

static int perform(struct s3_api *s, const struct http_request *req, struct http_response *res, struct err *e)
{
    struct err mine = ERR_INIT;
    if (http_perform(s->http, req, res, &mine) == 0)
        return judge(s, res, e);
    if (strcmp(mine.code, "TlsUntrusted") == 0)
        return err_set(e, mine.class, mine.code, "%s Add its CA certificate to the storage profile.", mine.msg);
    if (e)
        *e = mine;
    return -1;
}

static bool learns(struct s3_api *s)
{
    return s->target->learned && s->refusal.status &&
           s3_learned_take(s->target->learned, &s->used, &s->refusal, clock_wall_us() / 1000000);
}

int s3_api_call(struct s3_api *s, const struct s3_call *c, int64_t *sent, struct http_response *res, struct err *e)
{
    for (int lessons = 0;; lessons++) {
        struct http_request req;
        if (build(s, c, sent, &req, e))
            return -1;
        if (perform(s, &req, res, e) == 0)
            return 0;
        if (lessons == LESSONS_MAX || !learns(s))
            return -1;
        err_clear(e);
    }
}

/* A call whose answer says nothing more. */
static int call_void(struct s3_api *s, const struct s3_call *c, struct err *e)
{
    struct http_response res;
    if (s3_api_call(s, c, NULL, &res, e))
        return -1;
    http_response_free(&res);
    return 0;
}

/* How what was stored is encrypted; where the answer does not say, it is as we asked. */
static const char *encryption_of(const struct s3_api *s, const struct http_response *res)
{
    const char *told = http_response_header(res, ENCRYPTION);
    return told ? told : s->target->options.sse;
}

static int take_etag(const struct s3_api *s, struct http_response *res, struct s3_etag *etag, struct err *e)
{
    s3_etag_read(etag, http_response_header(res, "ETag"), encryption_of(s, res),
                 http_response_header(res, "x-amz-server-side-encryption-customer-algorithm"));
    http_response_free(res);
    return *etag->text ? 0
                       : err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's answer carries no ETag: is it S3?");
}

/* What goes with a new object: whose it is, and how it is to be stored. */
static void add_object(const struct s3_api *s, struct s3_call *c, const struct s3_owner *o)
{
    const struct s3_options *p = &s->target->options;
    const struct http_header all[] = {{META_JOB, o->job},       {META_FILE, o->file},
                                      {META_SHA256, o->sha256}, {"x-amz-storage-class", p->storage_class},
                                      {ENCRYPTION, p->sse},     {ENCRYPTION "-aws-kms-key-id", p->sse_kms_key_id},
                                      {"x-amz-acl", p->acl}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].value)
            c->headers[c->header_count++] = all[i];
}

static void add_condition(struct s3_call *c, enum s3_write write)
{
    if (write == S3_ONLY_NEW)
        c->headers[c->header_count++] = (struct http_header){"If-None-Match", "*"};
}

#define OCTETS                                                                                                         \
    {                                                                                                                  \
        "Content-Type", "application/octet-stream"                                                                     \
    }

/* Objects */

int s3_api_put(struct s3_api *s, const char *key, const struct s3_payload *payload, const struct s3_owner *owner,
               enum s3_write write, int64_t *sent, struct s3_etag *etag, struct err *e)
{
    struct s3_call c = {.method = "PUT", .key = key, .headers = {OCTETS}, .header_count = 1, .payload = *payload};
    struct http_response res;
    add_object(s, &c, owner);
    add_condition(&c, write);
    FAULT("s3.put.before");
    return FAULT_AFTER("s3.put.after", s3_api_call(s, &c, sent, &res, e)) ? -1 : take_etag(s, &res, etag, e);
}

/* A refused HEAD has no words, and these may be about the region or the endpoint: a question about the bucket is
 * refused in words, from which s3_api_call() learns. */
static int call_head(struct s3_api *s, const char *key, struct http_response *res, struct err *e)
{
    struct s3_call head = {.method = "HEAD", .key = key};
    struct s3_call words = {.method = "GET", .params = {{"location", ""}}, .param_count = 1};
    struct err ignored = ERR_INIT;
    if (s3_api_call(s, &head, NULL, res, e) == 0)
        return 0;
    int status = s->refusal.status;
    if (!s->target->learned || (status != 400 && status != 301 && status != 307))
        return -1;
    call_void(s, &words, &ignored);
    err_clear(e);
    return s3_api_call(s, &head, NULL, res, e);
}

int s3_api_head(struct s3_api *s, struct arena *a, const char *key, struct s3_object *out, struct err *e)
{
    struct http_response res;
    FAULT("s3.head.before");
    if (FAULT_AFTER("s3.head.after", call_head(s, key, &res, e)))
        return -1;
    *out = (struct s3_object){.owner = {
                                  .job = arena_strdup(a, http_response_header(&res, META_JOB)),
                                  .file = arena_strdup(a, http_response_header(&res, META_FILE)),
                                  .sha256 = arena_strdup(a, http_response_header(&res, META_SHA256)),
                              }};
    const char *length = http_response_header(&res, "Content-Length");
    bool sized = length && parse_i64(length, 0, INT64_MAX, &out->size);
    if (take_etag(s, &res, &out->etag, e))
        return -1;
    return sized ? 0 : err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server does not tell the size of the object.");
}

int s3_api_delete(struct s3_api *s, const char *key, struct err *e)
{
    struct s3_call c = {.method = "DELETE", .key = key};
    struct err mine = ERR_INIT;
    FAULT("s3.delete.before");
    if (FAULT_AFTER("s3.delete.after", call_void(s, &c, &mine)) == 0 || mine.class == ERR_NOT_FOUND)
        return 0;
    if (e)
        *e = mine;
    return -1;
}

/* Multipart uploads */

/* What a document says besides, in the caller's arena. */
struct said {
    struct arena *arena;
    const char *upload_id, *etag;
};

static void on_created(void *arg, const char *path, const char *text)
{
    struct said *r = arg;
    if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0)
        r->upload_id = arena_strdup(r->arena, text);
}

const char *s3_api_create(struct s3_api *s, struct arena *a, const char *key, const struct s3_owner *owner,
                          struct err *e)
{
    struct s3_call c = {.method = "POST", .key = key, .headers = {OCTETS}, .header_count = 1, .once = true};
    struct http_response res;
    struct said r = {.arena = a};
    c.params[c.param_count++] = (struct s3_param){"uploads", ""};
    add_object(s, &c, owner);
    FAULT("s3.create.before");
    if (FAULT_AFTER("s3.create.after", s3_api_call(s, &c, NULL, &res, e)))
        return NULL;
    int rc = s3_xml_parse(buf_str(&res.body), res.body.len, on_created, &r, e);
    http_response_free(&res);
    if (rc == 0 && (!r.upload_id || !*r.upload_id))
        err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's answer carries no upload id: is it S3?");
    return rc == 0 && r.upload_id && *r.upload_id ? r.upload_id : NULL;
}

int s3_api_upload_part(struct s3_api *s, const char *key, const char *upload_id, int number,
                       const struct s3_payload *payload, int64_t *sent, struct s3_etag *etag, struct err *e)
{
    char text[16];
    struct http_response res;
    snprintf(text, sizeof text, "%d", number);
    struct s3_call c = {.method = "PUT",
                        .key = key,
                        .params = {{"partNumber", text}, {"uploadId", upload_id}},
                        .param_count = 2,
                        .payload = *payload};
    FAULT("s3.part.before");
    return FAULT_AFTER("s3.part.after", s3_api_call(s, &c, sent, &res, e)) ? -1 : take_etag(s, &res, etag, e);
}

static void add_escaped(struct buf *b, const char *s)
{
    for (; *s; s++)
        if (*s == '&')
            buf_adds(b, "&amp;");
        else if (*s == '<')
            buf_adds(b, "&lt;");
        else
            buf_addc(b, *s);
}

static void on_completed(void *arg, const char *path, const char *text)
{
    struct said *r = arg;
    if (strcmp(path, "CompleteMultipartUploadResult/ETag") == 0)
        r->etag = arena_strdup(r->arena, text);
}

/* Send the document; the answer's ETag. */
static int complete(struct s3_api *s, struct s3_call *c, struct s3_etag *etag, struct err *e)
{
    struct http_response res;
    struct digest_sum sum;
    digest_memory(DIGEST_SHA256, c->payload.data, c->payload.len, &sum);
    c->payload.sha256 = sum.sha256;
    c->stall_ms = COMPLETE_STALL_MS;
    if (s3_api_call(s, c, NULL, &res, e))
        return -1;
    struct said r = {.arena = s->scratch};
    int rc = s3_xml_parse(buf_str(&res.body), res.body.len, on_completed, &r, e);
    s3_etag_read(etag, r.etag, encryption_of(s, &res), NULL);
    http_response_free(&res);
    if (rc)
        return -1;
    return *etag->text ? 0 : err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server did not confirm the upload.");
}

int s3_api_complete(struct s3_api *s, const char *key, const char *upload_id, const struct s3_part *parts, int count,
                    enum s3_write write, struct s3_etag *etag, struct err *e)
{
    struct buf xml = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    buf_adds(&xml, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (int i = 0; i < count; i++) {
        buf_addf(&xml, "<Part><PartNumber>%d</PartNumber><ETag>\"", parts[i].number);
        add_escaped(&xml, parts[i].etag);
        buf_adds(&xml, "\"</ETag></Part>");
    }
    buf_adds(&xml, "</CompleteMultipartUpload>");
    struct s3_call c = {.method = "POST",
                        .key = key,
                        .params = {{"uploadId", upload_id}},
                        .param_count = 1,
                        .headers = {{"Content-Type", "application/xml"}},
                        .header_count = 1,
                        .payload = {.data = xml.data, .len = xml.len}};
    add_condition(&c, write);
    FAULT("s3.complete.before");
    int rc = FAULT_AFTER("s3.complete.after", complete(s, &c, etag, e));
    buf_free(&xml);
    return rc;
}

int s3_api_abort(struct s3_api *s, const char *key, const char *upload_id, struct err *e)
{
    struct s3_call c = {.method = "DELETE", .key = key, .params = {{"uploadId", upload_id}}, .param_count = 1};
    struct err mine = ERR_INIT;
    FAULT("s3.abort.before");
    if (FAULT_AFTER("s3.abort.after", call_void(s, &c, &mine)) == 0 || mine.class == ERR_NOT_FOUND)
        return 0;
    if (e)
        *e = mine;
    return -1;
}
