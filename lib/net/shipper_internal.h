/* Inside of the shipper: shipper.c receives and queues, shipper_push.c sends, shipper_batch.c renders. */
#ifndef TC_NET_SHIPPER_INTERNAL_H
#define TC_NET_SHIPPER_INTERNAL_H

#include "base/arena.h"
#include "base/log.h"
#include "base/telemetry.h"
#include "net/http.h"

#include <pthread.h>

enum { SHIPPER_LEVELS = 4, SHIPPER_HEADERS_MAX = 16 };

struct shipper_record {
    struct shipper_record *next;
    int64_t at_us;
    size_t len;
    uint8_t level;
    char bytes[]; /* NUL-terminated */
};

/* One collector, and what waits for it. */
struct shipper_target {
    enum telemetry_kind kind;
    const char *service, *environment, *instance;
    const char *url;
    struct http_header headers[SHIPPER_HEADERS_MAX];
    int header_count;
    int64_t last_ns[SHIPPER_LEVELS]; /* of the newest line pushed, per stream */

    pthread_mutex_t mutex; /* guards what is below */
    pthread_cond_t changed;
    struct shipper_record *first, **tail;
    size_t bytes;
    int64_t first_at; /* clock_mono_ms when the oldest came */
    bool ending;
    int64_t end_by; /* clock_mono_ms; of an ending one */
    pthread_t thread;
};

/* shipper_target_open(t, kind, a, e): address and headers from the configuration; false when there is no such collector
 * (or, with *e, a mistake). */
bool shipper_target_open(struct shipper_target *t, enum telemetry_kind kind, struct arena *a, struct err *e);

/* shipper_batch(t, batch, n, out): the body of a push of these records. */
void shipper_batch(struct shipper_target *t, struct shipper_record *const *batch, int n, struct buf *out);

/* shipper_push_main(t): the thread of a target; ends when it is told to and nothing waits, or its time is over. */
void *shipper_push_main(void *target);

#endif
