#include "fcgi-app/credential_json.h"

#include "store/oauth_store.h"

#include <string.h>

enum { MASK_HEAD = 4, MASK_TAIL = 30, MASK_LEAST = 10 };

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* Where character number n of the text begins. */
static const char *character(const char *s, size_t n)
{
    while (*s && (!begins_character(*s) || n-- > 0))
        s++;
    return s;
}

const char *credential_json_mask(struct arena *a, const char *client_id)
{
    size_t n = 0;
    for (const char *p = client_id; *p; p++)
        n += begins_character(*p);
    if (n < MASK_LEAST)
        return "****";
    return arena_printf(a, "%.*s...%s", (int)(character(client_id, MASK_HEAD) - client_id), client_id,
                        character(client_id, n > MASK_TAIL ? n - MASK_TAIL : 0));
}

void credential_json_item(struct jsonw *w, struct arena *a, const struct oauth_credential *c)
{
    jsonw_object(w, NULL);
    jsonw_int(w, "id", c->id);
    jsonw_str(w, "name", c->name);
    jsonw_str(w, "clientIdMasked", credential_json_mask(a, c->client_id));
    jsonw_str(w, "redirectUri", c->redirect_uri);
    jsonw_time(w, "createdAt", c->created_at);
    jsonw_bool(w, "inUse", c->in_use);
    jsonw_end(w);
}

void credential_json_list(struct jsonw *w, struct arena *a, const struct oauth_credential *items, int n)
{
    jsonw_array(w, NULL);
    for (int i = 0; i < n; i++)
        credential_json_item(w, a, &items[i]);
    jsonw_end(w);
}
