#include "servers.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/signals.h"
#include "net/redis.h"

#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PG_BIN "/usr/lib/postgresql/15/bin/"
enum { START_MS = 60000, MAX_ARGS = 32 };

struct server {
    char dir[64], url[160], data[80], log[80];
    const char *argv[MAX_ARGS];
    struct passwd *user; /* who runs it, NULL: the test's own user */
    int stop_signal;
    pid_t pid;
};

static void die(const struct server *s, const char *what)
{
    fprintf(stderr, "servers: %s; see %s\n", what, s->log);
    abort();
}

/* Run argv as the server's user, its output in the log. The child dies with the test. */
static pid_t spawn(struct server *s, const char *const *argv)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        die(s, "fork failed");
    if (pid > 0)
        return pid;
    signals_default();
    signal(SIGPIPE, SIG_DFL);
    if (s->user &&
        (initgroups(s->user->pw_name, s->user->pw_gid) || setgid(s->user->pw_gid) || setuid(s->user->pw_uid)))
        _exit(126);
    if (!freopen(s->log, "a", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0 || chdir(s->dir))
        _exit(126);
    /* After setuid, which clears it. SIGQUIT makes PostgreSQL take its children along. */
    prctl(PR_SET_PDEATHSIG, s->stop_signal);
    if (getppid() != parent)
        _exit(126);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool answers(const struct server *s)
{
    bool up;
    if (s->user || s->data[0]) {
        struct db *db = db_new(s->url, "test");
        up = db_ping(db, NULL) == 0;
        db_free(db);
    } else {
        struct redis *r = redis_new(s->url, NULL);
        up = redis_ping(r, NULL) == 0;
        redis_free(r);
    }
    return up;
}

void server_start(struct server *s)
{
    s->pid = spawn(s, s->argv);
    int64_t end = clock_mono_ms() + START_MS;
    while (!answers(s)) {
        if (clock_mono_ms() > end || waitpid(s->pid, NULL, WNOHANG) == s->pid)
            die(s, "the server does not start");
        clock_sleep_ms(20);
    }
}

static struct server *server_new(int stop_signal, const char *user)
{
    struct server *s = MEM_NEW(struct server);
    signals_init();
    s->stop_signal = stop_signal;
    snprintf(s->dir, sizeof s->dir, "/tmp/tc-unit.XXXXXX");
    if (!mkdtemp(s->dir))
        die(s, "no temporary folder");
    s->user = user && getuid() == 0 ? getpwnam(user) : NULL;
    if (s->user && chown(s->dir, s->user->pw_uid, s->user->pw_gid))
        die(s, "chown failed");
    snprintf(s->log, sizeof s->log, "%s/log", s->dir);
    return s;
}

struct server *server_redis(void)
{
    struct server *s = server_new(SIGKILL, NULL);
    snprintf(s->url, sizeof s->url, "unix:%s/redis.sock", s->dir);
    const char *const argv[] = {"redis-server", "--port",       "0",        "--save",      "",   "--appendonly",
                                "no",           "--unixsocket", s->url + 5, "--daemonize", "no", NULL};
    memcpy(s->argv, argv, sizeof argv);
    server_start(s);
    return s;
}

struct server *server_postgres(void)
{
    struct server *s = server_new(SIGQUIT, "postgres");
    int status = 0;
    snprintf(s->data, sizeof s->data, "%s/data", s->dir);
    snprintf(s->url, sizeof s->url, "host=%s user=postgres dbname=postgres", s->dir);
    const char *const initdb[] = {PG_BIN "initdb", "-D",         s->data, "-U",   "postgres",          "-A", "trust",
                                  "--no-sync",     "--locale=C", "-E",    "UTF8", "--no-instructions", NULL};
    pid_t pid = spawn(s, initdb);
    if (waitpid(pid, &status, 0) != pid || status)
        die(s, "initdb failed");
    const char *const argv[] = {PG_BIN "postgres",
                                "-D",
                                s->data,
                                "-k",
                                s->dir,
                                "-c",
                                "listen_addresses=",
                                "-c",
                                "fsync=off",
                                "-c",
                                "shared_buffers=16MB",
                                "-c",
                                "max_connections=30",
                                NULL};
    memcpy(s->argv, argv, sizeof argv);
    server_start(s);
    return s;
}

const char *server_url(const struct server *s)
{
    return s->url;
}

const char *server_path(const struct server *s)
{
    return s->dir;
}

void server_crash(struct server *s)
{
    kill(s->pid, s->stop_signal);
    waitpid(s->pid, NULL, 0);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

void server_stop(struct server *s)
{
    if (!s)
        return;
    server_crash(s);
    nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mem_free(s);
}
