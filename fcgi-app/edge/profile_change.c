#include "fcgi-app/edge/edge.h"
#include "fcgi-app/edge/probe_json.h"
#include "fcgi-app/edge/profile_change_service.h"
#include "fcgi-app/input.h"
#include "fcgi-app/profile_json.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "net/json.h"

static const struct input_field fields[] = {
    {"profileName", INPUT_MAYBE_TEXT, offsetof(struct s3_order, name), false},
    {"s3Endpoint", INPUT_MAYBE_TEXT, offsetof(struct s3_order, endpoint), false},
    {"s3AccessKey", INPUT_MAYBE_TEXT, offsetof(struct s3_order, access_key), false},
    {"s3SecretKey", INPUT_MAYBE_TEXT, offsetof(struct s3_order, secret_key), false},
    {"s3BucketName", INPUT_MAYBE_TEXT, offsetof(struct s3_order, bucket), false},
    {"s3Region", INPUT_MAYBE_TEXT, offsetof(struct s3_order, region), false},
    {"preset", INPUT_MAYBE_TEXT, offsetof(struct s3_order, preset), true},
    {"s3CaCertificate", INPUT_MAYBE_TEXT, offsetof(struct s3_order, ca_certificate), true},
    {"s3PathTemplate", INPUT_MAYBE_TEXT, offsetof(struct s3_order, path_template), true},
    {"s3StorageClass", INPUT_MAYBE_TEXT, offsetof(struct s3_order, storage_class), true},
    {"s3Sse", INPUT_MAYBE_TEXT, offsetof(struct s3_order, sse), true},
    {"s3SseKmsKeyId", INPUT_MAYBE_TEXT, offsetof(struct s3_order, sse_kms_key_id), true},
    {"s3Acl", INPUT_MAYBE_TEXT, offsetof(struct s3_order, acl), true},
    {"skipTest", INPUT_FLAG, offsetof(struct s3_order, skip_test), false},
    {"gdriveFolder", INPUT_MAYBE_TEXT, offsetof(struct profile_order, folder), true},
};
_Static_assert(offsetof(struct profile_order, s3) == 0, "the members of s3_order are read by their own offsets");

/* null says "take it away", which is not the same as saying nothing. */
static void take_away(const struct request *req, struct profile_order *order)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].nullable && json_kind(json_get_ci(req->json, fields[i].name)) == JSON_KIND_NULL)
            *(const char **)((char *)order + fields[i].offset) = "";
}

int profiles_change(struct request *req, struct response *res, struct err *e)
{
    struct profile_order order = {0};
    struct profile *profile;
    int64_t id;
    if (input_id(req, &id, e) || input_body(req, fields, sizeof fields / sizeof *fields, &order, e))
        return -1;
    take_away(req, &order);
    if (profile_change_service_apply(req->services, req->arena, req->session.user_id, id, &order, &profile, e))
        return -1;
    profile_json_detail(response_json(res, 200), profile);
    return 0;
}

int profiles_test(struct request *req, struct response *res, struct err *e)
{
    struct profile_test result;
    int64_t id;
    if (input_id(req, &id, e) ||
        profile_change_service_test(req->services, req->arena, req->session.user_id, id, &result, e))
        return -1;
    if (result.is_s3)
        probe_json_s3(response_json(res, 200), &result.s3);
    else
        probe_json_drive(response_json(res, 200), &result.drive);
    return 0;
}
