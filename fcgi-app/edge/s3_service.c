#include "fcgi-app/edge/s3_service.h"

#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/text.h"
#include "net/certificate.h"
#include "provider/s3_key.h"
#include "provider/s3_presets.h"
#include "provider/s3_probe.h"
#include "store/profile_store.h"

#include <string.h>

/* CALL_TIMEOUT_MS: some eight calls must end before nginx gives up on us (fastcgi_read_timeout). */
enum { NAME_MIN = 3, NAME_MAX_CHARS = 50, CALL_TIMEOUT_MS = 7000 };

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static int check_name(const char *name, struct err *e)
{
    size_t n = characters(name);
    if (n == 0)
        return err_set(e, ERR_INPUT, "InvalidProfileName", "Profile name cannot be empty");
    if (n < NAME_MIN)
        return err_set(e, ERR_INPUT, "ProfileNameTooShort", "Profile name must be at least %d characters", NAME_MIN);
    if (n > NAME_MAX_CHARS)
        return err_set(e, ERR_INPUT, "ProfileNameTooLong", "Profile name must be at most %d characters",
                       NAME_MAX_CHARS);
    for (; *name; name++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_", *name))
            return err_set(e, ERR_INPUT, "InvalidProfileName",
                           "Profile name can only contain letters, numbers, spaces, hyphens, and underscores");
    return 0;
}

const char *s3_service_name(struct arena *a, const char *text, struct err *e)
{
    const char *name = text_trimmed(a, text);
    return check_name(name, e) ? NULL : name;
}

/* From an order to a destination */

static struct s3_target target_of(const struct profile_s3 *s3)
{
    return (struct s3_target){
        .endpoint = s3->endpoint,
        .region = s3->region,
        .bucket = s3->bucket,
        .access_key = s3->access_key,
        .secret_key = s3->secret_key,
        .virtual_host = !s3->path_style,
        .deny_private = config_bool(CFG_OUTBOUND_DENY_PRIVATE),
        .ca_file = config_str(CFG_S3_CA_FILE),
        .ca_pem = s3->ca_certificate,
        .connect_timeout_ms = (int)config_int(CFG_S3_CONNECT_TIMEOUT_MS),
        .stall_ms = (int)config_int(CFG_S3_STALL_MS),
        .timeout_ms = CALL_TIMEOUT_MS,
        .options = {s3->options.storage_class, s3->options.sse, s3->options.sse_kms_key_id, s3->options.acl},
    };
}

static int check_required(const struct profile_s3 *s3, struct err *e)
{
    const struct {
        const char *value, *what;
    } required[] = {{s3->endpoint, "S3 endpoint"},
                    {s3->bucket, "S3 bucket name"},
                    {s3->access_key, "S3 access key"},
                    {s3->secret_key, "S3 secret key"},
                    {s3->region, "S3 region"}};
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!*required[i].value)
            return err_set(e, ERR_INPUT, "InvalidS3Config", "%s is required", required[i].what);
    return 0;
}

static int refuse(struct err *e, const char *field, const char *sentence)
{
    err_set(e, ERR_INPUT, "InvalidS3Config", "%s", sentence);
    return err_field(e, field);
}

/* The service: as the client says, else as the endpoint says. It decides how to begin. */
static int apply_preset(struct arena *a, const struct s3_order *order, struct profile_s3 *s3, struct err *e)
{
    const char *id = text_trimmed(a, order->preset);
    const struct s3_preset *p = *id ? s3_presets_find(id) : s3_presets_match(s3->endpoint);
    if (*id && !p)
        return refuse(e, "preset", "There is no S3 preset of this name.");
    bool dotted = strchr(s3->bucket, '.'); /* no certificate fits such a name in front of the host */
    s3->preset = p ? p->id : NULL;
    s3->path_style = !p || p->path_style || dotted;
    if (p && !*s3->region && (p->region_rule == S3_REGION_AUTO || p->region_rule == S3_REGION_ANY))
        s3->region = p->regions[0].id;
    return 0;
}

/* A value without blanks; NULL for none. */
static const char *maybe(struct arena *a, const char *text)
{
    const char *value = text_trimmed(a, text);
    return *value ? value : NULL;
}

