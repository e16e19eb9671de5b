/* The file behind metrics.h, as its writer and its reader map it. */
#ifndef TC_BASE_METRICS_FILE_H
#define TC_BASE_METRICS_FILE_H

#include "base/metrics.h"

enum { METRICS_SERIES = 512, METRICS_LABELS = 252 };

/* One writer process at a time, behind its mutex; readers see each number whole. */
struct metrics_row {
    uint32_t used; /* metric + 1, stored last; 0: free, and so are all that follow */
    char labels[METRICS_LABELS];
    double sum;
    uint64_t buckets[METRIC_BUCKETS + 1];
};

struct metrics_file {
    uint64_t layout; /* metrics_layout(): another build's file is begun anew */
    int64_t pid;     /* of the owner … */
    uint64_t space;  /* … where this is its process_space() */
    struct metrics_row rows[METRICS_SERIES];
};

/* metrics_layout(): a hash of the table of metrics and of the sizes above. */
uint64_t metrics_layout(void);

/* metrics_render(labels, out): as the text formats want them; what does not fit is left out. */
void metrics_render(const struct metric_label *labels, char out[METRICS_LABELS]);

#endif
