/* What differs between the two programs that share this folder: fast/pool.c and edge/pool.c each define one. */
#ifndef TC_FCGI_POOL_H
#define TC_FCGI_POOL_H

#include "base/config.h"
#include "base/err.h"

struct pool {
    const char *name;              /* "fast", "edge": in log lines */
    enum config_key children;      /* how many processes */
    int (*prepare)(struct err *e); /* once before the fork, for what the children share; may be NULL */
};

extern const struct pool pool;

#endif
