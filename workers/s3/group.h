/*
 * Small files that begin together at a server which overwrites: one list instead of a HEAD for each shows that nothing
 * is there. It is made when the first of them is about to be sent.
 */
#ifndef TC_WORKERS_S3_GROUP_H
#define TC_WORKERS_S3_GROUP_H

#include "workers/s3/driver.h"

struct group;

/* group_plan(u, files, n): make groups of those files that were never sent and are to be looked for. Call it after each
 * has its state; lives as long as the job. */
void group_plan(struct upload *u, struct upload_file *const *files, int n);

/* group_is_clear(l, g, f): on a lane, once for each file: true: since the group was planned it was seen that no object
 * sorts between its keys; the lanes of the others wait for who looks. False: not known, HEAD tells. */
bool group_is_clear(struct s3_lane *l, struct group *g);

#endif
