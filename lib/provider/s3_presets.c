#include "provider/s3_presets.h"

#include <string.h>
#include <strings.h>

#define AWS_LIMITS                                                                                                     \
    {                                                                                                                  \
        .max_parts = S3_PLAN_PARTS_MAX, .min_part = S3_PLAN_PART_MIN, .multipart = true                                \
    }
#define MIB ((int64_t)1 << 20)
#define REGIONS(list) .regions = (list), .region_count = sizeof(list) / sizeof *(list)

static const struct s3_region aws[] = {
    {"us-east-1", "US East (N. Virginia)"},
    {"us-east-2", "US East (Ohio)"},
    {"us-west-1", "US West (N. California)"},
    {"us-west-2", "US West (Oregon)"},
    {"ca-central-1", "Canada (Central)"},
    {"ca-west-1", "Canada West (Calgary)"},
    {"mx-central-1", "Mexico (Central)"},
    {"sa-east-1", "South America (São Paulo)"},
    {"eu-central-1", "Europe (Frankfurt)"},
    {"eu-central-2", "Europe (Zurich)"},
    {"eu-west-1", "Europe (Ireland)"},
    {"eu-west-2", "Europe (London)"},
    {"eu-west-3", "Europe (Paris)"},
    {"eu-north-1", "Europe (Stockholm)"},
    {"eu-south-1", "Europe (Milan)"},
    {"eu-south-2", "Europe (Spain)"},
    {"ap-south-1", "Asia Pacific (Mumbai)"},
    {"ap-south-2", "Asia Pacific (Hyderabad)"},
    {"ap-southeast-1", "Asia Pacific (Singapore)"},
    {"ap-southeast-2", "Asia Pacific (Sydney)"},
    {"ap-southeast-3", "Asia Pacific (Jakarta)"},
    {"ap-southeast-4", "Asia Pacific (Melbourne)"},
    {"ap-northeast-1", "Asia Pacific (Tokyo)"},
    {"ap-northeast-2", "Asia Pacific (Seoul)"},
    {"ap-northeast-3", "Asia Pacific (Osaka)"},
    {"ap-east-1", "Asia Pacific (Hong Kong)"},
    {"me-south-1", "Middle East (Bahrain)"},
    {"me-central-1", "Middle East (UAE)"},
    {"il-central-1", "Israel (Tel Aviv)"},
    {"af-south-1", "Africa (Cape Town)"},
};
static const struct s3_region b2[] = {
    {"us-west-000", "US West 000"}, {"us-west-001", "US West 001"}, {"us-west-002", "US West 002"},
    {"us-west-004", "US West 004"}, {"us-east-005", "US East 005"}, {"eu-central-003", "EU Central 003"},
    {"ca-east-006", "CA East 006"},
};
static const struct s3_region automatic[] = {{"auto", "Automatic"}};
static const struct s3_region wasabi[] = {
    {"us-east-1", "US East 1 (N. Virginia)"},
    {"us-east-2", "US East 2 (N. Virginia)"},
    {"us-central-1", "US Central 1 (Texas)"},
    {"us-west-1", "US West 1 (Oregon)"},
    {"ca-central-1", "CA Central 1 (Toronto)"},
    {"eu-central-1", "EU Central 1 (Amsterdam)"},
    {"eu-central-2", "EU Central 2 (Frankfurt)"},
    {"eu-west-1", "EU West 1 (London)"},
    {"eu-west-2", "EU West 2 (Paris)"},
    {"eu-south-1", "EU South 1 (Milan)"},
    {"ap-northeast-1", "AP Northeast 1 (Tokyo)"},
    {"ap-northeast-2", "AP Northeast 2 (Osaka)"},
    {"ap-southeast-1", "AP Southeast 1 (Singapore)"},
    {"ap-southeast-2", "AP Southeast 2 (Sydney)"},
};
static const struct s3_region spaces[] = {
    {"nyc3", "New York 3"},  {"sfo2", "San Francisco 2"}, {"sfo3", "San Francisco 3"}, {"ams3", "Amsterdam 3"},
    {"fra1", "Frankfurt 1"}, {"lon1", "London 1"},        {"tor1", "Toronto 1"},       {"blr1", "Bangalore 1"},
    {"sgp1", "Singapore 1"}, {"syd1", "Sydney 1"},        {"atl1", "Atlanta 1"},
};
static const struct s3_region usual[] = {{"us-east-1", "Default"}};
static const struct s3_region storj[] = {{"global", "Global"}};
static const struct s3_region scaleway[] = {
    {"fr-par", "Paris"}, {"nl-ams", "Amsterdam"}, {"pl-waw", "Warsaw"}, {"it-mil", "Milan"}};
