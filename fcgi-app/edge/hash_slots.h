/*
 * At most two password hashes at a time over all children of the pool: 19 MiB and a core each, whoever asks. The slots
 * are record locks on a shared descriptor, which the kernel gives back when a process dies.
 */
#ifndef TC_EDGE_HASH_SLOTS_H
#define TC_EDGE_HASH_SLOTS_H

#include "base/err.h"

/* hash_slots_prepare(e): once, before the fork. */
int hash_slots_prepare(struct err *e);

/* hash_slots_take(e): wait for a slot, at most 10 s: its number, or -1 with ERR_UNAVAILABLE. */
int hash_slots_take(struct err *e);
void hash_slots_release(int slot);

#endif
