#include "fcgi-app/profile_json.h"

#include "provider/s3_key.h"
#include "store/profile_store.h"

#include <string.h>

static void s3_options(struct jsonw *w, const struct profile *p)
{
    const struct profile_s3_options *o = &p->options;
    jsonw_str(w, "pathTemplate", o->path_template ? o->path_template : s3_key_template);
    jsonw_str(w, "storageClass", o->storage_class);
    jsonw_str(w, "sse", o->sse);
    jsonw_str(w, "sseKmsKeyId", o->sse_kms_key_id);
    jsonw_str(w, "acl", o->acl);
    if (p->conditional)
        jsonw_bool(w, "conditionalCreate", strcmp(p->conditional, "none") != 0);
    else
        jsonw_null(w, "conditionalCreate");
}

static void s3(struct jsonw *w, const struct profile *p)
{
    if (p->provider != PROVIDER_S3) {
        jsonw_null(w, "s3");
        return;
    }
    jsonw_object(w, "s3");
    jsonw_str(w, "endpoint", p->endpoint);
    jsonw_str(w, "bucket", p->bucket);
    jsonw_str(w, "region", p->region);
    jsonw_bool(w, "pathStyle", p->path_style);
    jsonw_str(w, "preset", p->preset);
    jsonw_str(w, "accessKeyMasked", p->key_mask);
    jsonw_bool(w, "hasCaCertificate", p->has_ca_certificate);
    jsonw_int(w, "clockOffsetSeconds", p->clock_offset_s);
    s3_options(w, p);
    jsonw_end(w);
}

static void checked(struct jsonw *w, const struct profile *p)
{
    jsonw_time(w, "checkedAt", p->checked_at);
    if (p->checked_at)
        jsonw_bool(w, "checkOk", p->check_ok);
    else
        jsonw_null(w, "checkOk");
    jsonw_str(w, "checkMessage", p->check_message);
}

static void google_drive(struct jsonw *w, const struct profile *p)
{
    if (p->provider != PROVIDER_GOOGLE_DRIVE) {
        jsonw_null(w, "googleDrive");
        return;
    }
    jsonw_object(w, "googleDrive");
    jsonw_int_or_null(w, "credentialId", p->credential_id > 0, p->credential_id);
    jsonw_str(w, "credentialName", p->credential_name);
    jsonw_str(w, "folderId", p->place.folder_id);
    jsonw_str(w, "folderName", p->place.folder_name);
    jsonw_str(w, "driveId", p->place.drive_id);
    jsonw_str(w, "driveName", p->place.drive_name);
    jsonw_end(w);
}

static void open_profile(struct jsonw *w, const struct profile *p)
{
    jsonw_object(w, NULL);
    jsonw_int(w, "id", p->id);
    jsonw_str(w, "profileName", p->name);
    jsonw_str(w, "providerType", provider_name(p->provider));
    jsonw_str(w, "email", p->email);
    jsonw_bool(w, "isDefault", p->is_default);
    jsonw_bool(w, "isActive", p->is_active);
    jsonw_bool(w, "needsReauth", p->needs_reauth);
    jsonw_bool(w, "isConfigured", p->is_configured);
    jsonw_time(w, "createdAt", p->created_at);
    checked(w, p);
    s3(w, p);
    google_drive(w, p);
}

void profile_json_list(struct jsonw *w, const struct profile *items, int n)
{
    jsonw_array(w, NULL);
    for (int i = 0; i < n; i++) {
        open_profile(w, &items[i]);
        jsonw_end(w);
    }
    jsonw_end(w);
}

void profile_json_detail(struct jsonw *w, const struct profile *p)
{
    open_profile(w, p);
    jsonw_time(w, "updatedAt", p->updated_at);
    jsonw_end(w);
}
