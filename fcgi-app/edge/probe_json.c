#include "fcgi-app/edge/probe_json.h"

#include "fcgi-app/edge/google_profile.h"
#include "provider/s3_probe.h"

static void write_step(struct jsonw *w, const char *name, bool ok, int64_t ms, const char *message)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "name", name);
    jsonw_bool(w, "ok", ok);
    jsonw_int(w, "ms", ms);
    jsonw_str(w, "message", message);
    jsonw_end(w);
}

void probe_json_s3(struct jsonw *w, const struct s3_probe_result *result)
{
    jsonw_object(w, NULL);
    jsonw_bool(w, "success", result->success);
    jsonw_array(w, "steps");
    for (int i = 0; i < S3_PROBE__MAX; i++) {
        const struct s3_probe_step *step = &result->steps[i];
        write_step(w, step->name, step->ok, step->ms, step->ok ? step->note : step->err.msg);
    }
    jsonw_end(w);
    jsonw_str(w, "region", result->region);
    jsonw_bool(w, "pathStyle", !result->virtual_host);
    jsonw_int(w, "clockOffsetSeconds", result->clock_offset_s);
    jsonw_end(w);
}

void probe_json_drive(struct jsonw *w, const struct google_profile_result *result)
{
    jsonw_object(w, NULL);
    jsonw_bool(w, "success", result->success);
    jsonw_array(w, "steps");
    for (int i = 0; i < GOOGLE_PROFILE__MAX; i++) {
        const struct google_profile_step *step = &result->steps[i];
        write_step(w, step->name, step->ok, step->ms, step->ok ? NULL : step->err.msg);
    }
    jsonw_end(w);
    jsonw_null(w, "region");
    jsonw_null(w, "pathStyle");
    jsonw_int(w, "clockOffsetSeconds", 0);
    jsonw_end(w);
}
