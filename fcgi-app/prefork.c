#include "fcgi-app/prefork.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAUSE_MS = 100, PAUSE_MAX_MS = 5000, HEALTHY_MS = 10000 };

struct slot {
    pid_t pid;            /* 0: not running */
    int64_t started, due; /* clock_mono_ms(); due: not started again before */
    int pause_ms;
};

static void start(struct slot *s, int (*child)(void *), void *arg, const sigset_t *mask)
{
    sigset_t stop, before;
    pid_t parent = getpid();
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, &before);
    pid_t pid = fork();
    if (pid == 0) {
        signals_init(); /* its own flags: a signal to one child concerns nobody else */
        sigprocmask(SIG_SETMASK, mask, NULL);
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* without the parent nobody would stop us */
        _exit(getppid() == parent ? child(arg) : 0);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    s->started = clock_mono_ms();
    if (pid > 0)
        s->pid = pid;
    else
        s->due = s->started + PAUSE_MAX_MS; /* no processes left: try again later */
}

static void note_end(struct slot *s, int status)
{
    int64_t now = clock_mono_ms();
    s->pause_ms = now - s->started > HEALTHY_MS ? 0 : s->pause_ms ? s->pause_ms * 2 : PAUSE_MS;
    if (s->pause_ms > PAUSE_MAX_MS)
        s->pause_ms = PAUSE_MAX_MS;
    s->due = now + s->pause_ms;
    if (!signals_stopping())
        log_error("an API process ended", kv_int("Pid", s->pid),
                  kv_int("Signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
                  kv_int("ExitCode", WIFEXITED(status) ? WEXITSTATUS(status) : -1));
    s->pid = 0;
}

/* Take note of children that ended; returns how many still run. */
static int reap(struct slot *slots, int n)
{
    int status, running = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < n; i++)
            if (slots[i].pid == pid)
                note_end(&slots[i], status);
    for (int i = 0; i < n; i++)
        running += slots[i].pid > 0;
    return running;
}

/* Start what is due; returns the milliseconds until the next one is, -1 when all run. */
static int start_due(struct slot *slots, int n, int (*child)(void *), void *arg, const sigset_t *mask)
{
    int64_t now = clock_mono_ms(), next = -1;
    for (int i = 0; i < n; i++) {
        if (slots[i].pid == 0 && slots[i].due <= now)
            start(&slots[i], child, arg, mask);
        if (slots[i].pid == 0 && (next < 0 || slots[i].due - now < next))
            next = slots[i].due - now;
    }
    return (int)next;
}

static void forward(const struct slot *slots, int n)
{
    for (int i = 0; i < n; i++)
        if (slots[i].pid > 0)
            kill(slots[i].pid, SIGTERM);
}

int prefork_run(int n, int (*child)(void *arg), void *arg, void (*drained)(void))
{
    struct slot *slots = mem_alloc((size_t)n * sizeof *slots);
    sigset_t chld, before;
    bool told = false, told_twice = false;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);
    int child_fd = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC);
    for (;;) {
        int running = reap(slots, n), wait_ms = 100;
        if (signals_stopping() && running == 0)
            break;
        if (!signals_stopping()) {
            wait_ms = start_due(slots, n, child, arg, &before);
        } else if (!told) {
            told = true;
            drained();
            forward(slots, n);
        } else if (signals_urgent() && !told_twice) {
            told_twice = true;
            forward(slots, n);
        }
        /* Once the stop signal came its descriptor stays readable, so it is no longer asked. */
        struct pollfd fds[] = {{child_fd, POLLIN, 0}, {signals_stopping() ? -1 : signals_fd(), POLLIN, 0}};
        struct signalfd_siginfo info;
        poll(fds, 2, wait_ms);
        while (read(child_fd, &info, sizeof info) > 0) /* only wakes us; reap() asks for every child */
            ;
    }
    close(child_fd);
    mem_free(slots);
    return 0;
}
