#include "provider/drive_probe.h"

#include "base/jsonw.h"
#include "net/json.h"
#include "net/seal.h"
#include "provider/google_error.h"

#include <string.h>

enum { MAX_ANSWER = 64 * 1024, MAX_METADATA = 4096, MAX_ID = 128, NAME_BYTES = 8 };

/* One call of drive/v3/files: 0 and a 2xx in *res, which the caller frees. */
static int call(struct http *h, struct arena *a, const struct google_servers *servers, const char *access_token,
                const char *method, const char *url, const char *json, struct http_response *res, struct err *e)
{
    const struct http_header headers[] = {
        {"Authorization", arena_printf(a, "Bearer %s", access_token)},
        {"Accept", "application/json"},
        {"Content-Type", "application/json; charset=UTF-8"},
    };
    if (http_perform(h,
                     &(struct http_request){.method = method,
                                            .url = url,
                                            .headers = headers,
                                            .header_count = json ? 3 : 2,
                                            .body = json,
                                            .body_len = json ? strlen(json) : 0,
                                            .max_response = MAX_ANSWER,
                                            .connect_timeout_ms = servers->timeout_ms,
                                            .timeout_ms = servers->timeout_ms},
                     res, e))
        return -1;
    if (res->status >= 200 && res->status <= 299)
        return 0;
    google_error_fill(res, e);
    http_response_free(res);
    return -1;
}

/* An id, when it can stand in a path. */
static const char *usable(struct arena *a, const struct json *v)
{
    const char *id = arena_strdup(a, json_str(v));
    size_t n = id ? strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") : 0;
    return n > 0 && n <= MAX_ID && !id[n] ? id : NULL;
}

/* Uploads are made under ids that come first: not every place may take them. */
static const char *fresh_id(struct http *h, struct arena *a, const struct google_servers *servers,
                            const char *access_token, struct err *e)
{
    struct http_response res;
    const char *url = arena_printf(a, "%s/drive/v3/files/generateIds?count=1&space=drive", servers->api_url);
    if (call(h, a, servers, access_token, "GET", url, NULL, &res, e))
        return NULL;
    struct json *root = json_parse(buf_str(&res.body), res.body.len, NULL);
    const char *id = usable(a, json_at(json_get(root, "ids"), 0));
    json_free(root);
    http_response_free(&res);
    if (!id)
        err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive gave no usable id for a file.");
    return id;
}

static const char *metadata(struct arena *a, const char *id, const char *parent)
{
    struct buf b = BUF_INIT(MAX_METADATA);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "id", id);
    jsonw_str(&w, "name", arena_printf(a, ".torrentclou-probe-%s", seal_token(a, NAME_BYTES)));
    jsonw_str(&w, "mimeType", "text/plain");
    if (parent) {
        jsonw_array(&w, "parents");
        jsonw_str(&w, NULL, parent);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    const char *text = arena_strdup(a, buf_str(&b));
    buf_free(&b);
    return text;
}

int drive_probe_write(struct http *h, struct arena *a, const struct google_servers *servers, const char *access_token,
                      const char *parent, struct err *e)
{
    struct http_response res;
    const char *id = fresh_id(h, a, servers, access_token, e);
    const char *url = arena_printf(a, "%s/drive/v3/files?fields=id&supportsAllDrives=true", servers->api_url);
    if (!id || call(h, a, servers, access_token, "POST", url, metadata(a, id, parent), &res, e))
        return -1;
    struct json *root = json_parse(buf_str(&res.body), res.body.len, NULL);
    const char *made = json_str(json_get(root, "id"));
    bool same = made && strcmp(made, id) == 0;
    json_free(root);
    http_response_free(&res);
    if (!same)
        return err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive made a file, but not under the id it gave.");
    url = arena_printf(a, "%s/drive/v3/files/%s?supportsAllDrives=true", servers->api_url, id);
    if (call(h, a, servers, access_token, "DELETE", url, NULL, &res, e))
        return err_wrap(e, "The probe file was written, but could not be deleted");
    http_response_free(&res);
    return 0;
}
