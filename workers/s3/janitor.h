/*
 * Aborts multipart uploads that nobody will finish: of cancelled jobs at once, of failed ones after KEEP_FAILED_HOURS.
 * Works on a thread of its own, because a dead endpoint must not hold up the queue.
 */
#ifndef TC_WORKERS_S3_JANITOR_H
#define TC_WORKERS_S3_JANITOR_H

#include "workers/worker.h"

/* janitor_look(w, a): start a pass when there is something to do and none is running. Main thread. */
void janitor_look(struct worker *w, struct arena *a);

/* janitor_close(w): wait for the pass that runs; a stop signal cuts it short. */
void janitor_close(struct worker *w);

#endif
