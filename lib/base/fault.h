/*
 * Where a test may kill the process: FAULT("name") stands before and after every remote call and every write that an
 * upload relies on. Only VARIANT=asan is built with -DTC_FAULTS; a release has nothing of it (tests/check/faults.sh).
 *
 * TC_FAULT="point:n,point:n…" in the environment kills the process by SIGKILL when it passes the point for the n-th
 * time, counted over all threads. Every name is a row of base/fault_points.h, which says how a run gets there;
 * tests/chaos/test_matrix.py runs every row.
 */
#ifndef TC_BASE_FAULT_H
#define TC_BASE_FAULT_H

#include "base/err.h"

#ifdef TC_FAULTS

#define FAULT(name) fault_pass(name)

/* FAULT_AFTER(name, rc): rc, which is computed before the point is passed. */
#define FAULT_AFTER(name, rc) fault_after((name), (rc))

/* fault_arm(spec, e): heed this text (NULL or "": none), once and before there are threads. ERR_CONFIG for a name that
 * is no row, or a number that is none. */
int fault_arm(const char *spec, struct err *e);

/* fault_arm_env(e): the same with TC_FAULT. */
int fault_arm_env(struct err *e);

void fault_pass(const char *name);
int fault_after(const char *name, int rc);

#else

#define FAULT(name) ((void)0)
#define FAULT_AFTER(name, rc) (rc)
static inline int fault_arm_env(struct err *e)
{
    (void)e;
    return 0;
}

#endif
#endif
