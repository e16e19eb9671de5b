#include "fcgi-app/edge/profile_change_service.h"

#include "base/log.h"
#include "fcgi-app/edge/google_folder.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/services/profile_service.h"
#include "fcgi-app/text.h"
#include "store/profile_store.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static const char *either(const char *wish, const char *stored)
{
    return wish ? wish : stored ? stored : "";
}

static bool names_s3(const struct s3_order *o)
{
    return o->endpoint || o->access_key || o->secret_key || o->bucket || o->region || o->preset || o->ca_certificate ||
           o->path_template || o->storage_class || o->sse || o->sse_kms_key_id || o->acl;
}

/* The keys of a profile that the caller has found to be the user's. */
static int load(struct services *s, struct arena *a, int64_t id, struct profile_s3 *out, struct err *e)
{
    bool active;
    if (profile_s3_secret(s->db, a, id, out, &active, e))
        return -1;
    return out->name && active ? 0 : err_set(e, ERR_NOT_FOUND, "ProfileNotFound", "Storage profile not found");
}

/* The whole profile as it is to be. What a test has found out stays true as long as the place is the same. */
static int merge(struct arena *a, const struct s3_order *order, const struct profile_s3 *was, struct profile_s3 *out,
                 struct err *e)
{
    bool other_server = order->endpoint && !same(text_trimmed(a, order->endpoint), was->endpoint);
    bool other_bucket = order->bucket && !same(text_trimmed(a, order->bucket), was->bucket);
    const struct s3_order whole = {
        .endpoint = either(order->endpoint, was->endpoint),
        .access_key = either(order->access_key, was->access_key),
        .secret_key = either(order->secret_key, was->secret_key),
        .bucket = either(order->bucket, was->bucket),
        .region = either(order->region, was->region),
        .preset = either(order->preset, other_server ? NULL : was->preset),
        .ca_certificate = either(order->ca_certificate, was->ca_certificate),
        .path_template = either(order->path_template, was->options.path_template),
        .storage_class = either(order->storage_class, was->options.storage_class),
        .sse = either(order->sse, was->options.sse),
        .sse_kms_key_id = either(order->sse_kms_key_id, order->sse ? NULL : was->options.sse_kms_key_id),
        .acl = either(order->acl, was->options.acl),
    };
    if (s3_service_read(a, &whole, out, e))
        return -1;
    if (!order->preset && !other_server)
        out->preset = was->preset; /* also none, where one would fit by now */
    if (!order->preset && !other_server && !other_bucket)
        out->path_style = was->path_style;
    if (!other_server) {
        out->clock_offset_s = was->clock_offset_s;
        out->conditional = was->conditional;
    }
    return 0;
}

static bool stores_otherwise(const struct profile_s3_options *a, const struct profile_s3_options *b)
{
    return !same(a->path_template, b->path_template) || !same(a->storage_class, b->storage_class) ||
           !same(a->sse, b->sse) || !same(a->sse_kms_key_id, b->sse_kms_key_id) || !same(a->acl, b->acl);
}

static bool differs(const struct profile_s3 *a, const struct profile_s3 *b)
{
    return !same(a->endpoint, b->endpoint) || !same(a->bucket, b->bucket) || !same(a->region, b->region) ||
           !same(a->access_key, b->access_key) || !same(a->secret_key, b->secret_key) || !same(a->preset, b->preset) ||
           !same(a->ca_certificate, b->ca_certificate) || stores_otherwise(&a->options, &b->options);
}

static int in_use(struct err *e)
{
    return err_set(e, ERR_RULE, "ProfileInUse",
                   "Cannot change endpoint or bucket of a profile while there are active jobs using it");
}

