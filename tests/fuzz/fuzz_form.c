/*
 * The upload form as a handler reads it. Two lines, the Content-Type and the Content-Length, then the body. What comes
 * out is a piece of the body; a form that is not there says so in the words of the API.
 */
#include "fcgi-app/form.h"
#include "fcgi-app/request.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_FILE = 4096 };

/* A body that comes in small and odd pieces. */
static size_t read_some(void *stream, char *out, size_t n)
{
    struct fuzz *f = stream;
    size_t piece = 1 + f->left % 37;
    n = n < piece ? n : piece;
    n = n < f->left ? n : f->left;
    if (n)
        memcpy(out, f->at, n);
    f->at += n;
    f->left -= n;
    return n;
}

static void refused(const struct err *e, const struct request *req)
{
    MUST(e->class == ERR_MEDIA || e->class == ERR_TOO_LARGE || e->class == ERR_FORMAT);
    MUST(*e->msg && fuzz_is_text(e->msg));
    MUST((e->class == ERR_FORMAT) == (req->field_errors != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct err e = ERR_INIT;
    struct request req;
    struct form_file file;
    char *type = arena_printf(f.arena, "CONTENT_TYPE=%s", fuzz_line(&f));
    char *length = arena_printf(f.arena, "CONTENT_LENGTH=%s", fuzz_line(&f));
    char *params[] = {type, length, NULL};
    size_t n = f.left;
    const uint8_t *body = f.at;
    fuzz_config();
    if (request_open(&req, f.arena, params, read_some, &f, &e) != 0) {
        MUST(e.class == ERR_FORMAT && req.id && req.method && req.path);
    } else if (form_file(&req, "torrentFile", MAX_FILE, &file, &e) == 0) {
        MUST(file.bytes.len <= MAX_FILE && file.filename && strlen(file.filename) <= 255);
        MUST(file.bytes.len == 0 || memmem(body, n, file.bytes.data, file.bytes.len));
        buf_free(&file.bytes);
    } else {
        refused(&e, &req);
        buf_free(&file.bytes);
    }
    request_close(&req);
    fuzz_close(&f);
    return 0;
}
