/*
 * Metrics as text: Prometheus 0.0.4, or OpenMetrics 1.0.0. A family, then its samples:
 *
 *     metrics_text_family(&t, "torrentclou_jobs", METRIC_GAUGE, NULL, "Jobs by status.");
 *     metrics_text_sample(&t, 5, "status=\"QUEUED\"");
 *
 * Errors are the buffer's own (buf_ok).
 */
#ifndef TC_BASE_METRICS_TEXT_H
#define TC_BASE_METRICS_TEXT_H

#include "base/buf.h"
#include "base/metrics.h"

#include <stdbool.h>

struct metrics_text {
    struct buf *b;
    bool open; /* OpenMetrics */
    const char *name;
    enum metric_type type; /* of the present family */
};

#define METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TEXT_TYPE_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* metrics_text_family: a counter's name without _total; unit or NULL. */
void metrics_text_family(struct metrics_text *t, const char *name, enum metric_type type, const char *unit,
                         const char *help);

/* metrics_text_sample(t, v, labels): of a counter or a gauge; labels as in struct metric_series. */
void metrics_text_sample(struct metrics_text *t, double v, const char *labels);

/* metrics_text_labels(a, {"label", value}, …): such labels. */
#define metrics_text_labels(a, ...) metrics_text_quote((a), (const struct metric_label[]){__VA_ARGS__, {NULL, NULL}})
char *metrics_text_quote(struct arena *a, const struct metric_label *labels);

/* metrics_text_sum(t, sum): everything that was counted. */
void metrics_text_sum(struct metrics_text *t, const struct metric_sum *sum);

/* metrics_text_end(t): what the format wants last. */
void metrics_text_end(struct metrics_text *t);

#endif
