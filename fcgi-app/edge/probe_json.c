#include "fcgi-app/edge/probe_json.h"

#include "provider/s3_probe.h"

void probe_json_s3(struct jsonw *w, const struct s3_probe_result *result)
{
    jsonw_object(w, NULL);
    jsonw_bool(w, "success", result->success);
    jsonw_array(w, "steps");
    for (int i = 0; i < S3_PROBE__MAX; i++) {
        const struct s3_probe_step *step = &result->steps[i];
        jsonw_object(w, NULL);
        jsonw_str(w, "name", step->name);
        jsonw_bool(w, "ok", step->ok);
        jsonw_int(w, "ms", step->ms);
        jsonw_str(w, "message", step->ok ? step->note : step->err.msg);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_str(w, "region", result->region);
    jsonw_bool(w, "pathStyle", !result->virtual_host);
    jsonw_int(w, "clockOffsetSeconds", result->clock_offset_s);
    jsonw_end(w);
}
