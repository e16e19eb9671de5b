#include "fcgi-app/preset_json.h"

#include "provider/s3_presets.h"

static void write_preset(struct jsonw *w, const struct s3_preset *p)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "id", p->id);
    jsonw_str(w, "label", p->label);
    jsonw_str(w, "endpoint", p->endpoint);
    jsonw_array(w, "regions");
    for (size_t i = 0; i < p->region_count; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "id", p->regions[i].id);
        jsonw_str(w, "label", p->regions[i].label);
        jsonw_end(w);
    }
    jsonw_end(w);
    jsonw_str(w, "regionRule", s3_presets_rule(p->region_rule));
    jsonw_bool(w, "pathStyle", p->path_style);
    jsonw_int(w, "maxParts", p->limits.max_parts);
    jsonw_int(w, "minPartBytes", p->limits.min_part);
    jsonw_bool(w, "equalParts", p->limits.equal_parts);
    jsonw_bool(w, "multipart", p->limits.multipart);
    jsonw_str(w, "hint", p->hint);
    jsonw_end(w);
}

void preset_json_list(struct jsonw *w)
{
    jsonw_array(w, NULL);
    for (size_t i = 0; i < s3_presets_count; i++)
        write_preset(w, &s3_presets[i]);
    jsonw_end(w);
}
