#include "workers/upload/pace.h"

#include "base/clock.h"

enum {
    FIRST = 8,              /* calls at once, to begin with */
    CALL_UNITS = 64 * 1024, /* what a call counts beside its bytes: of small files it is all */
    SEARCH_MS = 250,        /* a window while it doubles, or while calls are refused … */
    STEADY_MS = 3000,       /* … and otherwise; longer, … */
    SEARCH_CALLS = 2,       /* … until each lane has been answered so often, … */
    STEADY_CALLS = 8,
    SEARCH_MOST_MS = 2000, /* … but no longer than so: large parts are measured by their bytes */
    STEADY_MOST_MS = 12000,
    STEP_PART = 8,  /* a step is one lane for so many: less would not show in the goodput */
    REST_FIRST = 2, /* windows of rest after a step that did not help; twice as many each time … */
    REST_MOST = 16,
    JUDGE_CALLS = 12, /* fewer calls say nothing about a share: they are waited for, … */
    JUDGE_MS = 10000, /* … so long */
    SIGMAS = 3,       /* a share that is off by more standard deviations is another one */

    FIRST_DELAY_MS = 500,
    MOST_DELAY_MS = 20 * 1000,
    FLOW_MS = 30 * 1000, /* since the last success: the endpoint refuses some calls, not us … */
    FLOW_FIRST_DELAY_MS = 50,
    FLOW_MOST_DELAY_MS = 400, /* … and the lanes are what slows us down, not the pauses */
    MOST_RETRY_AFTER_S = 300,
    PATIENCE_REMOTE_MS = 60 * 1000,
    TRIES_REMOTE = 3,                  /* at least: a stalled call may take the minute alone */
    PATIENCE_UNAVAILABLE_MS = 8000,    /* then the job waits and frees its slot … */
    PATIENCE_UNREACHED_MS = 1000,      /* … and sooner when this run has not reached it once */
    PATIENCE_THROTTLED_MS = 600 * 1000 /* without a single byte, then the job waits */
};

static const double grown = 1.05, grown_double = 1.4, chance_most = 0.5;

static void window(struct pace *p, int64_t now)
{
    p->began_at = now;
    p->units = 0;
    p->answered = p->refused = 0;
    p->full = false;
}

void pace_init(struct pace *p, int most, int64_t now)
{
    *p = (struct pace){.most = most, .allowed = most < FIRST ? most : FIRST, .searching = true, .rests = REST_FIRST};
    p->rest = 1; /* the first window has the connections to open: nothing to compare with */
    p->before = p->allowed;
    window(p, now);
}

static void set(struct pace *p, int lanes)
{
    p->allowed = lanes > p->most ? p->most : lanes < 1 ? 1 : lanes;
}

/* A window in which the lanes were the limit. */
static void judge_goodput(struct pace *p, double rate)
{
    bool stepped = p->allowed > p->before;
    double needed = p->rate * (p->searching ? grown_double : grown);
    if (stepped && rate <= needed) { /* give it back, and leave it for a while, longer each time */
        p->searching = false;
        p->allowed = p->before;
        p->rest = p->rests;
        p->rests = p->rests * 2 < REST_MOST ? p->rests * 2 : REST_MOST;
        return;
    }
    if (stepped)
        p->rests = REST_FIRST;
    p->rate = rate;
    p->before = p->allowed;
    if (p->rest > 0)
        p->rest--;
    else
        set(p, p->searching ? p->allowed * 2 : p->allowed + 1 + p->allowed / STEP_PART);
}

static void cut(struct pace *p)
{
    if (!p->cuts++)
        p->top = p->allowed;
    p->searching = false;
    set(p, p->allowed * 7 / 10);
    p->before = p->allowed;
    p->rate = 0;
}

/* Does this share of refusals fit what is known of them, give or take what counting so few calls is wrong by. */
static bool is_as_ever(const struct pace *p, double share, int calls)
{
    double known = (double)p->chance_refused / (double)p->chance_calls, off = share - known;
    double variance = known * (1 - known) * (1.0 / calls + 1.0 / (double)p->chance_calls);
    return off <= 0 || off * off <= SIGMAS * SIGMAS * variance;
}

/* What the share would be now, if the service bore what it bore in the window before, and no more. */
static double share_of_limit(const struct pace *p)
{
    double borne = (1 - p->share) * p->share_lanes;
    return p->allowed > borne ? 1 - borne / p->allowed : 0;
}

