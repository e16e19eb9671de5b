/* Inside of the upload pipeline; drivers include driver.h only. */
#ifndef TC_WORKERS_UPLOAD_INTERNAL_H
#define TC_WORKERS_UPLOAD_INTERNAL_H

#include "workers/transfer.h"
#include "workers/upload/endpoint.h"
#include "workers/upload/lanes.h"
#include "workers/upload/pace.h"
#include "workers/upload/upload.h"

struct meter {
    int64_t acknowledged; /* bytes of files that are done */
    int64_t shown;        /* what people have seen of this run: it never goes back */
    int64_t sent;         /* bytes of pieces that this run has sent */
    int64_t told;         /* of these and of pieces on their way, the endpoint's pace was told */
    int64_t last_sent, last_at, db_at;
    double speed; /* B/s, smoothed */
};

/* One file on its way: what is to be done with it next, or is being done. */
enum item_step {
    ITEM_PLAN,
    ITEM_BEGIN,
    ITEM_SEND,
    ITEM_FINISH,
    ITEM_VERIFIED, /* to be written as done, with others */
    ITEM_CLOSED
};

struct item {
    struct upload_file f;
    struct item *next;
    enum item_step step;
    int tries;                         /* of the step */
    int64_t failing_since, not_before; /* of the step, clock_mono_ms */
    int restarts;                      /* of the file: back to ITEM_PLAN */
    int running;                       /* calls on lanes */
    int64_t told;                      /* bytes last written to job_files */
    bool gives_up;                     /* closed for good: the driver is to clean up */
};

struct run {
    struct upload u;
    const struct upload_driver *driver;
    struct lanes *lanes;
    struct seat *seat;
    int most_lanes; /* that were busy at a time */
    struct meter meter;
    struct transfer transfer;
    struct item *items, **end; /* oldest first; end: where the next one goes */
    int verified;              /* items in ITEM_VERIFIED … */
    int64_t verified_since;    /* … and when the first of them got there, clock_mono_ms */

    struct arena *rows_arena;
    struct job_file *rows;
    struct job_file **order; /* in which they are taken */
    int row_count, cursor;
    bool *taken; /* by position in rows: this run has opened it */
    bool download_done;
    int64_t started_at, idle_since, look_at; /* clock_mono_ms */
    int64_t last_good;                       /* when a call succeeded, or this run began */
    bool reached;                            /* one did */
    int done, failed;                        /* files of this run */
    struct err trouble;                      /* what is being tried again; nothing got through since */
    bool trouble_told;                       /* as the job's reason to wait */
    struct err failure;                      /* of the first file that failed */
    struct err limit;   /* the destination takes nothing more for now: what is under way ends, nothing begins */
    char last_code[48]; /* of the last one */
};

/* item.c: one file. Functions that return int answer -1 with *e when the whole run has to end. */

/* item_open(r, row): the file joins r->items; item_prepare: its remote name and local bytes. */
struct item *item_open(struct run *r, const struct job_file *row);
int item_prepare(struct run *r, struct item *i, struct err *e);
/* item_failed(r, i, why, e): the step it is at failed: again later, from the start, or no more. */
int item_failed(struct run *r, struct item *i, const struct err *why, struct err *e);
/* item_planned(r, i): plan() or begun() was there: where it goes on. */
void item_planned(struct run *r, struct item *i);
int item_advance(struct run *r, struct item *i, struct err *e);
int item_returned(struct run *r, const struct lane_work *w, struct err *e);
/* item_due(i): when it can go on by itself, clock_mono_ms; INT64_MAX: when a lane returns. */
int64_t item_due(const struct item *i);
/* item_wanted(r, i): lanes that it could use now; item_lanes: the same of a file that is not yet cut into pieces. */
int item_lanes(const struct run *r, int64_t size);
int item_wanted(const struct run *r, const struct item *i);
int64_t item_acknowledged(const struct item *i);
int64_t item_running(const struct item *i); /* bytes of unfinished sends */
void item_free(struct item *i);

/* batch.c: what is done for several files in one statement: open those that come next, plan, write who is done. */
enum { BATCH_MAX = 64 };
int batch_open(struct run *r, const struct job_file *const *rows, int n, struct err *e);
int batch_plan(struct run *r, struct err *e);
/* batch_end(r, all, e): write the verified files as done, when there are many, it is time, or `all`. */
int batch_end(struct run *r, bool all, struct err *e);
/* batch_due(r): when that is due by time, clock_mono_ms; INT64_MAX: nothing is. */
int64_t batch_due(const struct run *r);

/* progress.c: measure, write and publish when it is time, or now. */
int progress_tick(struct run *r, bool force, struct err *e);

/*
 * upload_patience(u, e): PostgreSQL did not take a write: true after a pause when it is worth another try (it is away,
 * the lease still stands). Else *e says why the run ends.
 */
bool upload_patience(struct upload *u, struct err *e);

/* Write until it is written or the run must end. */
#define UPLOAD_PERSIST(u, e, call)                                                                                     \
    do {                                                                                                               \
        err_clear(e);                                                                                                  \
        if ((call) == 0)                                                                                               \
            break;                                                                                                     \
        if (!upload_patience((u), (e)))                                                                                \
            return -1;                                                                                                 \
    } while (1)

#endif
