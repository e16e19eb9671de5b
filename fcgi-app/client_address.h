/* Whose request is it: the peer of nginx, or what its proxy says (TRUSTED_PROXIES). Pure. */
#ifndef TC_FCGI_CLIENT_ADDRESS_H
#define TC_FCGI_CLIENT_ADDRESS_H

#include "base/arena.h"

#include <stdbool.h>

/* client_address_trusted(list, peer): is the address in the comma list of addresses and CIDR ranges. */
bool client_address_trusted(const char *list, const char *peer);

/*
 * client_address(a, list, peer, forwarded): the last address of X-Forwarded-For that no trusted proxy of ours has, when
 * the peer itself is trusted; else the peer. `peer` and `forwarded` may be NULL; the result never is.
 */
const char *client_address(struct arena *a, const char *list, const char *peer, const char *forwarded);

#endif
