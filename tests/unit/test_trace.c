/* base/trace: W3C trace context, sampling, and spans as OTLP wants them. */
#include "base/telemetry.h"
#include "base/trace.h"
#include "net/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static int receiver = -1;

static int setup(void **state)
{
    (void)state;
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds))
        return -1;
    receiver = fds[1];
    telemetry_open(fds[0], 1u << TELEMETRY_SPAN);
    trace_open(100);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    telemetry_open(-1, 0);
    trace_enter((struct trace_context){0});
    return close(receiver);
}

/* The next span that was sent; NULL: none. */
static struct json *sent(void)
{
    char bytes[64 * 1024];
    struct telemetry_head head;
    ssize_t n = recv(receiver, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < (ssize_t)sizeof head)
        return NULL;
    memcpy(&head, bytes, sizeof head);
    assert_int_equal(head.kind, TELEMETRY_SPAN);
    struct json *j = json_parse(bytes + sizeof head, (size_t)n - sizeof head, NULL);
    assert_non_null(j);
    return j;
}

static const char *text(const struct json *j, const char *name)
{
    const char *s = json_str(json_get(j, name));
    return s ? s : "";
}

static void test_traceparent(void **state)
{
    (void)state;
    static const char *const good[] = {"00-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-00",
                                       "00-" TRACE "-" SPAN "-ff", "cc-" TRACE "-" SPAN "-01",
                                       "cc-" TRACE "-" SPAN "-01-what-comes-later"};
    static const char *const bad[] = {"",
                                      "00",
                                      "00-" TRACE "-" SPAN,
                                      "00-" TRACE "-" SPAN "-0",
                                      "00-" TRACE "-" SPAN "-0g",
                                      "00-" TRACE "-" SPAN "-01-",
                                      "00-" TRACE "-" SPAN "-011",
                                      "cc-" TRACE "-" SPAN "-011",
                                      "ff-" TRACE "-" SPAN "-01",
                                      "0-" TRACE "-" SPAN "-001",
                                      "00-4BF92f3577b34da6a3ce929d0e0e4736-" SPAN "-01",
                                      "00-00000000000000000000000000000000-" SPAN "-01",
                                      "00-" TRACE "-0000000000000000-01",
                                      "00_" TRACE "_" SPAN "_01"};
    struct trace_context c;
    char out[TRACEPARENT_SIZE];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(trace_parse(good[i], &c));
        assert_int_equal(c.sampled, i != 1);
        trace_format(&c, out);
        assert_string_equal(out, i == 1 ? good[1] : good[0]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        c.sampled = true;
        assert_false(trace_parse(bad[i], &c));
        assert_false(c.sampled);
        trace_format(&c, out);
        assert_string_equal(out, "");
    }
}

static void test_where_a_trace_begins(void **state)
{
    (void)state;
    char a[TRACEPARENT_SIZE], b[TRACEPARENT_SIZE];
    struct trace_context c = trace_root("00-" TRACE "-" SPAN "-01", "0123456789abcdef0123456789ABCDEF");
    trace_format(&c, a);
    assert_string_equal(a, "00-" TRACE "-" SPAN "-01");
    c = trace_root("rubbish", "0123456789abcdef0123456789ABCDEF"); /* a request's id is its trace's */
    trace_format(&c, a);
    assert_string_equal(a, "00-0123456789abcdef0123456789abcdef-0000000000000000-01");
    c = trace_root(NULL, "not hex");
    trace_format(&c, a);
    c = trace_root(NULL, NULL);
    trace_format(&c, b);
    assert_int_equal(strlen(a), TRACEPARENT_SIZE - 1);
    assert_string_not_equal(a, b);
    assert_false(trace_root("00-" TRACE "-" SPAN "-00", NULL).sampled);
}

static void test_sampling(void **state)
{
    (void)state;
    int n = 0;
    trace_open(30);
    for (int i = 0; i < 2000; i++)
        n += trace_root(NULL, NULL).sampled;
    assert_in_range(n, 450, 750); /* 600 ± 7 sigma */
    /* By the id: a caller cannot have more sampled, and every process decides alike. */
    assert_int_equal(trace_root("00-" TRACE "-" SPAN "-01", NULL).sampled, trace_root(NULL, TRACE).sampled);
    trace_open(0);
    assert_false(trace_on());
    assert_false(trace_root("00-" TRACE "-" SPAN "-01", NULL).sampled);
}

