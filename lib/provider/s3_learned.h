/*
 * What a destination's refusals have taught since its profile was read: another region, another endpoint, another
 * clock. One for each destination in use, shared by the s3_api handles of several threads through s3_target.learned: a
 * handle that is refused for one of them learns from the answer, signs anew and repeats the call, once for each lesson.
 * A redirect is never followed; what is repeated carries a signature of its own for where it goes.
 *
 * Lessons are believed as far as the endpoint itself is: a new endpoint must be of the same scheme and port and belong
 * to the same domain (the last two labels).
 */
#ifndef TC_PROVIDER_S3_LEARNED_H
#define TC_PROVIDER_S3_LEARNED_H

#include "provider/s3_error.h"
#include "provider/s3_request.h"

#include <pthread.h>

enum {
    S3_LEARNED_TOLERANCE_S = 60, /* clocks that differ by less are the same: servers allow 15 minutes */
    S3_LEARNED_SUSPECT_S = 300   /* a bare 403 and clocks that differ by more: that is why */
};

struct s3_learned {
    pthread_mutex_t lock;
    char region[S3_REGION_MAX], endpoint[S3_ENDPOINT_MAX];
    int clock_offset_s;
    int lessons; /* how many there were: when it rises there is something to store */
};

/* s3_learned_init(l, t): what the profile says. s3_learned_free ends it. */
void s3_learned_init(struct s3_learned *l, const struct s3_target *t);
void s3_learned_free(struct s3_learned *l);

/* s3_learned_apply(l, a, t): put what is known now into *t, in `a`; returns the number of lessons. */
int s3_learned_apply(struct s3_learned *l, struct arena *a, struct s3_target *t);

/* s3_learned_take(l, used, said, now_s): what the refusal of a call to `used` teaches, received at now_s of our clock.
 * True when the call is worth repeating: it would be signed otherwise than it was. */
bool s3_learned_take(struct s3_learned *l, const struct s3_target *used, const struct s3_error *said, int64_t now_s);

#endif
