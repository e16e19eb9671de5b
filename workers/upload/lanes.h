/* Threads that make a driver's remote calls. Used by one thread, the pipeline's; the driver's code runs on the lanes.
 */
#ifndef TC_WORKERS_UPLOAD_LANES_H
#define TC_WORKERS_UPLOAD_LANES_H

#include "workers/upload/driver.h"

struct lanes;

enum lane_call { LANE_BEGIN, LANE_SEND, LANE_FINISH };

/* One call of the driver: begin or finish of a file, or send of a piece, and how it ended. */
struct lane_work {
    enum lane_call call;
    struct upload_file *file;
    struct upload_piece *piece; /* LANE_SEND only */
    bool failed;
    struct err err;
};

/* lanes_new(u, driver, count): threads start with the first call each gets. u and driver must outlive it. */
struct lanes *lanes_new(struct upload *u, const struct upload_driver *driver, int count);

/* lanes_free(l): waits for what runs; the slot's stop flag cuts that short. */
void lanes_free(struct lanes *l);

/* lanes_submit(l, call, f, p): p (NULL unless LANE_SEND) becomes PIECE_RUNNING; f and p must stay until lanes_next has
 * handed the call out. At most `count` are inside. */
void lanes_submit(struct lanes *l, enum lane_call call, struct upload_file *f, struct upload_piece *p);

/* lanes_busy(l): calls that were submitted and not handed out. */
int lanes_busy(const struct lanes *l);

/* lanes_next(l, timeout_ms, out): a call that ended, or false after the time. */
bool lanes_next(struct lanes *l, int timeout_ms, struct lane_work *out);

#endif
