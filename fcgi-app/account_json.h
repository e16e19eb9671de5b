/* Sessions and API keys as the API shows them. */
#ifndef TC_FCGI_ACCOUNT_JSON_H
#define TC_FCGI_ACCOUNT_JSON_H

#include "base/jsonw.h"

#include <stdint.h>

struct api_key;
struct session_row;

/* account_json_sessions: the list; current is the id of the session that asks. */
void account_json_sessions(struct jsonw *w, const struct session_row *rows, int n, int64_t current);

void account_json_keys(struct jsonw *w, const struct api_key *keys, int n);
/* account_json_new_key: one, with the text of the key itself. */
void account_json_new_key(struct jsonw *w, const struct api_key *key, const char *text);

#endif
