#include "fcgi-app/services/api_key_service.h"

#include "base/encode.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "net/digest.h"
#include "net/json.h"
#include "net/seal.h"
#include "store/api_key_store.h"

#include <string.h>

enum { KEY_BYTES = 32, KEY_LENGTH = 46, PREFIX_LENGTH = 11, NAME_MAX_CHARS = 100, DAYS_MAX = 3650, US_PER_S = 1000000 };

static const struct {
    enum route_scope scope;
    const char *name;
} scope_rows[] = {{SCOPE_READ, "read"}, {SCOPE_JOBS, "jobs"}, {SCOPE_STORAGE, "storage"}};
enum { SCOPES = sizeof scope_rows / sizeof *scope_rows };

const char *api_key_scope_name(enum route_scope scope)
{
    for (size_t i = 0; i < SCOPES; i++)
        if (scope_rows[i].scope == scope)
            return scope_rows[i].name;
    return "";
}

static unsigned scope_of(const char *name)
{
    for (size_t i = 0; name && i < SCOPES; i++)
        if (!strcmp(scope_rows[i].name, name))
            return scope_rows[i].scope;
    return 0;
}

static unsigned read_scopes(const char *text)
{
    unsigned scopes = 0;
    struct json *list = json_parse(text, strlen(text), NULL);
    for (size_t i = 0; i < json_len(list); i++)
        scopes |= scope_of(json_str(json_at(list, i)));
    json_free(list);
    return scopes;
}

static const char *scopes_json(struct arena *a, unsigned scopes)
{
    struct buf b = BUF_INIT(256);
    struct jsonw w = jsonw_to(&b);
    jsonw_array(&w, NULL);
    for (size_t i = 0; i < SCOPES; i++)
        if (scopes & scope_rows[i].scope)
            jsonw_str(&w, NULL, scope_rows[i].name);
    jsonw_end(&w);
    return buf_move(&b, a);
}

static const char *hash_of(struct arena *a, const char *key)
{
    struct digest_sum sum;
    char *hex = arena_alloc(a, DIGEST_HEX_MAX);
    digest_memory(DIGEST_SHA256, key, strlen(key), &sum);
    encode_hex(sum.sha256, sizeof sum.sha256, hex);
    return hex;
}

int api_key_service_check(struct services *s, struct arena *a, const char *text, struct session *out, unsigned *scopes,
                          struct err *e)
{
    struct api_key *key = NULL;
    if (strlen(text) == KEY_LENGTH && api_key_use(s->db, a, hash_of(a, text), &key, e))
        return -1;
    if (!key)
        return err_set(e, ERR_AUTH, NULL, "The API key is invalid, revoked or expired.");
    *out = (struct session){.user_id = key->user_id,
                            .by = BY_API_KEY,
                            .email = key->email,
                            .name = key->full_name,
                            .expires_s = key->expires_at / US_PER_S};
    *scopes = read_scopes(key->scopes_json);
    return 0;
}

/* The name as it is stored, NULL when it cannot be one: 1 to 100 characters on one line. */
static const char *clean_name(struct arena *a, const char *name)
{
    name += strspn(name, " \t");
    size_t n = strlen(name), chars = 0;
    while (n > 0 && (name[n - 1] == ' ' || name[n - 1] == '\t'))
        n--;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c < 0x20 || c == 0x7f)
            return NULL;
        chars += (c & 0xc0) != 0x80;
    }
    return chars >= 1 && chars <= NAME_MAX_CHARS ? arena_strndup(a, name, n) : NULL;
}

static int check_order(struct arena *a, const struct api_key_order *order, struct api_key *key, struct err *e)
{
    unsigned scopes = 0;
    *key = (struct api_key){.user_id = order->user_id, .name = clean_name(a, order->name)};
    if (!key->name)
        return err_set(e, ERR_INPUT, "InvalidApiKeyName", "The name must have 1 to %d characters on one line.",
                       NAME_MAX_CHARS);
    for (size_t i = 0; i < order->scope_count; i++) {
        unsigned one = scope_of(order->scopes[i]);
        if (!one)
            return err_set(e, ERR_INPUT, "InvalidScopes",
                           "There is no such scope: %.40s. Choose from read, jobs, storage.",
                           order->scopes[i] ? order->scopes[i] : "null");
        scopes |= one;
    }
    if (!scopes)
        return err_set(e, ERR_INPUT, "InvalidScopes", "Choose at least one of read, jobs, storage.");
    if (order->has_end && (order->days < 1 || order->days > DAYS_MAX))
        return err_set(e, ERR_INPUT, "InvalidExpiry", "A key lives 1 to %d days, or without an end.", DAYS_MAX);
    key->scopes_json = scopes_json(a, scopes);
    return 0;
}

char *api_key_service_create(struct services *s, struct arena *a, const struct api_key_order *order,
                             struct api_key **out, struct err *e)
{
    struct api_key *key = *out = ARENA_NEW(a, struct api_key);
    if (check_order(a, order, key, e))
        return NULL;
    char *text = arena_printf(a, API_KEY_START "%s", seal_token64(a, KEY_BYTES));
    key->prefix = arena_strndup(a, text, PREFIX_LENGTH);
    if (api_key_create(s->db, a, key, hash_of(a, text), order->has_end ? order->days : 0, e))
        return NULL;
    log_info("API key created", kv_int("ApiKeyId", key->id), kv_int("UserId", key->user_id));
    return text;
}

int api_key_service_list(struct services *s, struct arena *a, int64_t user_id, struct api_key **out, int *n,
                         struct err *e)
{
    return api_key_list(s->db, a, user_id, out, n, e);
}

int api_key_service_delete(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e)
{
    bool found;
    if (api_key_delete(s->db, a, user_id, id, &found, e))
        return -1;
    if (!found)
        return err_set(e, ERR_NOT_FOUND, "ApiKeyNotFound", "API key not found.");
    log_info("API key revoked", kv_int("ApiKeyId", id), kv_int("UserId", user_id));
    return 0;
}
