#include "domain/torrent.h"

#include <math.h>

static int64_t at_least_0(int64_t n)
{
    return n > 0 ? n : 0;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static double clamp(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Nine seeders are as good as any number; few seeders for many leechers are slow; somebody has got all of it. */
static double score(const struct torrent_health *h)
{
    static const struct {
        double below, worth;
    } steps[] = {{0.1, 0.1}, {0.3, 0.3}, {1.0, 0.7}};
    if (h->is_dead)
        return 0;
    double ratio = h->leechers ? (double)h->seeders / (double)h->leechers : INFINITY;
    double ratio_worth = 1.0;
    for (unsigned i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (ratio < steps[i].below) {
            ratio_worth = steps[i].worth;
            break;
        }
    }
    double seeders_worth = clamp(log10((double)h->seeders + 1));
    return clamp(0.5 * seeders_worth + 0.3 * ratio_worth + 0.2 * (h->is_complete ? 1 : 0));
}

struct torrent_health torrent_health(const struct swarm *s)
{
    struct torrent_health h = {
        .seeders = at_least_0(s->seeders), .leechers = at_least_0(s->leechers), .completed = at_least_0(s->completed)};
    h.seeder_ratio = h.leechers ? (double)h.seeders / (double)h.leechers : (double)h.seeders;
    h.is_complete = h.completed > 0;
    h.is_dead = h.seeders == 0 && h.leechers == 0;
    h.is_weak = h.seeders >= 1 && h.seeders <= 2;
    h.is_healthy = h.seeders >= 10;
    h.score = score(&h);
    return h;
}

void swarm_merge(struct swarm *all, const struct swarm *one)
{
    all->seeders = larger(all->seeders, one->seeders);
    all->leechers = larger(all->leechers, one->leechers);
    all->completed = larger(all->completed, one->completed);
}
