#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t stops;
static int pipe_fds[2] = {-1, -1};
static volatile sig_atomic_t leaves_with; /* 0: the second signal is a flag too */
static pid_t owner;                       /* a forked child must not share its pipe with the parent */

static void on_stop(int signo)
{
    (void)signo;
    int saved = errno;
    stops = stops + 1;
    if (stops > 1 && leaves_with)
        _exit(leaves_with);
    /* The byte is never read: the descriptor stays readable, so no poller can miss it. */
    ssize_t done = write(pipe_fds[1], "x", 1);
    (void)done;
    errno = saved;
}

void signals_init(void)
{
    if (owner != getpid()) {
        if (pipe_fds[0] >= 0) {
            close(pipe_fds[0]);
            close(pipe_fds[1]);
        }
        if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK))
            _exit(71);
        owner = getpid();
        stops = 0;
    }
    struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

void signals_second_leaves(int code)
{
    leaves_with = code;
}

void signals_default(void)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL};
    sigemptyset(&dfl.sa_mask);
    sigaction(SIGTERM, &dfl, NULL);
    sigaction(SIGINT, &dfl, NULL);
}

bool signals_stopping(void)
{
    return stops > 0;
}

bool signals_urgent(void)
{
    return stops > 1;
}

int signals_fd(void)
{
    return pipe_fds[0];
}