static void test_spans_nest(void **state)
{
    (void)state;
    struct trace_span outer, inner, beside;
    struct err why;
    trace_enter(trace_root("00-" TRACE "-" SPAN "-01", NULL));
    trace_begin(&outer, TRACE_SERVER, "outer");
    struct trace_context as_parent = trace_current();
    trace_begin(&inner, TRACE_CLIENT, "a \"name\"\n\xff");
    err_set(&why, ERR_REMOTE, "SlowDown", "it broke");
    trace_end(&inner, &why, (const struct kv[]){kv_str("a", "b\x01"), kv_int("i", INT64_MAX), kv_str("none", NULL)}, 3);
    trace_start(&beside, &as_parent, TRACE_INTERNAL, "beside", 1700000000000000);
    assert_memory_equal(trace_current().span_id, outer.self.span_id, 8); /* not entered */
    trace_end(&beside, NULL, NULL, 0);
    assert_memory_equal(trace_current().span_id, outer.self.span_id, 8);
    trace_end(&outer, NULL, NULL, 0);
    assert_int_equal(trace_current().span_id[0], 0x00);
    assert_int_equal(trace_current().span_id[1], 0xf0);

    struct json *i = sent(), *b = sent(), *o = sent();
    assert_string_equal(text(o, "traceId"), TRACE);
    assert_string_equal(text(o, "parentSpanId"), SPAN);
    assert_string_equal(text(i, "parentSpanId"), text(o, "spanId"));
    assert_string_equal(text(b, "parentSpanId"), text(o, "spanId"));
    assert_string_equal(text(b, "startTimeUnixNano"), "1700000000000000000");
    assert_string_equal(text(i, "name"), "a \"name\"\n\xef\xbf\xbd");
    const struct json *attributes = json_get(i, "attributes"), *status = json_get(i, "status");
    assert_int_equal(json_len(attributes), 3); /* error.type is the third */
    assert_string_equal(text(json_get(json_at(attributes, 1), "value"), "intValue"), "9223372036854775807");
    assert_string_equal(text(json_get(json_at(attributes, 2), "value"), "stringValue"), "SlowDown");
    assert_string_equal(text(status, "message"), "it broke");
    assert_null(json_get(o, "status"));
    json_free(i);
    json_free(b);
    json_free(o);
    assert_null(sent());
}

static void test_what_is_not_sampled_is_nothing(void **state)
{
    (void)state;
    struct trace_span s, child, zeroed = {0};
    trace_enter(trace_root("00-" TRACE "-" SPAN "-00", NULL));
    trace_begin(&s, TRACE_SERVER, "s");
    trace_begin(&child, TRACE_CLIENT, "child");
    trace_end(&child, NULL, NULL, 0);
    trace_end(&s, NULL, NULL, 0);
    trace_end(&s, NULL, NULL, 0); /* twice */
    trace_end(&zeroed, NULL, NULL, 0);
    trace_enter(trace_root("00-" TRACE "-" SPAN "-01", NULL));
    trace_begin(&s, TRACE_SERVER, "dropped");
    trace_drop(&s);
    trace_end(&s, NULL, NULL, 0);
    assert_null(sent());
    telemetry_open(-1, 0); /* off */
    trace_begin(&s, TRACE_SERVER, "s");
    assert_int_equal(s.started_us, 0);
    trace_end(&s, NULL, NULL, 0);
}

/* Nobody reads: what does not fit is dropped, and nothing waits. A call that waited would hang here for ever. */
static void test_a_deaf_shipper_stops_nobody(void **state)
{
    (void)state;
    struct trace_span s;
    trace_enter(trace_root("00-" TRACE "-" SPAN "-01", NULL));
    for (int i = 0; i < 20000; i++) {
        trace_begin(&s, TRACE_CLIENT, "s");
        trace_end(&s, NULL, NULL, 0);
    }
    int n = 0;
    for (struct json *j; (j = sent()); n++)
        json_free(j);
    assert_in_range(n, 1, 19999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_traceparent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_where_a_trace_begins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sampling, setup, teardown),
        cmocka_unit_test_setup_teardown(test_spans_nest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_sampled_is_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deaf_shipper_stops_nobody, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
