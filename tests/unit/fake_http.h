/*
 * A small HTTP/1.1 server inside a test: a thread per connection, every request is recorded; a function of the test
 * answers, or what fake_script() has laid ready. It can also misbehave: hang, drop the connection after some bytes of
 * the body, or after its answer's head. Header-only, so that each test stays one file for the Makefile.
 */
#ifndef TC_TESTS_FAKE_HTTP_H
#define TC_TESTS_FAKE_HTTP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FAKE_MAX_REQUESTS = 512, FAKE_HEAD_MAX = 32 * 1024, FAKE_MAX_SCRIPT = 8 };

struct fake_request {
    char method[16];
    char target[8192];
    char head[FAKE_HEAD_MAX]; /* everything before the empty line, NUL-terminated */
    char *body;
    size_t body_len;
    int connection; /* 1 for the first accepted one */
};

struct fake_answer {
    int status;
    char headers[1024]; /* "Name: value\r\n" lines */
    char body[16 * 1024];
    size_t body_len; /* 0: strlen(body) */
    int delay_ms;    /* before answering */
    bool drop;       /* close without an answer */
    bool cut;        /* promise one byte more than is sent, then close */
};

typedef void fake_answer_fn(const struct fake_request *req, struct fake_answer *out, void *arg);

struct fake_http {
    int fd, port;
    pthread_t acceptor;
    pthread_mutex_t lock;
    fake_answer_fn *answer; /* NULL: the script */
    void *arg;
    struct fake_answer script[FAKE_MAX_SCRIPT];
    int scripted, given;
    int64_t drop_body_after; /* > 0: the next body is cut after so many bytes */
    bool closing;
    int connections, active;
    struct fake_request *requests[FAKE_MAX_REQUESTS];
    int count;
};

struct fake_connection {
    struct fake_http *server;
    int fd, number;
};

static inline bool fake_header(const struct fake_request *r, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);
    for (const char *p = strstr(r->head, "\r\n"); p; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, n) == 0 && p[2 + n] == ':') {
            const char *v = p + 3 + n;
            while (*v == ' ')
                v++;
            snprintf(out, size, "%.*s", (int)strcspn(v, "\r\n"), v);
            return true;
        }
    return false;
}

/* Bytes from the connection, or -1 at its end and when the server closes. */
static inline ssize_t fake_recv(struct fake_connection *c, void *buf, size_t n)
{
    while (!__atomic_load_n(&c->server->closing, __ATOMIC_RELAXED)) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        if (poll(&p, 1, 50) > 0)
            return recv(c->fd, buf, n, 0);
    }
    return -1;
}

