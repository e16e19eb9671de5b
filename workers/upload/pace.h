/*
 * How hard to push a destination, and how often to try again. Pure: the caller tells the time (clock_mono_ms), and
 * guards a pace that several threads use.
 *
 * How many calls run at once is found out. It begins with a few; while the lanes are what limits and goodput grows by
 * more than a twentieth, there are more of them: at first twice as many each time, later an eighth and one more each
 * few seconds. What did not help is given back, and tried again after a while. A refusal for too many requests
 * (throttling) takes three tenths away. When two such steps do less to the share of refusals than they would if the
 * service bore so many and no more, they are given back, too: it refuses by chance, and fewer lanes would only be
 * slower.
 */
#ifndef TC_WORKERS_UPLOAD_PACE_H
#define TC_WORKERS_UPLOAD_PACE_H

#include "base/err.h"

#include <stdint.h>

struct pace {
    int most, allowed;
    int before;                           /* lanes before the last change */
    int top;                              /* lanes before the first refusal of a row */
    bool searching;                       /* no limit seen yet: it still doubles */
    int rest, rests;                      /* windows to leave it at that; how many the last time */
    double rate;                          /* goodput with `before` lanes: bytes per second, a call counting as some */
    int cuts;                             /* in a row, for refusals */
    double share;                         /* of refusals in the window before, … */
    int share_lanes;                      /* … in which there were so many lanes */
    int64_t chance_refused, chance_calls; /* while refusals come by chance: since they do; else 0 */
    /* The window that runs: */
    int64_t began_at;
    int64_t units;
    int answered, refused;
    bool full; /* a lane was wanted and there was none */
};

/* pace_init(p, most, now): at most so many calls at once. */
void pace_init(struct pace *p, int most, int64_t now);

/* pace_full(p): a call had to wait, because all that are allowed run. */
void pace_full(struct pace *p);

/* pace_moved(p, bytes, now): bytes went out; call it a few times a second, with 0 too. pace_answered: a call succeeded;
 * pace_throttled: one was refused for too many. */
void pace_moved(struct pace *p, int64_t bytes, int64_t now);
void pace_answered(struct pace *p, int64_t now);
void pace_throttled(struct pace *p, int64_t now);

/* pace_delay(tries, why, silent_ms): ms to wait after failure number `tries`: doubling, with jitter; or what
 * Retry-After said. Short after a refusal while other calls succeed (silent_ms as below). */
int64_t pace_delay(int tries, const struct err *why, int64_t silent_ms);

/*
 * pace_patient(tries, ms, why, reached, silent_ms): is another try within this attempt worth it, after so many failures
 * in a row, the first of them `ms` ago. Goes by time: what failed within an answer is tried for a minute, and three
 * times at least; an endpoint that cannot be reached for eight seconds, or for one when it was not `reached` in this
 * run; throttling while less than ten minutes have passed since anything succeeded (silent_ms).
 */
bool pace_patient(int tries, int64_t ms, const struct err *why, bool reached, int64_t silent_ms);

#endif
