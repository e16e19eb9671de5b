#include "provider/drive_probe.h"

#include "net/json.h"
#include "net/seal.h"
#include "provider/google_error.h"

#include <string.h>

enum { MAX_ANSWER = 64 * 1024, MAX_ID = 128, NAME_BYTES = 8 };

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

/* The id in the answer, when it can stand in a path. */
static const char *id_of(struct arena *a, const struct http_response *res)
{
    struct json *root = json_parse(buf_str(&res->body), res->body.len, NULL);
    const char *id = arena_strdup(a, json_str(json_get(root, "id")));
    json_free(root);
    size_t n = id ? strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") : 0;
    return n > 0 && n <= MAX_ID && !id[n] ? id : NULL;
}

int drive_probe_write(struct http *h, struct arena *a, const struct google_servers *servers, const char *access_token,
                      struct err *e)
{
    struct http_response res;
    const char *url = arena_printf(a, "%s/drive/v3/files?fields=id&supportsAllDrives=true", servers->api_url);
    const char *metadata =
        arena_printf(a, "{\"name\":\".torrentclou-probe-%s\",\"mimeType\":\"text/plain\"}", seal_token(a, NAME_BYTES));
    if (call(h, a, servers, access_token, "POST", url, metadata, &res, e))
        return -1;
    const char *id = id_of(a, &res);
    http_response_free(&res);
    if (!id)
        return err_set(e, ERR_REMOTE, "InvalidResponse", "Google Drive made a file, but did not tell its id.");
    url = arena_printf(a, "%s/drive/v3/files/%s?supportsAllDrives=true", servers->api_url, id);
    if (call(h, a, servers, access_token, "DELETE", url, NULL, &res, e))
        return err_wrap(e, "The probe file was written, but could not be deleted");
    http_response_free(&res);
    return 0;
}
