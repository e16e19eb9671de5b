/* Storage profiles as JSON (contract-api 1.8). */
#ifndef TC_FCGI_PROFILE_JSON_H
#define TC_FCGI_PROFILE_JSON_H

#include "base/jsonw.h"

struct profile;

void profile_json_list(struct jsonw *w, const struct profile *items, int n);

/* profile_json_detail: one object, with updatedAt. */
void profile_json_detail(struct jsonw *w, const struct profile *p);

#endif
