/* What the use cases stand on: one per process, opened after the fork. Handlers pass it on and cannot look inside. */
#ifndef TC_FCGI_SERVICES_H
#define TC_FCGI_SERVICES_H

#include "base/err.h"

struct services;

/* services_wait(e): before the fork: wait for PostgreSQL and for a schema of our version, as long as it takes.
 * ERR_CONFIG when it is newer, ERR_STOPPED after a stop signal. */
int services_wait(struct err *e);

/* services_open(e): connects to nothing yet; NULL with ERR_CONFIG. */
struct services *services_open(struct err *e);
void services_close(struct services *s);

#endif
