#include "torrent/scrape.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/trace.h"
#include "net/http.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { THREAD_STACK = 512 * 1024, MAX_ANSWER = 256 * 1024 };

/* What the asking threads share with scrape(). Whoever leaves last frees it, scrape() or the slowest thread. */
struct round {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int holders, open; /* threads and scrape() itself; trackers that have not spoken */
    struct scrape_result result;
    uint8_t info_hash[20];
    int64_t deadline;
    bool deny_private;
    struct trace_context trace; /* of who asked */
};

struct ask {
    struct round *round;
    char *url;
};

static atomic_int threads_alive;

static void leave(struct round *r)
{
    pthread_mutex_lock(&r->lock);
    bool last = --r->holders == 0;
    pthread_mutex_unlock(&r->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    mem_free(r);
}

static bool has_scheme(const char *url, const char *scheme)
{
    return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

bool scrape_split_udp(const char *url, char host[SCRAPE_MAX_HOST + 1], char port[6])
{
    if (!has_scheme(url, "udp://"))
        return false;
    const char *at = url + strlen("udp://");
    bool v6 = *at == '[';
    at += v6;
    size_t n = v6 ? strspn(at, "0123456789abcdefABCDEF:.") : strcspn(at, "[]:/?#");
    if (n == 0 || n > SCRAPE_MAX_HOST || v6 != (at[n] == ']'))
        return false;
    memcpy(host, at, n);
    host[n] = '\0';
    at += n + v6;
    if (*at++ != ':')
        return false;
    n = strspn(at, "0123456789");
    if (n == 0 || n > 5 || (at[n] && !strchr("/?#", at[n])))
        return false;
    memcpy(port, at, n);
    port[n] = '\0';
    return true;
}

static int ask_http(const struct ask *a, struct swarm *out, struct err *e)
{
    struct buf url = BUF_INIT(BUF_MAX_URL);
    struct http_response res = {0};
    struct http *h = http_new();
    int rc = -1;
    int64_t left = a->round->deadline - clock_mono_ms();
    if (!scrape_http_url(a->url, a->round->info_hash, &url)) {
        err_set(e, ERR_INPUT, "TrackerUrl", "The tracker cannot be scraped.");
        goto out;
    }
    /* No redirects: a torrent must not steer requests of ours to other places than it names. */
    struct http_request req = {.method = "GET",
                               .url = url.data,
                               .max_response = MAX_ANSWER,
                               .connect_timeout_ms = left > 1 ? (int)left : 1,
                               .timeout_ms = left > 1 ? (int)left : 1,
                               .deny_private = a->round->deny_private};
    if (http_perform(h, &req, &res, e) != 0)
        goto out;
    if (res.status != 200)
        err_set(e, ERR_REMOTE, "TrackerAnswer", "The tracker answers %d.", res.status);
    else
        rc = scrape_parse_http(res.body.data, res.body.len, a->round->info_hash, out, e);
out:
    http_response_free(&res);
    http_free(h);
    buf_free(&url);
    return rc;
}

static int ask_tracker(const struct ask *a, struct swarm *out, struct err *e)
{
    char host[SCRAPE_MAX_HOST + 1], port[6];
    if (!has_scheme(a->url, "udp://"))
        return ask_http(a, out, e);
    if (!scrape_split_udp(a->url, host, port))
        return err_set(e, ERR_INPUT, "TrackerUrl", "The tracker's address has no port.");
    struct trace_span s;
    struct err why = ERR_INIT;
    trace_begin(&s, TRACE_CLIENT, "scrape");
    int rc = scrape_udp(host, port, a->round->info_hash, a->round->deadline, a->round->deny_private, out, &why);
    trace_end(&s, &why, (const struct kv[]){kv_str("network.transport", "udp"), kv_str("server.address", host)}, 2);
    if (rc)
        *e = why;
    return rc;
}

static void *ask_main(void *arg)
{
    struct ask *a = arg;
    struct round *r = a->round;
    struct swarm swarm = {0};
    struct err e = ERR_INIT;
    trace_enter(r->trace);
    bool answered = ask_tracker(a, &swarm, &e) == 0;
    pthread_mutex_lock(&r->lock);
    if (answered) {
        r->result.answered++;
        swarm_merge(&r->result.swarm, &swarm);
    }
    r->open--;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
    mem_free(a->url);
    mem_free(a);
    leave(r);
    atomic_fetch_sub(&threads_alive, 1);
    return NULL;
}

static bool can_ask(const char *url)
{
    return has_scheme(url, "udp://") || has_scheme(url, "http://") || has_scheme(url, "https://");
}

/* One detached thread that takes no signals: those are for the program's own threads. */
static bool start(struct round *r, const char *url)
{
    if (atomic_fetch_add(&threads_alive, 1) >= SCRAPE_MAX_THREADS) {
        atomic_fetch_sub(&threads_alive, 1);
        return false;
    }
    struct ask *a = MEM_NEW(struct ask);
    *a = (struct ask){.round = r, .url = mem_strdup(url)};
    pthread_mutex_lock(&r->lock);
    r->holders++;
    r->open++;
    r->result.asked++;
    pthread_mutex_unlock(&r->lock);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, THREAD_STACK);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_t thread;
    bool ok = pthread_create(&thread, &attr, ask_main, a) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    if (!ok) {
        pthread_mutex_lock(&r->lock);
        r->open--;
        pthread_mutex_unlock(&r->lock);
        mem_free(a->url);
        mem_free(a);
        leave(r);
        atomic_fetch_sub(&threads_alive, 1);
    }
    return ok;
}

static struct round *new_round(const struct scrape_request *req)
{
    struct round *r = MEM_NEW(struct round);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&r->lock, NULL);
    r->holders = 1;
    r->deadline = clock_mono_ms() + req->timeout_ms;
    r->deny_private = req->deny_private;
    r->trace = trace_current();
    return r;
}

void scrape(const struct scrape_request *req, struct scrape_result *out)
{
    char hex[41];
    struct round *r = new_round(req);
    snprintf(hex, sizeof hex, "%s", req->info_hash);
    *out = (struct scrape_result){0};
    if (!decode_hex(hex, r->info_hash, 20)) {
        leave(r);
        return;
    }
    int started = 0;
    for (size_t i = 0; i < req->count && started < SCRAPE_MAX_TRACKERS; i++)
        if (can_ask(req->urls[i]) && start(r, req->urls[i]))
            started++;
    struct timespec until = {.tv_sec = r->deadline / 1000, .tv_nsec = r->deadline % 1000 * 1000000};
    pthread_mutex_lock(&r->lock);
    while (r->open > 0 && pthread_cond_timedwait(&r->changed, &r->lock, &until) == 0)
        ;
    *out = r->result;
    pthread_mutex_unlock(&r->lock);
    leave(r);
}
