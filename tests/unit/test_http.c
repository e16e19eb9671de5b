/* net/http against a local server that also misbehaves; net/address. */
#include "base/arena.h"
#include "base/clock.h"
#include "net/address.h"
#include "net/http.h"

#include "fake_http.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char url_text[256];

static const char *url_of(const struct fake_http *s, const char *path)
{
    snprintf(url_text, sizeof url_text, "http://127.0.0.1:%d%s", s->port, path);
    return url_text;
}

static void echo(const struct fake_request *req, struct fake_answer *out, void *arg)
{
    (void)arg;
    if (strncmp(req->target, "/status/", 8) == 0)
        out->status = atoi(req->target + 8);
    if (strncmp(req->target, "/delay/", 7) == 0)
        out->delay_ms = atoi(req->target + 7);
    if (strcmp(req->target, "/redirect") == 0) {
        out->status = 302;
        snprintf(out->headers, sizeof out->headers, "Location: /status/204\r\n");
        return;
    }
    out->drop = strcmp(req->target, "/drop") == 0;
    out->cut = strcmp(req->target, "/cut") == 0;
    snprintf(out->headers, sizeof out->headers, "X-Method: %s\r\nETag: \"abc\"\r\nX-Empty:\r\n", req->method);
    size_t n = req->body_len < sizeof out->body ? req->body_len : sizeof out->body - 1;
    memcpy(out->body, req->body, n);
}

static int setup(void **state)
{
    *state = fake_http_start(echo, NULL, NULL);
    return 0;
}

static int teardown(void **state)
{
    fake_http_stop(*state);
    return 0;
}

static void test_get_and_headers(void **state)
{
    struct fake_http *s = *state;
    struct err e = ERR_INIT;
    struct http *h = http_new();
    struct http_response res;
    struct http_header headers[] = {{"X-One", "1"}, {"X-Empty", ""}};
    struct http_request req = {
        .method = "GET", .url = url_of(s, "/a%20b/../c?x=1"), .headers = headers, .header_count = 2};
    assert_int_equal(http_perform(h, &req, &res, &e), 0);
    assert_int_equal(res.status, 200);
    assert_string_equal(http_response_header(&res, "etag"), "\"abc\"");
    assert_string_equal(http_response_header(&res, "X-Empty"), "");
    assert_null(http_response_header(&res, "X-Other"));
    http_response_free(&res);
    char value[64];
    assert_string_equal(s->requests[0]->target, "/a%20b/../c?x=1"); /* the path as is */
    assert_true(fake_header(s->requests[0], "X-One", value, sizeof value));
    assert_string_equal(value, "1");
    assert_true(fake_header(s->requests[0], "X-Empty", value, sizeof value));
    assert_string_equal(value, "");

    req.url = url_of(s, "/status/404"); /* an answer is an answer; and the connection is kept */
    assert_int_equal(http_perform(h, &req, &res, &e), 0);
    assert_int_equal(res.status, 404);
    assert_int_equal(s->requests[1]->connection, 1);
    http_response_free(&res);
    http_free(h);
}

static void test_methods_and_memory_bodies(void **state)
{
    static const char *const methods[] = {"PUT", "POST", "DELETE", "HEAD", "GET"};
    struct fake_http *s = *state;
    struct http *h = http_new();
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct err e = ERR_INIT;
        struct http_response res;
        bool has_body = i < 2;
        struct http_request req = {
            .method = methods[i], .url = url_of(s, "/m"), .body = "hello", .body_len = has_body ? 5 : 0};
        assert_int_equal(http_perform(h, &req, &res, &e), 0);
        assert_string_equal(http_response_header(&res, "X-Method"), methods[i]);
        assert_string_equal(buf_str(&res.body), has_body ? "hello" : "");
        assert_int_equal(res.bytes_sent, has_body ? 5 : 0);
        char value[64];
        assert_false(fake_header(s->requests[i], "Expect", value, sizeof value));
        assert_int_equal(fake_header(s->requests[i], "Content-Type", value, sizeof value), has_body);
        if (has_body)
            assert_string_equal(value, "application/octet-stream");
        http_response_free(&res);
    }
    struct err e = ERR_INIT;
    struct http_response res;
    struct http_request empty = {.method = "POST", .url = url_of(s, "/m")};
    char value[64];
    assert_int_equal(http_perform(h, &empty, &res, &e), 0);
    assert_true(fake_header(s->requests[5], "Content-Length", value, sizeof value));
    assert_string_equal(value, "0");
    http_response_free(&res);
    http_free(h);
}

static int temp_file(size_t size, unsigned char **bytes)
{
    char path[] = "/tmp/tc-http-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    *bytes = malloc(size);
    for (size_t i = 0; i < size; i++)
        (*bytes)[i] = (unsigned char)(i * 31 + (i >> 8) * 7);
    assert_int_equal(write(fd, *bytes, size), (ssize_t)size);
    return fd;
}

