#include "fcgi-app/account_json.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/api_key_service.h"

#define NO_END INT64_MIN /* expiresInDays: absent or null */

struct key_input {
    const char *name;
    struct input_list scopes;
    int64_t days;
};

static const struct input_field fields[] = {
    {"name", INPUT_TEXT, offsetof(struct key_input, name), false},
    {"scopes", INPUT_TEXT_LIST, offsetof(struct key_input, scopes), false},
    {"expiresInDays", INPUT_ID, offsetof(struct key_input, days), true},
};

int api_keys_list(struct request *req, struct response *res, struct err *e)
{
    struct api_key *keys;
    int n;
    if (api_key_service_list(req->services, req->arena, req->session.user_id, &keys, &n, e))
        return -1;
    account_json_keys(response_json(res, 200), keys, n);
    return 0;
}

int api_keys_create(struct request *req, struct response *res, struct err *e)
{
    struct key_input in = {.days = NO_END};
    struct api_key *key;
    if (input_body(req, fields, sizeof fields / sizeof *fields, &in, e))
        return -1;
    struct api_key_order order = {.user_id = req->session.user_id,
                                  .name = in.name,
                                  .scopes = in.scopes.items,
                                  .scope_count = in.scopes.count,
                                  .has_end = in.days != NO_END,
                                  .days = in.days};
    char *text = api_key_service_create(req->services, req->arena, &order, &key, e);
    if (!text)
        return -1;
    account_json_new_key(response_json(res, 200), key, text);
    return 0;
}

int api_keys_delete(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || api_key_service_delete(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    response_empty(res, 204);
    return 0;
}
