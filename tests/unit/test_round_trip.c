/* What a request costs: round trips to PostgreSQL, counted between the two, for whole requests through app_serve(). */
#include "base/config.h"
#include "fcgi-app/app.h"
#include "fcgi-app/guard.h"
#include "fcgi-app/services/services.h"
#include "fcgi-app/services/session_service.h"
#include "pg_proxy.h"
#include "store/user_store.h"
#include "stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct app app;
static struct response res;
static char *token;
static int64_t session_id;

static size_t no_body(void *stream, char *out, size_t n)
{
    (void)stream, (void)out, (void)n;
    return 0;
}

/* The status of the answer. */
static int ask(const char *method, const char *uri, const char *bearer)
{
    char request[512], line[64], query[256], head[5000];
    const char *mark = strchr(uri, '?');
    snprintf(line, sizeof line, "REQUEST_METHOD=%s", method);
    snprintf(request, sizeof request, "REQUEST_URI=%s", uri);
    snprintf(query, sizeof query, "QUERY_STRING=%s", mark ? mark + 1 : "");
    snprintf(head, sizeof head, "HTTP_AUTHORIZATION=Bearer %s", bearer);
    char *params[] = {line, request, query, head, NULL};
    response_reset(&res);
    app_serve(&app, params, no_body, NULL, &res);
    return res.status;
}

/* With the connection made and every statement prepared, as after the first seconds of a child's life. */
static void costs(int trips, const char *method, const char *uri, int status)
{
    ask("GET", uri, token);
    pg_proxy_round_trips();
    pg_proxy_parses();
    assert_int_equal(ask(method, uri, token), status);
    int seen = pg_proxy_round_trips();
    if (seen != trips)
        fail_msg("%s %s: %d round trips", method, uri, seen);
    if (!strcmp(method, "GET"))
        assert_int_equal(pg_proxy_parses(), 0);
}

static int setup(void **state)
{
    stores_clean(state);
    struct made made = make_job(2);
    struct user *user;
    struct session session;
    struct origin from = {"127.0.0.1", "test", false};
    OK(user_by_id(db, arena, made.user, &user, &err));
    token = session_service_open(app.services, arena, user, &from, &session, &err);
    session_id = session.id;
    return token ? 0 : -1;
}

static void reads_cost_one(void **state)
{
    (void)state;
    static const char *const uris[] = {"/api/jobs",
                                       "/api/jobs?pageSize=1",
                                       "/api/jobs?pageNumber=99",
                                       "/api/jobs?status=FAILED",
                                       "/api/jobs/statistics",
                                       "/api/storage/profiles",
                                       "/api/auth/me",
                                       "/api/auth/sessions",
                                       "/api/auth/api-keys",
                                       "/events"};
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
        costs(1, "GET", uris[i], 200);
    costs(1, "GET", "/api/jobs/999999", 404);
    costs(0, "GET", "/api/health", 200);
    costs(0, "GET", "/api/nothing", 404);
}

static void errors_cost_no_more(void **state)
{
    (void)state;
    costs(1, "GET", "/api/jobs/abc", 400); /* the handler asked nothing, but nothing leaves unasked */
    costs(1, "POST", "/api/storage/profiles/999999/set-default", 404);
    pg_proxy_round_trips();
    assert_int_equal(ask("GET", "/api/jobs", "a.b.c"), 401);
    assert_int_equal(pg_proxy_round_trips(), 0); /* a forged token does not reach the database */
}

static void an_ended_session_costs_one(void **state)
{
    (void)state;
    sql("delete from sessions where id = %lld", (long long)session_id);
    costs(1, "GET", "/api/jobs", 401);
    costs(1, "GET", "/api/auth/me", 401);
    costs(1, "GET", "/api/jobs/abc", 401);
    costs(1, "POST", "/api/jobs/1/cancel", 401);
    costs(0, "GET", "/api/health", 200); /* what was refused is not carried into the next request */
}

static void the_answer_is_right(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "/api/jobs?pageNumber=99", token), 200);
    assert_non_null(strstr(buf_str(&res.body), "\"items\":[],\"totalCount\":1,"));
    assert_int_equal(ask("GET", "/api/jobs?status=COMPLETED", token), 200);
    assert_non_null(strstr(buf_str(&res.body), "\"items\":[],\"totalCount\":0,"));
    assert_int_equal(ask("GET", "/api/jobs", token), 200);
    assert_non_null(strstr(buf_str(&res.body), "\"status\":\"QUEUED\""));
    assert_int_equal(ask("POST", "/api/auth/logout", token), 204);
    assert_int_equal(ask("GET", "/api/jobs", token), 401);
}

static int start(void **state)
{
    struct buf problems = BUF_INIT(BUF_MAX_REMOTE_TEXT);
    if (stores_start(state))
        return -1;
    setenv("DATABASE_URL", pg_proxy_start(pg), 1);
    setenv("REDIS_URL", "unix:/nonexistent/redis.sock", 1);
    setenv("CREDENTIALS_KEY", TEST_KEY, 1);
    setenv("JWT_SECRET", TEST_KEY, 1);
    if (config_load(FOR_API, &problems))
        fprintf(stderr, "%s", buf_str(&problems));
    buf_free(&problems);
    response_init(&res);
    app = (struct app){.arena = arena_new(0), .services = services_open(&err)};
    return app.services ? 0 : -1;
}

static int stop(void **state)
{
    services_close(app.services);
    arena_free(app.arena);
    response_free(&res);
    return stores_stop(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_cost_one, setup),
        cmocka_unit_test_setup(errors_cost_no_more, setup),
        cmocka_unit_test_setup(an_ended_session_costs_one, setup),
        cmocka_unit_test_setup(the_answer_is_right, setup),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
