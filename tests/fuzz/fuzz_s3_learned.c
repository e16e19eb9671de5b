/*
 * What a refusal teaches about a destination. Lines: endpoint, bucket, region; then the refusal's status, code, region
 * and endpoint; its clock, our clock. Whatever a server says, requests go on to its own scheme, port and domain.
 */
#include "provider/s3_learned.h"
#include "tests/fuzz/fuzz.h"

#include <strings.h>

static const char *host_of(const char *endpoint)
{
    return strstr(endpoint, "://") + 3;
}

/* The host's last two labels; all of an address of numbers. */
static const char *domain(struct arena *a, const char *endpoint)
{
    const char *host = host_of(endpoint);
    char *name = arena_strndup(a, host, *host == '[' ? strcspn(host, "]/") : strcspn(host, ":/"));
    char *last = strrchr(name, '.');
    if (*name == '[' || strspn(name, "0123456789.") == strlen(name) || !last)
        return name;
    *last = '\0';
    const char *second = strrchr(name, '.');
    *last = '.';
    return second ? second + 1 : name;
}

static void stays_at_home(struct arena *a, const struct s3_target *used, const char *endpoint)
{
    const char *from = host_of(used->endpoint), *to = host_of(endpoint);
    MUST(!strncasecmp(used->endpoint, endpoint, (size_t)(from - used->endpoint))); /* the scheme */
    MUST(!strcasecmp(domain(a, used->endpoint), domain(a, endpoint)));
    from += *from == '[' ? strcspn(from, "]") : strcspn(from, ":/"); /* the port and the prefix */
    to += *to == '[' ? strcspn(to, "]") : strcspn(to, ":/");
    MUST(!strcmp(from, to));
}

static int64_t number(struct fuzz *f, int64_t min, int64_t max)
{
    int64_t n = 0;
    return parse_i64(fuzz_line(f), min, max, &n) ? n : min;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct s3_target used = {.access_key = "key", .secret_key = "secret"}, next;
    struct s3_learned l;
    struct s3_error said = {0};
    struct err e;
    used.endpoint = fuzz_line(&f);
    used.bucket = fuzz_line(&f);
    used.region = fuzz_line(&f);
    said.status = (int)number(&f, 300, 599);
    snprintf(said.code, sizeof said.code, "%s", fuzz_line(&f));
    snprintf(said.region, sizeof said.region, "%s", fuzz_line(&f));
    snprintf(said.endpoint, sizeof said.endpoint, "%s", fuzz_line(&f));
    said.clock_s = number(&f, 0, INT64_MAX);
    int64_t now = number(&f, 1, INT64_C(1) << 40);
    if (s3_request_check(&used, &e) == 0) {
        s3_learned_init(&l, &used);
        bool again = s3_learned_take(&l, &used, &said, now);
        next = used;
        MUST(s3_learned_apply(&l, f.arena, &next) == (again ? 1 : 0));
        MUST(s3_request_check(&next, &e) == 0);
        stays_at_home(f.arena, &used, next.endpoint);
        MUST(again || (!strcmp(next.endpoint, used.endpoint) && !strcmp(next.region, used.region)));
        MUST(!s3_learned_take(&l, &next, &said, now) || next.clock_offset_s != used.clock_offset_s || again);
        s3_learned_free(&l);
    }
    fuzz_close(&f);
    return 0;
}
