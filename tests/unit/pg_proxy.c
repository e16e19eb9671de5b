#include "pg_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un front = {.sun_family = AF_UNIX}, back = {.sun_family = AF_UNIX};
static char url[160];
static int listener;
static atomic_int round_trips, parses;
static atomic_bool cut;

/* Where the reader stands in the client's stream: a header of 5 bytes (4 of the first message), then its body. */
struct stream {
    unsigned char head[5];
    size_t have, want, body;
};

static void count(struct stream *s, const unsigned char *data, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->body > 0) {
            s->body--;
            continue;
        }
        s->head[s->have++] = data[i];
        if (s->have < s->want)
            continue;
        uint32_t length;
        memcpy(&length, s->head + s->want - 4, 4);
        s->body = ntohl(length) - 4;
        if (s->want == 5 && (s->head[0] == 'S' || s->head[0] == 'Q'))
            round_trips++;
        if (s->want == 5 && s->head[0] == 'P')
            parses++;
        s->have = 0;
        s->want = 5; /* the startup message alone has no type */
    }
}

static void relay(int client, int server)
{
    unsigned char data[16 * 1024];
    struct stream s = {.want = 4};
    struct pollfd fds[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    while (poll(fds, 2, -1) > 0)
        for (int i = 0; i < 2; i++) {
            if (!fds[i].revents)
                continue;
            ssize_t n = read(fds[i].fd, data, sizeof data);
            if (n <= 0 || (i == 0 && atomic_exchange(&cut, false)))
                return;
            if (i == 0)
                count(&s, data, (size_t)n);
            for (ssize_t put = 0, more; put < n; put += more)
                if ((more = write(fds[1 - i].fd, data + put, (size_t)(n - put))) <= 0)
                    return;
        }
}

static void *serve(void *arg)
{
    int client = (int)(intptr_t)arg, server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&back, sizeof back) == 0)
        relay(client, server);
    close(client);
    close(server);
    return NULL;
}

static void *run(void *arg)
{
    (void)arg;
    for (int client; (client = accept(listener, NULL, NULL)) >= 0;) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) || pthread_detach(thread))
            abort();
    }
    return NULL;
}

const char *pg_proxy_start(const struct server *server)
{
    pthread_t thread;
    snprintf(front.sun_path, sizeof front.sun_path, "%s/.s.PGSQL.6432", server_path(server));
    snprintf(back.sun_path, sizeof back.sun_path, "%s/.s.PGSQL.5432", server_path(server));
    snprintf(url, sizeof url, "host=%s port=6432 user=postgres dbname=postgres", server_path(server));
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&front, sizeof front) || listen(listener, 8) ||
        pthread_create(&thread, NULL, run, NULL) || pthread_detach(thread))
        abort();
    return url;
}

int pg_proxy_round_trips(void)
{
    return atomic_exchange(&round_trips, 0);
}

int pg_proxy_parses(void)
{
    return atomic_exchange(&parses, 0);
}

void pg_proxy_cut(void)
{
    atomic_store(&cut, true);
}

const char *pg_proxy_url(void)
{
    return url;
}
