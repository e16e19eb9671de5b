/* net/shipper: what a collector gets, what it may do, and that none of it reaches the daemon. */
#include "net/shipper.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "base/trace.h"
#include "fake_http.h"
#include "net/json.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct fake_http *collector;
static int statuses[8]; /* of the first answers; 0: 204. -1: none, and deaf */

static void answer(const struct fake_request *req, struct fake_answer *out, void *arg)
{
    (void)req, (void)arg;
    int n = collector->count - 1, status = n < 8 ? statuses[n] : 0;
    out->status = status > 0 ? status : 204;
    out->delay_ms = status < 0 ? 600000 : 0;
    snprintf(out->headers, sizeof out->headers, "Retry-After: 1\r\n");
}

static int setup(void **state)
{
    (void)state;
    memset(statuses, 0, sizeof statuses);
    collector = fake_http_start(answer, NULL, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    telemetry_open(-1, 0);
    fake_http_stop(collector);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    return 0;
}

static int configure(const char *loki, const char *otlp, const char *headers)
{
    char url[2][128] = {"", ""};
    struct buf problems = BUF_INIT(64 * 1024);
    if (*loki)
        snprintf(url[0], sizeof url[0], "http://127.0.0.1:%d%s", collector->port, loki);
    if (*otlp)
        snprintf(url[1], sizeof url[1], "http://127.0.0.1:%d%s", collector->port, otlp);
    config_set("OBSERVABILITY_LOKI_URL", url[0]);
    config_set("OBSERVABILITY_LOKI_USERNAME", "user");
    config_set("OBSERVABILITY_LOKI_API_KEY", "pass:word");
    config_set("OBSERVABILITY_OTLP_ENDPOINT", url[1]);
    config_set("OBSERVABILITY_OTLP_HEADERS", headers);
    config_set("ASPNETCORE_ENVIRONMENT", "unit \"test\"");
    config_load(FOR_S3, &problems);
    buf_free(&problems);
    struct err e = ERR_INIT;
    return shipper_start("torreclou-unit", &e);
}

/* Close the daemon's end: the shipper sends what it has and ends. */
static void finish(void)
{
    int status = -1;
    telemetry_open(-1, 0);
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
}

static struct json *body(int n)
{
    assert_true(n < collector->count);
    struct json *j = json_parse(collector->requests[n]->body, collector->requests[n]->body_len, NULL);
    assert_non_null(j);
    return j;
}

static const char *text(const struct json *j, const char *name)
{
    const char *s = json_str(json_get(j, name));
    return s ? s : "";
}

static void write_lines(int n)
{
    for (int i = 0; i < n; i++)
        log_info("line \"one\"", kv_int("I", i));
    log_warn("careful", kv_str("Name", "\xff\n\"x"));
}

/* Lines of one level, their order, and the line as a daemon writes it. */
static void check_stream(const struct json *stream, const char *level, size_t lines)
{
    const struct json *labels = json_get(stream, "stream"), *values = json_get(stream, "values");
    assert_string_equal(text(labels, "app"), "torreclou");
    assert_string_equal(text(labels, "service"), "torreclou-unit");
    assert_string_equal(text(labels, "env"), "unit \"test\"");
    assert_string_equal(text(labels, "level"), level);
    assert_int_equal(json_len(values), lines);
    const char *before = "";
    for (size_t i = 0; i < lines; i++) {
        const char *at = json_str(json_at(json_at(values, i), 0)), *line = json_str(json_at(json_at(values, i), 1));
        assert_int_equal(strlen(at), 19);
        assert_true(strcmp(before, at) < 0);
        before = at;
        struct json *parsed = json_parse(line, strlen(line), NULL);
        assert_non_null(parsed);
        int64_t number = -1;
        if (lines > 1)
            assert_true(json_int(json_get(parsed, "I"), &number) && number == (int64_t)i);
        assert_string_equal(text(parsed, "Message"), lines > 1 ? "line \"one\"" : "careful");
        json_free(parsed);
    }
}

static void test_lines_go_to_loki(void **state)
{
    (void)state;
    char authorization[128] = "";
    log_open("torreclou-unit", LOG_INFO, false); /* people read text here, Loki gets JSON */
    assert_int_equal(configure("/", "", ""), 0);
    assert_false(trace_on());
    write_lines(300);
    finish();
    assert_int_equal(collector->count, 1);
    const struct fake_request *r = collector->requests[0];
    assert_string_equal(r->target, "/loki/api/v1/push");
    assert_true(fake_header(r, "Authorization", authorization, sizeof authorization));
    assert_string_equal(authorization, "Basic dXNlcjpwYXNzOndvcmQ=");
    struct json *j = body(0);
    const struct json *streams = json_get(j, "streams");
    assert_int_equal(json_len(streams), 2);
    check_stream(json_at(streams, 0), "info", 300);
    check_stream(json_at(streams, 1), "warning", 1);
    json_free(j);
}

/* Lines of two processes that met on their way, and two of one moment. */
static void test_times_rise(void **state)
{
    (void)state;
    static const int number[] = {2, 0, 1, 3};
    const int64_t now = clock_wall_us(), at[] = {now + 5, now, now, now + 5};
    assert_int_equal(configure("/", "", ""), 0);
    for (int i = 0; i < 4; i++) {
        char line[64];
        int n = snprintf(line, sizeof line, "{\"Message\":\"line \\\"one\\\"\",\"I\":%d}", number[i]);
        telemetry_send(TELEMETRY_LOG, LOG_INFO, at[i], line, (size_t)n);
    }
    finish();
    struct json *j = body(0);
    check_stream(json_at(json_get(j, "streams"), 0), "info", 4);
    json_free(j);
}

static void test_spans_go_to_a_collector(void **state)
{
    (void)state;
    char header[64] = "";
    struct trace_span s;
    assert_int_equal(configure("", "/otlp", "X-Key"), -1);
    assert_int_equal(configure("", "/otlp", "X-Key=a%zz"), -1);
    assert_int_equal(configure("", "/otlp", "X-Key = a%20b%2Cc, other=1,"), 0);
    assert_false(telemetry_on(TELEMETRY_LOG));
    trace_enter(trace_root(NULL, NULL));
    trace_begin(&s, TRACE_SERVER, "GET");
    trace_end(&s, NULL, NULL, 0);
    finish();
    assert_int_equal(collector->count, 1);
    assert_string_equal(collector->requests[0]->target, "/otlp/v1/traces");
    assert_true(fake_header(collector->requests[0], "X-Key", header, sizeof header));
    assert_string_equal(header, "a b,c");
    struct json *j = body(0);
    const struct json *resource = json_at(json_get(j, "resourceSpans"), 0);
    const struct json *attribute = json_at(json_get(json_get(resource, "resource"), "attributes"), 0);
    assert_string_equal(text(attribute, "key"), "service.name");
    assert_string_equal(text(json_get(attribute, "value"), "stringValue"), "torreclou-unit");
    const struct json *scope = json_at(json_get(resource, "scopeSpans"), 0);
    assert_string_equal(text(json_at(json_get(scope, "spans"), 0), "name"), "GET");
    json_free(j);
}

/* 429 and 500: the very same push again. 400: not again, and the next batch goes its way. */
static void test_refusals(void **state)
{
    (void)state;
    statuses[0] = 429, statuses[1] = 500, statuses[3] = 400;
    log_open("torreclou-unit", LOG_INFO, true);
    assert_int_equal(configure("/loki/api/v1/push", "", ""), 0);
    for (int batch = 0; batch < 2; batch++) {
        write_lines(2);
        for (int tries = 0; tries < 3000 && __atomic_load_n(&collector->count, __ATOMIC_SEQ_CST) < 3 + batch; tries++)
            usleep(10000);
        assert_int_equal(collector->count, 3 + batch);
    }
    write_lines(2);
    finish();
    assert_int_equal(collector->count, 5);
    assert_string_equal(collector->requests[0]->target, "/loki/api/v1/push");
    assert_string_equal(collector->requests[0]->body, collector->requests[2]->body);
    assert_string_equal(collector->requests[0]->body, collector->requests[1]->body);
    assert_string_not_equal(collector->requests[3]->body, collector->requests[4]->body);
}

/* A collector that takes a push and never answers: the daemon writes on, and its end is not held up by it for long. */
static void test_a_deaf_collector(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        statuses[i] = -1;
    static char large[8000];
    memset(large, 'x', sizeof large - 1);
    log_open("torreclou-unit", LOG_INFO, true);
    assert_int_equal(configure("/", "", ""), 0);
    int null = open("/dev/null", O_WRONLY);
    log_to(null);
    for (int i = 0; i < 5000; i++) /* 40 MB, five times what is kept */
        log_info(large, kv_int("I", i));
    log_to(STDERR_FILENO);
    close(null);
    finish();
    assert_int_equal(collector->count, 1);
}

static void test_off(void **state)
{
    (void)state;
    assert_int_equal(configure("", "", ""), 0);
    config_set("OBSERVABILITY_ENABLE_TRACING", "false");
    assert_int_equal(configure("", "/", ""), 0);
    config_set("OBSERVABILITY_ENABLE_TRACING", "true");
    assert_false(telemetry_on(TELEMETRY_LOG) || telemetry_on(TELEMETRY_SPAN) || trace_on());
    assert_int_equal(waitpid(-1, NULL, 0), -1); /* no process was made */
}

int main(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* its parent is gone at once: whoever is told of its end */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines_go_to_loki, setup, teardown),
        cmocka_unit_test_setup_teardown(test_times_rise, setup, teardown),
        cmocka_unit_test_setup_teardown(test_spans_go_to_a_collector, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deaf_collector, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
