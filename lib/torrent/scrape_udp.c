/* BEP 15. Every address of the tracker is asked at once; the first good answer counts. */
#include "base/clock.h"
#include "net/address.h"
#include "torrent/scrape.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_LANES = 4,
    FIRST_RETRY_MS = 500 /* the BEP's 15 s are made for announces in the background; doubled each time */
};
static const uint64_t protocol_id = 0x41727101980u;

struct lane {
    int fd; /* -1: given up */
    enum scrape_udp_action action;
    uint32_t transaction;
    uint64_t connection;
    int64_t send_at;
    int wait_ms;
};

static uint32_t get32(const unsigned char *p)
{
    uint32_t n;
    memcpy(&n, p, sizeof n);
    return be32toh(n);
}

static void put32(unsigned char *p, uint32_t n)
{
    n = htobe32(n);
    memcpy(p, &n, sizeof n);
}

static void put64(unsigned char *p, uint64_t n)
{
    n = htobe64(n);
    memcpy(p, &n, sizeof n);
}

static void give_up(struct lane *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

/* A guessed transaction id would let a stranger answer in the tracker's place. */
static void begin(struct lane *l, enum scrape_udp_action action)
{
    l->action = action;
    l->send_at = clock_mono_ms();
    l->wait_ms = FIRST_RETRY_MS;
    if (getrandom(&l->transaction, sizeof l->transaction, 0) != (ssize_t)sizeof l->transaction)
        give_up(l);
}

static void send_packet(struct lane *l, const uint8_t info_hash[20])
{
    unsigned char p[36];
    size_t n = 16;
    put64(p, l->action == SCRAPE_UDP_CONNECT ? protocol_id : l->connection);
    put32(p + 8, (uint32_t)l->action);
    put32(p + 12, l->transaction);
    if (l->action == SCRAPE_UDP_SCRAPE) {
        memcpy(p + 16, info_hash, 20);
        n = 36;
    }
    if (send(l->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != ENOBUFS) {
        give_up(l);
        return;
    }
    l->send_at = clock_mono_ms() + l->wait_ms;
    l->wait_ms *= 2;
}

static int64_t count(const unsigned char *p)
{
    int32_t n = (int32_t)get32(p);
    return n > 0 ? n : 0;
}

enum scrape_udp_reply scrape_parse_udp(const void *data, size_t n, enum scrape_udp_action action, uint32_t transaction,
                                       uint64_t *connection, struct swarm *out)
{
    const unsigned char *p = data;
    if (n < 8 || get32(p + 4) != transaction)
        return SCRAPE_UDP_STRANGE;
    uint32_t got = get32(p);
    if (got == SCRAPE_UDP_ERROR)
        return SCRAPE_UDP_REFUSED;
    if (got != (uint32_t)action)
        return SCRAPE_UDP_STRANGE;
    if (action == SCRAPE_UDP_CONNECT && n >= 16) {
        uint64_t id;
        memcpy(&id, p + 8, sizeof id);
        *connection = be64toh(id);
        return SCRAPE_UDP_CONNECTED;
    }
    if (action != SCRAPE_UDP_SCRAPE || n < 20)
        return SCRAPE_UDP_STRANGE;
    *out = (struct swarm){.seeders = count(p + 8), .completed = count(p + 12), .leechers = count(p + 16)};
    return SCRAPE_UDP_ANSWERED;
}

/* One datagram. True when it is the answer to the scrape; what does not fit is dropped and the wait goes on. */
static bool receive(struct lane *l, struct swarm *out)
{
    unsigned char p[2048];
    ssize_t n = recv(l->fd, p, sizeof p, MSG_DONTWAIT);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            give_up(l); /* ECONNREFUSED: nobody listens there */
        return false;
    }
    switch (scrape_parse_udp(p, (size_t)n, l->action, l->transaction, &l->connection, out)) {
    case SCRAPE_UDP_ANSWERED:
        return true;
    case SCRAPE_UDP_CONNECTED:
        begin(l, SCRAPE_UDP_SCRAPE);
        break;
    case SCRAPE_UDP_REFUSED:
        give_up(l);
        break;
    case SCRAPE_UDP_STRANGE:
        break;
    }
    return false;
}

/* open_lanes: a connected socket per address, so that nobody else's datagrams arrive. Returns how many. */
static int open_lanes(const struct addrinfo *list, bool deny_private, struct lane *lanes)
{
    int n = 0;
    for (const struct addrinfo *ai = list; ai && n < MAX_LANES; ai = ai->ai_next) {
        if (deny_private && address_private(ai->ai_addr))
            continue;
        int fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            continue;
        if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0) {
            close(fd);
            continue;
        }
        lanes[n].fd = fd;
        begin(&lanes[n++], SCRAPE_UDP_CONNECT);
    }
    return n;
}

/* One turn: send what is due, wait for the next thing, read. 1: answered, 0: go on, -1: nobody is left. */
static int turn(struct lane *lanes, int n, const uint8_t info_hash[20], int64_t deadline, struct swarm *out)
{
    struct pollfd fds[MAX_LANES];
    int64_t next = deadline, now = clock_mono_ms();
    int live = 0;
    for (int i = 0; i < n; i++) {
        if (lanes[i].fd >= 0 && lanes[i].send_at <= now)
            send_packet(&lanes[i], info_hash);
        fds[i] = (struct pollfd){.fd = lanes[i].fd, .events = POLLIN};
        if (lanes[i].fd < 0)
            continue;
        live++;
        next = lanes[i].send_at < next ? lanes[i].send_at : next;
    }
    if (!live)
        return -1;
    if (poll(fds, (nfds_t)n, next > now ? (int)(next - now) : 0) <= 0)
        return 0;
    for (int i = 0; i < n; i++)
        if (fds[i].revents && receive(&lanes[i], out))
            return 1;
    return 0;
}

int scrape_udp(const char *host, const char *port, const uint8_t info_hash[20], int64_t deadline_ms, bool deny_private,
               struct swarm *out, struct err *e)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV}, *list;
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        return err_set(e, ERR_UNAVAILABLE, "TrackerAway", "%s: %s.", host, gai_strerror(rc));
    struct lane lanes[MAX_LANES] = {0};
    int n = open_lanes(list, deny_private, lanes), answered = 0;
    freeaddrinfo(list);
    while (answered == 0 && clock_mono_ms() < deadline_ms)
        answered = turn(lanes, n, info_hash, deadline_ms, out);
    for (int i = 0; i < n; i++)
        give_up(&lanes[i]);
    return answered == 1 ? 0 : err_set(e, ERR_UNAVAILABLE, "TrackerAway", "%s does not answer.", host);
}
