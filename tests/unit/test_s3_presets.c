/* provider/s3_presets: what must hold for every row, and whose endpoint is whose. */
#include "provider/s3_presets.h"
#include "provider/s3_request.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check_text(const struct s3_preset *p)
{
    for (const char *c = p->id; *c; c++)
        assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c));
    assert_true(*p->id && *p->label && *p->hint);
    assert_ptr_equal(s3_presets_find(p->id), p); /* ids are unique */
}

static void check_limits(const struct s3_limits *l)
{
    assert_true(l->max_parts >= 100 && l->max_parts <= S3_PLAN_PARTS_MAX);
    assert_true(l->min_part >= S3_PLAN_PART_MIN && l->min_part <= S3_PLAN_PART_MAX);
}

static void check_regions(const struct s3_preset *p)
{
    bool in_endpoint = strstr(p->endpoint, "{region}");
    assert_true(p->region_rule < S3_REGION__MAX && *s3_presets_rule(p->region_rule));
    if (p->region_rule == S3_REGION_FROM_ENDPOINT)
        assert_true(in_endpoint);
    if (p->region_rule == S3_REGION_AUTO)
        assert_true(p->region_count == 1 && !strcmp(p->regions[0].id, "auto"));
    if (*p->endpoint)
        assert_true(p->region_count > 0);
    for (size_t i = 0; i < p->region_count; i++) {
        assert_true(*p->regions[i].id && *p->regions[i].label && strlen(p->regions[i].id) < S3_REGION_MAX);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(p->regions[i].id, p->regions[k].id);
    }
}

/* The endpoint with a region in place of {region} and a word in place of <…>. */
static void fill_in(const char *pattern, const char *region, char *out, size_t size)
{
    size_t n = 0;
    for (const char *c = pattern; *c && n + 1 < size; c++) {
        const char *with = *c == '{' ? region : *c == '<' ? "some-one" : NULL;
        if (!with) {
            out[n++] = *c;
            continue;
        }
        n += (size_t)snprintf(out + n, size - n, "%s", with);
        c += strcspn(c, "}>");
    }
    out[n] = '\0';
}

/* Each region's endpoint is one that the rest accepts, and is recognised again. */
static void check_endpoints(const struct s3_preset *p)
{
    bool own_server = strstr(p->endpoint, "://<") && !strchr(p->endpoint, '.');
    for (size_t i = 0; i < p->region_count; i++) {
        char endpoint[256];
        struct err e = ERR_INIT;
        fill_in(p->endpoint, p->regions[i].id, endpoint, sizeof endpoint);
        struct s3_target t = {
            .endpoint = endpoint, .region = p->regions[i].id, .bucket = "b", .access_key = "k", .secret_key = "s"};
        if (s3_request_check(&t, &e))
            fail_msg("%s: %s: %s", p->id, endpoint, e.msg);
        if (s3_presets_match(endpoint) != (own_server ? NULL : p))
            fail_msg("%s is not %s's", endpoint, p->id);
    }
}

static void test_every_row(void **state)
{
    (void)state;
    assert_true(s3_presets_count >= 20);
    for (size_t i = 0; i < s3_presets_count; i++) {
        check_text(&s3_presets[i]);
        check_limits(&s3_presets[i].limits);
        check_regions(&s3_presets[i]);
        check_endpoints(&s3_presets[i]);
    }
    assert_string_equal(s3_presets[s3_presets_count - 1].id, "custom"); /* last in every list */
}

static void test_whose_endpoint(void **state)
{
    static const struct {
        const char *endpoint, *id;
    } rows[] = {
        {"https://s3.eu-central-1.amazonaws.com", "aws"},
        {"https://S3.EU-central-1.AmazonAWS.com:443/", "aws"},
        {"https://s3.fr-par.scw.cloud", "scaleway"},
        {"https://0123abc.r2.cloudflarestorage.com", "r2"},
        {"https://0123abc.eu.r2.cloudflarestorage.com", "r2"},
        {"https://gateway.storjshare.io", "storj"},
        {"https://s3.scw.cloud", NULL},
        {"https://s3.fr-par.scw.cloud.example.com", NULL},
        {"https://r2.cloudflarestorage.com", NULL},
        {"https://example.com/s3.fr-par.scw.cloud", NULL},
        {"http://127.0.0.1:9000", NULL},
        {"nonsense", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct s3_preset *p = s3_presets_match(rows[i].endpoint);
        if (p != s3_presets_find(rows[i].id))
            fail_msg("%s: %s", rows[i].endpoint, p ? p->id : "nobody's");
    }
}

/* What is known to differ from AWS. */
static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(s3_presets_limits("scaleway")->max_parts, 1000);
    assert_int_equal(s3_presets_limits("storj")->min_part, 64 << 20);
    assert_true(s3_presets_limits("r2")->equal_parts);
    assert_false(s3_presets_limits("fastly")->multipart);
    assert_ptr_equal(s3_presets_limits(NULL), &s3_plan_aws);
    assert_ptr_equal(s3_presets_limits("gone"), &s3_plan_aws);
    assert_null(s3_presets_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_whose_endpoint),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
