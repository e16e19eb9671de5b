/*
 * The queue on Redis: Hangfire's ideas (queues, Enqueued → Processing → Succeeded | Scheduled | Failed | Deleted) as
 * hints. PostgreSQL's job_phases is the truth (design 4.1, 6): an entry only says "look at this job now". It is
 * acknowledged as soon as the claim has answered, won or lost. Enqueue is at-least-once; a duplicate is harmless; a
 * lost entry is made again by recover. Every move is one Lua script (queue/scripts.h), in Redis' own clock.
 *
 * All keys carry the hash tag {tc}:
 *   {tc}:q:<queue>          stream of ready entries (field "job"), consumer group "workers"
 *   {tc}:scheduled:<queue>  sorted set of job ids by due time (ms since 1970)
 *   {tc}:servers            hash of worker id → JSON; {tc}:servers:seen: when each was last heard of
 *   {tc}:changed            counter that rises at every cancel: running workers look at their leases at once
 * Queues: "torrents", "s3@<volume>", "googledrive@<volume>".
 */
#ifndef TC_QUEUE_QUEUE_H
#define TC_QUEUE_QUEUE_H

#include "base/arena.h"
#include "base/err.h"
#include "net/redis.h"

#include <stdbool.h>
#include <stdint.h>

struct queue;

/* queue_new(redis, consumer): *redis must outlive it; consumer is the worker's id. A handle belongs to one thread. */
struct queue *queue_new(struct redis *redis, const char *consumer);
void queue_free(struct queue *q);

/* queue_name(a, "s3", volume): "s3@<volume>". */
char *queue_name(struct arena *a, const char *kind, const char *volume);

/* queue_enqueue: ready now. A stream holds about 100,000 entries; beyond that the oldest are forgotten, which recover
 * repairs as it repairs a flush. */
int queue_enqueue(struct queue *q, const char *name, int64_t job_id, struct err *e);

/* queue_retry_at: ready at due_ms (wall clock, ms since 1970); a later call for the same job replaces the time. A
 * reserve that already waits notices it when its block_ms is over. */
int queue_retry_at(struct queue *q, const char *name, int64_t job_id, int64_t due_ms, struct err *e);

struct queue_entry {
    int64_t job_id; /* 0: nothing came */
    char id[48];    /* of the stream entry, for queue_finish */
};

/* queue_entry_ms(entry): when it was queued, ms since 1970 by Redis' clock. */
int64_t queue_entry_ms(const struct queue_entry *entry);

/*
 * queue_reserve: the next entry, waiting until the earlier of the next scheduled time and block_ms (0: do not wait).
 * Makes the group again after a flush (NOGROUP), takes over entries that a consumer reserved more than 30 s ago and
 * never finished. A stop signal ends the wait at once, with nothing.
 */
int queue_reserve(struct queue *q, const char *name, int block_ms, struct queue_entry *out, struct err *e);

/* queue_finish: acknowledge and delete. */
int queue_finish(struct queue *q, const char *name, const struct queue_entry *entry, struct err *e);

/* queue_remove: forget the schedule of a job. */
int queue_remove(struct queue *q, const char *name, int64_t job_id, struct err *e);

/* queue_announce / queue_changes: raise and read the {tc}:changed counter. Compare with !=: a flush sets it back. */
int queue_announce(struct queue *q, struct err *e);
int queue_changes(struct queue *q, int64_t *count, struct err *e);

/* queue_heartbeat: this server is alive; json describes it. Servers that were silent for 5 min are dropped. */
int queue_heartbeat(struct queue *q, const char *json, struct err *e);

/* queue_depth: entries that are ready (not yet reserved) and entries that are scheduled. */
int queue_depth(struct queue *q, const char *name, int64_t *ready, int64_t *scheduled, struct err *e);

#endif
