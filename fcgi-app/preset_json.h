/* The table of S3 services as JSON. */
#ifndef TC_FCGI_PRESET_JSON_H
#define TC_FCGI_PRESET_JSON_H

#include "base/jsonw.h"

void preset_json_list(struct jsonw *w);

#endif
