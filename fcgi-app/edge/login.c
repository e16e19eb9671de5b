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

/* The session is in req->session. */
static int answer(struct request *req, struct response *res, const char *token)
{
    render(response_json(res, 200), &req->session, token);
    guard_set_cookie(req, res, token, config_int(CFG_JWT_LIFETIME_S));
    return 0;
}

int login_post(struct request *req, struct response *res, struct err *e)
{
    struct login_input in = {0};
    struct origin from = request_origin(req);
    if (input_body(req, fields, sizeof fields / sizeof *fields, &in, e))
        return -1;
    char *token = login_service(req->services, req->arena, &from, in.email, in.password, &req->session, e);
    return token ? answer(req, res, token) : -1;
}

struct password_input {
    const char *current, *chosen;
};

static const struct input_field password_fields[] = {
    {"currentPassword", INPUT_TEXT, offsetof(struct password_input, current), false},
    {"newPassword", INPUT_TEXT, offsetof(struct password_input, chosen), false},
};

int password_post(struct request *req, struct response *res, struct err *e)
{
    struct password_input in = {0};
    struct origin from = request_origin(req);
    if (input_body(req, password_fields, sizeof password_fields / sizeof *password_fields, &in, e))
        return -1;
    char *token = password_service(req->services, req->arena, &from, in.current, in.chosen, &req->session, e);
    return token ? answer(req, res, token) : -1;
}
