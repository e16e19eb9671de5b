#include "provider/s3_learned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void s3_learned_init(struct s3_learned *l, const struct s3_target *t)
{
    *l = (struct s3_learned){.clock_offset_s = t->clock_offset_s};
    pthread_mutex_init(&l->lock, NULL);
    snprintf(l->region, sizeof l->region, "%s", t->region);
    snprintf(l->endpoint, sizeof l->endpoint, "%s", t->endpoint);
}

void s3_learned_free(struct s3_learned *l)
{
    pthread_mutex_destroy(&l->lock);
}

int s3_learned_apply(struct s3_learned *l, struct arena *a, struct s3_target *t)
{
    pthread_mutex_lock(&l->lock);
    int lessons = l->lessons;
    if (lessons) { /* the usual case copies nothing */
        t->region = arena_strdup(a, l->region);
        t->endpoint = arena_strdup(a, l->endpoint);
        t->clock_offset_s = l->clock_offset_s;
    }
    pthread_mutex_unlock(&l->lock);
    return lessons;
}

/* Clocks. */

static bool about_time(const struct s3_error *said, int64_t apart)
{
    if (strcmp(said->code, "RequestTimeTooSkewed") == 0 || strcmp(said->code, "RequestExpired") == 0)
        return true;
    return said->status == 403 && !*said->code && llabs(apart) > S3_LEARNED_SUSPECT_S; /* a HEAD has no words */
}

static void take_clock(struct s3_learned *l, const struct s3_target *used, const struct s3_error *said, int64_t now_s)
{
    int64_t offset = said->clock_s - now_s;
    if (!said->clock_s || !about_time(said, offset - used->clock_offset_s) || llabs(offset) > INT32_MAX)
        return;
    l->clock_offset_s = llabs(offset) < S3_LEARNED_TOLERANCE_S ? 0 : (int)offset;
}

/* Regions and endpoints. */

/* Where the host's last two labels begin; its end without a port is *end. An address of numbers is its own domain. */
static const char *domain_of(const char *host, const char **end)
{
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    const char *at = host + n;
    *end = host + n;
    if (strspn(host, "0123456789.") >= n || *host == '[')
        return host;
    for (int dots = 0; at > host; at--)
        if (at[-1] == '.' && ++dots == 2)
            break;
    return at;
}

static bool same_domain(const char *a, const char *b)
{
    const char *a_end, *b_end, *x = domain_of(a, &a_end), *y = domain_of(b, &b_end);
    return a_end - x == b_end - y && strncasecmp(x, y, (size_t)(a_end - x)) == 0;
}

/* "bucket.s3.eu-west-1.amazonaws.com", as the server says it, as an endpoint like the one that was used. */
static bool named_endpoint(const struct s3_target *used, const char *said, char *out, size_t size)
{
    const char *host = strstr(used->endpoint, "://") + 3, *rest = host + strcspn(host, ":/");
    size_t bucket = strlen(used->bucket);
    if (strncasecmp(said, used->bucket, bucket) == 0 && said[bucket] == '.')
        said += bucket + 1;
    if (strpbrk(said, "/:@") || !same_domain(host, said))
        return false;
    return snprintf(out, size, "%.*s%s%s", (int)(host - used->endpoint), used->endpoint, said, rest) < (int)size;
}

/* "https://s3.us-east-1.amazonaws.com" with the other region as a label of the host. */
static bool other_region_label(const struct s3_target *used, const char *region, char *out, size_t size)
{
    const char *host = strstr(used->endpoint, "://") + 3, *end = host + strcspn(host, ":/");
    size_t n = strlen(used->region);
    const char *at = n ? strstr(host, used->region) : NULL;
    if (!at || at >= end || (at[-1] != '.' && at[-1] != '/' && at[-1] != '-') || at[n] != '.')
        return false;
    bool whole =
        snprintf(out, size, "%.*s%s%s", (int)(at - used->endpoint), used->endpoint, region, at + n) < (int)size;
    return whole && same_domain(host, strstr(out, "://") + 3); /* the label may be one of the last two */
}

static bool redirects(const struct s3_error *said)
{
    return strcmp(said->code, "PermanentRedirect") == 0 || said->status == 301 || said->status == 308;
}

static void take_place(struct s3_learned *l, const struct s3_target *used, const struct s3_error *said)
{
    char endpoint[S3_ENDPOINT_MAX];
    const char *region = *said->region ? said->region : used->region;
    struct err ignored;
    if (!*said->region && !redirects(said))
        return;
    bool moved = redirects(said) && (named_endpoint(used, said->endpoint, endpoint, sizeof endpoint) ||
                                     other_region_label(used, region, endpoint, sizeof endpoint));
    struct s3_target now = *used;
    now.region = region;
    now.endpoint = moved ? endpoint : used->endpoint;
    if (s3_request_check(&now, &ignored)) /* foreign text */
        return;
    snprintf(l->region, sizeof l->region, "%s", region);
    snprintf(l->endpoint, sizeof l->endpoint, "%s", now.endpoint);
}

static bool same(const struct s3_learned *l, const char *region, const char *endpoint, int clock_offset_s)
{
    return strcmp(region, l->region) == 0 && strcmp(endpoint, l->endpoint) == 0 && clock_offset_s == l->clock_offset_s;
}

bool s3_learned_take(struct s3_learned *l, const struct s3_target *used, const struct s3_error *said, int64_t now_s)
{
    pthread_mutex_lock(&l->lock);
    /* Who does not know the latest has nothing to teach: another thread's lesson is answer enough. */
    if (same(l, used->region, used->endpoint, used->clock_offset_s)) {
        take_clock(l, used, said, now_s);
        take_place(l, used, said);
        l->lessons += !same(l, used->region, used->endpoint, used->clock_offset_s);
    }
    bool again = !same(l, used->region, used->endpoint, used->clock_offset_s);
    pthread_mutex_unlock(&l->lock);
    return again;
}
