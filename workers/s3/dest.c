#include "workers/s3/dest.h"

#include "base/config.h"
#include "store/profile_store.h"

#include <string.h>

int dest_load(struct db *db, struct arena *a, int64_t profile_id, struct s3_target *out, struct err *e)
{
    struct profile_s3 p;
    bool active;
    if (profile_s3_secret(db, a, profile_id, &p, &active, e))
        return -1;
    if (!p.name)
        return err_set(e, ERR_PERMANENT, "NoCredentials", "The storage profile no longer exists.");
    if (!active)
        return err_set(e, ERR_PERMANENT, "InactiveProfile", "Storage profile is not active");
    if (!p.endpoint || !p.bucket || !p.access_key || !p.secret_key)
        return err_set(e, ERR_PERMANENT, "MissingRequiredFields", "Required credentials fields missing.");
    *out = (struct s3_target){
        .endpoint = p.endpoint,
        .region = p.region ? p.region : "",
        .bucket = p.bucket,
        .access_key = p.access_key,
        .secret_key = p.secret_key,
        .virtual_host = !p.path_style,
        .deny_private = config_bool(CFG_OUTBOUND_DENY_PRIVATE),
        .ca_file = config_str(CFG_S3_CA_FILE),
        .connect_timeout_ms = (int)config_int(CFG_S3_CONNECT_TIMEOUT_MS),
        .stall_ms = (int)config_int(CFG_S3_STALL_MS),
    };
    return s3_request_check(out, e);
}

int dest_abort_key(struct s3_api *api, struct arena *a, const char *key, struct err *e)
{
    struct s3_upload *uploads;
    int n;
    if (s3_api_list_uploads(api, a, key, &uploads, &n, e))
        return -1;
    for (int i = 0; i < n; i++)
        if (strcmp(uploads[i].key, key) == 0 && s3_api_abort(api, key, uploads[i].upload_id, e))
            return -1;
    return 0;
}
