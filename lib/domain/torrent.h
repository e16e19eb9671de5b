/* A torrent as the platform keeps it, and how alive its swarm is: the figures of POST /api/torrents/analyze
 * (contract-api 1.6). Pure. */
#ifndef TC_DOMAIN_TORRENT_H
#define TC_DOMAIN_TORRENT_H

#include <stdbool.h>
#include <stdint.h>

struct torrent_file {
    int index;        /* position in the list that people see */
    int engine_index; /* position in the torrent itself */
    const char *path; /* without the root folder */
    int64_t size;
};

struct torrent_record {
    int64_t id, user_id;
    const char *name;
    const char *info_hash_v1, *info_hash_v2; /* either may be NULL */
    int64_t total_size;
    int piece_length, piece_count;
    bool is_private, is_multi_file;
    const char *trackers_json; /* JSON array of announce URLs */
    int64_t created_at;
};

/* What trackers tell; a negative number counts as 0, a huge one as INT32_MAX. */
struct swarm {
    int64_t seeders, leechers, completed;
};

enum { TORRENT_RATIO_SIZE = 40 };

struct torrent_health {
    int64_t seeders, leechers, completed;
    /* Seeders per leecher, the seeders themselves when nobody leeches: the replaced product's decimal, a number of 96
     * bits with at most 28 digits behind the point ("1.6666666666666666666666666667"). */
    char seeder_ratio[TORRENT_RATIO_SIZE];
    bool is_complete; /* somebody has finished it once */
    bool is_dead;     /* nobody is there */
    bool is_weak;     /* one or two seeders */
    bool is_healthy;  /* ten seeders or more */
    double score;     /* 0..1; a dead swarm scores 0 */
};

struct torrent_health torrent_health(const struct swarm *s);

/* swarm_merge(all, one): the larger of each number, for what several trackers tell of the same swarm. */
void swarm_merge(struct swarm *all, const struct swarm *one);

#endif
