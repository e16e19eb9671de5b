/* The upload form and the body of a request: what is refused, with which class and in which words. */
#include "base/config.h"
#include "fcgi-app/form.h"
#include "fcgi-app/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_FILE = 16 };
#define TYPE "multipart/form-data; boundary=b"
#define HEAD "--b\r\nContent-Disposition: form-data; name=torrentFile; filename=a.torrent\r\n\r\n"

struct body {
    const char *at;
    size_t left;
};

/* Three bytes at a time, so that everything is cut somewhere. */
static size_t read_some(void *stream, char *out, size_t n)
{
    struct body *b = stream;
    n = n < 3 ? n : 3;
    n = n < b->left ? n : b->left;
    memcpy(out, b->at, n);
    b->at += n;
    b->left -= n;
    return n;
}

static int setup(void **state)
{
    struct buf problems = BUF_INIT(65536);
    config_load(FOR_API, &problems);
    buf_free(&problems);
    *state = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct request open_request(struct arena *a, const char *type, const char *length, struct body *b)
{
    char **params = ARENA_ARRAY(a, 3, char *);
    struct request req;
    params[0] = arena_printf(a, "CONTENT_TYPE=%s", type);
    params[1] = arena_printf(a, "CONTENT_LENGTH=%s", length);
    assert_int_equal(request_open(&req, a, params, read_some, b, NULL), 0);
    return req;
}

static void a_file_is_read(void **state)
{
    static const char text[] = HEAD "d1:ai1ee\r\n--b--";
    struct body b = {text, sizeof text - 1};
    struct request req = open_request(*state, TYPE, "", &b);
    struct form_file file;
    assert_int_equal(form_file(&req, "TORRENTFILE", MAX_FILE, &file, NULL), 0);
    assert_string_equal(file.filename, "a.torrent");
    assert_string_equal(buf_str(&file.bytes), "d1:ai1ee");
    buf_free(&file.bytes);
}

static void broken_forms(void **state)
{
    static const struct {
        const char *type, *length, *body;
        enum err_class class;
        const char *sentence, *field; /* NULL: no field is at fault */
    } rows[] = {
        {"", "", "", ERR_MEDIA, "The body must be multipart/form-data with a boundary.", NULL},
        {"application/json", "", "{}", ERR_MEDIA, "The body must be multipart/form-data with a boundary.", NULL},
        {"multipart/form-data", "", "--b--", ERR_MEDIA, "The body must be multipart/form-data with a boundary.", NULL},
        {TYPE, "30000001", "", ERR_TOO_LARGE, "The request body is larger than 30000000 bytes.", NULL},
        {TYPE, "", HEAD "12345678901234567\r\n--b--", ERR_TOO_LARGE, "The file is larger than 16 bytes.", NULL},
        {TYPE, "", "", ERR_FORMAT, "Failed to read the request form. The form ended before its closing delimiter.", ""},
        {TYPE, "", HEAD "x", ERR_FORMAT,
         "Failed to read the request form. The form ended before its closing delimiter.", ""},
        {TYPE, "", "--bx", ERR_FORMAT, "Failed to read the request form. A delimiter is followed by other bytes.", ""},
        {TYPE, "", "--b\r\n\r\nx\r\n--b--", ERR_FORMAT, "Failed to read the request form. A part has no name.", ""},
        {TYPE, "", "--b--", ERR_FORMAT, "The torrentFile field is required.", "torrentFile"},
        {TYPE, "", "--b\r\nContent-Disposition: form-data; name=torrentFile\r\n\r\nno file\r\n--b--", ERR_FORMAT,
         "The torrentFile field is required.", "torrentFile"},
        {TYPE, "", "--b\r\nContent-Disposition: form-data; name=other; filename=a\r\n\r\nx\r\n--b--", ERR_FORMAT,
         "The torrentFile field is required.", "torrentFile"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct body b = {rows[i].body, strlen(rows[i].body)};
        struct request req = open_request(*state, rows[i].type, rows[i].length, &b);
        struct form_file file;
        struct err e = ERR_INIT;
        assert_int_equal(form_file(&req, "torrentFile", MAX_FILE, &file, &e), -1);
        buf_free(&file.bytes);
        assert_int_equal(e.class, rows[i].class);
        assert_string_equal(e.msg, rows[i].sentence);
        assert_int_equal(req.field_errors != NULL, rows[i].field != NULL);
        if (rows[i].field) {
            assert_string_equal(e.code, "ValidationFailed");
            assert_string_equal(req.field_errors->field, rows[i].field);
        }
    }
}

static void bodies(void **state)
{
    static const struct {
        const char *length, *body;
        enum err_class class;
        const char *sentence; /* "": the body is read */
    } rows[] = {
        {"", "", ERR_NONE, ""},
        {"", "12345678", ERR_NONE, ""},
        {"8", "12345678", ERR_NONE, ""},
        {"4", "12345678", ERR_NONE, ""}, /* the server in front holds to the length */
        {"9", "", ERR_TOO_LARGE, "The request body is larger than 8 bytes."},
        {"", "123456789", ERR_TOO_LARGE, "The request body is larger than 8 bytes."},
        {"8", "1234567", ERR_FORMAT, "The request body ended before its announced length."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct body b = {rows[i].body, strlen(rows[i].body)};
        struct request req = open_request(*state, "text/plain", rows[i].length, &b);
        struct buf out = BUF_INIT(64);
        struct err e = ERR_INIT;
        assert_int_equal(request_body(&req, 8, &out, &e), rows[i].class ? -1 : 0);
        assert_int_equal(e.class, rows[i].class);
        assert_string_equal(e.msg, rows[i].sentence);
        if (!rows[i].class)
            assert_string_equal(buf_str(&out), rows[i].body);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(bodies, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
