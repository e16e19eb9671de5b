/*
 * The shipper: a process of its own that hands log lines to Loki (push API, JSON) and spans to an OTLP/HTTP collector
 * (JSON). Each daemon forks one at its start, before it has threads, and only when OBSERVABILITY_LOKI_URL or
 * OBSERVABILITY_OTLP_ENDPOINT is set: so it works wherever a daemon runs (make run, the image, one container per
 * program) with nothing but variables, sees a daemon's last words even when that is killed, and no collector can ever
 * hold up a job.
 *
 * Bounded everywhere: the daemon never waits for the socket (base/telemetry.h), the shipper keeps SHIPPER_QUEUE_MAX
 * bytes per collector and then forgets the oldest. A batch goes out a second after its first record, or when it is
 * large. 429, 5xx and a collector that is away: the same batch again after 1, 2, 4 … 30 s (or what Retry-After says);
 * any other refusal drops it. What is dropped is counted and said in the log of the daemon, once per outage. A shipper
 * that somebody kills is missed until the daemon starts again; the counter of what is dropped tells.
 */
#ifndef TC_NET_SHIPPER_H
#define TC_NET_SHIPPER_H

#include "base/err.h"

enum {
    SHIPPER_QUEUE_MAX = 8 * 1024 * 1024,
    SHIPPER_BATCH_BYTES = 512 * 1024,
    SHIPPER_LINGER_MS = 1000, /* of a batch's first record */
    SHIPPER_END_MS = 3000     /* what waits when the daemon ends gets this long */
};

/*
 * shipper_start(service, e): fork it and open telemetry and tracing as the configuration says; nothing to do is
 * success. service: "torreclou-s3-worker", the label in Loki and service.name of spans; lives forever. Call it when the
 * process has one thread, no files of its own and no signal handlers yet. ERR_CONFIG: OBSERVABILITY_OTLP_HEADERS cannot
 * be read (a daemon runs without telemetry then).
 */
int shipper_start(const char *service, struct err *e);

#endif
