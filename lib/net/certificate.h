/* Certificates as text, looked at before they are kept. The only use of libcrypto beside net/digest.c. */
#ifndef TC_NET_CERTIFICATE_H
#define TC_NET_CERTIFICATE_H

#include <stdbool.h>

enum { CERTIFICATE_PEM_MAX = 64 * 1024 };

/* certificate_pem(text): one or more certificates in PEM, each of them readable, and no private key among them; at most
 * CERTIFICATE_PEM_MAX bytes. */
bool certificate_pem(const char *text);

#endif
