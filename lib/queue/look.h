/* What stands in Redis, for those who only look: the queues that exist and the workers that said they live. */
#ifndef TC_QUEUE_LOOK_H
#define TC_QUEUE_LOOK_H

#include "queue/queue.h"

struct queue_info {
    const char *name;
    int64_t ready, scheduled; /* as in queue_depth */
};

/* queue_list(redis, a, out, n, e): every queue with a stream or a schedule, by name; at most 64. */
int queue_list(struct redis *redis, struct arena *a, struct queue_info **out, int *n, struct err *e);

struct queue_server {
    const char *id, *json; /* as queue_heartbeat had them */
    int64_t seen_ms;       /* since 1970 */
};

/* queue_servers(redis, a, out, n, e): the workers heard of within five minutes, by id. */
int queue_servers(struct redis *redis, struct arena *a, struct queue_server **out, int *n, struct err *e);

#endif
