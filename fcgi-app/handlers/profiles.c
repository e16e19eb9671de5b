#include "base/jsonw.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/input.h"
#include "fcgi-app/path_preview.h"
#include "fcgi-app/preset_json.h"
#include "fcgi-app/profile_json.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/profile_service.h"

int profiles_list(struct request *req, struct response *res, struct err *e)
{
    struct profile *items;
    int n;
    if (profile_service_list(req->services, req->arena, req->session.user_id, &items, &n, e))
        return -1;
    profile_json_list(response_json(res, 200), items, n);
    return 0;
}

int profiles_detail(struct request *req, struct response *res, struct err *e)
{
    struct profile *profile;
    int64_t id;
    if (input_id(req, &id, e) || profile_service_get(req->services, req->arena, req->session.user_id, id, &profile, e))
        return -1;
    profile_json_detail(response_json(res, 200), profile);
    return 0;
}

int profiles_set_default(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || profile_service_set_default(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    response_empty(res, 200);
    return 0;
}

int presets_list(struct request *req, struct response *res, struct err *e)
{
    (void)req, (void)e;
    preset_json_list(response_json(res, 200));
    return 0;
}

struct preview_order {
    const char *path_template;
};

static const struct input_field preview_fields[] = {
    {"s3PathTemplate", INPUT_TEXT, offsetof(struct preview_order, path_template), true},
};

int s3_preview_path(struct request *req, struct response *res, struct err *e)
{
    struct preview_order order = {0};
    struct path_example examples[PATH_PREVIEW_COUNT];
    if (input_body(req, preview_fields, sizeof preview_fields / sizeof *preview_fields, &order, e) ||
        path_preview_make(req->arena, order.path_template, examples, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_array(w, "examples");
    for (int i = 0; i < PATH_PREVIEW_COUNT; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "path", examples[i].path);
        jsonw_str(w, "key", examples[i].key);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_end(w);
    return 0;
}
