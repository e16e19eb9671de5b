/* Everything that GET /metrics tells: what the processes counted, and how jobs, queues and the disk stand. */
#ifndef TC_FCGI_METRICS_SERVICE_H
#define TC_FCGI_METRICS_SERVICE_H

#include "base/arena.h"
#include "base/metrics_text.h"

struct services;

/* metrics_service_write(s, a, out): never fails; what cannot be read is left out, and torrentclou_up says so. */
void metrics_service_write(struct services *s, struct arena *a, struct metrics_text *out);

#endif
