#include "base/metrics_text.h"

#include "base/metrics_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {
    [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};

/* The shortest decimal that reads back as the same number. */
static void number(char out[40], double v)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 40, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            break;
    }
}

/* A counter is called …_total: everywhere in Prometheus' format, in OpenMetrics only where it counts. */
static const char *head_suffix(const struct metrics_text *t)
{
    return t->type == METRIC_COUNTER && !t->open ? "_total" : "";
}

void metrics_text_family(struct metrics_text *t, const char *name, enum metric_type type, const char *unit,
                         const char *help)
{
    t->name = name;
    t->type = type;
    const char *suffix = head_suffix(t);
    buf_addf(t->b, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix, type_names[type]);
    if (t->open && unit)
        buf_addf(t->b, "# UNIT %s %s\n", name, unit);
}

static void sample(struct metrics_text *t, const char *suffix, const char *labels, double v)
{
    char text[40];
    number(text, v);
    buf_addf(t->b, *labels ? "%s%s{%s} %s\n" : "%s%s%s %s\n", t->name, suffix, labels, text);
}

void metrics_text_sample(struct metrics_text *t, double v, const char *labels)
{
    sample(t, t->type == METRIC_COUNTER ? "_total" : "", labels, v);
}

char *metrics_text_quote(struct arena *a, const struct metric_label *labels)
{
    char text[METRICS_LABELS];
    metrics_render(labels, text);
    return arena_strdup(a, text);
}

static void histogram(struct metrics_text *t, const struct metric_series *s)
{
    const struct metric_info *info = metric_info(s->metric);
    const char *comma = *s->labels ? "," : "";
    uint64_t count = 0;
    for (int i = 0; i < metric_bounds(info); i++) {
        char bound[40];
        number(bound, info->bounds[i]);
        bool whole = t->open && !strpbrk(bound, ".e"); /* OpenMetrics writes bounds as floats */
        count += s->buckets[i];
        buf_addf(t->b, "%s_bucket{%s%sle=\"%s%s\"} %llu\n", t->name, s->labels, comma, bound, whole ? ".0" : "",
                 (unsigned long long)count);
    }
    count += s->buckets[METRIC_BUCKETS];
    buf_addf(t->b, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", t->name, s->labels, comma, (unsigned long long)count);
    sample(t, "_sum", s->labels, s->sum);
    sample(t, "_count", s->labels, (double)count);
}

void metrics_text_sum(struct metrics_text *t, const struct metric_sum *sum)
{
    for (int i = 0; i < sum->series_count; i++) {
        const struct metric_series *s = &sum->series[i];
        const struct metric_info *info = metric_info(s->metric);
        if (i == 0 || s->metric != sum->series[i - 1].metric)
            metrics_text_family(t, info->name, info->type, info->unit, info->help);
        if (info->type == METRIC_HISTOGRAM)
            histogram(t, s);
        else
            metrics_text_sample(t, s->sum, s->labels);
    }
}

void metrics_text_end(struct metrics_text *t)
{
    if (t->open)
        buf_adds(t->b, "# EOF\n");
}
