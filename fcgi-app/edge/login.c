#include "base/config.h"
#include "base/jsonw.h"
#include "fcgi-app/edge/edge.h"
#include "fcgi-app/edge/login_service.h"
#include "fcgi-app/guard.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"

enum { US_PER_S = 1000000 };

struct login_input {
    const char *email, *password;
};

static const struct input_field fields[] = {
    {"email", INPUT_TEXT, offsetof(struct login_input, email), false},
    {"password", INPUT_TEXT, offsetof(struct login_input, password), false},
};

/* Both shapes: the replaced product's, and the one that its web client also reads ("Ours" 2). */
static void render(struct jsonw *w, const struct session *s, const char *token)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "accessToken", token);
    jsonw_str(w, "email", s->email);
    jsonw_str(w, "fullName", s->name);
    jsonw_time(w, "expiresAt", s->expires_s * US_PER_S);
    jsonw_object(w, "user");
    jsonw_int(w, "id", s->user_id);
    jsonw_str(w, "email", s->email);
    jsonw_str(w, "name", s->name);
    jsonw_null(w, "image");
    jsonw_end(w);
    jsonw_str(w, "csrfToken", s->csrf);
    jsonw_end(w);
}

int login_post(struct request *req, struct response *res, struct err *e)
{
    struct login_input in = {0};
    if (input_body(req, fields, sizeof fields / sizeof *fields, &in, e))
        return -1;
    char *token = login_service(req->services, req->arena, req->client, in.email, in.password, &req->session, e);
    if (!token)
        return -1;
    render(response_json(res, 200), &req->session, token);
    guard_set_cookie(req, res, token, config_int(CFG_JWT_LIFETIME_S));
    return 0;
}
