#include "fcgi-app/dashboard_html.h"

#include "fcgi-app/html.h"
#include "fcgi-app/services/dashboard_service.h"

static void head(struct buf *b)
{
    buf_adds(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>TorreClou Jobs</title>\n"
                "<link rel=\"stylesheet\" href=\"/api/docs.css\">\n</head>\n<body>\n<main>\n<h1>TorreClou Jobs</h1>\n");
}

/* A section's head and its table's; an empty one says so, and is over (false). */
static bool table(struct buf *b, const char *title, int64_t total, int shown, const char *const *columns)
{
    buf_addf(b, "<section>\n<h2>%s <span class=\"muted\">%lld</span></h2>\n", title, (long long)total);
    if (shown == 0) {
        buf_adds(b, "<p class=\"muted\">None.</p>\n</section>\n");
        return false;
    }
    buf_adds(b, "<div class=\"scroll\"><table>\n<thead><tr>");
    for (; *columns; columns++)
        buf_addf(b, "<th scope=\"col\">%s</th>", *columns);
    buf_adds(b, "</tr></thead>\n<tbody>\n");
    return true;
}

static void table_end(struct buf *b)
{
    buf_adds(b, "</tbody>\n</table></div>\n</section>\n");
}

static void cell(struct buf *b, const char *text)
{
    buf_adds(b, "<td>");
    html_text(b, text);
    buf_adds(b, "</td>");
}

static void cell_int(struct buf *b, int64_t n)
{
    buf_addf(b, "<td>%lld</td>", (long long)n);
}

static void cell_time(struct buf *b, int64_t us)
{
    buf_adds(b, "<td>");
    html_time(b, us);
    buf_adds(b, "</td>");
}

static void cell_job(struct buf *b, int64_t id, const char *name)
{
    buf_addf(b, "<td><a href=\"/jobs/%lld\">#%lld</a> ", (long long)id, (long long)id);
    html_text(b, name);
    buf_adds(b, "</td>");
}

static void button(struct buf *b, int64_t id, const char *verb, const char *label, const char *csrf)
{
    buf_addf(b, "<form method=\"post\" action=\"/hangfire/jobs/%lld/%s\"><input type=\"hidden\" name=\"csrf\" value=\"",
             (long long)id, verb);
    html_text(b, csrf);
    buf_addf(b, "\"><button>%s</button></form>", label);
}

static void servers(struct buf *b, const struct dashboard *d)
{
    static const char *const columns[] = {"Server", "Service", "Queue", "Jobs", "Heartbeat", NULL};
    if (!table(b, "Servers", d->server_count, d->server_count, columns))
        return;
    for (int i = 0; i < d->server_count; i++) {
        const struct dashboard_server *s = &d->servers[i];
        buf_adds(b, "<tr>");
        cell(b, s->id);
        cell(b, s->service);
        cell(b, s->queue);
        cell_int(b, s->active);
        cell_time(b, s->seen_at);
        buf_adds(b, "</tr>\n");
    }
    table_end(b);
}

static void queues(struct buf *b, const struct dashboard *d)
{
    static const char *const columns[] = {"Queue", "Ready", "Scheduled", NULL};
    if (!table(b, "Queues", d->queue_count, d->queue_count, columns))
        return;
    for (int i = 0; i < d->queue_count; i++) {
        buf_adds(b, "<tr>");
        cell(b, d->queues[i].name);
        cell_int(b, d->queues[i].ready);
        cell_int(b, d->queues[i].scheduled);
        buf_adds(b, "</tr>\n");
    }
    table_end(b);
}

static void processing(struct buf *b, const struct dashboard *d, const char *csrf)
{
    static const char *const columns[] = {"Job", "Phase", "Server", "Lease until", "Attempts", "", NULL};
    const struct stats *s = &d->stats;
    if (!table(b, "Processing", s->phases[PHASE_DOWNLOAD][PHASE_ACTIVE] + s->phases[PHASE_UPLOAD][PHASE_ACTIVE],
               d->processing.count, columns))
        return;
    for (int i = 0; i < d->processing.count; i++) {
        const struct stats_phase *p = &d->processing.items[i];
        buf_adds(b, "<tr>");
        cell_job(b, p->job_id, p->torrent_name);
        cell(b, job_phase_name(p->phase));
        cell(b, p->worker_id);
        cell_time(b, p->lease_until);
        cell_int(b, p->attempts);
        buf_adds(b, "<td>");
        button(b, p->job_id, "delete", "Delete", csrf);
        buf_adds(b, "</td></tr>\n");
    }
    table_end(b);
}

