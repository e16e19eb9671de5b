/* The live event of a job: the body that nchan hands to browsers, made from the job's row. */
#ifndef TC_STORE_JOB_EVENT_H
#define TC_STORE_JOB_EVENT_H

#include "base/jsonw.h"
#include "store/job_store.h"

/* job_event_json(a, j): {"jobId":…,"status":…,…,"at":…}. */
const char *job_event_json(struct arena *a, const struct job *j);

/* job_waiting_json(w, key, j): the member `waiting` as the API and the events show it: null or an object. */
void job_waiting_json(struct jsonw *w, const char *key, const struct job *j);

#endif
