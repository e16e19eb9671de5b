/* Which files of a torrent a person chose: file paths and folder prefixes, as analyze showed them. Pure. */
#ifndef TC_FCGI_SELECTION_H
#define TC_FCGI_SELECTION_H

#include "base/arena.h"
#include "base/err.h"
#include "store/torrent_store.h"

/*
 * selection_apply(a, files, n, entries, count, chosen, chosen_count, e): the files that any entry selects (the rule is
 * domain/job.h: job_selects), in their order. ERR_INPUT InvalidFileSelection when nothing is asked for, an entry is
 * NULL, or entries match no file; these are named. Fast for many thousands of both.
 */
int selection_apply(struct arena *a, const struct torrent_file *files, int n, const char *const *entries, size_t count,
                    struct torrent_file **chosen, int *chosen_count, struct err *e);

#endif
