/* A migrated database for the tests of stores, and short ways to fill it. */
#ifndef TC_TESTS_STORES_H
#define TC_TESTS_STORES_H

#include "servers.h"
#include "store/job_store.h"
#include "store/phase_store.h"

extern struct server *pg;
extern struct db *db;
extern struct arena *arena; /* reset before each test */
extern struct err err;      /* of the last call that was made with it */

/* Group setup and teardown; setup of each test: all tables of users and jobs are empty then. */
int stores_start(void **state);
int stores_stop(void **state);
int stores_clean(void **state);

#define STORE_TEST(f) cmocka_unit_test_setup(f, stores_clean)
#define TEST_KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define MD5_A "900150983cd24fb0d6963f7d28e17f72"
#define SHA_A "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* OK(call): it answers 0, else its sentence is shown. FAILS(class, call): it answers -1 with the class. */
#define OK(call)                                                                                                       \
    do {                                                                                                               \
        err_clear(&err);                                                                                               \
        if ((call) != 0)                                                                                               \
            fail_msg("%s: [%s] %s", #call, err.code, err.msg);                                                         \
    } while (0)
#define FAILS(expected, call)                                                                                          \
    do {                                                                                                               \
        err_clear(&err);                                                                                               \
        assert_int_equal(call, -1);                                                                                    \
        if (err.class != (expected))                                                                                   \
            fail_msg("%s: [%s] %s", #call, err.code, err.msg);                                                         \
    } while (0)

/* sql: run a statement; sql_int: its first column as a number; sql_text: "-" for NULL. */
void sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int64_t sql_int(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *sql_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* stores_file: the text of a file of the project. */
const char *stores_file(const char *path);

int64_t make_user(const char *email);
int64_t make_profile(int64_t user);
/* make_torrent: n files of 100, 200, 300 … bytes; the tag makes the infohash. */
int64_t make_torrent(int64_t user, int tag, int n);

struct made {
    int64_t user, profile, torrent, job;
};
/* make_job: a user, a profile, a torrent of n files and a job for all of them. */
struct made make_job(int n);
/* make_job_for: another job of an existing user. */
int64_t make_job_for(int64_t user, int64_t profile, int64_t torrent);

/* claim: take a phase as the worker; asserts that it was won. */
struct claim claim(int64_t job, enum job_phase phase, const char *worker);

/* upload_beside_download: a job of one file that is ready: its upload is claimed, and the download still is. */
struct claim upload_beside_download(struct made *m);

/* file_states: "done ready pending", by file. */
const char *file_states(void);

enum job_status status_of(int64_t job);
const char *status_name(int64_t job);

/* timeline: "QUEUED/System DOWNLOADING/Worker …": the whole history of a job. */
const char *timeline(int64_t job);

#endif
