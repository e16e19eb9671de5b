#include "base/jsonw.h"
#include "fcgi-app/edge/edge.h"
#include "fcgi-app/edge/probe_json.h"
#include "fcgi-app/edge/s3_service.h"
#include "fcgi-app/input.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "provider/s3_probe.h"

static const struct input_field fields[] = {
    {"profileName", INPUT_TEXT, offsetof(struct s3_order, name), false},
    {"s3Endpoint", INPUT_TEXT, offsetof(struct s3_order, endpoint), false},
    {"s3AccessKey", INPUT_TEXT, offsetof(struct s3_order, access_key), false},
    {"s3SecretKey", INPUT_TEXT, offsetof(struct s3_order, secret_key), false},
    {"s3BucketName", INPUT_TEXT, offsetof(struct s3_order, bucket), false},
    {"s3Region", INPUT_TEXT, offsetof(struct s3_order, region), false},
    {"preset", INPUT_TEXT, offsetof(struct s3_order, preset), true},
    {"s3CaCertificate", INPUT_TEXT, offsetof(struct s3_order, ca_certificate), true},
    {"s3PathTemplate", INPUT_TEXT, offsetof(struct s3_order, path_template), true},
    {"s3StorageClass", INPUT_TEXT, offsetof(struct s3_order, storage_class), true},
    {"s3Sse", INPUT_TEXT, offsetof(struct s3_order, sse), true},
    {"s3SseKmsKeyId", INPUT_TEXT, offsetof(struct s3_order, sse_kms_key_id), true},
    {"s3Acl", INPUT_TEXT, offsetof(struct s3_order, acl), true},
    {"setAsDefault", INPUT_FLAG, offsetof(struct s3_order, set_default), false},
    {"skipTest", INPUT_FLAG, offsetof(struct s3_order, skip_test), false},
};

static int read_order(struct request *req, struct s3_order *order, struct err *e)
{
    *order = (struct s3_order){0};
    return input_body(req, fields, sizeof fields / sizeof *fields, order, e);
}

int s3_configure(struct request *req, struct response *res, struct err *e)
{
    struct s3_order order;
    int64_t id;
    if (read_order(req, &order, e) ||
        s3_service_configure(req->services, req->arena, req->session.user_id, &order, &id, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_bool(w, "success", true);
    jsonw_int(w, "storageProfileId", id);
    jsonw_str(w, "message", "S3 storage configured successfully");
    jsonw_end(w);
    return 0;
}

int s3_test(struct request *req, struct response *res, struct err *e)
{
    struct s3_order order;
    struct s3_probe_result result;
    if (read_order(req, &order, e) || s3_service_test(req->arena, &order, &result, e))
        return -1;
    probe_json_s3(response_json(res, 200), &result);
    return 0;
}
