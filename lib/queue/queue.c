#include "queue/queue.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "queue/scripts.h"

#include <stdio.h>
#include <string.h>

#define GROUP "workers"
#define SERVERS "{tc}:servers"
#define SEEN "{tc}:servers:seen"
#define CHANGED "{tc}:changed"
#define TAKE_OVER_MS "30000"
#define SERVER_SILENT_MS "300000"
#define CONSUMER_SILENT_MS "3600000" /* longer than any pause of a living worker */
enum { SWEEP_EVERY_MS = 600000 };

struct queue {
    struct redis *redis;
    char *consumer;
    struct arena *scratch; /* for the answers of one call */
    int64_t sweep_at;      /* monotonic ms: when dead consumers are looked for again */
};

struct names {
    const char *keys[2]; /* stream, scheduled: as the scripts want them */
};

struct queue *queue_new(struct redis *redis, const char *consumer)
{
    struct queue *q = MEM_NEW(struct queue);
    q->redis = redis;
    q->consumer = mem_strdup(consumer);
    q->scratch = arena_new(4096);
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    arena_free(q->scratch);
    mem_free(q->consumer);
    mem_free(q);
}

char *queue_name(struct arena *a, const char *kind, const char *volume)
{
    return arena_printf(a, "%s@%s", kind, volume);
}

/* Every public call begins here: it empties the scratch arena. */
static struct names begin(struct queue *q, const char *name)
{
    arena_reset(q->scratch);
    return (struct names){
        {arena_printf(q->scratch, "{tc}:q:%s", name), arena_printf(q->scratch, "{tc}:scheduled:%s", name)}};
}

static const char *number(struct queue *q, int64_t i)
{
    return arena_printf(q->scratch, "%lld", (long long)i);
}

int queue_enqueue(struct queue *q, const char *name, int64_t job_id, struct err *e)
{
    struct names k = begin(q, name);
    const char *const args[] = {number(q, job_id)};
    return redis_script(q->redis, q->scratch, e, script_enqueue, k.keys, 1, args, 1) ? 0 : -1;
}

int queue_retry_at(struct queue *q, const char *name, int64_t job_id, int64_t due_ms, struct err *e)
{
    struct names k = begin(q, name);
    return redis_cmd(q->redis, q->scratch, e, "ZADD", k.keys[1], number(q, due_ms), number(q, job_id)) ? 0 : -1;
}

int queue_remove(struct queue *q, const char *name, int64_t job_id, struct err *e)
{
    struct names k = begin(q, name);
    return redis_cmd(q->redis, q->scratch, e, "ZREM", k.keys[1], number(q, job_id)) ? 0 : -1;
}

int queue_finish(struct queue *q, const char *name, const struct queue_entry *entry, struct err *e)
{
    struct names k = begin(q, name);
    const char *const args[] = {GROUP, entry->id};
    return redis_script(q->redis, q->scratch, e, script_finish, k.keys, 1, args, 2) ? 0 : -1;
}

/* An entry is {id, job} or, as XREADGROUP answers, {id, {"job", job}}. What we cannot read is dropped: nobody could. */
static int read_entry(struct queue *q, const char *name, const struct redis_value *v, struct queue_entry *out,
                      struct err *e)
{
    const struct redis_value *job = &v->items[1];
    if (job->type == REDIS_ARRAY)
        job = job->len == 2 ? &job->items[1] : NULL;
    snprintf(out->id, sizeof out->id, "%s", v->items[0].s);
    if (job && job->type == REDIS_STRING && parse_i64(job->s, 1, INT32_MAX, &out->job_id))
        return 0;
    log_warn("queue entry without a job id dropped", kv_str("Queue", name), kv_str("Entry", out->id));
    return queue_finish(q, name, out, e);
}

