/* The upload pipeline: what happens to a claimed upload phase, for every provider alike. See driver.h. */
#ifndef TC_WORKERS_UPLOAD_UPLOAD_H
#define TC_WORKERS_UPLOAD_UPLOAD_H

#include "workers/upload/driver.h"

/*
 * upload_run(s, db, a, driver, lanes): upload the files of the slot's job that are ready, wait a little for more while
 * the download runs, and write the phase's outcome. Sends up to `lanes` pieces at a time.
 */
void upload_run(struct slot *s, struct db *db, struct arena *a, const struct upload_driver *driver, int lanes);

/* upload_dispatch(s, db, a, registry, lanes): upload_run with the driver of the job's provider; a registry ends with
 * NULL. A provider without a driver fails the job with a sentence. */
void upload_dispatch(struct slot *s, struct db *db, struct arena *a, const struct upload_driver *const *registry,
                     int lanes);

#endif
