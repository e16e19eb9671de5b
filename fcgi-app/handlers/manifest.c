#include "fcgi-app/manifest.h"

#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/job_service.h"

#include <string.h>

enum format { FORMAT_NONE, FORMAT_JSON, FORMAT_SHA256SUM, FORMAT__MAX };

static const struct {
    const char *word, *ending;
} formats[FORMAT__MAX] = {
    [FORMAT_NONE] = {"", ""},
    [FORMAT_JSON] = {"json", ".manifest.json"},
    [FORMAT_SHA256SUM] = {"sha256sum", ".sha256"},
};

static int read_format(struct request *req, enum format *out, struct err *e)
{
    const char *text = query_get(&req->query, "format");
    for (int i = FORMAT_NONE; i < FORMAT__MAX; i++)
        if (!strcmp(text ? text : "", formats[i].word)) {
            *out = (enum format)i;
            return 0;
        }
    request_field_error(req, "format", "The value '%s' is not valid.", text);
    return request_invalid(req, e);
}

int manifest_get(struct request *req, struct response *res, struct err *e)
{
    struct job_manifest manifest;
    enum format format = FORMAT_NONE; /* gcc -O2 cannot see that read_format() sets it */
    int64_t id;
    if (input_id(req, &id, e) || read_format(req, &format, e) ||
        job_service_manifest(req->services, req->arena, req->session.user_id, id, &manifest, e))
        return -1;
    res->body.max = BUF_MAX_MANIFEST;
    if (format == FORMAT_SHA256SUM)
        manifest_sha256sum(response_text(res, 200, "text/plain; charset=utf-8"), &manifest);
    else
        manifest_json(response_json(res, 200), &manifest);
    if (format != FORMAT_NONE)
        response_header(res, "Content-Disposition",
                        manifest_disposition(req->arena, &manifest, formats[format].ending));
    return 0;
}