static void scheduled(struct buf *b, const struct dashboard *d, const char *csrf)
{
    static const char *const columns[] = {"Job", "Phase", "Next try", "Attempts", "Reason", "", NULL};
    int64_t total = 0;
    for (int p = 0; p < 2; p++)
        total += d->stats.phases[p][PHASE_RETRY] + d->stats.phases[p][PHASE_WAITING];
    if (!table(b, "Scheduled", total, d->scheduled.count, columns))
        return;
    for (int i = 0; i < d->scheduled.count; i++) {
        const struct stats_phase *p = &d->scheduled.items[i];
        buf_adds(b, "<tr>");
        cell_job(b, p->job_id, p->torrent_name);
        cell(b, job_phase_name(p->phase));
        cell_time(b, p->next_retry_at);
        cell_int(b, p->attempts);
        cell(b, p->reason);
        buf_adds(b, "<td>");
        button(b, p->job_id, "delete", "Delete", csrf);
        buf_adds(b, "</td></tr>\n");
    }
    table_end(b);
}

/* A list of whole jobs; what may be done is what their status allows. */
static void jobs(struct buf *b, const char *title, int64_t total, const struct dashboard_jobs *list, const char *csrf)
{
    static const char *const columns[] = {"Job", "Owner", "Status", "Changed", "Error", "", NULL};
    if (!table(b, title, total, list->count, columns))
        return;
    for (int i = 0; i < list->count; i++) {
        const struct stats_job *j = &list->items[i];
        const struct job_status_info *status = job_status_info(j->status);
        buf_adds(b, "<tr>");
        cell_job(b, j->id, j->torrent_name);
        cell(b, j->email);
        cell(b, status->name);
        cell_time(b, j->changed_at);
        cell(b, j->error_message);
        buf_adds(b, "<td>");
        if (status->can_retry || j->status == JOB_QUEUED || j->status == JOB_PENDING_UPLOAD)
            button(b, j->id, "requeue", "Requeue", csrf);
        if (status->cancellable)
            button(b, j->id, "delete", "Delete", csrf);
        buf_adds(b, "</td></tr>\n");
    }
    table_end(b);
}

static int64_t failed_total(const struct stats *s)
{
    int64_t n = 0;
    for (int i = 0; i < JOB_STATUS__MAX; i++)
        n += job_status_info((enum job_status)i)->failed ? s->jobs[i] : 0;
    return n;
}

void dashboard_html(struct buf *b, const struct dashboard *d, const char *csrf, const char *notice)
{
    const struct stats *s = &d->stats;
    head(b);
    if (notice) {
        buf_adds(b, "<p role=\"alert\" class=\"alert\">");
        html_text(b, notice);
        buf_adds(b, "</p>\n");
    }
    if (d->redis_away)
        buf_adds(b, "<p role=\"alert\" class=\"alert\">Redis is away: servers and queues are not known.</p>\n");
    servers(b, d);
    queues(b, d);
    processing(b, d, csrf);
    scheduled(b, d, csrf);
    jobs(b, "Enqueued", s->jobs[JOB_QUEUED] + s->jobs[JOB_PENDING_UPLOAD], &d->enqueued, csrf);
    jobs(b, "Failed", failed_total(s), &d->failed, csrf);
    jobs(b, "Succeeded", s->jobs[JOB_COMPLETED], &d->succeeded, csrf);
    buf_addf(b, "<p class=\"muted\">Deleted: %lld. Times are UTC.</p>\n</main>\n</body>\n</html>\n",
             (long long)s->jobs[JOB_CANCELLED]);
}
