#include "fcgi-app/edge/analyze_service.h"

#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "store/torrent_store.h"
#include "torrent/metainfo.h"
#include "torrent/scrape.h"

#include <stdio.h>
#include <string.h>

#define CACHE_SECONDS "60"

struct url_list {
    const char **urls;
    size_t count;
};

static const char *info_hash(const struct metainfo *m)
{
    return *m->info_hash ? m->info_hash : m->info_hash_v2;
}

static int save(struct services *s, struct arena *a, int64_t user_id, const struct metainfo *m, const void *data,
                size_t len, int64_t *id, struct err *e)
{
    struct torrent_file *files;
    struct torrent_record record = metainfo_record(m, a, &files);
    record.user_id = user_id;
    return torrent_save(s->db, a, &record, data, len, files, (int)m->file_count, id, e);
}

/* Which trackers may hear of the torrent: its own; for a public one that names none, the configured ones. */
static struct url_list choose_trackers(struct arena *a, const struct metainfo *m)
{
    const char *p = config_str(CFG_SCRAPE_FALLBACK_TRACKERS);
    struct url_list out = {ARENA_ARRAY(a, METAINFO_MAX_TRACKERS, const char *), 0};
    for (size_t i = 0; i < m->tracker_count; i++)
        out.urls[out.count++] = m->trackers[i].url;
    while (!m->is_private && m->tracker_count == 0 && *p && out.count < METAINFO_MAX_TRACKERS) {
        size_t n = strcspn(p, ", ");
        if (n > 0)
            out.urls[out.count++] = arena_strndup(a, p, n);
        p += n + strspn(p + n, ", ");
    }
    return out;
}

static bool cached(struct services *s, struct arena *a, const char *key, struct swarm *out)
{
    struct redis_value *v = redis_cmd(s->redis, a, NULL, "GET", key);
    long long n[3];
    if (!v || v->type != REDIS_STRING || sscanf(v->s, "%lld %lld %lld", &n[0], &n[1], &n[2]) != 3)
        return false;
    *out = (struct swarm){n[0], n[1], n[2]};
    return true;
}

/* Silence is not remembered: the next look may find a tracker awake. */
static struct swarm ask_trackers(struct services *s, struct arena *a, const struct metainfo *m)
{
    const char *key = arena_printf(a, "{tc}:scrape:%s", info_hash(m));
    struct url_list trackers = choose_trackers(a, m);
    struct scrape_result result = {0};
    if (cached(s, a, key, &result.swarm))
        return result.swarm;
    scrape(&(struct scrape_request){.urls = trackers.urls,
                                    .count = trackers.count,
                                    .info_hash = info_hash(m),
                                    .timeout_ms = (int)config_int(CFG_SCRAPE_TIMEOUT_MS),
                                    .deny_private = config_bool(CFG_OUTBOUND_DENY_PRIVATE)},
           &result);
    log_info("trackers scraped", kv_str("InfoHash", info_hash(m)), kv_int("Asked", result.asked),
             kv_int("Answered", result.answered), kv_int("Seeders", result.swarm.seeders));
    if (result.answered > 0)
        redis_cmd(s->redis, a, NULL, "SET", key,
                  arena_printf(a, "%lld %lld %lld", (long long)result.swarm.seeders, (long long)result.swarm.leechers,
                               (long long)result.swarm.completed),
                  "EX", CACHE_SECONDS);
    return result.swarm;
}

int analyze_service(struct services *s, struct arena *a, int64_t user_id, const void *data, size_t len,
                    struct analysis *out, struct err *e)
{
    if (len == 0)
        return err_set(e, ERR_INPUT, "Invalid", "No torrent file provided.");
    struct metainfo *m = metainfo_parse(data, len, a, e);
    if (!m)
        return -1;
    if (save(s, a, user_id, m, data, len, &out->torrent_id, e))
        return -1;
    struct swarm swarm = ask_trackers(s, a, m);
    out->torrent = m;
    out->health = torrent_health(&swarm);
    return 0;
}
