/* base/metrics: numbers of many processes, however they end, and the text that Prometheus reads. */
#include "base/metrics_file.h"
#include "base/metrics_text.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/tc-metrics.XXXXXX");
    arena = arena_new(0);
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char path[128];
    metrics_close();
    for (int i = 0; i < 8; i++) {
        snprintf(path, sizeof path, "%s/p.%d", dir, i);
        unlink(path);
    }
    arena_free(arena);
    return rmdir(dir);
}

/* Everything that was counted, as text. */
static const char *text(bool open)
{
    struct metric_sum sum;
    struct buf b = BUF_INIT(1024 * 1024);
    assert_int_equal(metrics_sum(dir, arena, &sum, NULL), 0);
    struct metrics_text t = {.b = &b, .open = open};
    metrics_text_sum(&t, &sum);
    metrics_text_end(&t);
    const char *out = arena_strdup(arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static int processes(void)
{
    struct metric_sum sum;
    assert_int_equal(metrics_sum(dir, arena, &sum, NULL), 0);
    return sum.process_count;
}

static void assert_line(const char *all, const char *line)
{
    size_t n = strlen(line);
    for (const char *p = all; (p = strstr(p, line)); p += n)
        if ((p == all || p[-1] == '\n') && p[n] == '\n')
            return;
    fail_msg("no line \"%s\" in\n%s", line, all);
}

/* A process that counts `bytes` and waits to be killed; returns once it has counted. */
static pid_t counting_child(double bytes)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (metrics_open(dir, "p", NULL))
            _exit(1);
        metrics_add(METRIC_UPLOAD_BYTES, bytes, {"job_type", "s3_upload"});
        metrics_add(METRIC_HTTP_ACTIVE, 1, {"http_request_method", "GET"});
        if (write(ready[1], "", 1) != 1)
            _exit(2);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void test_without_a_folder_nothing_is_counted(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_int_equal(metrics_open("", "p", &e), 0);
    metrics_add(METRIC_UPLOAD_BYTES, 5, {"job_type", "x"});
    assert_string_equal(text(false), "");
    assert_int_equal(metrics_open("/nonexistent", "p", &e), -1);
    assert_int_equal(e.class, ERR_CONFIG);
    metrics_add(METRIC_UPLOAD_BYTES, 5, {"job_type", "x"});
}

static void test_the_dead_go_on_counting(void **state)
{
    (void)state;
    pid_t one = counting_child(100), two = counting_child(20);
    assert_int_equal(processes(), 2);
    assert_line(text(false), "torreclou_upload_total_bytes_total{job_type=\"s3_upload\"} 120");
    assert_line(text(false), "http_server_active_requests{http_request_method=\"GET\"} 2");
    end(one);
    assert_line(text(false), "torreclou_upload_total_bytes_total{job_type=\"s3_upload\"} 120");
    assert_line(text(false), "http_server_active_requests{http_request_method=\"GET\"} 1");
    assert_int_equal(processes(), 1);
    /* Its successor goes on in the same file, and with no request of the dead. */
    pid_t three = counting_child(3);
    assert_line(text(false), "torreclou_upload_total_bytes_total{job_type=\"s3_upload\"} 123");
    assert_line(text(false), "http_server_active_requests{http_request_method=\"GET\"} 2");
    char path[128];
    snprintf(path, sizeof path, "%s/p.2", dir);
    assert_int_not_equal(access(path, F_OK), 0);
    end(two);
    end(three);
    assert_line(text(false), "torreclou_upload_total_bytes_total{job_type=\"s3_upload\"} 123");
    assert_null(strstr(text(false), "active_requests"));
}

static void test_another_builds_file_is_begun_anew(void **state)
{
    (void)state;
    end(counting_child(7));
    char path[128];
    snprintf(path, sizeof path, "%s/p.0", dir);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    assert_int_equal(fwrite("another.", 8, 1, f), 1);
    fclose(f);
    assert_string_equal(text(false), "");
    pid_t pid = counting_child(1);
    assert_line(text(false), "torreclou_upload_total_bytes_total{job_type=\"s3_upload\"} 1");
    end(pid);
}

/* Of a process in another container the number means nothing here; that it lives does. */
static void test_another_containers_process(void **state)
{
    (void)state;
    char path[128];
    struct metric_sum sum;
    uint64_t elsewhere = 1;
    pid_t pid = counting_child(7);
    assert_int_equal(metrics_sum(dir, arena, &sum, NULL), 0);
    assert_int_equal(sum.processes[0].pid, pid);
    snprintf(path, sizeof path, "%s/p.0", dir);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, offsetof(struct metrics_file, space), SEEK_SET), 0);
    assert_int_equal(fwrite(&elsewhere, sizeof elsewhere, 1, f), 1);
    fclose(f);
    assert_int_equal(metrics_sum(dir, arena, &sum, NULL), 0);
    assert_int_equal(sum.process_count, 1);
    assert_int_equal(sum.processes[0].pid, 0);
    end(pid);
}

