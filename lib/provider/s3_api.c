#include "provider/s3_api.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/fault.h"
#include "net/digest.h"
#include "provider/s3_learned.h"
#include "provider/s3_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Complete of a large upload takes minutes; servers are to send white space meanwhile, but not all do. */
enum { COMPLETE_STALL_MS = 5 * 60 * 1000, MAX_LIST_PAGES = 1000, LESSONS_MAX = 2 /* of one call: place and clock */ };

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

static int call(struct s3_api *s, const struct s3_call *c, int64_t *sent, struct http_response *res, struct err *e)
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
    if (call(s, c, NULL, &res, e))
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
    return FAULT_AFTER("s3.put.after", call(s, &c, sent, &res, e)) ? -1 : take_etag(s, &res, etag, e);
}

/* A refused HEAD has no words, and these may be about the region or the endpoint: a question about the bucket is
 * refused in words, from which call() learns. */
static int call_head(struct s3_api *s, const char *key, struct http_response *res, struct err *e)
{
    struct s3_call head = {.method = "HEAD", .key = key};
    struct s3_call words = {.method = "GET", .params = {{"location", ""}}, .param_count = 1};
    struct err ignored = ERR_INIT;
    if (call(s, &head, NULL, res, e) == 0)
        return 0;
    int status = s->refusal.status;
    if (!s->target->learned || (status != 400 && status != 301 && status != 307))
        return -1;
    call_void(s, &words, &ignored);
    err_clear(e);
    return call(s, &head, NULL, res, e);
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

struct first {
    struct arena *arena;
    const char *key;
    bool list; /* it is a list of objects at all */
};

static void on_object(void *arg, const char *path, const char *text)
{
    struct first *f = arg;
    if (strcmp(path, "ListBucketResult/Contents/Key") == 0 && !f->key)
        f->key = arena_strdup(f->arena, text);
    f->list = f->list || strcmp(path, "ListBucketResult") == 0;
}

int s3_api_first(struct s3_api *s, struct arena *a, const char *prefix, const char *after, const char **key,
                 struct err *e)
{
    struct s3_call c = {.method = "GET",
                        .params = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", prefix}, {"start-after", after}},
                        .param_count = 4};
    struct first f = {.arena = a};
    struct http_response res;
    FAULT("s3.list.before");
    if (FAULT_AFTER("s3.list.after", call(s, &c, NULL, &res, e)))
        return -1;
    int rc = s3_xml_parse(buf_str(&res.body), res.body.len, on_object, &f, e);
    http_response_free(&res);
    if (rc == 0 && !f.list)
        rc = err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's list of objects makes no sense.");
    *key = f.key;
    return rc;
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

struct reading {
    struct arena *arena;
    const char *upload_id, *etag;
    struct s3_part *parts, part;
    struct s3_upload *uploads, upload;
    int count, room, marker;
    const char *key_marker, *id_marker;
    bool truncated, bad;
};

static void on_created(void *arg, const char *path, const char *text)
{
    struct reading *r = arg;
    if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0)
        r->upload_id = arena_strdup(r->arena, text);
}

const char *s3_api_create(struct s3_api *s, struct arena *a, const char *key, const struct s3_owner *owner,
                          struct err *e)
{
    struct s3_call c = {.method = "POST", .key = key, .headers = {OCTETS}, .header_count = 1, .once = true};
    struct http_response res;
    struct reading r = {.arena = a};
    c.params[c.param_count++] = (struct s3_param){"uploads", ""};
    add_object(s, &c, owner);
    FAULT("s3.create.before");
    if (FAULT_AFTER("s3.create.after", call(s, &c, NULL, &res, e)))
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
    return FAULT_AFTER("s3.part.after", call(s, &c, sent, &res, e)) ? -1 : take_etag(s, &res, etag, e);
}

static void *grow(struct arena *a, void *items, int count, int *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room ? *room * 2 : 64;
    void *larger = arena_array(a, (size_t)*room, size);
    if (count)
        memcpy(larger, items, (size_t)count * size);
    return larger;
}

static void on_part(void *arg, const char *path, const char *text)
{
    struct reading *r = arg;
    int64_t n;
    if (strncmp(path, "ListPartsResult/", 16) != 0)
        return;
    path += 16;
    if (strcmp(path, "Part/PartNumber") == 0) {
        r->bad = r->bad || !parse_i64(text, 1, S3_PART_MAX, &n);
        r->part.number = r->bad ? 0 : (int)n;
    } else if (strcmp(path, "Part/Size") == 0) {
        r->bad = r->bad || !parse_i64(text, 0, INT64_MAX, &n);
        r->part.size = r->bad ? 0 : n;
    } else if (strcmp(path, "Part/ETag") == 0) {
        s3_etag_copy(r->part.etag, text);
    } else if (strcmp(path, "Part") == 0) {
        if (r->count && r->parts[r->count - 1].number >= r->part.number)
            r->bad = true; /* also: more than S3_PART_MAX of them */
        r->parts = grow(r->arena, r->parts, r->count, &r->room, sizeof *r->parts);
        r->parts[r->count++] = r->part;
        r->part = (struct s3_part){0};
    } else if (strcmp(path, "IsTruncated") == 0) {
        r->truncated = strcmp(text, "true") == 0;
    } else if (strcmp(path, "NextPartNumberMarker") == 0) {
        r->marker = parse_i64(text, 0, S3_PART_MAX, &n) ? (int)n : 0;
    }
}

static int read_page(struct s3_api *s, const struct s3_call *c, s3_xml_fn *fn, struct reading *r, struct err *e)
{
    struct http_response res;
    r->truncated = false;
    if (call(s, c, NULL, &res, e))
        return -1;
    int rc = s3_xml_parse(buf_str(&res.body), res.body.len, fn, r, e);
    http_response_free(&res);
    if (rc == 0 && r->bad)
        rc = err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's list of parts or uploads makes no sense.");
    return rc;
}

int s3_api_list_parts(struct s3_api *s, struct arena *a, const char *key, const char *upload_id, struct s3_part **parts,
                      int *count, struct err *e)
{
    struct reading r = {.arena = a};
    char marker[16] = "";
    for (int last = -1; r.marker > last;) {
        struct s3_call c = {.method = "GET", .key = key, .params = {{"uploadId", upload_id}}, .param_count = 1};
        if (*marker)
            c.params[c.param_count++] = (struct s3_param){"part-number-marker", marker};
        last = r.marker;
        FAULT("s3.parts.before");
        if (FAULT_AFTER("s3.parts.after", read_page(s, &c, on_part, &r, e)))
            return -1;
        if (!r.truncated)
            break;
        if (r.marker <= last) /* a page that leads nowhere */
            return err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's list of parts does not end.");
        snprintf(marker, sizeof marker, "%d", r.marker);
    }
    *parts = r.parts;
    *count = r.count;
    return 0;
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
    struct reading *r = arg;
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
    if (call(s, c, NULL, &res, e))
        return -1;
    struct reading r = {.arena = s->scratch};
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

/* "2026-02-18T18:37:25.123Z"; 0 for anything else. */
static int64_t read_time(const char *text)
{
    struct tm t = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
    return end && (*end == '.' || *end == 'Z') ? (int64_t)timegm(&t) : 0;
}

static void on_upload(void *arg, const char *path, const char *text)
{
    struct reading *r = arg;
    if (strncmp(path, "ListMultipartUploadsResult/", 27) != 0)
        return;
    path += 27;
    if (strcmp(path, "Upload/Key") == 0) {
        r->upload.key = arena_strdup(r->arena, text);
    } else if (strcmp(path, "Upload/UploadId") == 0) {
        r->upload.upload_id = arena_strdup(r->arena, text);
    } else if (strcmp(path, "Upload/Initiated") == 0) {
        r->upload.initiated_s = read_time(text);
    } else if (strcmp(path, "Upload") == 0) {
        r->bad = r->bad || !r->upload.key || !r->upload.upload_id;
        r->uploads = grow(r->arena, r->uploads, r->count, &r->room, sizeof *r->uploads);
        r->uploads[r->count++] = r->upload;
        r->upload = (struct s3_upload){0};
    } else if (strcmp(path, "IsTruncated") == 0) {
        r->truncated = strcmp(text, "true") == 0;
    } else if (strcmp(path, "NextKeyMarker") == 0) {
        r->key_marker = arena_strdup(r->arena, text);
    } else if (strcmp(path, "NextUploadIdMarker") == 0) {
        r->id_marker = arena_strdup(r->arena, text);
    }
}

int s3_api_list_uploads(struct s3_api *s, struct arena *a, const char *prefix, struct s3_upload **uploads, int *count,
                        struct err *e)
{
    struct reading r = {.arena = a};
    for (int page = 0;; page++) {
        struct s3_call c = {.method = "GET", .params = {{"uploads", ""}, {"prefix", prefix}}, .param_count = 2};
        if (page) {
            c.params[c.param_count++] = (struct s3_param){"key-marker", r.key_marker ? r.key_marker : ""};
            c.params[c.param_count++] = (struct s3_param){"upload-id-marker", r.id_marker ? r.id_marker : ""};
        }
        FAULT("s3.uploads.before");
        if (FAULT_AFTER("s3.uploads.after", read_page(s, &c, on_upload, &r, e)))
            return -1;
        if (!r.truncated)
            break;
        if (page == MAX_LIST_PAGES)
            return err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's list of uploads does not end.");
    }
    *uploads = r.uploads;
    *count = r.count;
    return 0;
}
