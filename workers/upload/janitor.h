/*
 * Ends uploads at the destination that nobody will finish: of cancelled jobs at once, of failed ones after
 * KEEP_FAILED_HOURS. Works from the journal (store/upload_store.h), on a thread of its own, because a dead endpoint
 * must not hold up the queue.
 */
#ifndef TC_WORKERS_UPLOAD_JANITOR_H
#define TC_WORKERS_UPLOAD_JANITOR_H

#include "store/upload_store.h"
#include "workers/worker.h"

struct janitor {
    enum provider provider;
    const char *service; /* the worker's name, for PostgreSQL */
    /* End one session at its destination and close its row. -1: it cannot be done now; the profile's other sessions can
     * wait, too. */
    int (*clean)(struct db *db, struct arena *a, const struct upload_session *s, struct err *e);
};

/* janitor_look(j, w, a): start a pass when there is something to do and none is running. Main thread; one janitor a
 * process. */
void janitor_look(const struct janitor *j, struct worker *w, struct arena *a);

/* janitor_close(): wait for the pass that runs; a stop signal cuts it short. */
void janitor_close(void);

#endif
