/* Jobs as JSON (contract-api 1.7 and our members): the list item, the detail and the timeline. */
#ifndef TC_FCGI_JOB_JSON_H
#define TC_FCGI_JOB_JSON_H

#include "base/jsonw.h"

struct job_detail;
struct job_events;
struct job_list;

/* job_json_list: the items array, key "items". */
void job_json_list(struct jsonw *w, const struct job_list *list);

/* job_json_detail: the whole object. */
void job_json_detail(struct jsonw *w, const struct job_detail *detail);

/* job_json_events: timeline entries as an array; durations begin with the first entry given. */
void job_json_events(struct jsonw *w, const char *key, const struct job_events *events);

#endif