static void test_file_range(void **state)
{
    struct fake_http *s = *state;
    unsigned char *bytes;
    int fd = temp_file(3000000, &bytes);
    struct err e = ERR_INIT;
    struct http *h = http_new();
    struct http_response res;
    int64_t sent = -1;
    struct http_request req = {.method = "PUT",
                               .url = url_of(s, "/f"),
                               .from_file = true,
                               .fd = fd,
                               .offset = 12345,
                               .length = 2500000,
                               .sent = &sent};
    assert_int_equal(http_perform(h, &req, &res, &e), 0);
    assert_int_equal(s->requests[0]->body_len, 2500000);
    assert_memory_equal(s->requests[0]->body, bytes + 12345, 2500000);
    assert_int_equal(sent, 2500000);
    char value[64];
    assert_true(fake_header(s->requests[0], "Expect", value, sizeof value));
    http_response_free(&res);

    req.offset = 600000; /* 100,000 bytes beyond its end */
    assert_int_equal(http_perform(h, &req, &res, &e), -1);
    assert_int_equal(e.class, ERR_DISK);
    assert_string_equal(e.code, "FileTooShort");
    req.fd = -1;
    assert_int_equal(http_perform(h, &req, &res, &e), -1);
    assert_int_equal(e.class, ERR_DISK);
    http_free(h);
    close(fd);
    free(bytes);
}

static void test_file_between_texts(void **state)
{
    enum { MIDDLE = 700000 };
    struct fake_http *s = *state;
    unsigned char *bytes;
    int fd = temp_file(MIDDLE, &bytes);
    struct err e = ERR_INIT;
    struct http *h = http_new();
    struct http_response res;
    struct http_request req = {.method = "POST",
                               .url = url_of(s, "/f"),
                               .body = "head",
                               .body_len = 4,
                               .from_file = true,
                               .fd = fd,
                               .length = MIDDLE,
                               .tail = "tail",
                               .tail_len = 4};
    assert_int_equal(http_perform(h, &req, &res, &e), 0);
    const char *body = s->requests[0]->body;
    assert_int_equal(s->requests[0]->body_len, MIDDLE + 8);
    assert_memory_equal(body, "head", 4);
    assert_memory_equal(body + 4, bytes, MIDDLE);
    assert_memory_equal(body + 4 + MIDDLE, "tail", 4);
    http_response_free(&res);
    http_free(h);
    close(fd);
    free(bytes);
}

static void expect_failure(struct http_request *req, enum err_class class, const char *code)
{
    struct err e = ERR_INIT;
    struct http *h = http_new();
    struct http_response res;
    assert_int_equal(http_perform(h, req, &res, &e), -1);
    assert_int_equal(e.class, class);
    assert_string_equal(e.code, code);
    assert_null(res.body.data);
    http_free(h);
}

static bool yes(void *arg)
{
    (void)arg;
    return true;
}

static bool after_500ms(void *arg)
{
    return clock_mono_ms() - *(int64_t *)arg > 500;
}

static void test_failures_have_a_class(void **state)
{
    struct fake_http *s = *state;
    struct http_request req = {.method = "GET"};
    req.url = "http://127.0.0.1:1/";
    expect_failure(&req, ERR_UNAVAILABLE, "ConnectFailed");
    req.url = "http://no-such-host.invalid/";
    expect_failure(&req, ERR_UNAVAILABLE, "HostNotFound");
    req.url = "ftp://127.0.0.1/";
    expect_failure(&req, ERR_INPUT, "InvalidUrl");
    req.url = "http://user:pw@127.0.0.1/";
    expect_failure(&req, ERR_INPUT, "InvalidUrl");
    req.url = "http://127.0.0.1/a b";
    expect_failure(&req, ERR_INPUT, "InvalidUrl");
    req.url = url_of(s, "/drop");
    expect_failure(&req, ERR_UNAVAILABLE, "ConnectionLost"); /* no answer at all; /cut ends within one */
    req.url = url_of(s, "/cut");
    expect_failure(&req, ERR_REMOTE, "ConnectionLost");
    snprintf(url_text, sizeof url_text, "https://127.0.0.1:%d/", s->port);
    req.url = url_text;
    req.connect_timeout_ms = 300; /* the handshake is a part of connecting */
    expect_failure(&req, ERR_UNAVAILABLE, "ConnectTimeout");
    req.connect_timeout_ms = 0;
    req.url = url_of(s, "/delay/3000");
    req.timeout_ms = 300;
    expect_failure(&req, ERR_UNAVAILABLE, "Timeout");
    req.timeout_ms = 0;
    req.stall_ms = 900;
    expect_failure(&req, ERR_UNAVAILABLE, "Timeout");
    req.stall_ms = 0;
    req.stop = yes;
    expect_failure(&req, ERR_STOPPED, "Stopped");
    int64_t start = clock_mono_ms();
    req.stop = after_500ms;
    req.stop_arg = &start;
    expect_failure(&req, ERR_STOPPED, "Stopped");
    assert_true(clock_mono_ms() - start < 2500); /* the server would have taken 3 s */
    req = (struct http_request){.method = "GET", .url = url_of(s, "/x"), .deny_private = true};
    expect_failure(&req, ERR_DENIED, "AddressDenied");
    req = (struct http_request){
        .method = "PUT", .url = url_of(s, "/x"), .body = "0123456789", .body_len = 10, .max_response = 9};
    expect_failure(&req, ERR_REMOTE, "ResponseTooLarge");
}

