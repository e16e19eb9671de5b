/* The multipart parser: every split of the input gives the same parts, and broken input is broken at any split. */
#include "fcgi-app/multipart.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=XyZ"

/* The parts as text: "<name|filename>data;" */
static bool on_begin(void *arg, const struct multipart_part *part)
{
    buf_addf(arg, "<%s|%s>", part->name, part->has_filename ? part->filename : "-");
    return true;
}

static bool on_data(void *arg, const char *bytes, size_t n)
{
    buf_add(arg, bytes, n);
    return true;
}

static bool on_end(void *arg)
{
    buf_addc(arg, ';');
    return true;
}

static bool stop(void *arg)
{
    (void)arg;
    return false;
}

static bool stop_begin(void *arg, const struct multipart_part *part)
{
    (void)part;
    return stop(arg);
}

static bool stop_data(void *arg, const char *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    return stop(arg);
}

static const struct multipart_events events = {on_begin, on_data, on_end};

/* Parse with pieces of `step` bytes; true when it was complete. */
static bool parse(const char *type, const char *body, size_t n, size_t step, struct buf *out)
{
    struct multipart m;
    buf_clear(out);
    if (!multipart_init(&m, type, &events, out))
        return false;
    for (size_t i = 0; i < n; i += step)
        if (!multipart_feed(&m, body + i, n - i < step ? n - i : step))
            break;
    return multipart_finish(&m);
}

static void gives(const char *type, const char *body, const char *expected)
{
    struct buf out = BUF_INIT(1 << 20);
    for (size_t step = 1; step <= strlen(body); step++) {
        assert_true(parse(type, body, strlen(body), step, &out));
        assert_string_equal(buf_str(&out), expected);
    }
    buf_free(&out);
}

static void breaks(const char *body, size_t n)
{
    struct buf out = BUF_INIT(1 << 20);
    for (size_t step = 1; step <= n; step++)
        assert_false(parse(TYPE, body, n, step, &out));
    buf_free(&out);
}

static void parts_and_files(void **state)
{
    (void)state;
    gives(TYPE,
          "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n"
          "--XyZ\r\nContent-Type: application/x-bittorrent\r\n"
          "content-disposition: FORM-DATA; filename=\"we \\\"ird\\\\.torrent\"; "
          "name=TorrentFile\r\n\r\nd4:infoe\r\n--XyZ--\r\n",
          "<a|->one;<TorrentFile|we \"ird\\.torrent>d4:infoe;");
    gives(TYPE "; charset=utf-8", "--XyZ\r\nContent-Disposition: form-data; name=a; filename=\"\"\r\n\r\n\r\n--XyZ--",
          "<a|>;");
    gives("Multipart/Form-Data; charset=x; Boundary=\"X yZ\"",
          "--X yZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--X yZ--", "<a|->x;");
}

static void preamble_epilogue_and_padding(void **state)
{
    (void)state;
    gives(TYPE,
          "preamble\r\n--XyZ \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XyZ--epilogue\r\n--XyZ\r\n",
          "<a|->x;");
    gives(TYPE, "--XyZ--", "");
}

static void almost_delimiters_are_data(void **state)
{
    (void)state;
    gives(TYPE,
          "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
          "\r\r\n\r\n-\r\n--\r\n--Xy\r\n--Xy\r\n--XY\r\n--XyZ\r\n"
          "Content-Disposition: form-data; name=\"b\"\r\n\r\n--XyZ\r\n--XyZ--",
          "<a|->\r\r\n\r\n-\r\n--\r\n--Xy\r\n--Xy\r\n--XY;<b|->--XyZ;");
}

static void broken_forms(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "x",
        "--XyZ",
        "--XyZx\r\n",
        "--XyZ-x",
        "--XyZ\r\n",
        "--XyZ\r\n\r\nx\r\n--XyZ--",
        "--XyZ\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XyZ--",
        "--XyZ\r\nContent-Disposition: form-data; name=\"open\r\n\r\nx\r\n--XyZ--",
        "--XyZ\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--XyZ--",
        "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
        "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--XyZ",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        breaks(bodies[i], strlen(bodies[i]));
    static const char nul[] = "--XyZ\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx\r\n--XyZ--";
    breaks(nul, sizeof nul - 1);
}

