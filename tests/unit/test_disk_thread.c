/* workers/torrent/disk_thread: digests side by side, and how they are let go of. The files are no part of lib.a. */
#include "workers/torrent/torrent.h"

static int gated_update(struct digest *d, int fd, int64_t offset, int64_t length, struct err *e);
#define digest_update_file gated_update
#include "workers/torrent/disk_thread.c" /* NOLINT(bugprone-suspicious-include) */
#undef digest_update_file
#include "workers/upload/source.c" /* NOLINT(bugprone-suspicious-include) */

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"

enum { JOB = 7, LARGE = 3 * STEP_BYTES + 5, SMALL = 1000 };

static char root[] = "/tmp/tc-disk-XXXXXX";
static struct disk_thread *disk;

/* Readings stop at the gate while it is closed. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool closed;
    int waiting, steps;
} gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int gated_update(struct digest *d, int fd, int64_t offset, int64_t length, struct err *e)
{
    pthread_mutex_lock(&gate.mutex);
    gate.steps++;
    gate.waiting++;
    pthread_cond_broadcast(&gate.changed);
    while (gate.closed)
        pthread_cond_wait(&gate.changed, &gate.mutex);
    gate.waiting--;
    pthread_mutex_unlock(&gate.mutex);
    return digest_update_file(d, fd, offset, length, e);
}

static void set_gate(bool closed)
{
    pthread_mutex_lock(&gate.mutex);
    gate.closed = closed;
    if (closed)
        gate.steps = 0;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
}

static void await_readings(int n)
{
    pthread_mutex_lock(&gate.mutex);
    while (gate.waiting < n)
        pthread_cond_wait(&gate.changed, &gate.mutex);
    pthread_mutex_unlock(&gate.mutex);
}

/* folder.c's, which has no part in this. */
int64_t folder_empty_trash(const char *path)
{
    (void)path;
    return 0;
}

static void write_file(const char *name, int64_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%d/%s", root, JOB, name);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0); /* sparse: zeros */
    assert_int_equal(pwrite(fd, name, strlen(name), size - (int64_t)strlen(name)), (ssize_t)strlen(name));
    close(fd);
}

static struct disk_result next(void)
{
    struct disk_result r;
    while (!disk_next(disk, &r))
        clock_sleep_ms(5);
    return r;
}

static void check(const struct disk_result *r, const char *name, int64_t size)
{
    char path[256];
    struct digest_sum sum;
    struct err e = ERR_INIT;
    snprintf(path, sizeof path, "%s/%d/%s", root, JOB, name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(digest_file(DIGEST_BOTH, fd, 0, size, &sum, &e), 0);
    close(fd);
    assert_false(r->failed);
    assert_memory_equal(&r->sum, &sum, sizeof sum);
}

static void test_two_readings_are_one_result(void **state)
{
    (void)state;
    set_gate(true);
    disk_hash(disk, JOB, 1, 4, "large", LARGE);
    await_readings(2); /* side by side */
    set_gate(false);
    struct disk_result r = next();
    assert_true(r.job_id == JOB && r.epoch == 1 && r.file == 4);
    check(&r, "large", LARGE);
    assert_int_equal(gate.steps, 8);
}

/* A cancel between two steps: both readings stop after theirs, nothing is handed out, and the next file has its turn.
 */
static void test_a_cancel_stops_both_readings(void **state)
{
    (void)state;
    set_gate(true);
    disk_hash(disk, JOB, 1, 0, "large", LARGE);
    disk_hash(disk, JOB, 1, 1, "small", SMALL);
    disk_hash(disk, JOB + 1, 1, 2, "nowhere", SMALL);
    await_readings(2);
    disk_forget(disk, JOB);
    disk_hash(disk, JOB, 2, 3, "small", SMALL); /* started again */
    set_gate(false);
    struct disk_result other = next(), again = next();
    if (other.job_id == JOB) { /* results come in any order */
        struct disk_result r = other;
        other = again;
        again = r;
    }
    assert_true(other.job_id == JOB + 1 && other.failed);
    assert_int_equal(other.err.class, ERR_DISK);
    assert_true(again.epoch == 2 && again.file == 3);
    check(&again, "small", SMALL);
    assert_int_equal(gate.steps, 3); /* one of each reading, and the small file */
    assert_false(disk_next(disk, &again));
}

static void test_an_end_stops_both_readings(void **state)
{
    (void)state;
    struct disk_thread *own = disk_start(root);
    set_gate(true);
    disk_hash(own, JOB, 1, 0, "large", LARGE);
    await_readings(2);
    pthread_mutex_lock(&own->mutex);
    own->ending = true; /* as disk_end begins, which then waits for the readings */
    pthread_mutex_unlock(&own->mutex);
    set_gate(false);
    disk_end(own);
    assert_int_equal(gate.steps, 2);
}

/* The file is shorter than it was: whichever reading sees it first, the other ends, too, and no digest comes of it. */
static void test_a_reading_that_fails(void **state)
{
    (void)state;
    char path[256];
    write_file("shrinks", LARGE);
    set_gate(true);
    disk_hash(disk, JOB, 1, 0, "shrinks", LARGE);
    await_readings(2);
    snprintf(path, sizeof path, "%s/%d/shrinks", root, JOB);
    assert_int_equal(truncate(path, STEP_BYTES), 0);
    set_gate(false);
    struct disk_result r = next();
    assert_true(r.failed);
    assert_int_equal(r.err.class, ERR_DISK);
}

static int setup(void **state)
{
    (void)state;
    char folder[256];
    if (!mkdtemp(root))
        return -1;
    snprintf(folder, sizeof folder, "%s/%d", root, JOB);
    if (mkdir(folder, 0700))
        return -1;
    write_file("large", LARGE);
    write_file("small", SMALL);
    disk = disk_start(root);
    return disk ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    disk_end(disk);
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_readings_are_one_result),
        cmocka_unit_test(test_a_cancel_stops_both_readings),
        cmocka_unit_test(test_an_end_stops_both_readings),
        cmocka_unit_test(test_a_reading_that_fails),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
