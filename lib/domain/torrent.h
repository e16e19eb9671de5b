/* How alive a swarm is: the figures of POST /api/torrents/analyze (contract-api 1.6). Pure. */
#ifndef TC_DOMAIN_TORRENT_H
#define TC_DOMAIN_TORRENT_H

#include <stdbool.h>
#include <stdint.h>

/* What trackers tell; a negative number counts as 0. */
struct swarm {
    int64_t seeders, leechers, completed;
};

struct torrent_health {
    int64_t seeders, leechers, completed;
    double seeder_ratio; /* seeders per leecher; the seeders themselves when nobody leeches */
    bool is_complete;    /* somebody has finished it once */
    bool is_dead;        /* nobody is there */
    bool is_weak;        /* one or two seeders */
    bool is_healthy;     /* ten seeders or more */
    double score;        /* 0..1; a dead swarm scores 0 */
};

struct torrent_health torrent_health(const struct swarm *s);

/* swarm_merge(all, one): the larger of each number, for what several trackers tell of the same swarm. */
void swarm_merge(struct swarm *all, const struct swarm *one);

#endif