static void is_chance(struct pace *p, int refused, int calls)
{
    p->chance_refused += refused;
    p->chance_calls += calls;
}

/* A window with refusals: do they come by chance, whatever we do? Then its goodput counts like that of others. */
static bool judge_refusals(struct pace *p)
{
    int calls = p->refused + p->answered;
    double share = (double)p->refused / calls;
    if (p->chance_calls && is_as_ever(p, share, calls)) {
        is_chance(p, p->refused, calls);
        return true;
    }
    bool chance = !p->chance_calls && p->cuts >= 2 && calls >= JUDGE_CALLS && share <= chance_most &&
                  share > (p->share + share_of_limit(p)) / 2;
    p->chance_refused = p->chance_calls = 0;
    p->share = share;
    p->share_lanes = p->allowed;
    if (!chance) {
        cut(p);
        return false;
    }
    is_chance(p, p->refused, calls);
    p->allowed = p->before = p->top;
    p->cuts = 0;
    p->searching = true;
    return false;
}

/* Has the window enough in it: it ends. */
static bool is_over(const struct pace *p, int64_t ms)
{
    int calls = p->answered + p->refused;
    if (p->refused && !p->chance_calls)
        return ms >= SEARCH_MS && (calls >= JUDGE_CALLS || ms >= JUDGE_MS);
    if (p->searching)
        return ms >= SEARCH_MS && (calls >= p->allowed * SEARCH_CALLS || ms >= SEARCH_MOST_MS);
    return ms >= STEADY_MS && (calls >= p->allowed * STEADY_CALLS || ms >= STEADY_MOST_MS);
}

static void look(struct pace *p, int64_t now)
{
    int64_t ms = now - p->began_at;
    if (!is_over(p, ms))
        return;
    if (!p->refused) {
        p->cuts = 0;
        if (p->chance_calls)
            is_chance(p, 0, p->answered);
    }
    if (!p->refused || judge_refusals(p)) {
        if (p->full)
            judge_goodput(p, (double)p->units * 1000 / (double)ms);
        else /* somebody else is the limit: nothing to learn, and no reason for the lanes of the last step */
            p->before = p->allowed;
    }
    window(p, now);
}

void pace_full(struct pace *p)
{
    p->full = true;
}

void pace_moved(struct pace *p, int64_t bytes, int64_t now)
{
    p->units += bytes;
    look(p, now);
}

void pace_answered(struct pace *p, int64_t now)
{
    p->units += CALL_UNITS;
    p->answered++;
    look(p, now);
}

/* Several lanes are told at the same moment: the first takes lanes away, what follows in its window is counted. */
void pace_throttled(struct pace *p, int64_t now)
{
    bool first = !p->refused && !p->cuts && !p->chance_calls;
    if (first) {
        cut(p);
        window(p, now);
    }
    p->refused++;
    look(p, now);
}

int64_t pace_delay(int tries, const struct err *why, int64_t silent_ms)
{
    bool flows = why->class == ERR_THROTTLED && silent_ms < FLOW_MS;
    int64_t ms = flows ? FLOW_FIRST_DELAY_MS : FIRST_DELAY_MS, most = flows ? FLOW_MOST_DELAY_MS : MOST_DELAY_MS;
    while (--tries > 0 && ms < most)
        ms *= 2;
    if (ms > most)
        ms = most;
    if (why->retry_after_s > 0) {
        int64_t asked = (int64_t)(why->retry_after_s < MOST_RETRY_AFTER_S ? why->retry_after_s : MOST_RETRY_AFTER_S);
        ms = asked * 1000;
    }
    return ms + clock_wall_us() % (ms / 4 + 1); /* jitter: lanes and workers must not come back together */
}

bool pace_patient(int tries, int64_t ms, const struct err *why, bool reached, int64_t silent_ms)
{
    switch (why->class) {
    case ERR_REMOTE:
        return tries < TRIES_REMOTE || ms < PATIENCE_REMOTE_MS;
    case ERR_UNAVAILABLE:
        return ms < (reached ? PATIENCE_UNAVAILABLE_MS : PATIENCE_UNREACHED_MS);
    case ERR_THROTTLED:
        return silent_ms < PATIENCE_THROTTLED_MS;
    default:
        return false;
    }
}
