/* Use cases of jobs. Everything is scoped by the user; others' jobs do not exist. */
#ifndef TC_FCGI_JOB_SERVICE_H
#define TC_FCGI_JOB_SERVICE_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/job.h"

#include <stdbool.h>
#include <stdint.h>

struct services;

/* What the renderers of job_json.h take; handlers pass it on. */
struct job_list {
    struct job *items;
    int count;
    int64_t total; /* over all pages */
};

struct job_events {
    struct job_event *items;
    int count;
    int64_t total;
};

struct job_detail {
    struct job *job;
    struct job_events events;
    struct job_file *files;
    int file_count;
    struct job_phase_row *phases; /* [PHASE_DOWNLOAD], [PHASE_UPLOAD] */
};

struct job_manifest {
    struct job *job;
    const char *place; /* bucket or drive */
    struct job_file *files;
    int file_count;
};

/* job_service_list: newest first; status NULL for all. */
int job_service_list(struct services *s, struct arena *a, int64_t user_id, const enum job_status *status, int page,
                     int size, struct job_list *out, struct err *e);

/* The rest answers ERR_NOT_FOUND JobNotFound when the user has no such job. */
int job_service_detail(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct job_detail *out,
                       struct err *e);
int job_service_manifest(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct job_manifest *out,
                         struct err *e);
int job_service_timeline(struct services *s, struct arena *a, int64_t user_id, int64_t id, int page, int size,
                         struct job_events *out, struct err *e);

int job_service_counts(struct services *s, struct arena *a, int64_t user_id, int64_t counts[JOB_STATUS__MAX],
                       struct err *e);

struct job_order {
    int64_t torrent_id, profile_id;
    bool everything;            /* no selection was given */
    const char *const *entries; /* the selection: paths and folder prefixes, elements may be NULL */
    size_t entry_count;
};

/* job_service_create: the checks of contract-api 1.6 in their order, then the row, then the queue's hint. */
int job_service_create(struct services *s, struct arena *a, int64_t user_id, const struct job_order *order, int64_t *id,
                       struct err *e);

int job_service_retry(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

/* job_service_requeue: what waits for a worker is put into its queue once more; anything else is job_service_retry. */
int job_service_requeue(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

int job_service_cancel(struct services *s, struct arena *a, int64_t user_id, int64_t id, struct err *e);

#endif
