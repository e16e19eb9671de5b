/* What the test of a destination found, as JSON. */
#ifndef TC_EDGE_PROBE_JSON_H
#define TC_EDGE_PROBE_JSON_H

#include "base/jsonw.h"

struct google_profile_result;
struct s3_probe_result;

void probe_json_s3(struct jsonw *w, const struct s3_probe_result *result);
void probe_json_drive(struct jsonw *w, const struct google_profile_result *result);

#endif
