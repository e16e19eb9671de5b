#include "base/metrics.h"

#include "base/metrics_file.h"
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Buckets of what people wait for, of speeds from a phone to a data centre, and of transfers from seconds to days. */
#define REQUEST_SECONDS                                                                                                \
    {                                                                                                                  \
        .005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10                                               \
    }
#define SPEEDS                                                                                                         \
    {                                                                                                                  \
        1e5, 2.5e5, 5e5, 1e6, 2.5e6, 5e6, 1e7, 2.5e7, 5e7, 1e8, 2.5e8, 5e8, 1e9                                        \
    }
#define TRANSFER_SECONDS                                                                                               \
    {                                                                                                                  \
        1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400                                         \
    }

/* The names of the replaced product's dashboards (reference/behaviour 7.3), with its spelling. */
static const struct metric_info table[METRIC__MAX] = {
    [METRIC_HTTP_DURATION] = {"http_server_request_duration_seconds", "How long requests took.", "seconds",
                              METRIC_HISTOGRAM, REQUEST_SECONDS},
    [METRIC_HTTP_ACTIVE] =
        {"http_server_active_requests", "Requests that are being answered.", NULL, METRIC_GAUGE, {0}},
    [METRIC_CPU] =
        {"process_cpu_seconds", "Processor time of all processes of a service.", "seconds", METRIC_COUNTER, {0}},
    [METRIC_DOWNLOAD_BYTES] =
        {"torreclou_download_total_bytes", "Bytes that peers have sent.", NULL, METRIC_COUNTER, {0}},
    [METRIC_UPLOAD_BYTES] =
        {"torreclou_upload_total_bytes", "Bytes that destinations have taken.", NULL, METRIC_COUNTER, {0}},
    [METRIC_DOWNLOAD_SPEED] = {"torreclou_download_speed_bytes_per_second",
                               "Speed of downloads, once per 100 MiB and at their end.", NULL, METRIC_HISTOGRAM,
                               SPEEDS},
    [METRIC_UPLOAD_SPEED] = {"torreclou_upload_speed_bytes_per_second",
                             "Speed of uploads, once per 100 MiB and at their end.", NULL, METRIC_HISTOGRAM, SPEEDS},
    [METRIC_DOWNLOAD_DURATION] = {"torreclou_download_duration_seconds", "How long downloads took.", "seconds",
                                  METRIC_HISTOGRAM, TRANSFER_SECONDS},
    [METRIC_UPLOAD_DURATION] = {"torreclou_upload_duration_seconds", "How long uploads took.", "seconds",
                                METRIC_HISTOGRAM, TRANSFER_SECONDS},
    [METRIC_PHASE_ENDS] =
        {"torrentclou_phase_ends", "Downloads and uploads that ended, by how they did.", NULL, METRIC_COUNTER, {0}},
    [METRIC_TELEMETRY_SHIPPED] =
        {"torrentclou_telemetry_shipped", "Log lines and spans that a collector took.", NULL, METRIC_COUNTER, {0}},
    [METRIC_TELEMETRY_DROPPED] =
        {"torrentclou_telemetry_dropped", "Log lines and spans that no collector got.", NULL, METRIC_COUNTER, {0}},
};

enum { FILES_MAX = 512, INDEX = 2 * METRICS_SERIES };

static struct {
    pthread_mutex_t mutex;
    struct metrics_file *file; /* NULL: nothing is counted */
    int fd, used;
    uint16_t index[INDEX]; /* row + 1 by hash of metric and labels; 0: free */
    double cpu;            /* seconds that METRIC_CPU knows of */
} own = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

const struct metric_info *metric_info(enum metric m)
{
    return &table[m];
}

int metric_bounds(const struct metric_info *info)
{
    int n = 0;
    while (n < METRIC_BUCKETS && info->bounds[n] > 0)
        n++;
    return n;
}

static uint64_t fnv(uint64_t hash, const void *bytes, size_t n)
{
    for (const unsigned char *p = bytes; n > 0; n--)
        hash = (hash ^ *p++) * 1099511628211u;
    return hash;
}

#define FNV_SEED 1469598103934665603u

uint64_t metrics_layout(void)
{
    size_t size = sizeof(struct metrics_file);
    uint64_t hash = fnv(FNV_SEED, &size, sizeof size);
    for (int m = 0; m < METRIC__MAX; m++) {
        hash = fnv(hash, table[m].name, strlen(table[m].name));
        hash = fnv(hash, table[m].bounds, sizeof table[m].bounds);
    }
    return hash;
}

/* The index's place of a series, free or taken. */
static uint16_t *place(enum metric m, const char *labels)
{
    size_t n = strlen(labels);
    for (size_t i = fnv(fnv(FNV_SEED, &m, sizeof m), labels, n) % INDEX;; i = (i + 1) % INDEX) {
        const struct metrics_row *row = own.index[i] ? &own.file->rows[own.index[i] - 1] : NULL;
        if (!row || (row->used == (uint32_t)m + 1 && !strcmp(row->labels, labels)))
            return &own.index[i];
    }
}

