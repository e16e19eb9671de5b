#include "fcgi-app/fcgi.h"

#include "base/log.h"
#include "base/signals.h"

#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* DRAIN: nginx must be able to write all of a body that we refuse, or it reports a broken upstream instead of our
 * answer. nginx allows no larger ones than this. */
enum { BACKLOG = 511, DRAIN = 2 * BUF_MAX_REQUEST_UPLOAD, IO_TIMEOUT_S = 30 };

/* A socket file may be a dead process': only when somebody answers there it is left alone. */
static int clear_path(int fd, const struct sockaddr_un *addr, struct err *e)
{
    struct stat st;
    if (lstat(addr->sun_path, &st))
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, ERR_CONFIG, NULL, "%s exists and is no socket.", addr->sun_path);
    if (connect(fd, (const struct sockaddr *)addr, sizeof *addr) == 0)
        return err_set(e, ERR_CONFLICT, NULL, "Another process is listening on %s.", addr->sun_path);
    return unlink(addr->sun_path) ? err_sys(e, ERR_CONFIG, addr->sun_path) : 0;
}

int fcgi_listen(const char *path, struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof addr.sun_path)
        return err_set(e, ERR_CONFIG, NULL, "The socket path is longer than %zu bytes.", sizeof addr.sun_path - 1);
    memcpy(addr.sun_path, path, strlen(path) + 1);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int cleared = probe < 0 ? err_sys(e, ERR_BUG, "socket") : clear_path(probe, &addr, e);
    if (probe >= 0)
        close(probe);
    if (cleared)
        return -1;
    /* Non-blocking: several children are woken by one connection, and only one gets it. */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(e, ERR_BUG, "socket");
    mode_t before = umask(0117);
    int bound = bind(fd, (struct sockaddr *)&addr, sizeof addr);
    umask(before);
    if (bound || listen(fd, BACKLOG)) {
        err_sys(e, ERR_CONFIG, path);
        close(fd);
        return -1;
    }
    return fd;
}

static size_t read_body(void *stream, char *out, size_t n)
{
    int got = FCGX_GetStr(out, n > INT_MAX ? INT_MAX : (int)n, stream);
    return got > 0 ? (size_t)got : 0;
}

static void drain(FCGX_Stream *in)
{
    char trash[16 * 1024];
    for (size_t total = 0, n; total < DRAIN && (n = read_body(in, trash, sizeof trash)) > 0; total += n)
        ;
}

/* Some clients cannot read a status line without words. */
static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } rows[] = {{200, "OK"},
                {204, "No Content"},
                {302, "Found"},
                {303, "See Other"},
                {400, "Bad Request"},
                {401, "Unauthorized"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {409, "Conflict"},
                {413, "Payload Too Large"},
                {415, "Unsupported Media Type"},
                {422, "Unprocessable Content"},
                {429, "Too Many Requests"},
                {502, "Bad Gateway"},
                {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return rows[i].words;
    return status < 500 ? "Client Error" : "Internal Server Error";
}

static void send_answer(FCGX_Stream *out, const struct response *res)
{
    char text[64];
    int n = snprintf(text, sizeof text, "Status: %d %s\r\n", res->status, reason(res->status));
    FCGX_PutStr(text, n, out);
    FCGX_PutStr(buf_str(&res->headers), (int)res->headers.len, out);
    if (res->status != 204) {
        n = snprintf(text, sizeof text, "Content-Length: %zu\r\n", res->body.len);
        FCGX_PutStr(text, n, out);
    }
    FCGX_PutStr("\r\n", 2, out);
    FCGX_PutStr(buf_str(&res->body), (int)res->body.len, out);
}

/* Wait for a connection; false when it is time to end. With nothing to do, what was logged is written out. */
static bool await(int fd)
{
    while (!signals_urgent()) {
        bool stopping = signals_stopping();
        struct pollfd fds[] = {{fd, POLLIN, 0}, {signals_fd(), POLLIN, 0}};
        int ready = poll(fds, stopping ? 1 : 2, 0);
        if (ready == 0 && !stopping) {
            log_flush();
            ready = poll(fds, 2, -1);
        }
        if (ready > 0 && fds[0].revents)
            return true;
        if (stopping)
            return false;
    }
    return false;
}

void fcgi_run(int fd, fcgi_serve *serve, void *arg)
{
    FCGX_Request request;
    struct response res;
    struct timeval limit = {.tv_sec = IO_TIMEOUT_S};
    log_hold();
    FCGX_Init();
    FCGX_InitRequest(&request, fd, FCGI_FAIL_ACCEPT_ON_INTR);
    response_init(&res);
    while (await(fd)) {
        if (FCGX_Accept_r(&request) < 0) /* another child was faster, a signal came, or the client broke off */
            continue;
        setsockopt(request.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(request.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        response_reset(&res);
        serve(arg, request.envp, read_body, request.in, &res);
        drain(request.in);
        send_answer(request.out, &res);
        FCGX_Finish_r(&request);
    }
    log_flush();
    FCGX_Free(&request, 1);
    response_free(&res);
}
