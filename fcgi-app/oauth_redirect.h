/* Where a browser goes after Google's consent (contract-api 1.9): {frontend}/storage?… Pure. */
#ifndef TC_FCGI_OAUTH_REDIRECT_H
#define TC_FCGI_OAUTH_REDIRECT_H

#include "base/arena.h"

#include <stdint.h>

/* oauth_redirect_success(a, frontend, profile_id), oauth_redirect_error(a, frontend, code, message): the address. */
const char *oauth_redirect_success(struct arena *a, const char *frontend, int64_t profile_id);
const char *oauth_redirect_error(struct arena *a, const char *frontend, const char *code, const char *message);

#endif
