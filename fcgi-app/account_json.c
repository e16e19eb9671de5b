#include "fcgi-app/account_json.h"

#include "store/api_key_store.h"
#include "store/session_store.h"

void account_json_sessions(struct jsonw *w, const struct session_row *rows, int n, int64_t current)
{
    jsonw_array(w, NULL);
    for (int i = 0; i < n; i++) {
        jsonw_object(w, NULL);
        jsonw_int(w, "id", rows[i].id);
        jsonw_str(w, "kind", rows[i].browser ? "browser" : "token");
        jsonw_str(w, "address", rows[i].address);
        jsonw_str(w, "userAgent", rows[i].user_agent);
        jsonw_time(w, "createdAt", rows[i].created_at);
        jsonw_time(w, "lastSeenAt", rows[i].last_seen_at);
        jsonw_time(w, "expiresAt", rows[i].expires_at);
        jsonw_bool(w, "current", rows[i].id == current);
        jsonw_end(w);
    }
    jsonw_end(w);
}

/* All members but the key itself; the object stays open. */
static void open_key(struct jsonw *w, const struct api_key *key)
{
    jsonw_object(w, NULL);
    jsonw_int(w, "id", key->id);
    jsonw_str(w, "name", key->name);
    jsonw_str(w, "prefix", key->prefix);
    jsonw_raw(w, "scopes", key->scopes_json);
    jsonw_time(w, "createdAt", key->created_at);
    jsonw_time(w, "lastUsedAt", key->last_used_at);
    jsonw_time(w, "expiresAt", key->expires_at);
}

void account_json_keys(struct jsonw *w, const struct api_key *keys, int n)
{
    jsonw_array(w, NULL);
    for (int i = 0; i < n; i++) {
        open_key(w, &keys[i]);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void account_json_new_key(struct jsonw *w, const struct api_key *key, const char *text)
{
    open_key(w, key);
    jsonw_str(w, "key", text);
    jsonw_end(w);
}