static void bad_content_types(void **state)
{
    (void)state;
    static const char *const types[] = {"",
                                        "application/json",
                                        "multipart/form-data",
                                        "multipart/form-data; boundary=",
                                        "multipart/form-data; boundary=\"",
                                        "multipart/form-data; xboundary=a",
                                        "multipart/form-data; boundary=\"a\rb\""};
    struct multipart m;
    char longest[64 + MULTIPART_MAX_BOUNDARY + 2] = "multipart/form-data; boundary=";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_false(multipart_init(&m, types[i], &events, NULL));
    size_t n = strlen(longest);
    memset(longest + n, 'b', MULTIPART_MAX_BOUNDARY);
    assert_true(multipart_init(&m, longest, &events, NULL));
    longest[n + MULTIPART_MAX_BOUNDARY] = 'b';
    assert_false(multipart_init(&m, longest, &events, NULL));
}

static void bounds(void **state)
{
    (void)state;
    struct buf body = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    for (int i = 0; i <= MULTIPART_MAX_PARTS; i++)
        buf_adds(&body, "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n");
    buf_adds(&body, "--XyZ--");
    assert_false(parse(TYPE, body.data, body.len, 999, &out));
    buf_clear(&body);
    buf_adds(&body, "--XyZ\r\nX: ");
    for (int i = 0; i < MULTIPART_MAX_HEADER; i++)
        buf_addc(&body, 'x');
    buf_adds(&body, "\r\n\r\nx\r\n--XyZ--");
    assert_false(parse(TYPE, body.data, body.len, 999, &out));
    buf_clear(&body);
    buf_adds(&body, "--XyZ\r\nContent-Disposition: form-data; name=");
    for (int i = 0; i <= MULTIPART_MAX_NAME; i++)
        buf_addc(&body, 'n');
    buf_adds(&body, "\r\n\r\nx\r\n--XyZ--");
    assert_false(parse(TYPE, body.data, body.len, 999, &out));
    buf_free(&body);
    buf_free(&out);
}

static void an_event_stops_it(void **state)
{
    (void)state;
    static const char body[] = "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XyZ--";
    const struct multipart_events stops[] = {
        {stop_begin, on_data, on_end}, {on_begin, stop_data, on_end}, {on_begin, on_data, stop}};
    for (size_t i = 0; i < 3; i++) {
        struct buf out = BUF_INIT(1024);
        struct multipart m;
        assert_true(multipart_init(&m, TYPE, &stops[i], &out));
        assert_false(multipart_feed(&m, body, sizeof body - 1));
        buf_free(&out);
    }
}

/* Random bytes of the grammar's own alphabet reach deep states; whatever they mean, every split must agree. */
static void any_bytes_at_any_split(void **state)
{
    (void)state;
    static const char *const words[] = {
        "\r\n",  "--XyZ", "--", "XyZ", "\r",        "\n", "-",        "Content-Disposition: form-data; ",
        "name=", "\"",    "a",  ";",   "filename=", "\\", "\r\n\r\n", "\xff"};
    struct buf body = BUF_INIT(1 << 16), one = BUF_INIT(1 << 16), all = BUF_INIT(1 << 16);
    srand(20261123);
    for (int round = 0; round < 20000; round++) {
        buf_clear(&body);
        buf_adds(&body, rand() % 2 ? "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n" : "");
        for (int i = rand() % 24; i >= 0; i--)
            buf_adds(&body, words[(size_t)rand() % (sizeof words / sizeof *words)]);
        bool whole = parse(TYPE, body.data, body.len, body.len, &all);
        assert_int_equal(parse(TYPE, body.data, body.len, 1, &one), whole);
        assert_string_equal(buf_str(&one), buf_str(&all));
    }
    buf_free(&body);
    buf_free(&one);
    buf_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_and_files),
        cmocka_unit_test(preamble_epilogue_and_padding),
        cmocka_unit_test(almost_delimiters_are_data),
        cmocka_unit_test(broken_forms),
        cmocka_unit_test(bad_content_types),
        cmocka_unit_test(bounds),
        cmocka_unit_test(an_event_stops_it),
        cmocka_unit_test(any_bytes_at_any_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
