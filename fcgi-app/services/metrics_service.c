#include "fcgi-app/services/metrics_service.h"

#include "base/config.h"
#include "base/log.h"
#include "base/process.h"
#include "fcgi-app/services/context.h"
#include "fcgi-app/services/health_service.h"
#include "queue/look.h"
#include "store/stats_store.h"

#include <string.h>

static void write_jobs(struct metrics_text *t, struct arena *a, const struct stats *s)
{
    metrics_text_family(t, "torrentclou_jobs", METRIC_GAUGE, NULL, "Jobs by status.");
    for (int i = 0; i < JOB_STATUS__MAX; i++)
        metrics_text_sample(t, (double)s->jobs[i],
                            metrics_text_labels(a, {"status", job_status_info((enum job_status)i)->name}));
    metrics_text_family(t, "torrentclou_job_phases", METRIC_GAUGE, NULL, "Downloads and uploads by state.");
    for (int p = 0; p < 2; p++)
        for (int i = 0; i < PHASE_STATE__MAX; i++)
            metrics_text_sample(t, (double)s->phases[p][i],
                                metrics_text_labels(a, {"phase", job_phase_name((enum job_phase)p)},
                                                    {"state", phase_state_name((enum phase_state)i)}));
    metrics_text_family(t, "torrentclou_phase_leases", METRIC_GAUGE, NULL, "Leases that workers hold or let run out.");
    for (int p = 0; p < 2; p++) {
        const char *phase = job_phase_name((enum job_phase)p);
        metrics_text_sample(t, (double)(s->phases[p][PHASE_ACTIVE] - s->leases_lost[p]),
                            metrics_text_labels(a, {"phase", phase}, {"state", "held"}));
        metrics_text_sample(t, (double)s->leases_lost[p],
                            metrics_text_labels(a, {"phase", phase}, {"state", "expired"}));
    }
}

/* A worker that lives renews every HEARTBEAT_MS; at LEASE_MS another one may take over. */
static void write_leases(struct metrics_text *t, struct arena *a, const struct stats *s)
{
    metrics_text_family(t, "torrentclou_phase_lease_age_seconds", METRIC_GAUGE, "seconds",
                        "Since the lease that was renewed longest ago was; 0 without leases.");
    for (int p = 0; p < 2; p++) {
        double age = (double)config_int(CFG_LEASE_MS) / 1e3 - (double)s->lease_left_us[p] / 1e6;
        bool any = s->phases[p][PHASE_ACTIVE] > 0;
        metrics_text_sample(t, any && age > 0 ? age : 0,
                            metrics_text_labels(a, {"phase", job_phase_name((enum job_phase)p)}));
    }
}

static int write_queues(struct metrics_text *t, struct arena *a, struct redis *redis, struct err *e)
{
    struct queue_info *queues;
    struct queue_server *servers;
    int n, server_count;
    if (queue_list(redis, a, &queues, &n, e) || queue_servers(redis, a, &servers, &server_count, e))
        return -1;
    metrics_text_family(t, "torrentclou_queue_entries", METRIC_GAUGE, NULL, "Entries of the queues.");
    for (int i = 0; i < n; i++) {
        metrics_text_sample(t, (double)queues[i].ready,
                            metrics_text_labels(a, {"queue", queues[i].name}, {"state", "ready"}));
        metrics_text_sample(t, (double)queues[i].scheduled,
                            metrics_text_labels(a, {"queue", queues[i].name}, {"state", "scheduled"}));
    }
    metrics_text_family(t, "torrentclou_workers", METRIC_GAUGE, NULL, "Workers heard of within five minutes.");
    metrics_text_sample(t, server_count, "");
    return 0;
}

static void write_health(struct metrics_text *t, struct arena *a, const struct health_detail *d)
{
    metrics_text_family(t, "torrentclou_up", METRIC_GAUGE, NULL, "Does it answer.");
    metrics_text_sample(t, d->health.database.ms >= 0, metrics_text_labels(a, {"server", "postgresql"}));
    metrics_text_sample(t, d->health.redis.ms >= 0, metrics_text_labels(a, {"server", "redis"}));
    metrics_text_family(t, "torrentclou_pending_migrations", METRIC_GAUGE, NULL, "Schema versions not yet applied.");
    metrics_text_sample(t, d->pending_migrations, "");
    if (d->total_bytes == 0)
        return;
    metrics_text_family(t, "torrentclou_disk_size_bytes", METRIC_GAUGE, "bytes", "The downloads volume.");
    metrics_text_sample(t, (double)d->total_bytes, "");
    metrics_text_family(t, "torrentclou_disk_available_bytes", METRIC_GAUGE, "bytes",
                        "What downloads may still take of it.");
    metrics_text_sample(t, (double)d->available_bytes, "");
}

