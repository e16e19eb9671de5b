#include "base/jsonw.h"
#include "fcgi-app/handlers/handlers.h"
#include "fcgi-app/input.h"
#include "fcgi-app/job_json.h"
#include "fcgi-app/request.h"
#include "fcgi-app/response.h"
#include "fcgi-app/services/job_service.h"

#include <string.h>

/* The page wrapper's members behind the items. */
static void close_page(struct jsonw *w, const struct input_page *page, int64_t total)
{
    int64_t pages = (total + page->size - 1) / page->size;
    jsonw_int(w, "totalCount", total);
    jsonw_int(w, "pageNumber", page->number);
    jsonw_int(w, "pageSize", page->size);
    jsonw_int(w, "totalPages", pages);
    jsonw_bool(w, "hasPreviousPage", page->number > 1);
    jsonw_bool(w, "hasNextPage", page->number < pages);
    jsonw_end(w);
}

/* ?status=: a name in any case or a number; empty is not given. *out is NULL then. */
static int read_status(struct request *req, enum job_status *value, const enum job_status **out, struct err *e)
{
    const char *text = query_get(&req->query, "status");
    *out = NULL;
    if (!text || !*text)
        return 0;
    if (!job_status_parse(text, true, value)) {
        /* A number may have been meant, a word cannot (contract-api 1.2). */
        bool number = strspn(text, "-0123456789") == strlen(text);
        request_field_error(req, "status", "The value '%s' is %s.", text, number ? "invalid" : "not valid");
        return request_invalid(req, e);
    }
    *out = value;
    return 0;
}

int jobs_list(struct request *req, struct response *res, struct err *e)
{
    enum job_status value;
    const enum job_status *status;
    struct input_page page;
    struct job_list list;
    if (input_page(req, &page, e) || read_status(req, &value, &status, e) ||
        job_service_list(req->services, req->arena, req->session.user_id, status, page.number, page.size, &list, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    job_json_list(w, &list);
    close_page(w, &page, list.total);
    return 0;
}

int jobs_detail(struct request *req, struct response *res, struct err *e)
{
    struct job_detail detail;
    int64_t id;
    if (input_id(req, &id, e) || job_service_detail(req->services, req->arena, req->session.user_id, id, &detail, e))
        return -1;
    job_json_detail(response_json(res, 200), &detail);
    return 0;
}

int jobs_timeline(struct request *req, struct response *res, struct err *e)
{
    struct input_page page;
    struct job_events events;
    int64_t id;
    if (input_id(req, &id, e) || input_page(req, &page, e) ||
        job_service_timeline(req->services, req->arena, req->session.user_id, id, page.number, page.size, &events, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    job_json_events(w, "items", &events);
    close_page(w, &page, events.total);
    return 0;
}

/* Statuses that a member of the statistics counts together. */
static int64_t count_where(const int64_t *counts, bool (*belongs)(const struct job_status_info *))
{
    int64_t n = 0;
    for (int i = 0; i < JOB_STATUS__MAX; i++)
        n += belongs(job_status_info((enum job_status)i)) ? counts[i] : 0;
    return n;
}

static bool any(const struct job_status_info *s)
{
    (void)s;
    return true;
}

static bool active(const struct job_status_info *s)
{
    return s->active;
}

static bool failed(const struct job_status_info *s)
{
    return s->failed;
}

/* Only what there is, most first; statuses of equal count keep their order. */
static void status_filters(struct jsonw *w, int64_t *counts)
{
    jsonw_array(w, "statusFilters");
    for (;;) {
        int most = 0;
        for (int i = 1; i < JOB_STATUS__MAX; i++)
            most = counts[i] > counts[most] ? i : most;
        if (counts[most] == 0)
            break;
        jsonw_object(w, NULL);
        jsonw_str(w, "status", job_status_info((enum job_status)most)->name);
        jsonw_int(w, "count", counts[most]);
        jsonw_end(w);
        counts[most] = 0;
    }
    jsonw_end(w);
}

int jobs_statistics(struct request *req, struct response *res, struct err *e)
{
    int64_t n[JOB_STATUS__MAX];
    if (job_service_counts(req->services, req->arena, req->session.user_id, n, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_int(w, "totalJobs", count_where(n, any));
    jsonw_int(w, "activeJobs", count_where(n, active));
    jsonw_int(w, "completedJobs", n[JOB_COMPLETED]);
    jsonw_int(w, "failedJobs", count_where(n, failed));
    jsonw_int(w, "queuedJobs", n[JOB_QUEUED]);
    jsonw_int(w, "downloadingJobs", n[JOB_DOWNLOADING]);
    jsonw_int(w, "pendingUploadJobs", n[JOB_PENDING_UPLOAD]);
    jsonw_int(w, "uploadingJobs", n[JOB_UPLOADING]);
    jsonw_int(w, "retryingJobs", n[JOB_TORRENT_DOWNLOAD_RETRY] + n[JOB_UPLOAD_RETRY]);
    jsonw_int(w, "cancelledJobs", n[JOB_CANCELLED]);
    status_filters(w, n);
    jsonw_end(w);
    return 0;
}

int jobs_retry(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || job_service_retry(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    response_empty(res, 200);
    return 0;
}

int jobs_cancel(struct request *req, struct response *res, struct err *e)
{
    int64_t id;
    if (input_id(req, &id, e) || job_service_cancel(req->services, req->arena, req->session.user_id, id, e))
        return -1;
    response_empty(res, 200);
    return 0;
}

struct create_input {
    int64_t torrent_id, profile_id;
    struct input_list selection;
};

static const struct input_field create_fields[] = {
    {"torrentFileId", INPUT_ID, offsetof(struct create_input, torrent_id), false},
    {"storageProfileId", INPUT_ID, offsetof(struct create_input, profile_id), false},
    {"selectedFilePaths", INPUT_TEXT_LIST, offsetof(struct create_input, selection), true},
};

int jobs_create(struct request *req, struct response *res, struct err *e)
{
    struct create_input in = {0};
    int64_t id;
    if (input_body(req, create_fields, sizeof create_fields / sizeof *create_fields, &in, e))
        return -1;
    struct job_order order = {in.torrent_id, in.profile_id, !in.selection.given, in.selection.items,
                              in.selection.count};
    if (job_service_create(req->services, req->arena, req->session.user_id, &order, &id, e))
        return -1;
    struct jsonw *w = response_json(res, 200);
    jsonw_object(w, NULL);
    jsonw_int(w, "jobId", id);
    jsonw_int(w, "storageProfileId", order.profile_id);
    jsonw_end(w);
    return 0;
}
