/* The reader of all metrics files: see metrics.h. */
#include "base/metrics_file.h"
#include "base/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST = 256 };

/* Room for one more element: the array doubles at each power of two from FIRST on. */
static void *grown(struct arena *a, void *items, int count, size_t size)
{
    bool full = count >= FIRST && (count & (count - 1)) == 0;
    if (count > 0 && !full)
        return items;
    void *more = arena_array(a, count ? 2 * (size_t)count : FIRST, size);
    return count ? memcpy(more, items, (size_t)count * size) : more;
}

static void add_row(const struct metrics_row *row, uint32_t used, struct arena *a, struct metric_sum *out)
{
    out->series = grown(a, out->series, out->series_count, sizeof *out->series);
    struct metric_series *s = &out->series[out->series_count++];
    s->metric = (enum metric)(used - 1);
    s->labels = arena_strndup(a, row->labels, strnlen(row->labels, METRICS_LABELS));
    __atomic_load(&row->sum, &s->sum, __ATOMIC_RELAXED);
    for (int i = 0; i <= METRIC_BUCKETS; i++)
        s->buckets[i] = __atomic_load_n(&row->buckets[i], __ATOMIC_RELAXED);
}

static void add_file(const struct metrics_file *f, bool alive, const char *name, struct arena *a,
                     struct metric_sum *out)
{
    if (f->layout != metrics_layout())
        return;
    for (int i = 0; i < METRICS_SERIES; i++) {
        uint32_t used = __atomic_load_n(&f->rows[i].used, __ATOMIC_ACQUIRE);
        if (used == 0 || used > METRIC__MAX)
            break;
        if (alive || metric_info((enum metric)(used - 1))->type != METRIC_GAUGE)
            add_row(&f->rows[i], used, a, out);
    }
    if (!alive)
        return;
    out->processes = grown(a, out->processes, out->process_count, sizeof *out->processes);
    out->processes[out->process_count++] = (struct metric_process){
        arena_strndup(a, name, (size_t)(strrchr(name, '.') - name)), f->space == process_space() ? f->pid : 0};
}

static void read_file(int dir, const char *name, struct arena *a, struct metric_sum *out)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == (off_t)sizeof(struct metrics_file)) {
        /* The owner holds the lock for as long as it lives. */
        bool alive = flock(fd, LOCK_SH | LOCK_NB) != 0;
        void *map = mmap(NULL, sizeof(struct metrics_file), PROT_READ, MAP_SHARED, fd, 0);
        if (map != MAP_FAILED) {
            add_file(map, alive, name, a, out);
            munmap(map, sizeof(struct metrics_file));
        }
    }
    close(fd);
}

static int compare(const void *a, const void *b)
{
    const struct metric_series *x = a, *y = b;
    return x->metric != y->metric ? (x->metric < y->metric ? -1 : 1) : strcmp(x->labels, y->labels);
}

/* Series of the same name and labels become one. */
static void merge(struct metric_sum *out)
{
    int n = 0;
    if (out->series_count > 1)
        qsort(out->series, (size_t)out->series_count, sizeof *out->series, compare);
    for (int i = 0; i < out->series_count; i++) {
        struct metric_series *s = &out->series[i];
        if (n > 0 && compare(&out->series[n - 1], s) == 0) {
            out->series[n - 1].sum += s->sum;
            for (int k = 0; k <= METRIC_BUCKETS; k++)
                out->series[n - 1].buckets[k] += s->buckets[k];
        } else {
            out->series[n++] = *s;
        }
    }
    out->series_count = n;
}

int metrics_sum(const char *dir, struct arena *a, struct metric_sum *out, struct err *e)
{
    *out = (struct metric_sum){0};
    DIR *d = opendir(dir);
    if (!d)
        return err_sys(e, ERR_CONFIG, dir);
    for (struct dirent *entry; (entry = readdir(d));)
        if (entry->d_name[0] != '.' && strchr(entry->d_name, '.'))
            read_file(dirfd(d), entry->d_name, a, out);
    closedir(d);
    merge(out);
    return 0;
}
