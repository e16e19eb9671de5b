#include "net/shipper.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/metrics.h"
#include "base/trace.h"
#include "net/shipper_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET_BYTES = 1024 * 1024, NAME_SIZE = 128 };

/* The oldest go when there is no room: what happens now says more. */
static void put(struct shipper_target *t, struct shipper_record *r)
{
    int lost = 0;
    pthread_mutex_lock(&t->mutex);
    if (!t->first)
        t->first_at = clock_mono_ms();
    for (; t->first && t->bytes + r->len > SHIPPER_QUEUE_MAX; lost++) {
        struct shipper_record *old = t->first;
        t->first = old->next;
        t->tail = t->first ? t->tail : &t->first;
        t->bytes -= old->len;
        mem_free(old);
    }
    *t->tail = r;
    t->tail = &r->next;
    t->bytes += r->len;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->mutex);
    if (lost)
        metrics_add(METRIC_TELEMETRY_DROPPED, lost, {"kind", telemetry_kind_name(t->kind)});
}

/* Until every process that writes is gone. */
static void receive(int fd, struct shipper_target *const *targets)
{
    static char bytes[sizeof(struct telemetry_head) + TELEMETRY_BYTES_MAX];
    for (;;) {
        struct telemetry_head head;
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        memcpy(&head, bytes, sizeof head);
        if ((size_t)n < sizeof head || head.kind >= TELEMETRY__MAX || !targets[head.kind])
            continue;
        size_t len = (size_t)n - sizeof head;
        struct shipper_record *r = mem_alloc(sizeof *r + len + 1);
        r->at_us = head.at_us;
        r->level = head.level < SHIPPER_LEVELS ? head.level : SHIPPER_LEVELS - 1;
        r->len = len;
        memcpy(r->bytes, bytes + sizeof head, len);
        put(targets[head.kind], r);
    }
}

static void start(struct shipper_target *t)
{
    pthread_condattr_t monotonic;
    pthread_mutex_init(&t->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &monotonic);
    if (pthread_create(&t->thread, NULL, shipper_push_main, t))
        _exit(71);
}

static void end(struct shipper_target *t)
{
    pthread_mutex_lock(&t->mutex);
    t->ending = true;
    t->end_by = clock_mono_ms() + SHIPPER_END_MS;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->mutex);
}

/* A group of its own: what kills the daemon with all it forked leaves us the time to send its last words. */
static void run(const char *service, int fd, struct shipper_target *const *targets)
{
    struct err e = ERR_INIT;
    char program[NAME_SIZE];
    snprintf(program, sizeof program, "%s-shipper", service); /* daemons have users of their own, and so their files */
    setpgid(0, 0);
    prctl(PR_SET_NAME, "tc-shipper");
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (metrics_open(config_str(CFG_METRICS_DIR), program, &e))
        log_warn("nothing is counted", kv_err(&e));
    for (int k = 0; k < TELEMETRY__MAX; k++)
        if (targets[k])
            start(targets[k]);
    receive(fd, targets);
    for (int k = 0; k < TELEMETRY__MAX; k++)
        if (targets[k])
            end(targets[k]);
    for (int k = 0; k < TELEMETRY__MAX; k++)
        if (targets[k])
            pthread_join(targets[k]->thread, NULL);
    metrics_close();
    _exit(0);
}

static int launch(const char *service, struct shipper_target *const *targets, unsigned kinds, struct err *e)
{
    int fds[2], room = SOCKET_BYTES;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
        return err_sys(e, ERR_BUG, "socketpair");
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    /* Not a child that the daemon would have to wait for. */
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        pid = fork();
        if (pid == 0)
            run(service, fds[1], targets);
        _exit(pid < 0);
    }
    close(fds[1]);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
        err_sys(e, ERR_BUG, "fork");
        close(fds[0]);
        return -1;
    }
    telemetry_open(fds[0], kinds);
    trace_open((int)config_int(CFG_OBSERVABILITY_TRACE_PERCENT));
    return 0;
}

int shipper_start(const char *service, struct err *e)
{
    static struct shipper_target targets[TELEMETRY__MAX];
    static char instance[NAME_SIZE];
    struct shipper_target *wanted[TELEMETRY__MAX] = {NULL};
    char host[64] = "host";
    unsigned kinds = 0;
    struct err mistake = ERR_INIT;
    struct arena *a = arena_new(4096);
    gethostname(host, sizeof host - 1);
    snprintf(instance, sizeof instance, "%s:%d", host, (int)getpid());
    for (int k = 0; k < TELEMETRY__MAX; k++) {
        targets[k] = (struct shipper_target){.service = service, .instance = instance};
        if (!shipper_target_open(&targets[k], (enum telemetry_kind)k, a, &mistake))
            continue;
        wanted[k] = &targets[k];
        kinds |= 1u << k;
    }
    int rc = kinds ? launch(service, wanted, kinds, e) : 0;
    arena_free(a); /* the shipper has its own copy */
    if (rc == 0 && mistake.class != ERR_NONE) {
        if (e)
            *e = mistake;
        rc = -1;
    }
    return rc;
}
