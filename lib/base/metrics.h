/*
 * Metrics of preforked children and workers: numbers in one mapped file per process below METRICS_DIR, summed by
 * whoever answers GET /metrics.
 *
 * A file belongs to the process that holds its lock. When a process dies the kernel gives the lock back and the numbers
 * stay: they still count in the sum, and the next process of the same program takes the file over and goes on from
 * there. So a counter never goes backwards, however a child ends, and there are never more files than there were
 * processes at a time. Gauges speak for the living: those of a file without an owner are left out.
 *
 * Before metrics_open(), after one that failed, and without a METRICS_DIR every call returns at once. Thread-safe.
 */
#ifndef TC_BASE_METRICS_H
#define TC_BASE_METRICS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

/* One row each in metrics.c: name, type, buckets, words. */
enum metric {
    METRIC_HTTP_DURATION,
    METRIC_HTTP_ACTIVE,
    METRIC_CPU,
    METRIC_DOWNLOAD_BYTES,
    METRIC_UPLOAD_BYTES,
    METRIC_DOWNLOAD_SPEED,
    METRIC_UPLOAD_SPEED,
    METRIC_DOWNLOAD_DURATION,
    METRIC_UPLOAD_DURATION,
    METRIC_PHASE_ENDS,
    METRIC_TELEMETRY_SHIPPED,
    METRIC_TELEMETRY_DROPPED,
    METRIC__MAX
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum { METRIC_BUCKETS = 15 };

struct metric_info {
    const char *name; /* of a counter: without _total */
    const char *help;
    const char *unit; /* "seconds", "bytes"; NULL: none */
    enum metric_type type;
    double bounds[METRIC_BUCKETS]; /* upper bounds of a histogram's buckets, rising; 0 ends them */
};

const struct metric_info *metric_info(enum metric m);
int metric_bounds(const struct metric_info *info); /* how many there are */

struct metric_label {
    const char *name, *value; /* an empty or NULL value: the label is left out */
};

/* metrics_open(dir, program, e): begin to count; once per process, after the fork. "" for dir: never count. */
int metrics_open(const char *dir, const char *program, struct err *e);
void metrics_close(void);

/*
 * metrics_add(m, v, {"label", value}, …): add to a counter or a gauge, or put one observation into a histogram. Labels
 * in alphabetical order, and of few possible values: each combination is a series that stays. Series that find no room
 * any more are not counted.
 */
#define metrics_add(m, v, ...) metrics_add_labels((m), (v), (const struct metric_label[]){__VA_ARGS__, {NULL, NULL}})
void metrics_add_labels(enum metric m, double v, const struct metric_label *labels);

/* metrics_cpu(service): bring the counter of processor time up to now; from one thread only. */
void metrics_cpu(const char *service);

/* What all processes together counted. */
struct metric_series {
    enum metric metric;
    const char *labels;                   /* `job_type="s3_upload"`, escaped, "" without any */
    double sum;                           /* the value; of a histogram the sum of what was observed */
    uint64_t buckets[METRIC_BUCKETS + 1]; /* of a histogram: how many fell into each; the last is above all bounds */
};

/* A process that lives and counts. */
struct metric_process {
    const char *program;
    int64_t pid; /* 0: it runs in another container, which shares the folder */
};

struct metric_sum {
    struct metric_series *series; /* by metric, then labels */
    int series_count;
    struct metric_process *processes;
    int process_count;
};

/* metrics_sum(dir, a, out, e): read all files of the folder; what is none of ours is passed over. */
int metrics_sum(const char *dir, struct arena *a, struct metric_sum *out, struct err *e);

#endif
