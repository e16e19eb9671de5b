#include "queue/look.h"

#include "base/encode.h"
#include "queue/scripts.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUES_MAX = 64 };

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct queue_info *)a)->name, ((const struct queue_info *)b)->name);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct queue_server *)a)->id, ((const struct queue_server *)b)->id);
}

/* The name of the queue that a key belongs to, NULL when it is another kind of key. */
static const char *queue_of(const char *key)
{
    static const char *const prefixes[] = {"{tc}:q:", "{tc}:scheduled:"};
    for (int i = 0; i < 2; i++)
        if (!strncmp(key, prefixes[i], strlen(prefixes[i])))
            return key + strlen(prefixes[i]);
    return NULL;
}

static void note(struct queue_info *list, int *n, const char *name)
{
    for (int i = 0; i < *n; i++)
        if (!strcmp(list[i].name, name))
            return;
    if (*n < QUEUES_MAX)
        list[(*n)++] = (struct queue_info){.name = name};
}

/* Walk the keys; a stream or a schedule may have come alone. */
static int find_names(struct redis *redis, struct arena *a, struct queue_info *list, int *n, struct err *e)
{
    const char *cursor = "0";
    do {
        struct redis_value *v = redis_cmd(redis, a, e, "SCAN", cursor, "MATCH", "{tc}:[qs]*", "COUNT", "1000");
        if (!v)
            return -1;
        cursor = v->items[0].s;
        for (size_t i = 0; i < v->items[1].len; i++) {
            const char *name = queue_of(v->items[1].items[i].s);
            if (name)
                note(list, n, name);
        }
    } while (strcmp(cursor, "0") != 0);
    return 0;
}

int queue_list(struct redis *redis, struct arena *a, struct queue_info **out, int *n, struct err *e)
{
    struct queue *q = queue_new(redis, "look");
    *out = ARENA_ARRAY(a, QUEUES_MAX, struct queue_info);
    *n = 0;
    int rc = find_names(redis, a, *out, n, e);
    for (int i = 0; rc == 0 && i < *n; i++)
        rc = queue_depth(q, (*out)[i].name, &(*out)[i].ready, &(*out)[i].scheduled, e);
    queue_free(q);
    if (rc == 0)
        qsort(*out, (size_t)*n, sizeof **out, by_name);
    return rc;
}

int queue_servers(struct redis *redis, struct arena *a, struct queue_server **out, int *n, struct err *e)
{
    static const char *const keys[] = {"{tc}:servers", "{tc}:servers:seen"};
    struct redis_value *v = redis_script(redis, a, e, script_servers, keys, 2, NULL, 0);
    if (!v)
        return -1;
    *n = (int)(v->len / 3);
    *out = ARENA_ARRAY(a, v->len, struct queue_server);
    for (int i = 0; i < *n; i++) {
        const struct redis_value *row = &v->items[3 * i];
        (*out)[i] = (struct queue_server){.id = row[0].s, .json = row[1].s};
        parse_i64(row[2].s, 0, INT64_MAX, &(*out)[i].seen_ms);
    }
    qsort(*out, (size_t)*n, sizeof **out, by_id);
    return 0;
}
