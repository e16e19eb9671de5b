/* One thread per collector: take what waits, send it, and again when the collector says later. */
#include "base/clock.h"
#include "base/metrics.h"
#include "net/shipper.h"
#include "net/shipper_internal.h"

#include <stdlib.h>
#include <time.h>

enum { CONNECT_MS = 5000, PUSH_MS = 15000, PAUSE_MS = 1000, PAUSE_MAX_MS = 30000, BATCH_RECORDS = 8192 };

/* What is on its way. */
struct batch {
    struct shipper_record *rows[BATCH_RECORDS];
    int n;
    struct buf body;
};

/* Several processes write, each in order: nearly sorted already. Rows of one moment stay as they came. */
static void sort_by_time(struct batch *b)
{
    for (int i = 1; i < b->n; i++) {
        struct shipper_record *r = b->rows[i];
        int at = i;
        for (; at > 0 && b->rows[at - 1]->at_us > r->at_us; at--)
            b->rows[at] = b->rows[at - 1];
        b->rows[at] = r;
    }
}

/* Wait until `until` (clock_mono_ms) or a change. With the mutex held. */
static void wait_until(struct shipper_target *t, int64_t until)
{
    struct timespec at = {.tv_sec = until / 1000, .tv_nsec = (long)(until % 1000) * 1000000};
    pthread_cond_timedwait(&t->changed, &t->mutex, &at);
}

/* Wait for a batch and take it, in the order of time; false when it is over. */
static bool take(struct shipper_target *t, struct batch *b)
{
    size_t bytes = 0;
    b->n = 0;
    pthread_mutex_lock(&t->mutex);
    while (!t->ending &&
           (!t->first || (t->bytes < SHIPPER_BATCH_BYTES && clock_mono_ms() < t->first_at + SHIPPER_LINGER_MS)))
        if (t->first)
            wait_until(t, t->first_at + SHIPPER_LINGER_MS);
        else
            pthread_cond_wait(&t->changed, &t->mutex);
    while (t->first && b->n < BATCH_RECORDS && bytes < SHIPPER_BATCH_BYTES) {
        struct shipper_record *r = t->first;
        b->rows[b->n++] = r;
        bytes += r->len;
        t->bytes -= r->len;
        t->first = r->next;
    }
    if (!t->first)
        t->tail = &t->first;
    t->first_at = clock_mono_ms();
    pthread_mutex_unlock(&t->mutex);
    sort_by_time(b);
    return b->n > 0;
}

static bool time_is_over(void *target)
{
    struct shipper_target *t = target;
    pthread_mutex_lock(&t->mutex);
    bool over = t->ending && clock_mono_ms() >= t->end_by;
    pthread_mutex_unlock(&t->mutex);
    return over;
}

/* 0: taken; 1: try again after *pause_ms; -1: refused for good. *e says why not. */
static int push(struct shipper_target *t, struct http *http, const struct buf *body, int64_t *pause_ms, struct err *e)
{
    struct http_request req = {.method = "POST",
                               .url = t->url,
                               .headers = t->headers,
                               .header_count = t->header_count,
                               .body = body->data,
                               .body_len = body->len,
                               .connect_timeout_ms = CONNECT_MS,
                               .timeout_ms = PUSH_MS,
                               .stop = time_is_over,
                               .stop_arg = t};
    struct http_response res;
    if (http_perform(http, &req, &res, e))
        return 1;
    int status = res.status;
    const char *after = http_response_header(&res, "Retry-After");
    int seconds = after ? (int)strtol(after, NULL, 10) : 0;
    if (seconds > 0)
        *pause_ms = seconds * 1000LL < PAUSE_MAX_MS ? seconds * 1000LL : PAUSE_MAX_MS;
    if (status >= 300)
        err_set(e, ERR_REMOTE, NULL, "It answered %d: %.200s", status, buf_str(&res.body));
    http_response_free(&res);
    return status < 300 ? 0 : status == 429 || status >= 500 ? 1 : -1;
}

static void count(const struct shipper_target *t, enum metric m, int n)
{
    metrics_add(m, n, {"kind", telemetry_kind_name(t->kind)});
}

/* Said once per outage: in the daemon's log, which is not shipped from here. */
static void complain(const struct shipper_target *t, const struct err *e, bool *told)
{
    if (!*told)
        log_warn(t->kind == TELEMETRY_LOG ? "log lines cannot be pushed" : "spans cannot be sent",
                 kv_str("Url", t->url), kv_err(e));
    *told = true;
}

/* Until the batch is taken, refused or out of time. */
static void deliver(struct shipper_target *t, struct http *http, struct batch *b, bool *told)
{
    int64_t pause = PAUSE_MS;
    for (;; pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS) {
        struct err e = ERR_INIT;
        int rc = push(t, http, &b->body, &pause, &e);
        if (rc == 0) {
            count(t, METRIC_TELEMETRY_SHIPPED, b->n);
            *told = false;
            return;
        }
        complain(t, &e, told);
        pthread_mutex_lock(&t->mutex);
        int64_t until = clock_mono_ms() + pause;
        while (rc > 0 && !t->ending && clock_mono_ms() < until)
            wait_until(t, until);
        /* One more try after the daemon has ended, and then only while there is time. */
        bool over = rc < 0 || (t->ending && clock_mono_ms() + PAUSE_MS > t->end_by);
        bool last = t->ending;
        pthread_mutex_unlock(&t->mutex);
        if (over) {
            count(t, METRIC_TELEMETRY_DROPPED, b->n);
            return;
        }
        if (last)
            clock_sleep_ms(PAUSE_MS / 4);
    }
}

void *shipper_push_main(void *target)
{
    struct shipper_target *t = target;
    struct http *http = http_new();
    struct batch *b = MEM_NEW(struct batch);
    bool told = false;
    buf_init(&b->body, BUF_MAX_RESPONSE);
    while (take(t, b)) {
        buf_clear(&b->body);
        shipper_batch(t, b->rows, b->n, &b->body);
        deliver(t, http, b, &told);
        for (int i = 0; i < b->n; i++)
            mem_free(b->rows[i]);
    }
    buf_free(&b->body);
    mem_free(b);
    http_free(http);
    return NULL;
}
