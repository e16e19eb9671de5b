#include "fcgi-app/pool.h"

#include "fcgi-app/edge/hash_slots.h"

const struct pool pool = {.name = "edge", .children = CFG_API_EDGE_CHILDREN, .prepare = hash_slots_prepare};
