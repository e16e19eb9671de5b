/* JSON in both directions: what requests may contain, and what answers look like byte for byte. */
#include "base/jsonw.h"
#include "net/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct json *parse(const char *text)
{
    struct err e;
    struct json *root = json_parse(text, strlen(text), &e);
    assert_non_null(root);
    return root;
}

static void refused(const char *text, size_t n, enum err_class class)
{
    struct err e = ERR_INIT;
    assert_null(json_parse(text, n, &e));
    assert_int_equal(e.class, class);
}

static void reads_members(void **state)
{
    (void)state;
    struct json *root =
        parse("{\"id\":5,\"Name\":\"\\u00e9\",\"on\":true,\"none\":null,\"list\":[1,2.5],\"big\":9223372036854775807}");
    int64_t n = 0;
    assert_true(json_int(json_get(root, "id"), &n));
    assert_int_equal(n, 5);
    assert_true(json_int(json_get(root, "big"), &n));
    assert_true(n == INT64_MAX);
    assert_null(json_get(root, "name"));
    assert_string_equal(json_str(json_get_ci(root, "name")), "\xc3\xa9");
    assert_true(json_truth(json_get(root, "on")));
    assert_int_equal(json_kind(json_get(root, "none")), JSON_KIND_NULL);
    assert_int_equal(json_kind(json_get(root, "absent")), JSON_KIND_MISSING);
    assert_int_equal(json_len(json_get(root, "list")), 2);
    assert_false(json_int(json_at(json_get(root, "list"), 1), &n));
    assert_true(json_number(json_at(json_get(root, "list"), 1)) > 2.4);
    assert_null(json_at(json_get(root, "list"), 2));
    assert_null(json_get_ci(json_get(root, "list"), "x"));
    json_free(root);
    json_free(NULL);
}

static void prefers_the_exact_name(void **state)
{
    (void)state;
    struct json *root = parse("{\"EMAIL\":\"a\",\"email\":\"b\"}");
    assert_string_equal(json_str(json_get_ci(root, "email")), "b");
    json_free(root);
}

static void refuses_what_is_no_json(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        "{",     "[1,]", "{\"a\":1,}",           "// x\n{}",    "{}{}",    "\"\xff\"", "nul",
        "{'a':1}", "1e999", "01",   "99999999999999999999", "\"\\ud800\"", "[\"\t\"]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i], strlen(bad[i]), ERR_FORMAT);
    refused("{}\0", 3, ERR_FORMAT);
}

static void refuses_nul_by_its_own_name(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[{\"b\":\"x\\u0000y\"}]}";
    struct err e;
    assert_null(json_parse(text, strlen(text), &e));
    assert_int_equal(e.class, ERR_INPUT);
    assert_string_equal(e.code, "InvalidText");
}

static void bounds_the_depth(void **state)
{
    (void)state;
    char text[4 * JSON_MAX_DEPTH];
    memset(text, '[', JSON_MAX_DEPTH);
    memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
    text[2 * JSON_MAX_DEPTH] = '\0';
    json_free(parse(text));
    memset(text, '[', JSON_MAX_DEPTH + 1);
    memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
    refused(text, 2 * JSON_MAX_DEPTH + 2, ERR_FORMAT);
    memset(text, '[', sizeof text); /* brackets in a string are no nesting */
    text[0] = text[sizeof text - 2] = '"';
    text[sizeof text - 1] = '\0';
    json_free(parse(text));
}

static void writes_everything(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(4096);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "min", INT64_MIN);
    jsonw_str(&w, "text", "a\"\\\n\x01\x7f\xc3\xa9\xf0\x9f\x8e\xac");
    jsonw_str(&w, "broken", "x\xff\xc3");
    jsonw_str(&w, "none", NULL);
    jsonw_array(&w, "list");
    jsonw_double(&w, NULL, 0.1);
    jsonw_double(&w, NULL, 42);
    jsonw_double(&w, NULL, 5.0 / 3);
    jsonw_double(&w, NULL, (double)NAN);
    jsonw_bool(&w, NULL, true);
    jsonw_object(&w, NULL);
    jsonw_end(&w);
    jsonw_end(&w);
    jsonw_time(&w, "at", 1771439845123456);
    jsonw_time(&w, "never", 0);
    jsonw_int_or_null(&w, "eta", false, 7);
    jsonw_raw(&w, "raw", "{\"a\":1}");
    jsonw_end(&w);
    assert_true(buf_ok(&b));
    assert_string_equal(
        buf_str(&b),
        "{\"min\":-9223372036854775808,\"text\":\"a\\\"\\\\\\u000a\\u0001\\u007f\xc3\xa9\xf0\x9f\x8e\xac\","
        "\"broken\":\"x\xef\xbf\xbd\xef\xbf\xbd\",\"none\":null,"
        "\"list\":[0.1,42,1.6666666666666667,null,true,{}],"
        "\"at\":\"2026-02-18T18:37:25.123456Z\",\"never\":null,\"eta\":null,\"raw\":{\"a\":1}}");
    json_free(parse(buf_str(&b)));
    buf_free(&b);
}

static void keeps_the_ceiling(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(8);
    struct jsonw w = jsonw_to(&b);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "long", "xxxxxxxxxxxxxxx");
    jsonw_end(&w);
    assert_false(buf_ok(&b));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_members),           cmocka_unit_test(prefers_the_exact_name),
        cmocka_unit_test(refuses_what_is_no_json), cmocka_unit_test(refuses_nul_by_its_own_name),
        cmocka_unit_test(bounds_the_depth),        cmocka_unit_test(writes_everything),
        cmocka_unit_test(keeps_the_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
