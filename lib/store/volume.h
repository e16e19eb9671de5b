/*
 * The downloads volume: its root holds `.volume-id`, so that a worker reserves only jobs whose bytes it can read
 * (design 1).
 */
#ifndef TC_STORE_VOLUME_H
#define TC_STORE_VOLUME_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

/* volume_id(a, root, create, e): the id of the volume at `root`; made (atomically) when there is none and `create` is
 * set. NULL with ERR_UNAVAILABLE when there is none yet, ERR_CONFIG when the folder cannot be used. */
const char *volume_id(struct arena *a, const char *root, bool create, struct err *e);

#endif
