#include "provider/gdrive_api.h"

#include "base/encode.h"
#include "base/fault.h"
#include "base/jsonw.h"
#include "net/http_range.h"
#include "net/json.h"
#include "net/seal.h"
#include "provider/gdrive_call.h"
#include "provider/google_error.h"

#include <stdio.h>
#include <string.h>

enum { MAX_METADATA = 64 * 1024, BOUNDARY_BYTES = 16 };

#define FIELDS "id,size,md5Checksum,sha256Checksum,trashed"
#define FILE_TYPE "application/octet-stream"

static void copy_text(char *out, size_t size, const struct json *v)
{
    const char *text = json_str(v);
    if (text && strlen(text) < size)
        snprintf(out, size, "%s", text);
}

/* A file's resource; frees the answer. */
static int read_item(struct http_response *res, struct gdrive_item *out, struct err *e)
{
    struct json *root = json_parse(buf_str(&res->body), res->body.len, NULL);
    const char *size = json_str(json_get(root, "size"));
    *out = (struct gdrive_item){.size = -1, .trashed = json_truth(json_get(root, "trashed"))};
    copy_text(out->id, sizeof out->id, json_get(root, "id"));
    copy_text(out->md5, sizeof out->md5, json_get(root, "md5Checksum"));
    copy_text(out->sha256, sizeof out->sha256, json_get(root, "sha256Checksum"));
    if (size && !parse_i64(size, 0, INT64_MAX, &out->size))
        out->id[0] = '\0';
    json_free(root);
    http_response_free(res);
    if (!gdrive_call_is_id(out->id))
        return err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive's answer cannot be understood.");
    return 0;
}

int gdrive_api_ids(struct gdrive_api *g, struct arena *a, int count, const char ***out, struct err *e)
{
    struct http_response res;
    const char *url = arena_printf(a, "%s/drive/v3/files/generateIds?count=%d&space=drive", gdrive_call_base(g), count);
    FAULT("drive.ids.before");
    if (FAULT_AFTER("drive.ids.after", gdrive_call(g, "GET", url, NULL, &res, e)))
        return -1;
    struct json *root = json_parse(buf_str(&res.body), res.body.len, NULL);
    const struct json *ids = json_get(root, "ids");
    bool good = json_len(ids) == (size_t)count;
    *out = ARENA_ARRAY(a, (size_t)count, const char *);
    for (int i = 0; good && i < count; i++) {
        (*out)[i] = arena_strdup(a, json_str(json_at(ids, (size_t)i)));
        good = gdrive_call_is_id((*out)[i]);
    }
    json_free(root);
    http_response_free(&res);
    return good ? 0 : err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive gave no usable ids.");
}

int gdrive_api_room(struct gdrive_api *g, struct arena *a, struct gdrive_room *out, struct err *e)
{
    struct http_response res;
    const char *url = arena_printf(a, "%s/drive/v3/about?fields=storageQuota(limit,usage)", gdrive_call_base(g));
    FAULT("drive.room.before");
    if (FAULT_AFTER("drive.room.after", gdrive_call(g, "GET", url, NULL, &res, e)))
        return -1;
    struct json *root = json_parse(buf_str(&res.body), res.body.len, NULL);
    const struct json *quota = json_get(root, "storageQuota");
    const char *limit = json_str(json_get(quota, "limit")), *used = json_str(json_get(quota, "usage"));
    *out = (struct gdrive_room){.limit = -1};
    bool good = parse_i64(used, 0, INT64_MAX, &out->used) && (!limit || parse_i64(limit, 0, INT64_MAX, &out->limit));
    json_free(root);
    http_response_free(&res);
    return good ? 0 : err_set(e, ERR_REMOTE, "InvalidResponse", "Google does not tell how full the account is.");
}