/* The row of a series, made when there is none yet; NULL when there is no room. */
static struct metrics_row *row_for(enum metric m, const char *labels)
{
    uint16_t *at = place(m, labels);
    if (*at)
        return &own.file->rows[*at - 1];
    if (own.used == METRICS_SERIES)
        return NULL;
    struct metrics_row *row = &own.file->rows[own.used++];
    *at = (uint16_t)own.used;
    memcpy(row->labels, labels, strlen(labels) + 1);
    __atomic_store_n(&row->used, (uint32_t)m + 1, __ATOMIC_RELEASE);
    return row;
}

/* What an earlier owner counted; its gauges ended with it. */
static void take_over(struct metrics_file *f)
{
    if (f->layout != metrics_layout()) {
        memset(f, 0, sizeof *f);
        f->layout = metrics_layout();
    }
    own.file = f;
    own.used = 0;
    memset(own.index, 0, sizeof own.index);
    for (; own.used < METRICS_SERIES && f->rows[own.used].used; own.used++) {
        struct metrics_row *row = &f->rows[own.used];
        enum metric m = (enum metric)(row->used - 1);
        *place(m, row->labels) = (uint16_t)(own.used + 1);
        if (table[m].type == METRIC_GAUGE)
            row->sum = 0;
    }
    f->pid = getpid();
    f->space = process_space();
}

/* A locked file of the program that nobody else owns, as large as it must be: what is mapped must not end in a signal
 * when the disk is full. */
static int own_file(const char *dir, const char *program, struct err *e)
{
    char path[512];
    for (int n = 0; n < FILES_MAX; n++) {
        if (snprintf(path, sizeof path, "%s/%s.%d", dir, program, n) >= (int)sizeof path)
            return err_set(e, ERR_CONFIG, NULL, "METRICS_DIR is too long.");
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd < 0)
            return err_sys(e, ERR_CONFIG, path);
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            errno = posix_fallocate(fd, 0, sizeof(struct metrics_file));
            if (errno == 0)
                return fd;
            err_sys(e, ERR_DISK, path);
            close(fd);
            return -1;
        }
        close(fd);
    }
    return err_set(e, ERR_CONFIG, NULL, "There are %d metrics files of %s already.", FILES_MAX, program);
}

int metrics_open(const char *dir, const char *program, struct err *e)
{
    if (!*dir)
        return 0;
    int fd = own_file(dir, program, e);
    if (fd < 0)
        return -1;
    void *map = mmap(NULL, sizeof(struct metrics_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        err_sys(e, ERR_BUG, "mmap");
        close(fd);
        return -1;
    }
    pthread_mutex_lock(&own.mutex);
    own.fd = fd; /* stays open: it holds the lock */
    own.cpu = 0;
    take_over(map);
    pthread_mutex_unlock(&own.mutex);
    return 0;
}

void metrics_close(void)
{
    pthread_mutex_lock(&own.mutex);
    if (own.file) {
        munmap(own.file, sizeof *own.file);
        close(own.fd);
        own.file = NULL;
    }
    pthread_mutex_unlock(&own.mutex);
}

/* As the text format quotes a label's value. */
static size_t put_value(char *out, size_t room, const char *value)
{
    size_t n = 0;
    for (; *value && n + 2 < room; value++) {
        bool escaped = *value == '"' || *value == '\\' || *value == '\n';
        if (escaped)
            out[n++] = '\\';
        out[n++] = *value == '\n' ? 'n' : *value;
    }
    return n;
}

void metrics_render(const struct metric_label *labels, char out[METRICS_LABELS])
{
    size_t n = 0;
    for (; labels->name; labels++) {
        size_t name = strlen(labels->name);
        if (!labels->value || !*labels->value || n + name + 8 >= METRICS_LABELS)
            continue;
        n += (size_t)snprintf(out + n, METRICS_LABELS - n, "%s%s=\"", n ? "," : "", labels->name);
        n += put_value(out + n, METRICS_LABELS - n - 2, labels->value);
        out[n++] = '"';
    }
    out[n] = '\0';
}

static int bucket_of(const struct metric_info *info, double v)
{
    int i = 0, n = metric_bounds(info);
    while (i < n && v > info->bounds[i])
        i++;
    return i == n ? METRIC_BUCKETS : i;
}

void metrics_add_labels(enum metric m, double v, const struct metric_label *labels)
{
    char text[METRICS_LABELS];
    if (!own.file)
        return;
    metrics_render(labels, text);
    pthread_mutex_lock(&own.mutex);
    struct metrics_row *row = own.file ? row_for(m, text) : NULL;
    if (row) {
        double sum = row->sum + v;
        __atomic_store(&row->sum, &sum, __ATOMIC_RELAXED);
        if (table[m].type == METRIC_HISTOGRAM)
            __atomic_fetch_add(&row->buckets[bucket_of(&table[m], v)], 1, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&own.mutex);
}

void metrics_cpu(const char *service)
{
    struct timespec t;
    if (!own.file || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t))
        return;
    double now = (double)t.tv_sec + (double)t.tv_nsec / 1e9, more = now - own.cpu;
    own.cpu = now;
    metrics_add(METRIC_CPU, more, {"service", service});
}
