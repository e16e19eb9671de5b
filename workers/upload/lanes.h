/* A few threads that send pieces. Used by one thread, the pipeline's; the driver's send() runs on the lanes. */
#ifndef TC_WORKERS_UPLOAD_LANES_H
#define TC_WORKERS_UPLOAD_LANES_H

#include "workers/upload/driver.h"

struct lanes;

/* lanes_new(u, driver, count): threads start with the first piece each gets. u and driver must outlive it. */
struct lanes *lanes_new(struct upload *u, const struct upload_driver *driver, int count);

/* lanes_free(l): waits for what runs; the slot's stop flag cuts that short. */
void lanes_free(struct lanes *l);

/* lanes_submit(l, f, p): p becomes PIECE_RUNNING; f and p must stay until lanes_next has handed p out. */
void lanes_submit(struct lanes *l, struct upload_file *f, struct upload_piece *p);

/* lanes_busy(l): pieces that were submitted and not handed out. */
int lanes_busy(const struct lanes *l);

/* lanes_next(l, timeout_ms, f, p): a piece that ended (p->failed, p->err), or false after the time. */
bool lanes_next(struct lanes *l, int timeout_ms, struct upload_file **f, struct upload_piece **p);

#endif