/* The metadata of a create, in the arena. */
static const char *metadata(struct arena *a, const struct gdrive_new *f, const char *type)
{
    struct buf b = BUF_INIT(MAX_METADATA);
    struct jsonw w = jsonw_to(&b);
    const struct {
        const char *name, *value;
    } own[] = {{"tcJob", f->job}, {"tcFile", f->file}, {"tcSha256", f->sha256}};
    jsonw_object(&w, NULL);
    jsonw_str(&w, "id", f->id);
    jsonw_str(&w, "name", f->name);
    jsonw_str(&w, "mimeType", type);
    if (f->parent) {
        jsonw_array(&w, "parents");
        jsonw_str(&w, NULL, f->parent);
        jsonw_end(&w);
    }
    jsonw_object(&w, "appProperties");
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (own[i].value)
            jsonw_str(&w, own[i].name, own[i].value);
    jsonw_end(&w);
    jsonw_end(&w);
    return buf_move(&b, a);
}

static int too_long(struct err *e)
{
    return err_set(e, ERR_PERMANENT, "NameTooLong", "The name of the file is too long for Google Drive.");
}

int gdrive_api_folder(struct gdrive_api *g, struct arena *a, const struct gdrive_new *f, struct err *e)
{
    struct http_response res;
    struct gdrive_item item;
    const char *text = metadata(a, f, GDRIVE_FOLDER_TYPE);
    if (!text)
        return too_long(e);
    struct gdrive_content c = {.type = "application/json; charset=UTF-8", .data = text, .n = strlen(text)};
    const char *url = arena_printf(a, "%s/drive/v3/files?supportsAllDrives=true&fields=" FIELDS, gdrive_call_base(g));
    FAULT("drive.folder.before");
    return FAULT_AFTER("drive.folder.after", gdrive_call(g, "POST", url, &c, &res, e)) ? -1 : read_item(&res, &item, e);
}

/* Two parts: what it is, and the bytes. https://www.rfc-editor.org/rfc/rfc2387 */
int gdrive_api_put(struct gdrive_api *g, struct arena *a, const struct gdrive_new *f, int fd, int64_t size,
                   struct gdrive_item *out, struct err *e)
{
    struct http_response res;
    const char *text = metadata(a, f, FILE_TYPE), *boundary = seal_token(a, BOUNDARY_BYTES);
    if (!text)
        return too_long(e);
    const char *head = arena_printf(a,
                                    "--%s\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n%s\r\n"
                                    "--%s\r\nContent-Type: " FILE_TYPE "\r\n\r\n",
                                    boundary, text, boundary);
    struct gdrive_content c = {.type = arena_printf(a, "multipart/related; boundary=%s", boundary),
                               .data = head,
                               .n = strlen(head),
                               .from_file = true,
                               .fd = fd,
                               .length = size,
                               .tail = arena_printf(a, "\r\n--%s--\r\n", boundary)};
    const char *url = arena_printf(
        a, "%s/upload/drive/v3/files?uploadType=multipart&supportsAllDrives=true&fields=" FIELDS, gdrive_call_base(g));
    FAULT("drive.small.before");
    return FAULT_AFTER("drive.small.after", gdrive_call(g, "POST", url, &c, &res, e)) ? -1 : read_item(&res, out, e);
}

static const char *file_url(struct gdrive_api *g, struct arena *a, const char *id)
{
    return arena_printf(a, "%s/drive/v3/files/%s?supportsAllDrives=true&fields=" FIELDS, gdrive_call_base(g), id);
}

int gdrive_api_get(struct gdrive_api *g, struct arena *a, const char *id, struct gdrive_item *out, struct err *e)
{
    struct http_response res;
    FAULT("drive.get.before");
    return FAULT_AFTER("drive.get.after", gdrive_call(g, "GET", file_url(g, a, id), NULL, &res, e))
               ? -1
               : read_item(&res, out, e);
}

int gdrive_api_delete(struct gdrive_api *g, struct arena *a, const char *id, struct err *e)
{
    struct http_response res;
    const char *url = arena_printf(a, "%s/drive/v3/files/%s?supportsAllDrives=true", gdrive_call_base(g), id);
    FAULT("drive.delete.before");
    if (FAULT_AFTER("drive.delete.after", gdrive_call(g, "DELETE", url, NULL, &res, e)))
        return e->class == ERR_NOT_FOUND ? 0 : -1;
    http_response_free(&res);
    return 0;
}

