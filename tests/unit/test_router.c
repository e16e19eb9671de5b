/* Routes: case, literals before captures, 404 and 405, and paths that try to be clever. */
#include "fcgi-app/routes.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct route rows[] = {
    {.method = "GET", .pattern = "/api/jobs"},
    {.method = "GET", .pattern = "/api/jobs/{id}"},
    {.method = "GET", .pattern = "/api/jobs/statistics"},
    {.method = "DELETE", .pattern = "/api/jobs/{id}"},
    {.method = "POST", .pattern = "/api/jobs/{id}/retry"},
};

static struct route_match find(void **state, const char *method, const char *path)
{
    struct route_match m;
    router_find(rows, sizeof rows / sizeof *rows, method, path, *state, &m);
    return m;
}

static int setup(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void finds_rows(void **state)
{
    assert_ptr_equal(find(state, "GET", "/api/jobs").route, &rows[0]);
    assert_ptr_equal(find(state, "GET", "/API/Jobs/").route, &rows[0]);
    assert_ptr_equal(find(state, "GET", "/api/jobs/5").route, &rows[1]);
    assert_ptr_equal(find(state, "GET", "/api/%6Aobs/5").route, &rows[1]);
    assert_ptr_equal(find(state, "POST", "/api/jobs/5/RETRY").route, &rows[4]);
    assert_string_equal(find(state, "POST", "/api/jobs/a%3Fb%20c/retry").capture, "a?b c");
}

static void literal_beats_capture(void **state)
{
    struct route_match m = find(state, "GET", "/api/jobs/STATISTICS");
    assert_ptr_equal(m.route, &rows[2]);
    assert_null(m.capture);
    assert_ptr_equal(find(state, "DELETE", "/api/jobs/statistics").route, &rows[3]);
}

static void wrong_methods_name_the_right_ones(void **state)
{
    struct route_match m = find(state, "PATCH", "/api/jobs/5");
    assert_null(m.route);
    assert_string_equal(m.allow, "GET, DELETE");
    assert_string_equal(find(state, "POST", "/api/jobs/").allow, "GET");
    assert_null(find(state, "get", "/api/jobs").route); /* methods have case */
}

static void unknown_paths(void **state)
{
    static const char *const paths[] = {"",
                                        "/",
                                        "api/jobs",
                                        "/api",
                                        "/api/jobss",
                                        "/api/job",
                                        "/api/jobs//",
                                        "/api//jobs",
                                        "/api/jobs/5/",
                                        "/api/jobs/5/retry/x",
                                        "/api/jobs/%00",
                                        "/api/jobs/%",
                                        "/api/jobs/%ff",
                                        "/api/jobs%2F5",
                                        "/api/jobs/5%2Fretry/x",
                                        "/api/jobs/a%2Fb",
                                        "/api/jobs/%2f",
                                        "/api/jobs/..",
                                        "/api/jobs/%2e%2E",
                                        "/api/jobs/.",
                                        "/api/../api/jobs"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        bool trailing = !strcmp(paths[i], "/api/jobs/5/"); /* the one that is known: a final slash is nothing */
        assert_int_equal(find(state, "GET", paths[i]).route != NULL, trailing);
        assert_int_equal(find(state, "PUT", paths[i]).allow[0] != '\0', trailing);
    }
}

/* The real map: every row is found under its own address, and says what it needs. */
static void every_route_is_reachable(void **state)
{
    for (size_t i = 0; i < routes_count; i++) {
        const struct route *r = &routes[i];
        struct route_match m;
        router_find(routes, routes_count, r->method, r->pattern, *state, &m);
        assert_ptr_equal(m.route, r);
        assert_int_equal(r->handler == NULL, r->pool == POOL_EDGE); /* this test links no edge handlers */
        if (r->body != BODY_NONE)
            assert_true(!strcmp(r->method, "POST") || !strcmp(r->method, "PATCH"));
        for (const char *p = r->pattern; *p; p++)
            assert_true(islower((unsigned char)*p) || isdigit((unsigned char)*p) || strchr("/-{}", *p));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(literal_beats_capture, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_methods_name_the_right_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(every_route_is_reachable, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
