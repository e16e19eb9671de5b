/* The lists of the S3 REST API: objects, parts, uploads. */
#include "base/encode.h"
#include "base/fault.h"
#include "provider/s3_call.h"
#include "provider/s3_xml.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAX_LIST_PAGES = 1000 };

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
    if (FAULT_AFTER("s3.list.after", s3_api_call(s, &c, NULL, &res, e)))
        return -1;
    int rc = s3_xml_parse(buf_str(&res.body), res.body.len, on_object, &f, e);
    http_response_free(&res);
    if (rc == 0 && !f.list)
        rc = err_set(e, ERR_REMOTE, "UnexpectedAnswer", "The server's list of objects makes no sense.");
    *key = f.key;
    return rc;
}

struct reading {
    struct arena *arena;
    struct s3_part *parts, part;
    struct s3_upload *uploads, upload;
    int count, room, marker;
    const char *key_marker, *id_marker;
    bool truncated, bad;
};

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
    if (s3_api_call(s, c, NULL, &res, e))
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