const char *gdrive_api_session(struct gdrive_api *g, struct arena *a, const struct gdrive_new *f, int64_t size,
                               struct err *e)
{
    struct http_response res;
    const char *text = metadata(a, f, FILE_TYPE);
    if (!text) {
        too_long(e);
        return NULL;
    }
    struct gdrive_content c = {.type = "application/json; charset=UTF-8",
                               .data = text,
                               .n = strlen(text),
                               .more = {{"X-Upload-Content-Type", FILE_TYPE},
                                        {"X-Upload-Content-Length", arena_printf(a, "%lld", (long long)size)}}};
    const char *url = arena_printf(
        a, "%s/upload/drive/v3/files?uploadType=resumable&supportsAllDrives=true&fields=" FIELDS, gdrive_call_base(g));
    FAULT("drive.session.before");
    if (FAULT_AFTER("drive.session.after", gdrive_call(g, "POST", url, &c, &res, e)))
        return NULL;
    /* The token goes to this address: it must be the server's that was asked. */
    const char *location = arena_strdup(a, http_response_header(&res, "Location"));
    size_t n = strlen(gdrive_call_base(g));
    http_response_free(&res);
    if (location && !strncmp(location, gdrive_call_base(g), n) && location[n] == '/')
        return location;
    err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive did not say where to upload to.");
    return NULL;
}

/* The answer to a PUT on a session: 308 with what is stored, or the file; frees it. */
static int read_progress(struct http_response *res, int64_t size, struct gdrive_progress *out, struct err *e)
{
    *out = (struct gdrive_progress){0};
    if (res->status == 200 || res->status == 201) {
        out->complete = true;
        out->stored = size;
        return read_item(res, &out->item, e);
    }
    if (res->status == 308) {
        const char *range = http_response_header(res, "Range");
        bool good = !range || http_range_stored(range, &out->stored);
        http_response_free(res);
        return good && out->stored <= size
                   ? 0
                   : err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive does not say how much it has stored.");
    }
    int status = res->status;
    google_error_fill(res, e);
    http_response_free(res);
    if (status == 404 || status == 410 || status == 499)
        err_set(e, ERR_NOT_FOUND, "SessionGone", "Google Drive has forgotten the upload.");
    return -1;
}

int gdrive_api_stored(struct gdrive_api *g, const char *session, int64_t size, struct gdrive_progress *out,
                      struct err *e)
{
    char range[64];
    struct http_response res;
    snprintf(range, sizeof range, "bytes */%lld", (long long)size);
    struct gdrive_content c = {.type = FILE_TYPE, .data = "", .more = {{"Content-Range", range}}};
    FAULT("drive.status.before");
    return FAULT_AFTER("drive.status.after", gdrive_call_exchange(g, "PUT", session, &c, &res, e))
               ? -1
               : read_progress(&res, size, out, e);
}

int gdrive_api_send(struct gdrive_api *g, const char *session, int64_t size, int fd, int64_t offset, int64_t length,
                    int64_t *sent, struct gdrive_progress *out, struct err *e)
{
    char range[96];
    struct http_response res;
    snprintf(range, sizeof range, "bytes %lld-%lld/%lld", (long long)offset, (long long)(offset + length - 1),
             (long long)size);
    struct gdrive_content c = {.type = FILE_TYPE,
                               .from_file = true,
                               .fd = fd,
                               .offset = offset,
                               .length = length,
                               .sent = sent,
                               .more = {{"Content-Range", range}}};
    FAULT("drive.send.before");
    return FAULT_AFTER("drive.send.after", gdrive_call_exchange(g, "PUT", session, &c, &res, e))
               ? -1
               : read_progress(&res, size, out, e);
}

int gdrive_api_cancel(struct gdrive_api *g, const char *session, struct err *e)
{
    struct http_response res;
    FAULT("drive.cancel.before");
    if (FAULT_AFTER("drive.cancel.after", gdrive_call_exchange(g, "DELETE", session, NULL, &res, e)))
        return -1;
    bool over = (res.status >= 200 && res.status <= 299) || res.status == 499 || res.status == 404 || res.status == 410;
    if (!over)
        google_error_fill(&res, e);
    http_response_free(&res);
    return over ? 0 : -1;
}
