#include "fcgi-app/edge/s3_service.h"

#include "base/config.h"
#include "base/log.h"
#include "fcgi-app/services/context.h"
#include "provider/s3_probe.h"
#include "store/profile_store.h"

#include <string.h>

/* CALL_TIMEOUT_MS: some eight calls must end before nginx gives up on us (fastcgi_read_timeout). */
enum { NAME_MIN = 3, NAME_MAX_CHARS = 50, CALL_TIMEOUT_MS = 7000 };

static const char *trimmed(struct arena *a, const char *s)
{
    static const char blanks[] = " \t\r\n\v\f";
    s += strspn(s, blanks);
    size_t n = strlen(s);
    while (n > 0 && strchr(blanks, s[n - 1]))
        n--;
    return arena_strndup(a, s, n);
}

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

/* The target of an order without blanks around its values, which people paste along. */
static int make_target(struct arena *a, const struct s3_order *order, struct s3_target *t, struct err *e)
{
    *t = (struct s3_target){
        .endpoint = trimmed(a, order->endpoint),
        .region = trimmed(a, order->region),
        .bucket = trimmed(a, order->bucket),
        .access_key = trimmed(a, order->access_key),
        .secret_key = trimmed(a, order->secret_key),
        .deny_private = config_bool(CFG_OUTBOUND_DENY_PRIVATE),
        .ca_file = config_str(CFG_S3_CA_FILE),
        .connect_timeout_ms = (int)config_int(CFG_S3_CONNECT_TIMEOUT_MS),
        .stall_ms = (int)config_int(CFG_S3_STALL_MS),
        .timeout_ms = CALL_TIMEOUT_MS,
    };
    const struct {
        const char *value, *what;
    } required[] = {{t->endpoint, "S3 endpoint"},
                    {t->bucket, "S3 bucket name"},
                    {t->access_key, "S3 access key"},
                    {t->secret_key, "S3 secret key"},
                    {t->region, "S3 region"}};
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!*required[i].value)
            return err_set(e, ERR_INPUT, "InvalidS3Config", "%s is required", required[i].what);
    return s3_request_check(t, e);
}

int s3_service_test(struct arena *a, const struct s3_order *order, struct s3_probe_result *out, struct err *e)
{
    struct s3_target target;
    return make_target(a, order, &target, e) || s3_probe_run(&target, out, e) ? -1 : 0;
}

/* Try the destination; what the test learned of region and addressing goes into *s3. */
static int probe(struct arena *a, const struct s3_target *target, struct profile_s3 *s3, struct err *e)
{
    struct s3_probe_result result;
    if (s3_probe_run(target, &result, e))
        return -1;
    for (int i = 0; !result.success && i < S3_PROBE__MAX; i++)
        if (!result.steps[i].ok)
            return err_set(e, ERR_INPUT, "S3ConnectionFailed", "The destination failed its test at step %s: %s",
                           result.steps[i].name, result.steps[i].err.msg);
    s3->region = arena_strdup(a, result.region);
    s3->path_style = !result.virtual_host;
    return 0;
}

int s3_service_configure(struct services *s, struct arena *a, int64_t user_id, const struct s3_order *order,
                         int64_t *id, struct err *e)
{
    struct s3_target target;
    const char *name = trimmed(a, order->name);
    if (check_name(name, e) || make_target(a, order, &target, e))
        return -1;
    struct profile_s3 s3 = {.name = name,
                            .endpoint = target.endpoint,
                            .bucket = target.bucket,
                            .region = target.region,
                            .access_key = target.access_key,
                            .secret_key = target.secret_key,
                            .path_style = true};
    if (!order->skip_test && probe(a, &target, &s3, e))
        return -1;
    if (profile_create_s3(s->db, a, user_id, &s3, order->set_default, id, e))
        return -1;
    log_info("storage profile created", kv_int("ProfileId", *id), kv_int("UserId", user_id),
             kv_bool("Tested", !order->skip_test));
    return 0;
}
