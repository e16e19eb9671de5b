#include "workers/s3/dest.h"

#include "base/config.h"
#include "base/log.h"
#include "provider/s3_key.h"
#include "provider/s3_presets.h"
#include "store/profile_store.h"

#include <string.h>

int dest_load(struct db *db, struct arena *a, int64_t profile_id, struct dest *out, struct err *e)
{
    *out = (struct dest){.profile_id = profile_id};
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
    out->target = (struct s3_target){
        .endpoint = p.endpoint,
        .region = p.region ? p.region : "",
        .bucket = p.bucket,
        .access_key = p.access_key,
        .secret_key = p.secret_key,
        .virtual_host = !p.path_style,
        .deny_private = config_bool(CFG_OUTBOUND_DENY_PRIVATE),
        .ca_file = config_str(CFG_S3_CA_FILE),
        .ca_pem = p.ca_certificate,
        .clock_offset_s = p.clock_offset_s,
        .learned = &out->learned,
        .connect_timeout_ms = (int)config_int(CFG_S3_CONNECT_TIMEOUT_MS),
        .stall_ms = (int)config_int(CFG_S3_STALL_MS),
        .options = {p.options.storage_class, p.options.sse, p.options.sse_kms_key_id, p.options.acl},
    };
    out->path_template = p.options.path_template ? p.options.path_template : s3_key_template;
    out->complete_keeps = p.conditional && strcmp(p.conditional, "all") == 0;
    out->put_keeps = out->complete_keeps || (p.conditional && strcmp(p.conditional, "put") == 0);
    out->limits = s3_presets_limits(p.preset);
    s3_learned_init(&out->learned, &out->target);
    return s3_request_check(&out->target, e);
}

void dest_free(struct dest *d)
{
    if (d->target.learned)
        s3_learned_free(&d->learned);
}

void dest_store(struct dest *d, struct db *db, struct arena *a)
{
    struct err e = ERR_INIT;
    struct s3_target now = d->target;
    if (!d->target.learned)
        return;
    int lessons = s3_learned_apply(&d->learned, a, &now);
    if (lessons == d->stored)
        return;
    const struct profile_way was = {.endpoint = d->target.endpoint, .region = d->target.region};
    const struct profile_way found = {.endpoint = now.endpoint,
                                      .region = now.region,
                                      .path_style = !now.virtual_host,
                                      .clock_offset_s = now.clock_offset_s};
    if (profile_found_way(db, a, d->profile_id, &was, &found, &e)) {
        log_warn("what was found out about a destination was not stored", kv_int("ProfileId", d->profile_id),
                 kv_err(&e));
        return;
    }
    d->stored = lessons;
    log_info("the destination named another way", kv_int("ProfileId", d->profile_id), kv_str("Endpoint", now.endpoint),
             kv_str("Region", now.region), kv_int("ClockOffsetS", now.clock_offset_s));
}
