/* Aborts multipart uploads that nobody will finish; when, is workers/upload/janitor.h. */
#ifndef TC_WORKERS_S3_JANITOR_H
#define TC_WORKERS_S3_JANITOR_H

#include "store/upload_store.h"

/* s3_janitor_clean(db, a, s, e): one session. -1: it cannot be done now. */
int s3_janitor_clean(struct db *db, struct arena *a, const struct upload_session *s, struct err *e);

#endif