static void test_header_injection_is_refused(void **state)
{
    static const struct http_header bad[] = {{"X-A", "1\r\nX-B: 2"}, {"X-A\r\nX-B", "1"}, {"X-A", "1\n"}, {"", "1"},
                                             {"X:A", "1"},           {"X A", "1"}};
    struct fake_http *s = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct http_request req = {.method = "GET", .url = url_of(s, "/"), .headers = &bad[i], .header_count = 1};
        expect_failure(&req, ERR_BUG, "InvalidHeader");
    }
    struct http_request req = {.method = "GET / HTTP/1.1\r\nX: 1", .url = url_of(s, "/")};
    expect_failure(&req, ERR_BUG, "InvalidMethod");
    assert_int_equal(s->count, 0);
}

static void test_redirects(void **state)
{
    struct fake_http *s = *state;
    struct err e = ERR_INIT;
    struct http *h = http_new();
    struct http_response res;
    struct http_request req = {.method = "GET", .url = url_of(s, "/redirect")};
    assert_int_equal(http_perform(h, &req, &res, &e), 0);
    assert_int_equal(res.status, 302);
    http_response_free(&res);
    req.max_redirects = 2;
    assert_int_equal(http_perform(h, &req, &res, &e), 0);
    assert_int_equal(res.status, 204);
    assert_null(http_response_header(&res, "Location")); /* headers are those of the final answer */
    http_response_free(&res);
    struct http_sigv4 sign = {"us-east-1", "s3", "k", "s"};
    req.sigv4 = &sign;
    assert_int_equal(http_perform(h, &req, &res, &e), -1);
    http_free(h);
}

static void test_unix_socket(void **state)
{
    (void)state;
    char path[] = "/tmp/tc-http-XXXXXX";
    assert_non_null(mkdtemp(path));
    char sock[64];
    snprintf(sock, sizeof sock, "%s/s", path);
    struct fake_http *s = fake_http_start(echo, NULL, sock);
    struct err e = ERR_INIT;
    struct http *h = http_new();
    struct http_response res;
    struct http_request req = {
        .method = "POST", .url = "http://events/pub?id=1", .unix_socket = sock, .body = "{}", .body_len = 2};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(http_perform(h, &req, &res, &e), 0);
        assert_string_equal(buf_str(&res.body), "{}");
        http_response_free(&res);
    }
    assert_int_equal(s->connections, 1);
    fake_http_stop(s);
    unlink(sock);
    assert_int_equal(http_perform(h, &req, &res, &e), -1);
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    http_free(h);
    rmdir(path);
}

static bool private_text(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return address_private((struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return address_private((struct sockaddr *)&in6);
}

static void test_private_addresses(void **state)
{
    static const char *const inside[] = {
        "127.0.0.1",     "10.1.2.3",    "172.16.0.1", "172.31.255.255",  "192.168.1.1",     "169.254.169.254",
        "100.64.0.1",    "0.0.0.0",     "224.0.0.1",  "255.255.255.255", "198.19.0.1",      "::",
        "::1",           "fe80::1",     "fd00::1",    "ff02::1",         "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001:db8::1", "2001::1"};
    static const char *const outside[] = {"8.8.8.8",      "172.15.0.1",          "172.32.0.1",     "100.128.0.1",
                                          "198.20.0.1",   "223.255.255.255",     "::ffff:8.8.8.8", "2606:4700::1111",
                                          "2a00:1450::1", "2001:4860:4860::8888"};
    (void)state;
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        if (!private_text(inside[i]))
            fail_msg("%s should be private", inside[i]);
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        if (private_text(outside[i]))
            fail_msg("%s should be public", outside[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get_and_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_methods_and_memory_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_range, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_between_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures_have_a_class, setup, teardown),
        cmocka_unit_test_setup_teardown(test_header_injection_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_redirects, setup, teardown),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_private_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