static const struct s3_region ovh[] = {
    {"gra", "Gravelines"},
    {"rbx", "Roubaix"},
    {"sbg", "Strasbourg"},
    {"eu-west-par", "Paris (3 zones)"},
    {"de", "Frankfurt"},
    {"uk", "London"},
    {"waw", "Warsaw"},
    {"bhs", "Beauharnois"},
    {"sgp", "Singapore"},
    {"ca-east-tor", "Toronto"},
    {"ap-southeast-syd", "Sydney"},
    {"ap-south-mum", "Mumbai"},
};
static const struct s3_region hetzner[] = {{"fsn1", "Falkenstein"}, {"nbg1", "Nuremberg"}, {"hel1", "Helsinki"}};
static const struct s3_region linode[] = {
    {"us-east-1", "Newark"},       {"us-southeast-1", "Atlanta"}, {"us-iad-1", "Washington"},
    {"us-ord-1", "Chicago"},       {"us-lax-1", "Los Angeles"},   {"us-mia-1", "Miami"},
    {"us-sea-1", "Seattle"},       {"fr-par-1", "Paris"},         {"it-mil-1", "Milan"},
    {"nl-ams-1", "Amsterdam"},     {"se-sto-1", "Stockholm"},     {"es-mad-1", "Madrid"},
    {"eu-central-1", "Frankfurt"}, {"in-maa-1", "Chennai"},       {"jp-osa-1", "Osaka"},
    {"ap-south-1", "Singapore"},   {"id-cgk-1", "Jakarta"},       {"br-gru-1", "São Paulo"},
};
static const struct s3_region vultr[] = {
    {"ewr1", "New Jersey"}, {"sjc1", "Silicon Valley"}, {"ams1", "Amsterdam"},
    {"blr1", "Bangalore"},  {"del1", "Delhi"},          {"sgp1", "Singapore"},
};
static const struct s3_region ibm[] = {
    {"us-south", "Dallas"},  {"us-east", "Washington"}, {"eu-de", "Frankfurt"}, {"eu-gb", "London"},
    {"eu-es", "Madrid"},     {"jp-tok", "Tokyo"},       {"jp-osa", "Osaka"},    {"au-syd", "Sydney"},
    {"ca-tor", "Toronto"},   {"br-sao", "São Paulo"},   {"us", "US, several"},  {"eu", "EU, several"},
    {"ap", "Asia, several"},
};
static const struct s3_region oracle[] = {
    {"us-ashburn-1", "Ashburn"}, {"us-phoenix-1", "Phoenix"},     {"eu-frankfurt-1", "Frankfurt"},
    {"uk-london-1", "London"},   {"eu-amsterdam-1", "Amsterdam"}, {"eu-zurich-1", "Zurich"},
    {"ap-tokyo-1", "Tokyo"},     {"ap-osaka-1", "Osaka"},         {"ap-mumbai-1", "Mumbai"},
    {"ap-sydney-1", "Sydney"},   {"sa-saopaulo-1", "São Paulo"},  {"ca-toronto-1", "Toronto"},
};
static const struct s3_region alibaba[] = {
    {"oss-cn-hangzhou", "China (Hangzhou)"},  {"oss-cn-shanghai", "China (Shanghai)"},
    {"oss-cn-beijing", "China (Beijing)"},    {"oss-cn-shenzhen", "China (Shenzhen)"},
    {"oss-cn-hongkong", "China (Hong Kong)"}, {"oss-ap-southeast-1", "Singapore"},
    {"oss-ap-northeast-1", "Japan (Tokyo)"},  {"oss-eu-central-1", "Germany (Frankfurt)"},
    {"oss-eu-west-1", "UK (London)"},         {"oss-us-west-1", "US (Silicon Valley)"},
    {"oss-us-east-1", "US (Virginia)"},
};
static const struct s3_region tencent[] = {
    {"ap-beijing", "Beijing"},     {"ap-shanghai", "Shanghai"},
    {"ap-guangzhou", "Guangzhou"}, {"ap-chengdu", "Chengdu"},
    {"ap-hongkong", "Hong Kong"},  {"ap-singapore", "Singapore"},
    {"ap-tokyo", "Tokyo"},         {"ap-seoul", "Seoul"},
    {"eu-frankfurt", "Frankfurt"}, {"na-siliconvalley", "Silicon Valley"},
    {"na-ashburn", "Virginia"},
};
static const struct s3_region garage[] = {{"garage", "Default"}};
static const struct s3_region contabo[] = {{"eu2", "European Union"}, {"usc1", "United States"}, {"sin1", "Singapore"}};
static const struct s3_region exoscale[] = {
    {"ch-gva-2", "Geneva"},   {"ch-dk-2", "Zurich"},    {"de-fra-1", "Frankfurt"}, {"de-muc-1", "Munich"},
    {"at-vie-1", "Vienna 1"}, {"at-vie-2", "Vienna 2"}, {"bg-sof-1", "Sofia"},     {"hr-zag-1", "Zagreb"},
};
static const struct s3_region ionos[] = {
    {"eu-central-3", "Berlin"}, {"eu-central-4", "Frankfurt"}, {"us-central-1", "Lenexa"}};