static inline void fake_send(struct fake_connection *c, const void *data, size_t n)
{
    for (const char *p = data; n;) {
        ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

static inline bool fake_read_head(struct fake_connection *c, struct fake_request *r)
{
    size_t n = 0;
    while (n < sizeof r->head - 1) {
        if (fake_recv(c, r->head + n, 1) != 1)
            return false;
        r->head[++n] = '\0';
        if (n >= 4 && memcmp(r->head + n - 4, "\r\n\r\n", 4) == 0)
            return sscanf(r->head, "%15s %8191s", r->method, r->target) == 2;
    }
    return false;
}

static inline bool fake_read_body(struct fake_connection *c, struct fake_request *r)
{
    char text[64];
    size_t want = fake_header(r, "Content-Length", text, sizeof text) ? (size_t)strtoull(text, NULL, 10) : 0;
    if (fake_header(r, "Expect", text, sizeof text))
        fake_send(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    r->body = malloc(want + 1);
    while (r->body_len < want) {
        int64_t cut = __atomic_load_n(&c->server->drop_body_after, __ATOMIC_RELAXED);
        if (cut > 0 && (int64_t)r->body_len >= cut) {
            __atomic_store_n(&c->server->drop_body_after, 0, __ATOMIC_RELAXED);
            return false;
        }
        ssize_t got = fake_recv(c, r->body + r->body_len, want - r->body_len);
        if (got <= 0)
            return false;
        r->body_len += (size_t)got;
    }
    r->body[r->body_len] = '\0';
    return true;
}

static inline void fake_reply(struct fake_connection *c, const struct fake_request *r, const struct fake_answer *a)
{
    char head[2048];
    size_t len = a->body_len ? a->body_len : strlen(a->body);
    bool own_length = strstr(a->headers, "Content-Length:") != NULL;
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d Status\r\n%s", a->status, a->headers);
    if (!own_length)
        n += snprintf(head + n, sizeof head - (size_t)n, "Content-Length: %zu\r\n", len + (a->cut ? 1 : 0));
    n += snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    fake_send(c, head, (size_t)n);
    if (strcmp(r->method, "HEAD") != 0)
        fake_send(c, a->body, len);
}

/* fake_script(s, status, headers, body): the next answer of a server without a function. Each is given once, in turn;
 * the last one again and again, until there is another. It may be changed before it is asked for. */
static inline struct fake_answer *fake_script(struct fake_http *s, int status, const char *headers, const char *body)
{
    pthread_mutex_lock(&s->lock);
    if (s->given == s->scripted)
        s->given = s->scripted = 0;
    if (s->scripted == FAKE_MAX_SCRIPT)
        abort();
    struct fake_answer *a = &s->script[s->scripted++];
    *a = (struct fake_answer){.status = status};
    snprintf(a->headers, sizeof a->headers, "%s", headers);
    snprintf(a->body, sizeof a->body, "%s", body);
    pthread_mutex_unlock(&s->lock);
    return a;
}

static inline void fake_scripted(struct fake_http *s, struct fake_answer *out)
{
    if (s->given < s->scripted)
        s->given++;
    if (s->given)
        *out = s->script[s->given - 1];
}

/* One request on a kept connection; false closes it. */
static inline bool fake_serve(struct fake_connection *c)
{
    struct fake_http *s = c->server;
    struct fake_request *r = calloc(1, sizeof *r);
    r->connection = c->number;
    if (!fake_read_head(c, r) || !fake_read_body(c, r)) {
        free(r->body);
        free(r);
        return false;
    }
    struct fake_answer *a = calloc(1, sizeof *a);
    a->status = 200;
    pthread_mutex_lock(&s->lock);
    if (s->count < FAKE_MAX_REQUESTS)
        s->requests[s->count++] = r;
    if (s->answer)
        s->answer(r, a, s->arg);
    else
        fake_scripted(s, a);
    pthread_mutex_unlock(&s->lock);
    for (int waited = 0; waited < a->delay_ms && !__atomic_load_n(&s->closing, __ATOMIC_RELAXED); waited += 20)
        usleep(20000);
    if (!a->drop)
        fake_reply(c, r, a);
    bool go_on = !a->drop && !a->cut;
    free(a);
    return go_on;
}

static inline void *fake_connection_main(void *arg)
{
    struct fake_connection *c = arg;
    while (fake_serve(c))
        ;
    close(c->fd);
    __atomic_fetch_sub(&c->server->active, 1, __ATOMIC_SEQ_CST);
    free(c);
    return NULL;
}

static inline void *fake_accept_main(void *arg)
{
    struct fake_http *s = arg;
    while (!__atomic_load_n(&s->closing, __ATOMIC_RELAXED)) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        if (poll(&p, 1, 50) <= 0)
            continue;
        int fd = accept(s->fd, NULL, NULL);
        if (fd < 0)
            continue;
        struct fake_connection *c = calloc(1, sizeof *c);
        *c = (struct fake_connection){.server = s, .fd = fd, .number = ++s->connections};
        __atomic_fetch_add(&s->active, 1, __ATOMIC_SEQ_CST);
        pthread_t t;
        pthread_create(&t, NULL, fake_connection_main, c);
        pthread_detach(t);
    }
    return NULL;
}

/* fake_http_start(answer, arg, path): listen on loopback, or on the unix socket `path`. answer may be NULL:
 * fake_script(). */
static inline struct fake_http *fake_http_start(fake_answer_fn *answer, void *arg, const char *path)
{
    struct fake_http *s = calloc(1, sizeof *s);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    socklen_t len = sizeof in;
    s->answer = answer;
    s->arg = arg;
    pthread_mutex_init(&s->lock, NULL);
    s->fd = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    if (path)
        snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
    if (bind(s->fd, path ? (struct sockaddr *)&un : (struct sockaddr *)&in, path ? sizeof un : sizeof in) ||
        listen(s->fd, 64))
        abort();
    if (!path && getsockname(s->fd, (struct sockaddr *)&in, &len) == 0)
        s->port = ntohs(in.sin_port);
    pthread_create(&s->acceptor, NULL, fake_accept_main, s);
    return s;
}

/* fake_http_answer(s, answer, arg): from now on. */
static inline void fake_http_answer(struct fake_http *s, fake_answer_fn *answer, void *arg)
{
    pthread_mutex_lock(&s->lock);
    s->answer = answer;
    s->arg = arg;
    pthread_mutex_unlock(&s->lock);
}

static inline void fake_http_stop(struct fake_http *s)
{
    __atomic_store_n(&s->closing, true, __ATOMIC_RELAXED);
    pthread_join(s->acceptor, NULL);
    while (__atomic_load_n(&s->active, __ATOMIC_SEQ_CST))
        usleep(5000);
    for (int i = 0; i < s->count; i++) {
        free(s->requests[i]->body);
        free(s->requests[i]);
    }
    close(s->fd);
    free(s);
}

#endif
