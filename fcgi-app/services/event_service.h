/* Live events of what a person did; what workers do they tell themselves. Hints: a lost one costs nothing. */
#ifndef TC_FCGI_EVENT_SERVICE_H
#define TC_FCGI_EVENT_SERVICE_H

#include "base/arena.h"

#include <stdint.h>

struct services;

/* event_service_job(s, a, user_id, job_id): tell the user's browsers how the job stands now. Failures are logged. */
void event_service_job(struct services *s, struct arena *a, int64_t user_id, int64_t job_id);

#endif