static const struct s3_region synology[] = {
    {"eu-001", "Europe"}, {"us-001", "US West"}, {"us-002", "US East"}, {"tw-001", "Taiwan"}};
static const struct s3_region fastly[] = {{"us-east", "US East"}, {"us-west", "US West"}, {"eu-central", "EU Central"}};

/* Endpoints, regions and limits are from each service's own documentation, whose address stands beside it; where it
 * says nothing of parts, the limits of AWS hold ("Amazon S3 multipart upload limits"). */
const struct s3_preset s3_presets[] = {
    /* docs.aws.amazon.com/general/latest/gr/s3.html; path-style addresses are discouraged */
    {.id = "aws",
     .label = "Amazon S3",
     .endpoint = "https://s3.{region}.amazonaws.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(aws),
     .hint = "Use the access key of an IAM user that may put, get and delete objects in the bucket."},
    /* backblaze.com/docs/cloud-storage-s3-compatible-api */
    {.id = "b2",
     .label = "Backblaze B2",
     .endpoint = "https://s3.{region}.backblazeb2.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(b2),
     .hint = "The region stands in the endpoint of the bucket. Use an application key, not the master key."},
    /* developers.cloudflare.com/r2/api/s3/api and …/r2/objects/multipart-objects: equal parts */
    {.id = "r2",
     .label = "Cloudflare R2",
     .endpoint = "https://<account id>.r2.cloudflarestorage.com",
     .region_rule = S3_REGION_AUTO,
     .path_style = true,
     .limits = {.max_parts = S3_PLAN_PARTS_MAX, .min_part = S3_PLAN_PART_MIN, .equal_parts = true, .multipart = true},
     REGIONS(automatic),
     .hint = "Put your account id into the endpoint; it stands on the R2 overview page, beside the API tokens."},
    /* docs.wasabi.com: "Service URLs for Wasabi's Storage Regions" */
    {.id = "wasabi",
     .label = "Wasabi",
     .endpoint = "https://s3.{region}.wasabisys.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(wasabi),
     .hint = "Deleted objects are billed for 90 days on most Wasabi plans."},
    /* docs.digitalocean.com/products/spaces/details/limits */
    {.id = "do",
     .label = "DigitalOcean Spaces",
     .endpoint = "https://{region}.digitaloceanspaces.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(spaces),
     .hint = "The bucket is the name of the Space. Use a Spaces access key."},
    /* cloud.google.com/storage/docs/interoperability, …/multipart-uploads */
    {.id = "gcs",
     .label = "Google Cloud Storage (interoperability)",
     .endpoint = "https://storage.googleapis.com",
     .region_rule = S3_REGION_AUTO,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(automatic),
     .hint = "Create HMAC keys under Settings, Interoperability; they are not the keys of a service account file."},
    /* storj.dev/dcs/api/s3/s3-compatibility; parts under a segment of 64 MiB cost a segment each */
    {.id = "storj",
     .label = "Storj",
     .endpoint = "https://gateway.storjshare.io",
     .region_rule = S3_REGION_ANY,
     .limits = {.max_parts = S3_PLAN_PARTS_MAX, .min_part = 64 * MIB, .multipart = true},
     REGIONS(storj),
     .hint = "Create S3 credentials for the gateway. Parts are at least 64 MiB, the size of a Storj segment."},
    /* scaleway.com/en/docs/object-storage/concepts: 1,000 parts */
    {.id = "scaleway",
     .label = "Scaleway Object Storage",
     .endpoint = "https://s3.{region}.scw.cloud",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = {.max_parts = 1000, .min_part = S3_PLAN_PART_MIN, .multipart = true},
     REGIONS(scaleway),
     .hint = "Use an API key of the project. An upload has at most 1,000 parts here, which is seen to."},
    /* help.ovhcloud.com: "Object Storage - Endpoints and Object Storage geoavailability" */
    {.id = "ovh",
     .label = "OVHcloud Object Storage",
     .endpoint = "https://s3.{region}.io.cloud.ovh.net",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(ovh),
     .hint = "Create an S3 user in the project that owns the container. Regions are written in lower case."},
    /* docs.hetzner.com/storage/object-storage/overview */
    {.id = "hetzner",
     .label = "Hetzner Object Storage",
     .endpoint = "https://{region}.your-objectstorage.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(hetzner),
     .hint = "Create S3 credentials in the project that owns the bucket."},
    /* idrive.com/s3-storage-e2: an endpoint for each region of an account */
    {.id = "idrive",
     .label = "IDrive e2",
     .endpoint = "https://<endpoint of your region>",
     .region_rule = S3_REGION_ANY,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(usual),
     .hint = "Each region of your account has an endpoint of its own; it stands beside the access keys."},
    /* techdocs.akamai.com/cloud-computing/docs/access-buckets-and-files-through-urls */
    {.id = "linode",
     .label = "Linode (Akamai) Object Storage",
     .endpoint = "https://{region}.linodeobjects.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(linode),
     .hint = "The endpoint stands on the page of the bucket. A limited access key for the bucket is enough."},
    /* docs.vultr.com/products/cloud-storage/object-storage */
    {.id = "vultr",
     .label = "Vultr Object Storage",
     .endpoint = "https://{region}.vultrobjects.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(vultr),
     .hint = "The keys stand on the overview page of the subscription."},
    /* cloud.ibm.com/docs/cloud-object-storage: "Endpoints and storage locations", HMAC credentials */
    {.id = "ibm",
     .label = "IBM Cloud Object Storage",
     .endpoint = "https://s3.{region}.cloud-object-storage.appdomain.cloud",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(ibm),
     .hint = "Create a service credential and switch its HMAC part on."},
    /* docs.oracle.com: "Amazon S3 Compatibility API" */
    {.id = "oracle",
     .label = "Oracle Cloud Object Storage",
     .endpoint = "https://<namespace>.compat.objectstorage.{region}.oraclecloud.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(oracle),
     .hint = "Create a customer secret key. The namespace stands on the page of the tenancy."},
    /* alibabacloud.com/help/en/oss/developer-reference/use-amazon-s3-sdks-to-access-oss: virtual-hosted only */
    {.id = "alibaba",
     .label = "Alibaba Cloud OSS",
     .endpoint = "https://s3.{region}.aliyuncs.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(alibaba),
     .hint = "Use the access key of a RAM user with rights on the bucket."},
    /* cloud.tencent.com/document/product/436: "Regions and Access Endpoints", S3 SDKs; the bucket carries the APPID */
    {.id = "tencent",
     .label = "Tencent Cloud COS",
     .endpoint = "https://cos.{region}.myqcloud.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(tencent),
     .hint = "The bucket's name ends in your APPID, e.g. files-1250000000."},
    /* exoscale: community.exoscale.com/product/storage/object-storage */
    {.id = "exoscale",
     .label = "Exoscale Object Storage",
     .endpoint = "https://sos-{region}.exo.io",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(exoscale),
     .hint = "Use an API key whose role may use the zone's buckets."},
    /* docs.ionos.com/cloud/storage-and-backup/ionos-object-storage/endpoints */
    {.id = "ionos",
     .label = "IONOS Object Storage",
     .endpoint = "https://s3.{region}.ionoscloud.com",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(ionos),
     .hint = "Keys are managed under Storage, Object Storage, Key management."},
    /* kb.synology.com: C2 Object Storage endpoints */
    {.id = "synology",
     .label = "Synology C2 Object Storage",
     .endpoint = "https://{region}.s3.synologyc2.net",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .limits = AWS_LIMITS,
     REGIONS(synology),
     .hint = "The endpoint stands on the page of the bucket."},
    /* docs.contabo.com/docs/products/Object-Storage: the region is not looked at */
    {.id = "contabo",
     .label = "Contabo Object Storage",
     .endpoint = "https://{region}.contabostorage.com",
     .region_rule = S3_REGION_ANY,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(contabo),
     .hint = "The keys stand under Account, Security and access."},
    /* docs.filebase.com: S3-compatible API */
    {.id = "filebase",
     .label = "Filebase",
     .endpoint = "https://s3.filebase.com",
     .region_rule = S3_REGION_REQUIRED,
     .limits = AWS_LIMITS,
     REGIONS(usual),
     .hint = "The region is us-east-1. Access keys stand on the dashboard."},
    /* fastly.com/documentation/guides/platform/object-storage: no multipart uploads */
    {.id = "fastly",
     .label = "Fastly Object Storage",
     .endpoint = "https://{region}.object.fastlystorage.app",
     .region_rule = S3_REGION_FROM_ENDPOINT,
     .path_style = true,
     .limits = {.max_parts = S3_PLAN_PARTS_MAX, .min_part = S3_PLAN_PART_MIN},
     REGIONS(fastly),
     .hint = "Files are sent in one piece here, so that none may be larger than 5 GiB."},
    /* min.io: "MinIO Server Limits", MINIO_SITE_REGION */
    {.id = "minio",
     .label = "MinIO",
     .endpoint = "http://<host>:9000",
     .region_rule = S3_REGION_REQUIRED,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(usual),
     .hint = "Put your server into the endpoint. The region is us-east-1 unless your server was given another."},
    /* docs.ceph.com/en/latest/radosgw/s3: rgw_multipart_part_upload_limit is 10,000 */
    {.id = "ceph",
     .label = "Ceph (RADOS Gateway)",
     .endpoint = "https://<host>",
     .region_rule = S3_REGION_ANY,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(usual),
     .hint = "Put the address of the gateway into the endpoint. Keys: radosgw-admin user info."},
    /* github.com/seaweedfs/seaweedfs/wiki: Amazon S3 API */
    {.id = "seaweedfs",
     .label = "SeaweedFS",
     .endpoint = "http://<host>:8333",
     .region_rule = S3_REGION_ANY,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(usual),
     .hint = "Keys stand in the configuration of the S3 gateway."},
    /* garagehq.deuxfleurs.fr/documentation/reference-manual/configuration: s3_region */
    {.id = "garage",
     .label = "Garage",
     .endpoint = "http://<host>:3900",
     .region_rule = S3_REGION_REQUIRED,
     .path_style = true,
     .limits = AWS_LIMITS,
     REGIONS(garage),
     .hint = "The region is s3_region of your server's configuration. Keys: garage key info."},
    {.id = "custom",
     .label = "Another S3-compatible service",
     .endpoint = "",
     .region_rule = S3_REGION_REQUIRED,
     .path_style = true,
     .limits = AWS_LIMITS,
     .hint = "Endpoint and region stand in the documentation of your service; us-east-1 is common where regions mean "
             "nothing."},
};