static int read_options(struct arena *a, const struct s3_order *order, struct profile_s3_options *out, struct err *e)
{
    *out = (struct profile_s3_options){
        .path_template = maybe(a, order->path_template),
        .storage_class = maybe(a, order->storage_class),
        .sse = maybe(a, order->sse),
        .sse_kms_key_id = maybe(a, order->sse_kms_key_id),
        .acl = maybe(a, order->acl),
    };
    return out->path_template ? s3_key_check(out->path_template, e) : 0;
}

int s3_service_read(struct arena *a, const struct s3_order *order, struct profile_s3 *out, struct err *e)
{
    const char *ca = maybe(a, order->ca_certificate);
    *out = (struct profile_s3){
        .endpoint = text_trimmed(a, order->endpoint),
        .bucket = text_trimmed(a, order->bucket),
        .region = text_trimmed(a, order->region),
        .access_key = text_trimmed(a, order->access_key),
        .secret_key = text_trimmed(a, order->secret_key),
        .ca_certificate = ca,
    };
    if (apply_preset(a, order, out, e) || check_required(out, e))
        return -1;
    if (ca && !certificate_pem(ca))
        return refuse(e, "s3CaCertificate",
                      "The CA certificate is no PEM certificate (-----BEGIN CERTIFICATE-----, at most 64 KiB).");
    if (read_options(a, order, &out->options, e))
        return -1;
    struct s3_target t = target_of(out);
    return s3_request_check(&t, e);
}

/* Trying */

int s3_service_probe(const struct profile_s3 *s3, struct s3_probe_result *out, struct err *e)
{
    struct s3_target t = target_of(s3);
    return s3_probe_run(&t, s3_presets_limits(s3->preset), out, e);
}

static const struct s3_probe_step *first_failure(const struct s3_probe_result *r)
{
    for (int i = 0; i < S3_PROBE__MAX; i++)
        if (!r->steps[i].ok)
            return &r->steps[i];
    return NULL;
}

void s3_service_verdict(struct arena *a, const struct s3_probe_result *result, struct profile_check *out)
{
    const struct s3_probe_step *failed = first_failure(result);
    *out = (struct profile_check){.ok = result->success};
    if (failed)
        out->message = arena_printf(a, "%s: %s", failed->name, failed->err.msg);
}

int s3_service_accept(struct arena *a, struct profile_s3 *s3, struct profile_check *check, struct err *e)
{
    struct s3_probe_result r;
    if (s3_service_probe(s3, &r, e))
        return -1;
    const struct s3_probe_step *failed = first_failure(&r);
    if (!r.success)
        return err_set(e, ERR_INPUT, "S3ConnectionFailed", "The destination failed its test at step %s: %s",
                       failed->name, failed->err.msg);
    s3->endpoint = arena_strdup(a, r.endpoint);
    s3->region = arena_strdup(a, r.region);
    s3->path_style = !r.virtual_host;
    s3->clock_offset_s = r.clock_offset_s;
    s3->conditional = r.conditional;
    s3_service_verdict(a, &r, check);
    return 0;
}

int s3_service_test(struct arena *a, const struct s3_order *order, struct s3_probe_result *out, struct err *e)
{
    struct profile_s3 s3;
    return s3_service_read(a, order, &s3, e) || s3_service_probe(&s3, out, e) ? -1 : 0;
}

int s3_service_configure(struct services *s, struct arena *a, int64_t user_id, const struct s3_order *order,
                         int64_t *id, struct err *e)
{
    struct profile_s3 s3;
    struct profile_check check;
    const char *name = s3_service_name(a, order->name, e);
    if (!name || s3_service_read(a, order, &s3, e))
        return -1;
    s3.name = name;
    if (!order->skip_test && s3_service_accept(a, &s3, &check, e))
        return -1;
    if (profile_create_s3(s->db, a, user_id, &s3, order->skip_test ? NULL : &check, order->set_default, id, e))
        return -1;
    log_info("storage profile created", kv_int("ProfileId", *id), kv_int("UserId", user_id),
             kv_bool("Tested", !order->skip_test));
    return 0;
}