/* Take what is there. Nothing there: *next_ms is the time until the next scheduled entry, or -1. */
static int take(struct queue *q, const char *name, struct queue_entry *out, int64_t *next_ms, struct err *e)
{
    struct names k = begin(q, name);
    bool sweep = clock_mono_ms() >= q->sweep_at;
    const char *const args[] = {GROUP, q->consumer, TAKE_OVER_MS, sweep ? CONSUMER_SILENT_MS : ""};
    struct redis_value *v = redis_script(q->redis, q->scratch, e, script_reserve, k.keys, 2, args, 4);
    if (!v)
        return -1;
    if (sweep)
        q->sweep_at = clock_mono_ms() + SWEEP_EVERY_MS;
    *next_ms = v->type == REDIS_INT ? v->i : 0;
    return v->type == REDIS_ARRAY ? read_entry(q, name, v, out, e) : 0;
}

/* Sleep in Redis until an entry comes, for wait_ms at most. */
static int wait_entry(struct queue *q, const char *name, int wait_ms, struct queue_entry *out, bool *stopped,
                      struct err *e)
{
    struct names k = begin(q, name);
    struct err why = ERR_INIT;
    struct redis_value *v =
        redis_cmd_block(q->redis, q->scratch, &why, wait_ms, "XREADGROUP", "GROUP", GROUP, q->consumer, "COUNT", "1",
                        "BLOCK", number(q, wait_ms), "STREAMS", k.keys[0], ">");
    *stopped = why.class == ERR_STOPPED;
    if (!v) {
        /* A flush while we sleep: Redis 7.0 says UNBLOCKED, later ones NOGROUP. take() makes the stream again. */
        if (*stopped || !strcmp(why.code, "NOGROUP") || !strcmp(why.code, "UNBLOCKED"))
            return 0;
        if (e)
            *e = why;
        return -1;
    }
    return v->type == REDIS_ARRAY ? read_entry(q, name, &v->items[0].items[1].items[0], out, e) : 0;
}

int queue_reserve(struct queue *q, const char *name, int block_ms, struct queue_entry *out, struct err *e)
{
    int64_t end = clock_mono_ms() + block_ms, next = -1;
    bool stopped = false;
    *out = (struct queue_entry){0};
    while (!stopped) {
        if (take(q, name, out, &next, e))
            return -1;
        int64_t left = end - clock_mono_ms();
        if (out->job_id || left <= 0)
            return 0;
        if (next >= 0 && next < left)
            left = next ? next : 1; /* BLOCK 0 would be for ever */
        if (wait_entry(q, name, (int)left, out, &stopped, e))
            return -1;
        if (out->job_id)
            return 0;
    }
    return 0;
}

int64_t queue_entry_ms(const struct queue_entry *entry)
{
    char ms[sizeof entry->id];
    int64_t n = 0;
    snprintf(ms, sizeof ms, "%.*s", (int)strcspn(entry->id, "-"), entry->id); /* "1700000000000-0" */
    return parse_i64(ms, 0, INT64_MAX / 1000, &n) ? n : 0;
}

int queue_announce(struct queue *q, struct err *e)
{
    arena_reset(q->scratch);
    return redis_cmd(q->redis, q->scratch, e, "INCR", CHANGED) ? 0 : -1;
}

int queue_changes(struct queue *q, int64_t *count, struct err *e)
{
    arena_reset(q->scratch);
    struct redis_value *v = redis_cmd(q->redis, q->scratch, e, "GET", CHANGED);
    if (!v)
        return -1;
    if (v->type != REDIS_STRING || !parse_i64(v->s, INT64_MIN, INT64_MAX, count))
        *count = 0;
    return 0;
}

int queue_heartbeat(struct queue *q, const char *json, struct err *e)
{
    static const char *const keys[] = {SERVERS, SEEN};
    arena_reset(q->scratch);
    const char *const args[] = {q->consumer, json, SERVER_SILENT_MS};
    return redis_script(q->redis, q->scratch, e, script_heartbeat, keys, 2, args, 3) ? 0 : -1;
}

int queue_depth(struct queue *q, const char *name, int64_t *ready, int64_t *scheduled, struct err *e)
{
    static const char *const args[] = {GROUP};
    struct names k = begin(q, name);
    struct redis_value *v = redis_script(q->redis, q->scratch, e, script_depth, k.keys, 2, args, 1);
    if (!v)
        return -1;
    *ready = v->items[0].i;
    *scheduled = v->items[1].i;
    return 0;
}
