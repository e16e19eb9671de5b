#include "base/jsonw.h"
#include "fcgi-app/credential_json.h"
#include "fcgi-app/edge/edge.h"
#include "fcgi-app/edge/google_credential_service.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/text.h"
#include "store/oauth_store.h"

#include <string.h>
#include <strings.h>

enum { NAME_MAX_UNITS = 255, ID_MAX_UNITS = 500, SECRET_MAX_UNITS = 500, URI_MAX_UNITS = 1000 };

#define ORDER(member) offsetof(struct google_credential_order, member)

/* A null is told like an empty one where there is a sentence for that. */
static const struct input_field save_fields[] = {
    {"name", INPUT_TEXT, ORDER(name), false},
    {"clientId", INPUT_TEXT, ORDER(client_id), true},
    {"clientSecret", INPUT_TEXT, ORDER(client_secret), true},
    {"redirectUri", INPUT_TEXT, ORDER(redirect_uri), true},
};

static const struct input_field change_fields[] = {
    {"name", INPUT_MAYBE_TEXT, ORDER(name), true},
    {"clientSecret", INPUT_MAYBE_TEXT, ORDER(client_secret), true},
    {"redirectUri", INPUT_MAYBE_TEXT, ORDER(redirect_uri), true},
};

static void check_length(struct request *req, const char *field, const char *value, int max)
{
    if (value && text_utf16_length(value) > (size_t)max)
        request_field_error(req, field, "The field %s must be a string with a maximum length of %d.", field, max);
}

static void check_required(struct request *req, const char *field, const char *value, const char *sentence)
{
    if (value && !*text_trimmed(req->arena, value))
        request_field_error(req, field, "%s", sentence);
}

static void check_url(struct request *req, const char *value)
{
    const char *url = value ? text_trimmed(req->arena, value) : "";
    if (*url && strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8) && strncasecmp(url, "ftp://", 6))
        request_field_error(req, "RedirectUri", "Redirect URI must be a valid URL");
}

/* What the replaced product's model validation says (contract-api 1.9); NULL members are not there to be judged. */
static int check(struct request *req, const struct google_credential_order *o, struct err *e)
{
    check_length(req, "Name", o->name, NAME_MAX_UNITS);
    check_required(req, "ClientId", o->client_id, "Client ID is required");
    check_length(req, "ClientId", o->client_id, ID_MAX_UNITS);
    check_required(req, "ClientSecret", o->client_secret, "Client Secret is required");
    check_length(req, "ClientSecret", o->client_secret, SECRET_MAX_UNITS);
    check_required(req, "RedirectUri", o->redirect_uri, "Redirect URI is required");
    check_url(req, o->redirect_uri);
    check_length(req, "RedirectUri", o->redirect_uri, URI_MAX_UNITS);
    return req->field_errors ? request_invalid(req, e) : 0;
}

int google_credentials_save(struct request *req, struct response *res, struct err *e)
{
    struct google_credential_order order = {0};
    struct oauth_credential saved;
    if (input_body(req, save_fields, sizeof save_fields / sizeof *save_fields, &order, e) || check(req, &order, e) ||
        google_credential_save(req->services, req->arena, req->session.user_id, &order, &saved, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_int(w, "credentialId", saved.id);
    jsonw_str(w, "name", saved.name);
    jsonw_end(w);
    return 0;
}

int google_credentials_list(struct request *req, struct response *res, struct err *e)
{
    struct oauth_credential *items;
    int n;
    if (google_credential_list(req->services, req->arena, req->session.user_id, &items, &n, e))
        return -1;
    credential_json_list(response_json(res, 200), req->arena, items, n);
    return 0;
}

int google_credentials_change(struct request *req, struct response *res, struct err *e)
{
    struct google_credential_order order = {0};
    struct oauth_credential *changed;
    int64_t id;
    if (input_id(req, &id, e) ||
        input_body(req, change_fields, sizeof change_fields / sizeof *change_fields, &order, e) ||
        check(req, &order, e) ||
        google_credential_change(req->services, req->arena, req->session.user_id, id, &order, &changed, e))
        return -1;
    credential_json_item(response_json(res, 200), req->arena, changed);
    return 0;
}

int google_credentials_delete(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || google_credential_delete(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    response_empty(res, 204);
    return 0;
}