static void test_what_is_no_file_of_ours_is_passed_over(void **state)
{
    (void)state;
    static const char *const names[] = {"p.0", "p.1"};
    char path[128];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        if (i == 1)
            for (size_t n = 0; n < sizeof(struct metrics_file); n++)
                fputc(0xff, f);
        fclose(f);
    }
    assert_string_equal(text(false), "");
    assert_int_equal(metrics_sum("/nonexistent", arena, &(struct metric_sum){0}, NULL), -1);
}

static void test_histograms(void **state)
{
    (void)state;
    assert_int_equal(metrics_open(dir, "p", NULL), 0);
    static const double values[] = {0.005, 0.0051, 0.3, 11};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        metrics_add(METRIC_HTTP_DURATION, values[i], {"http_route", "/a"}, {"error_type", ""}, {"url_scheme", NULL});
    const char *all = text(false);
    assert_line(all, "# TYPE http_server_request_duration_seconds histogram");
    assert_line(all, "http_server_request_duration_seconds_bucket{http_route=\"/a\",le=\"0.005\"} 1");
    assert_line(all, "http_server_request_duration_seconds_bucket{http_route=\"/a\",le=\"0.01\"} 2");
    assert_line(all, "http_server_request_duration_seconds_bucket{http_route=\"/a\",le=\"0.5\"} 3");
    assert_line(all, "http_server_request_duration_seconds_bucket{http_route=\"/a\",le=\"10\"} 3");
    assert_line(all, "http_server_request_duration_seconds_bucket{http_route=\"/a\",le=\"+Inf\"} 4");
    assert_line(all, "http_server_request_duration_seconds_count{http_route=\"/a\"} 4");
    assert_line(all, "http_server_request_duration_seconds_sum{http_route=\"/a\"} 11.3101");
    assert_line(text(true), "http_server_request_duration_seconds_bucket{http_route=\"/a\",le=\"10.0\"} 3");
    assert_line(text(true), "# UNIT http_server_request_duration_seconds seconds");
}

static void test_both_formats(void **state)
{
    (void)state;
    assert_int_equal(metrics_open(dir, "p", NULL), 0);
    metrics_add(METRIC_DOWNLOAD_BYTES, 1.5, {"job_type", "a\"b\\c\nd"});
    metrics_add(METRIC_DOWNLOAD_BYTES, 9007199254740992.0, {"job_type", "big"});
    metrics_add(METRIC_DOWNLOAD_BYTES, 1, {"job_type", ""});
    const char *all = text(false);
    assert_line(all, "# TYPE torreclou_download_total_bytes_total counter");
    assert_line(all, "torreclou_download_total_bytes_total{job_type=\"a\\\"b\\\\c\\nd\"} 1.5");
    assert_line(all, "torreclou_download_total_bytes_total{job_type=\"big\"} 9007199254740992");
    assert_line(all, "torreclou_download_total_bytes_total 1");
    assert_null(strstr(all, "# EOF"));
    all = text(true);
    assert_line(all, "# TYPE torreclou_download_total_bytes counter");
    assert_line(all, "torreclou_download_total_bytes_total 1");
    assert_string_equal(all + strlen(all) - 6, "# EOF\n");
}

static void test_full_and_long(void **state)
{
    (void)state;
    char value[600];
    assert_int_equal(metrics_open(dir, "p", NULL), 0);
    memset(value, '"', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    metrics_add(METRIC_PHASE_ENDS, 1, {"outcome", value}, {"phase", value});
    for (int i = 0; i < 2 * METRICS_SERIES; i++) {
        snprintf(value, sizeof value, "%d", i);
        metrics_add(METRIC_PHASE_ENDS, 1, {"outcome", value});
    }
    metrics_add(METRIC_PHASE_ENDS, 1, {"outcome", "0"}); /* what has a place goes on */
    struct metric_sum sum;
    assert_int_equal(metrics_sum(dir, arena, &sum, NULL), 0);
    assert_int_equal(sum.series_count, METRICS_SERIES);
    assert_line(text(false), "torrentclou_phase_ends_total{outcome=\"0\"} 2");
}

static void test_processor_time(void **state)
{
    (void)state;
    assert_int_equal(metrics_open(dir, "p", NULL), 0);
    metrics_cpu("s");
    metrics_cpu("s");
    struct metric_sum sum;
    assert_int_equal(metrics_sum(dir, arena, &sum, NULL), 0);
    assert_int_equal(sum.series_count, 1);
    assert_true(sum.series[0].sum > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_folder_nothing_is_counted),
        TEST(test_the_dead_go_on_counting),
        TEST(test_another_builds_file_is_begun_anew),
        TEST(test_another_containers_process),
        TEST(test_what_is_no_file_of_ours_is_passed_over),
        TEST(test_histograms),
        TEST(test_both_formats),
        TEST(test_full_and_long),
        TEST(test_processor_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
