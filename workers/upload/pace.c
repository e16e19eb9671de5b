/* How hard to push, and how often to try again. */
#include "base/clock.h"
#include "workers/upload/internal.h"

enum {
    FIRST_DELAY_MS = 500,
    MOST_DELAY_MS = 20 * 1000,
    MOST_RETRY_AFTER_S = 300,
    TRIES_REMOTE = 7,                  /* about 50 s of trying */
    TRIES_UNAVAILABLE = 5,             /* about 8 s, then the job waits and frees its slot … */
    TRIES_UNPROVEN = 2,                /* … and sooner when this run has not reached it once */
    THROTTLE_PATIENCE_MS = 600 * 1000, /* without a single byte, then the job waits */
    GROW_MS = 5000
};

void pace_init(struct pace *p, int lanes)
{
    *p = (struct pace){.most = lanes, .allowed = lanes, .last_good = clock_mono_ms()};
}

void pace_good(struct pace *p)
{
    p->last_good = clock_mono_ms();
    p->proven = true;
    if (p->allowed < p->most && p->last_good >= p->grow_at) {
        p->allowed++;
        p->grow_at = p->last_good + GROW_MS;
    }
}

/* Several lanes are told at the same moment: that is one event, not four. */
void pace_throttled(struct pace *p)
{
    int64_t now = clock_mono_ms();
    if (now < p->grow_at - GROW_MS + FIRST_DELAY_MS)
        return;
    p->allowed = p->allowed * 7 / 10;
    if (p->allowed < 1)
        p->allowed = 1;
    p->grow_at = now + GROW_MS;
}

int64_t pace_delay(int tries, const struct err *why)
{
    int64_t ms = MOST_DELAY_MS;
    if (tries < 6)
        ms = (int64_t)FIRST_DELAY_MS << (tries > 0 ? tries - 1 : 0);
    if (ms > MOST_DELAY_MS)
        ms = MOST_DELAY_MS;
    if (why->retry_after_s > 0) {
        int64_t asked = (int64_t)(why->retry_after_s < MOST_RETRY_AFTER_S ? why->retry_after_s : MOST_RETRY_AFTER_S);
        ms = asked * 1000;
    }
    return ms + clock_wall_us() % (ms / 4 + 1); /* jitter: lanes and workers must not come back together */
}

bool pace_patient(const struct pace *p, int tries, const struct err *why)
{
    switch (why->class) {
    case ERR_REMOTE:
        return tries < TRIES_REMOTE;
    case ERR_UNAVAILABLE:
        return tries < (p->proven ? TRIES_UNAVAILABLE : TRIES_UNPROVEN);
    case ERR_THROTTLED:
        return clock_mono_ms() - p->last_good < THROTTLE_PATIENCE_MS;
    default:
        return false;
    }
}
