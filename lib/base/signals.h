/*
 * Signals only set flags; the loops look at them. First SIGTERM or SIGINT: drain. Second: leave now. SIGPIPE is
 * ignored.
 */
#ifndef TC_BASE_SIGNALS_H
#define TC_BASE_SIGNALS_H

#include <stdbool.h>

/* signals_init(): install the handlers, without SA_RESTART, so that a blocking call returns EINTR. A forked child calls
 * it again, with SIGTERM and SIGINT blocked since before the fork, to have flags of its own. */
void signals_init(void);

/* signals_second_leaves(code): from now on the second stop signal ends the process at once with this code, whatever it
 * is waiting for: a database that stands still would keep it from looking at any flag. */
void signals_second_leaves(int code);

/* signals_default(): back to the defaults, in a forked child that has its own way. */
void signals_default(void);

bool signals_stopping(void); /* one or more stop signals came */
bool signals_urgent(void);   /* two or more */

/* signals_fd(): readable from the first stop signal on; for poll(). Valid after signals_init. */
int signals_fd(void);

#endif
