/* Which addresses belong to the outside (OUTBOUND_DENY_PRIVATE, design 8). Pure. */
#ifndef TC_NET_ADDRESS_H
#define TC_NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * address_private(a): true for everything that is no public unicast IPv4 or IPv6 address (loopback, RFC 1918, CGN, link
 * local, multicast, reserved …: IANA special-purpose registries), also when an IPv4 address hides in a mapped, NAT64 or
 * 6to4 IPv6 one. An unknown family is private.
 */
bool address_private(const struct sockaddr *a);

#endif
