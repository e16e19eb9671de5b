#include "fcgi-app/pool.h"

const struct pool pool = {.name = "fast", .children = CFG_API_FAST_CHILDREN};
