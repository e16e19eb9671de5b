#include "fcgi-app/fcgi.h"

#include "base/log.h"
#include "base/signals.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
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

/* What goes out in one write. */
struct parcel {
    struct iovec parts[8];
    int n;
};

static void part(struct parcel *p, const void *bytes, size_t n)
{
    p->parts[p->n++] = (struct iovec){(void *)(uintptr_t)bytes, n};
}

static bool ship(int fd, struct parcel *p)
{
    struct msghdr m = {.msg_iov = p->parts, .msg_iovlen = (size_t)p->n};
    while (m.msg_iovlen > 0) {
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false; /* nginx is gone, or too slow */
        for (size_t left = n > 0 ? (size_t)n : 0; m.msg_iovlen > 0; m.msg_iov++, m.msg_iovlen--) {
            if (left < m.msg_iov->iov_len) {
                m.msg_iov->iov_base = (char *)m.msg_iov->iov_base + left;
                m.msg_iov->iov_len -= left;
                break;
            }
            left -= m.msg_iov->iov_len;
        }
    }
    p->n = 0;
    return true;
}

static FCGI_Header header(int type, int id, size_t len)
{
    return (FCGI_Header){.version = FCGI_VERSION_1,
                         .type = (unsigned char)type,
                         .requestIdB1 = (unsigned char)(id >> 8),
                         .requestIdB0 = (unsigned char)id,
                         .contentLengthB1 = (unsigned char)(len >> 8),
                         .contentLengthB0 = (unsigned char)len};
}

/*
 * The answer and its end, in one write when the body is small, past libfcgi's streams: they would send it in pieces of
 * 8 KiB and the end behind, and each piece wakes nginx once more (records: FastCGI specification 1.0, 3.3, 5.3, 5.5).
 */
static void send_answer(int fd, int id, const struct response *res)
{
    char status[128];
    int n = snprintf(status, sizeof status, "Status: %d %s\r\n", res->status, reason(res->status));
    if (res->status != 204)
        n += snprintf(status + n, sizeof status - (size_t)n, "Content-Length: %zu\r\n", res->body.len);
    FCGI_Header head = header(FCGI_STDOUT, id, (size_t)n + res->headers.len + 2), body,
                none = header(FCGI_STDOUT, id, 0);
    FCGI_EndRequestRecord end = {.header = header(FCGI_END_REQUEST, id, sizeof end.body),
                                 .body = {.protocolStatus = FCGI_REQUEST_COMPLETE}};
    struct parcel p = {.n = 0};
    part(&p, &head, sizeof head);
    part(&p, status, (size_t)n);
    part(&p, buf_str(&res->headers), res->headers.len);
    part(&p, "\r\n", 2);
    for (size_t at = 0, len; at < res->body.len; at += len) {
        len = res->body.len - at < FCGI_MAX_LENGTH ? res->body.len - at : FCGI_MAX_LENGTH;
        body = header(FCGI_STDOUT, id, len);
        part(&p, &body, sizeof body);
        part(&p, res->body.data + at, len);
        if (at + len < res->body.len && !ship(fd, &p))
            return;
    }
    part(&p, &none, sizeof none);
    part(&p, &end, sizeof end);
    ship(fd, &p);
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
        send_answer(request.ipcFd, request.requestId, &res);
        FCGX_Free(&request, 1); /* not FCGX_Finish_r: the end has been sent */
    }
    log_flush();
    FCGX_Free(&request, 1);
    response_free(&res);
}
