/*
 * JSON bodies as handlers read them, by a table with a field of each type, and the two kinds of numbers of an address.
 * A line with the {id}, one with the query, then the body. Whatever is accepted has the type that the table says.
 */
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "net/json.h"
#include "tests/fuzz/fuzz.h"

struct target {
    const char *name, *note;
    int64_t id;
    bool flag;
    struct input_list files;
};

static const struct input_field fields[] = {
    {"profileName", INPUT_TEXT, offsetof(struct target, name), false},
    {"note", INPUT_TEXT, offsetof(struct target, note), true},
    {"torrentFileId", INPUT_ID, offsetof(struct target, id), true},
    {"skipTest", INPUT_FLAG, offsetof(struct target, flag), true},
    {"selectedFilePaths", INPUT_TEXT_LIST, offsetof(struct target, files), true},
};

static void refused(const struct request *req, const struct err *e)
{
    MUST(e->class == ERR_FORMAT && !strcmp(e->code, "ValidationFailed"));
    MUST(*e->msg && fuzz_is_text(e->msg) && req->field_errors);
    for (const struct field_error *x = req->field_errors; x; x = x->next)
        MUST(x->field && *x->message);
}

static void read_body(struct request *req)
{
    struct target t = {0};
    struct err e = ERR_INIT;
    req->field_errors = NULL;
    if (input_body(req, fields, sizeof fields / sizeof *fields, &t, &e) != 0) {
        refused(req, &e);
        return;
    }
    MUST(json_kind(req->json) == JSON_KIND_OBJECT);
    MUST(t.name && fuzz_is_text(t.name) && t.note && fuzz_is_text(t.note));
    MUST(t.id >= INT32_MIN && t.id <= INT32_MAX);
    MUST(t.files.given || t.files.count == 0);
    for (size_t i = 0; i < t.files.count; i++)
        MUST(!t.files.items[i] || fuzz_is_text(t.files.items[i]));
}

static void read_numbers(struct request *req)
{
    struct err e = ERR_INIT;
    struct input_page page;
    int64_t id = -1;
    if (input_id(req, &id, &e) == 0)
        MUST(id >= 0 && id <= INT32_MAX);
    else
        refused(req, &e);
    req->field_errors = NULL;
    if (input_page(req, &page, &e) == 0)
        MUST(page.number >= 1 && page.size >= 1 && page.size <= 100);
    else
        refused(req, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct request req = {.arena = f.arena};
    req.capture = fuzz_line(&f);
    bool query = query_parse(fuzz_line(&f), f.arena, &req.query, NULL) == 0;
    size_t n = f.left;
    req.json = json_parse(fuzz_take(&f, n), n, NULL);
    if (query)
        read_numbers(&req);
    read_body(&req);
    request_close(&req);
    fuzz_close(&f);
    return 0;
}
