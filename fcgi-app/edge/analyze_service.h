/* Look into a .torrent: parse it, remember it, ask its trackers how alive the swarm is. */
#ifndef TC_EDGE_ANALYZE_SERVICE_H
#define TC_EDGE_ANALYZE_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/torrent.h"

#include <stddef.h>
#include <stdint.h>

struct metainfo;
struct services;

struct analysis {
    int64_t torrent_id;
    const struct metainfo *torrent;
    struct torrent_health health;
};

/* analyze_service(s, a, user_id, data, len, out, e): ERR_INPUT with a code of contract-api 1.6. Returns within
 * SCRAPE_TIMEOUT_MS however dead the trackers are. */
int analyze_service(struct services *s, struct arena *a, int64_t user_id, const void *data, size_t len,
                    struct analysis *out, struct err *e);

#endif