static void write_reserved(struct metrics_text *t, const struct stats *s)
{
    metrics_text_family(t, "torrentclou_disk_reserved_bytes", METRIC_GAUGE, "bytes",
                        "What running downloads will still write.");
    metrics_text_sample(t, (double)s->reserved_bytes, "");
}

/* All processes of a program together. Of those in another container only that they live is known. */
struct program {
    const char *name;
    int count, seen; /* seen: whose usage is known */
    struct process_usage usage;
};

static int group(struct arena *a, const struct metric_sum *sum, struct program **out)
{
    int n = 0;
    *out = ARENA_ARRAY(a, (size_t)sum->process_count + 1, struct program);
    for (int i = 0; i < sum->process_count; i++) {
        const struct metric_process *process = &sum->processes[i];
        struct process_usage u;
        int at = 0;
        bool seen = process->pid && process_usage(process->pid, &u);
        if (process->pid && !seen) /* it ended a moment ago */
            continue;
        while (at < n && strcmp((*out)[at].name, process->program) != 0)
            at++;
        struct program *p = &(*out)[at];
        if (at == n)
            (*out)[n++] = (struct program){.name = process->program};
        p->count++;
        if (!seen)
            continue;
        p->usage.started_s = p->seen++ && p->usage.started_s < u.started_s ? p->usage.started_s : u.started_s;
        p->usage.resident_bytes += u.resident_bytes;
        p->usage.virtual_bytes += u.virtual_bytes;
        p->usage.threads += u.threads;
    }
    return n;
}

static void write_processes(struct metrics_text *t, struct arena *a, const struct metric_sum *sum)
{
    enum { COUNT, RESIDENT, VIRTUAL, THREADS, STARTED, ROWS };
    static const struct {
        const char *name, *unit, *help;
    } rows[ROWS] = {
        [COUNT] = {"torrentclou_processes", NULL, "Processes of each service."},
        [RESIDENT] = {"process_resident_memory_bytes", "bytes",
                      "Memory in use, pages that they share counted in each."},
        [VIRTUAL] = {"process_virtual_memory_bytes", "bytes", "Address space."},
        [THREADS] = {"process_threads", NULL, "Threads."},
        [STARTED] = {"process_start_time_seconds", "seconds", "When the oldest was started, since 1970."},
    };
    struct program *programs;
    int n = group(a, sum, &programs);
    for (int row = 0; row < ROWS && n > 0; row++) {
        metrics_text_family(t, rows[row].name, METRIC_GAUGE, rows[row].unit, rows[row].help);
        for (int i = 0; i < n; i++) {
            const struct process_usage *u = &programs[i].usage;
            const int64_t values[ROWS] = {programs[i].count, u->resident_bytes, u->virtual_bytes, u->threads,
                                          u->started_s};
            if (row == COUNT || programs[i].seen)
                metrics_text_sample(t, (double)values[row], metrics_text_labels(a, {"service", programs[i].name}));
        }
    }
}

void metrics_service_write(struct services *s, struct arena *a, struct metrics_text *out)
{
    struct health_detail health;
    struct stats stats;
    struct metric_sum sum;
    struct err e = ERR_INIT;
    health_service_detail(s, a, &health);
    write_health(out, a, &health);
    if (health.health.database.ms >= 0) {
        if (stats_read(s->db, a, &stats, &e)) {
            log_warn("jobs could not be counted", kv_err(&e));
        } else {
            write_jobs(out, a, &stats);
            write_leases(out, a, &stats);
            write_reserved(out, &stats);
        }
    }
    if (health.health.redis.ms >= 0 && write_queues(out, a, s->redis, &e))
        log_warn("the queues could not be read", kv_err(&e));
    if (*config_str(CFG_METRICS_DIR)) {
        if (metrics_sum(config_str(CFG_METRICS_DIR), a, &sum, &e)) {
            log_warn("what was counted could not be read", kv_err(&e));
        } else {
            write_processes(out, a, &sum);
            metrics_text_sum(out, &sum);
        }
    }
    metrics_text_end(out);
}
