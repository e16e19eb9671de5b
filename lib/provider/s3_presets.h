/*
 * The S3 services that people use, as data: ONE table. A preset fills endpoint and region of a form, and it tells the
 * upload what the service allows beyond (or short of) the limits of AWS. Pure.
 */
#ifndef TC_PROVIDER_S3_PRESETS_H
#define TC_PROVIDER_S3_PRESETS_H

#include "provider/s3_plan.h"

#include <stdbool.h>
#include <stddef.h>

enum s3_region_rule {
    S3_REGION_REQUIRED,      /* the bucket's own; the endpoint does not tell it */
    S3_REGION_AUTO,          /* the word "auto" */
    S3_REGION_ANY,           /* the service does not look at it */
    S3_REGION_FROM_ENDPOINT, /* what stands for {region} in the endpoint */
    S3_REGION__MAX
};

struct s3_region {
    const char *id, *label;
};

struct s3_preset {
    const char *id; /* stored with profiles: never renamed */
    const char *label;
    /* {region} stands for a region's id, <…> for what a person fills in; "" for a service that nobody knows here. */
    const char *endpoint;
    enum s3_region_rule region_rule;
    bool path_style;         /* where to begin: the probe finds out what works */
    struct s3_limits limits; /* of multipart uploads */
    const char *hint;        /* where to find the keys, what is special */
    const struct s3_region *regions;
    size_t region_count;
};

extern const struct s3_preset s3_presets[];
extern const size_t s3_presets_count;

/* s3_presets_rule(rule): "required", "auto", "any", "from-endpoint". */
const char *s3_presets_rule(enum s3_region_rule rule);

/* s3_presets_find(id): NULL when there is none, or id is NULL. */
const struct s3_preset *s3_presets_find(const char *id);

/* s3_presets_match(endpoint): whose endpoint this is, by its host; NULL for a server of somebody's own. */
const struct s3_preset *s3_presets_match(const char *endpoint);

/* s3_presets_limits(id): the limits to obey; those of AWS when there is no such preset. */
const struct s3_limits *s3_presets_limits(const char *id);

#endif
