/* THE map of the API: every address that exists is a row of routes.c. */
#ifndef TC_FCGI_ROUTES_H
#define TC_FCGI_ROUTES_H

#include "fcgi-app/router.h"

extern const struct route routes[];
extern const size_t routes_count;

#endif
