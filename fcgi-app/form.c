#include "fcgi-app/form.h"

#include "fcgi-app/multipart.h"
#include "fcgi-app/request.h"

#include <string.h>
#include <strings.h>

enum { CHUNK = 16 * 1024 };

struct reader {
    struct request *req;
    const char *field;
    struct form_file *out;
    bool wanted; /* the present part is the file */
};

static bool on_begin(void *arg, const struct multipart_part *part)
{
    struct reader *r = arg;
    const char *name = !strncasecmp(part->name, "request.", 8) ? part->name + 8 : part->name;
    r->wanted = part->has_filename && !strcasecmp(name, r->field) && !r->out->filename;
    if (r->wanted)
        r->out->filename = arena_strdup(r->req->arena, part->filename);
    return true;
}

static bool on_data(void *arg, const char *bytes, size_t n)
{
    struct reader *r = arg;
    if (r->wanted)
        buf_add(&r->out->bytes, bytes, n);
    return buf_ok(&r->out->bytes);
}

static bool on_end(void *arg)
{
    struct reader *r = arg;
    r->wanted = false;
    return true;
}

static int broken(struct request *req, const char *why, struct err *e)
{
    request_field_error(req, "", "Failed to read the request form. %s", why);
    return request_invalid(req, e);
}

int form_file(struct request *req, const char *field, size_t max, struct form_file *out, struct err *e)
{
    static const struct multipart_events events = {on_begin, on_data, on_end};
    struct reader reader = {.req = req, .field = field, .out = out};
    struct multipart m;
    const char *type = request_header(req, "Content-Type");
    char chunk[CHUNK];
    size_t n, total = 0;
    *out = (struct form_file){.bytes = BUF_INIT(max)};
    if (!type || !multipart_init(&m, type, &events, &reader))
        return err_set(e, ERR_MEDIA, NULL, "The body must be multipart/form-data with a boundary.");
    if (req->content_length > BUF_MAX_REQUEST_UPLOAD)
        return err_set(e, ERR_TOO_LARGE, NULL, "The request body is larger than %d bytes.", BUF_MAX_REQUEST_UPLOAD);
    while ((n = req->read(req->stream, chunk, sizeof chunk)) > 0) {
        total += n;
        if (total > BUF_MAX_REQUEST_UPLOAD)
            return err_set(e, ERR_TOO_LARGE, NULL, "The request body is larger than %d bytes.", BUF_MAX_REQUEST_UPLOAD);
        if (!multipart_feed(&m, chunk, n))
            break;
    }
    if (!buf_ok(&out->bytes))
        return err_set(e, ERR_TOO_LARGE, NULL, "The file is larger than %zu bytes.", max);
    if (!multipart_finish(&m))
        return broken(req, m.error, e);
    /* A file field that a browser sends blank has neither name nor bytes. */
    if (!out->filename || (!*out->filename && out->bytes.len == 0)) {
        request_field_error(req, field, "The %s field is required.", field);
        return request_invalid(req, e);
    }
    return 0;
}
