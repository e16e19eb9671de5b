#include "fcgi-app/services/health_service.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "store/migrate_store.h"

#include <sys/statvfs.h>

enum { CACHE_MS = 10000, FAILED_CACHE_MS = 1000, PROBE_LIMIT_MS = 5000 };

static const double USAGE_HIGH_PERCENT = 90;

static struct health_part part(const char *name, int rc, int64_t started, const struct err *e)
{
    int64_t ms = clock_mono_ms() - started;
    if (rc == 0)
        return (struct health_part){"healthy", ms};
    log_warn("health probe failed", kv_str("Service", name), kv_int("DurationMs", ms), kv_err(e));
    return (struct health_part){ms >= PROBE_LIMIT_MS ? "timeout" : "unhealthy", -1};
}

static struct health look(struct services *s)
{
    struct err e = ERR_INIT;
    struct health h = {.at = clock_wall_us()};
    int64_t started = clock_mono_ms();
    h.database = part("database", db_ping(s->db, &e), started, &e);
    started = clock_mono_ms();
    h.redis = part("redis", redis_ping(s->redis, &e), started, &e);
    h.healthy = h.database.ms >= 0 && h.redis.ms >= 0;
    return h;
}

struct health health_service_ready(struct services *s)
{
    static struct health last;
    static int64_t looked_at;
    if (!last.at || clock_mono_ms() - looked_at >= (last.healthy ? CACHE_MS : FAILED_CACHE_MS)) {
        last = look(s);
        looked_at = clock_mono_ms();
    }
    return last;
}

static void warn(struct health_detail *d, const char *text)
{
    if (d->warning_count < (int)(sizeof d->warnings / sizeof *d->warnings))
        d->warnings[d->warning_count++] = text;
}

static void look_at_storage(struct arena *a, struct health_detail *d)
{
    struct statvfs fs;
    if (statvfs(config_str(CFG_TORRENT_DOWNLOAD_PATH), &fs) || fs.f_blocks == 0) {
        warn(d, "Could not retrieve storage information");
        return;
    }
    int64_t unit = (int64_t)fs.f_frsize;
    d->total_bytes = (int64_t)fs.f_blocks * unit;
    d->available_bytes = (int64_t)fs.f_bavail * unit;
    d->used_bytes = d->total_bytes - (int64_t)fs.f_bfree * unit;
    d->used_percent = (double)d->used_bytes * 100 / (double)d->total_bytes;
    if (d->used_percent >= USAGE_HIGH_PERCENT)
        warn(d, arena_printf(a, "Storage usage is high: %.1f%%", d->used_percent));
}

void health_service_detail(struct services *s, struct arena *a, struct health_detail *out)
{
    struct err e;
    int version;
    *out = (struct health_detail){.health = look(s)};
    if (migrate_applied(s->db, a, &version, &e)) {
        log_warn("the schema's version could not be read", kv_err(&e));
        warn(out, "Could not check pending migrations");
    } else if (version < MIGRATE_VERSION) {
        out->pending_migrations = MIGRATE_VERSION - version;
        warn(out, arena_printf(a, "%d pending database migrations", out->pending_migrations));
    }
    look_at_storage(a, out);
}
