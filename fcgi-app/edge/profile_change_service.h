/* Profiles that exist: change them, test them. Scoped by the user; others' profiles do not exist. */
#ifndef TC_EDGE_PROFILE_CHANGE_SERVICE_H
#define TC_EDGE_PROFILE_CHANGE_SERVICE_H

#include "fcgi-app/edge/google_profile.h"
#include "fcgi-app/edge/s3_service.h"
#include "provider/s3_probe.h"

struct profile;

/* What a test found: of an S3 profile or of a Drive profile. */
struct profile_test {
    bool is_s3;
    struct s3_probe_result s3;
    struct google_profile_result drive;
};

struct profile_order {
    struct s3_order s3; /* its name is any profile's */
    const char *folder; /* Drive: a link to the folder to upload to, or its id; "": the app's own */
};

/*
 * profile_change_service_apply(s, a, user_id, id, order, out, e): change what is not NULL in the order; "" takes the CA
 * certificate and the preset away. What changes of an S3 destination is tested first, unless order->skip_test; *out is
 * the profile afterwards. ERR_NOT_FOUND ProfileNotFound; ERR_INPUT with the codes of s3_service_configure,
 * InvalidProfile for members of another provider's profile, and those of google_folder_change; ERR_RULE ProfileInUse
 * when active jobs use the endpoint, bucket or folder.
 */
int profile_change_service_apply(struct services *s, struct arena *a, int64_t user_id, int64_t id,
                                 const struct profile_order *order, struct profile **out, struct err *e);

/* profile_change_service_test(s, a, user_id, id, out, e): try a profile as it is stored, and keep what was found. */
int profile_change_service_test(struct services *s, struct arena *a, int64_t user_id, int64_t id,
                                struct profile_test *out, struct err *e);

#endif
