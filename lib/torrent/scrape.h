/*
 * Asking trackers how large a swarm is: UDP (BEP 15, retransmitted, IPv4 and IPv6) and HTTP(S) (BEP 48), all at once
 * and under ONE deadline that nothing can break: each tracker is asked by a small thread of its own, and one that hangs
 * in the resolver is left behind and frees what it holds when it comes back. Not more than SCRAPE_MAX_THREADS of a
 * process live at a time; past that, trackers count as silent.
 *
 * Which trackers may hear of a torrent is the caller's business: a private one's own and no others.
 */
#ifndef TC_TORRENT_SCRAPE_H
#define TC_TORRENT_SCRAPE_H

#include "base/err.h"
#include "domain/torrent.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRAPE_MAX_TRACKERS = 25, SCRAPE_MAX_THREADS = 100 };

struct scrape_request {
    const char *const *urls; /* announce URLs; udp, http, https; more than SCRAPE_MAX_TRACKERS are left out */
    size_t count;
    const char *info_hash; /* hex of either case: the 40 of v1, or v2's, of which the first 40 count (BEP 52) */
    int timeout_ms;
    bool deny_private; /* OUTBOUND_DENY_PRIVATE: never speak to private addresses */
};

struct scrape_result {
    struct swarm swarm; /* the larger of each number over the trackers that answered */
    int asked, answered;
};

/* scrape(r, out): never fails; silence is answered == 0. Returns when all have spoken, at the latest at the deadline.
 */
void scrape(const struct scrape_request *r, struct scrape_result *out);

/* scrape_http_url(announce, info_hash, url): BEP 48: the last path segment `announce…` becomes `scrape…`; false for a
 * tracker that cannot be scraped. */
struct buf;
bool scrape_http_url(const char *announce, const uint8_t info_hash[20], struct buf *url);

/*
 * scrape_parse_http(data, n, info_hash, out, e): a tracker's bencoded answer, foreign bytes. A tracker that does not
 * know the torrent answers zeros. ERR_REMOTE for a refusal ("failure reason") and for everything that is no such
 * answer.
 */
int scrape_parse_http(const void *data, size_t n, const uint8_t info_hash[20], struct swarm *out, struct err *e);

/*
 * scrape_split_udp(url, host, port): "udp://host:port/…" or "udp://[v6]:port/…"; false for any other, also for one
 * without a port: such a tracker cannot be asked.
 */
enum { SCRAPE_MAX_HOST = 255 };
bool scrape_split_udp(const char *url, char host[SCRAPE_MAX_HOST + 1], char port[6]);

/* The actions of BEP 15 that matter here, with their numbers on the wire, and what a datagram turns out to be. */
enum scrape_udp_action { SCRAPE_UDP_CONNECT = 0, SCRAPE_UDP_SCRAPE = 2, SCRAPE_UDP_ERROR = 3 };
enum scrape_udp_reply {
    SCRAPE_UDP_STRANGE,   /* nothing that was asked for: dropped */
    SCRAPE_UDP_REFUSED,   /* an error: this tracker need not be asked again */
    SCRAPE_UDP_CONNECTED, /* *connection is set */
    SCRAPE_UDP_ANSWERED   /* *out is set; a negative number is 0 */
};

/* scrape_parse_udp(data, n, action, transaction, connection, out): the answer to that action, foreign bytes. Pure. */
enum scrape_udp_reply scrape_parse_udp(const void *data, size_t n, enum scrape_udp_action action, uint32_t transaction,
                                       uint64_t *connection, struct swarm *out);

/* scrape_udp(host, port, info_hash, deadline_ms, deny_private, out, e): one UDP tracker, blocking until the deadline on
 * the monotonic clock (the resolver may take longer). */
int scrape_udp(const char *host, const char *port, const uint8_t info_hash[20], int64_t deadline_ms, bool deny_private,
               struct swarm *out, struct err *e);

#endif
