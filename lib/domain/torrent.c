#include "domain/torrent.h"

#include <math.h>
#include <string.h>

/* What clients read into an int. */
static int64_t plausible(int64_t n)
{
    return n < 0 ? 0 : n > INT32_MAX ? INT32_MAX : n;
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

__extension__ typedef unsigned __int128 wide;

/* As many digits as fit, the last one rounded to even; none more than an exact quotient has. */
static void ratio(int64_t seeders, int64_t leechers, char out[TORRENT_RATIO_SIZE])
{
    wide divisor = (wide)(leechers ? leechers : 1), scaled = (wide)seeders, quotient;
    int digits = 0, n = TORRENT_RATIO_SIZE - 1;
    while (digits < 28 && scaled % divisor != 0 && scaled * 10 / divisor < (wide)1 << 96) {
        scaled *= 10;
        digits++;
    }
    quotient = scaled / divisor;
    wide twice = scaled % divisor * 2;
    quotient += twice > divisor || (twice == divisor && (quotient & 1));
    out[n] = '\0';
    for (int i = 0; i <= digits || quotient > 0; i++, quotient /= 10) {
        if (i == digits && digits > 0)
            out[--n] = '.';
        out[--n] = (char)('0' + (int)(quotient % 10));
    }
    memmove(out, out + n, (size_t)(TORRENT_RATIO_SIZE - n));
}

struct torrent_health torrent_health(const struct swarm *s)
{
    struct torrent_health h = {
        .seeders = plausible(s->seeders), .leechers = plausible(s->leechers), .completed = plausible(s->completed)};
    ratio(h.seeders, h.leechers, h.seeder_ratio);
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
