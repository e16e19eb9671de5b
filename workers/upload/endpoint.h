/*
 * Lanes are shared by the jobs of this process that send to the same endpoint: it cannot tell them apart, so what it
 * bears and what it refuses counts for all of them (pace.h). A job has a seat. Each seat that has something to send may
 * have its share, and one lane in any case, so that no job starves. From any thread.
 */
#ifndef TC_WORKERS_UPLOAD_ENDPOINT_H
#define TC_WORKERS_UPLOAD_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

struct seat;

/* endpoint_sit(name, most): a seat at the endpoint of that name, which takes `most` calls at a time, as far as the
 * first seat there said. endpoint_leave ends it; a NULL is a no-op. */
struct seat *endpoint_sit(const char *name, int most);
void endpoint_leave(struct seat *s);

/* endpoint_take(s): may this job make one more call now; end it with endpoint_give. endpoint_share: how many it may
 * make at once, as things are. */
bool endpoint_take(struct seat *s);
void endpoint_give(struct seat *s);
int endpoint_share(struct seat *s);

/* What the job sees of the endpoint: see pace_moved, pace_answered and pace_throttled. */
void endpoint_moved(struct seat *s, int64_t bytes);
void endpoint_answered(struct seat *s);
void endpoint_throttled(struct seat *s);

#endif