static int change_s3(struct services *s, struct arena *a, int64_t user_id, int64_t id, const struct s3_order *order,
                     struct err *e)
{
    struct profile_s3 was, next;
    struct profile_check check;
    bool busy = false;
    if (load(s, a, id, &was, e) || merge(a, order, &was, &next, e))
        return -1;
    next.name = order->name ? order->name : was.name;
    if (!differs(&was, &next)) /* a form that sends everything along */
        return profile_rename(s->db, a, user_id, id, next.name, e);
    bool moves = !same(was.endpoint, next.endpoint) || !same(was.bucket, next.bucket);
    if (moves && profile_busy(s->db, a, id, &busy, e))
        return -1;
    if (busy)
        return in_use(e);
    if (!order->skip_test && s3_service_accept(a, &next, &check, e))
        return -1;
    if (profile_change_s3(s->db, a, user_id, id, &next, order->skip_test ? NULL : &check, moves, &busy, e))
        return -1;
    return busy ? in_use(e) : 0;
}

static int check_provider(const struct profile *p, const struct profile_order *o, struct err *e)
{
    if (names_s3(&o->s3) && p->provider != PROVIDER_S3)
        return err_set(e, ERR_INPUT, "InvalidProfile", "Profile is not an S3 profile");
    if (o->folder && p->provider != PROVIDER_GOOGLE_DRIVE)
        return err_set(e, ERR_INPUT, "InvalidProfile", "Profile is not a Google Drive profile");
    return 0;
}

int profile_change_service_apply(struct services *s, struct arena *a, int64_t user_id, int64_t id,
                                 const struct profile_order *order, struct profile **out, struct err *e)
{
    struct profile *p;
    struct profile_order o = *order;
    if (profile_service_get(s, a, user_id, id, &p, e) ||
        (o.s3.name && !(o.s3.name = s3_service_name(a, o.s3.name, e))) || check_provider(p, &o, e))
        return -1;
    if (o.folder && google_folder_change(s, a, p, o.folder, e))
        return -1;
    if (names_s3(&o.s3) ? change_s3(s, a, user_id, id, &o.s3, e)
        : o.s3.name     ? profile_rename(s->db, a, user_id, id, o.s3.name, e)
                        : 0)
        return -1;
    log_info("storage profile changed", kv_int("ProfileId", id), kv_int("UserId", user_id),
             kv_bool("Tested", names_s3(&o.s3) && !o.s3.skip_test));
    return profile_service_get(s, a, user_id, id, out, e);
}

static int test_s3(struct services *s, struct arena *a, int64_t id, struct s3_probe_result *out,
                   struct profile_check *check, struct err *e)
{
    struct profile_s3 s3;
    if (load(s, a, id, &s3, e) || s3_service_probe(&s3, out, e))
        return -1;
    s3_service_verdict(a, out, check);
    if (!out->success)
        return 0;
    const struct profile_way was = {.endpoint = s3.endpoint, .region = s3.region ? s3.region : ""};
    const struct profile_way now = {.endpoint = out->endpoint,
                                    .region = out->region,
                                    .path_style = !out->virtual_host,
                                    .clock_offset_s = out->clock_offset_s,
                                    .conditional = out->conditional};
    return profile_found_way(s->db, a, id, &was, &now, e);
}

static int test_drive(struct services *s, struct arena *a, int64_t id, struct google_profile_result *out,
                      struct profile_check *check, struct err *e)
{
    if (google_profile_test(s, a, id, out, e))
        return -1;
    *check = (struct profile_check){.ok = out->success};
    for (int i = GOOGLE_PROFILE__MAX - 1; i >= 0; i--)
        if (!out->steps[i].ok) /* the first one is what is told */
            check->message = arena_printf(a, "%s: %s", out->steps[i].name, out->steps[i].err.msg);
    return 0;
}

int profile_change_service_test(struct services *s, struct arena *a, int64_t user_id, int64_t id,
                                struct profile_test *out, struct err *e)
{
    struct profile *p;
    struct profile_check check;
    if (profile_service_get(s, a, user_id, id, &p, e))
        return -1;
    out->is_s3 = p->provider == PROVIDER_S3;
    if (out->is_s3 ? test_s3(s, a, id, &out->s3, &check, e) : test_drive(s, a, id, &out->drive, &check, e))
        return -1;
    return profile_checked(s->db, a, id, &check, e);
}