const size_t s3_presets_count = sizeof s3_presets / sizeof *s3_presets;

const char *s3_presets_rule(enum s3_region_rule rule)
{
    static const char *const names[S3_REGION__MAX] = {
        [S3_REGION_REQUIRED] = "required",
        [S3_REGION_AUTO] = "auto",
        [S3_REGION_ANY] = "any",
        [S3_REGION_FROM_ENDPOINT] = "from-endpoint",
    };
    return names[rule];
}

const struct s3_preset *s3_presets_find(const char *id)
{
    for (size_t i = 0; id && i < s3_presets_count; i++)
        if (strcmp(s3_presets[i].id, id) == 0)
            return &s3_presets[i];
    return NULL;
}

const struct s3_limits *s3_presets_limits(const char *id)
{
    const struct s3_preset *p = s3_presets_find(id);
    return p ? &p->limits : &s3_plan_aws;
}

/* Is the host of an endpoint what the pattern says; a placeholder stands for one or more labels or a part of one. */
static bool host_fits(const char *pattern, const char *host, size_t n)
{
    size_t literal = strcspn(pattern, "{<");
    if (!pattern[literal])
        return n == literal && strncasecmp(pattern, host, n) == 0;
    if (n < literal || strncasecmp(pattern, host, literal) != 0)
        return false;
    const char *rest = pattern + literal + strcspn(pattern + literal, "}>") + 1;
    for (size_t skip = 1; literal + skip <= n; skip++)
        if (host_fits(rest, host + literal + skip, n - literal - skip))
            return true;
    return false;
}

const struct s3_preset *s3_presets_match(const char *endpoint)
{
    const char *host = strstr(endpoint, "://");
    if (!host)
        return NULL;
    host += 3;
    for (size_t i = 0; i < s3_presets_count; i++) {
        const char *pattern = strstr(s3_presets[i].endpoint, "://");
        if (!pattern || (pattern[3] == '<' && !strchr(pattern, '.')))
            continue; /* a host that a person fills in could be any */
        if (host_fits(pattern + 3, host, strcspn(host, ":/")))
            return &s3_presets[i];
    }
    return NULL;
}
