/*
 * Jobs: the twelve statuses, the two phases, and THE transition table. Pure values and rules.
 *
 * The status names and their order are the wire contract's. The table below is repeated in the database (migrations:
 * job_transitions), which refuses anything else; tests/api/test_transitions.py compares both.
 */
#ifndef TC_DOMAIN_JOB_H
#define TC_DOMAIN_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum job_status {
    JOB_QUEUED,
    JOB_DOWNLOADING,
    JOB_PENDING_UPLOAD,
    JOB_UPLOADING,
    JOB_TORRENT_DOWNLOAD_RETRY,
    JOB_UPLOAD_RETRY,
    JOB_COMPLETED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_TORRENT_FAILED,
    JOB_UPLOAD_FAILED,
    JOB_GOOGLE_DRIVE_FAILED, /* only read: the replaced product's name for UPLOAD_FAILED */
    JOB_STATUS__MAX,
    JOB_STATUS_NONE = -1 /* before the first status */
};

enum job_source { SOURCE_WORKER, SOURCE_USER, SOURCE_SYSTEM, SOURCE_RECOVERY, SOURCE__MAX };

/* What a status means, one row each. */
struct job_status_info {
    const char *name;
    bool active;      /* counts as running: blocks a second job for the torrent and the removal of its profile */
    bool failed;      /* one of the four failure statuses */
    bool can_retry;   /* a person may retry */
    bool can_cancel;  /* a person may cancel (offered); cancel is accepted for failed jobs too */
    bool cancellable; /* cancel is accepted */
};

const struct job_status_info *job_status_info(enum job_status s);

/* job_status_parse(text, any_case, out): by name, or by its number "0".."11" when any_case. */
bool job_status_parse(const char *text, bool any_case, enum job_status *out);

const char *job_source_name(enum job_source s);

struct job_transition {
    enum job_status from, to; /* from may be JOB_STATUS_NONE */
    enum job_source source;
    const char *why;
};

/* job_transitions(n): the table and its length. */
const struct job_transition *job_transitions(size_t *n);

/* job_may(from, to, source): is there a row. */
bool job_may(enum job_status from, enum job_status to, enum job_source source);

enum job_phase { PHASE_DOWNLOAD, PHASE_UPLOAD };

enum phase_state {
    PHASE_IDLE,    /* claimable now (upload: once a file is ready) */
    PHASE_ACTIVE,  /* leased by a worker */
    PHASE_RETRY,   /* claimable at next_retry_at, after a failure */
    PHASE_WAITING, /* claimable at next_action_at, waits with a reason and without an attempt */
    PHASE_DONE,
    PHASE_FAILED,
    PHASE_CANCELLED,
    PHASE_STATE__MAX
};

const char *job_phase_name(enum job_phase p);     /* "download" */
const char *phase_state_name(enum phase_state s); /* "idle" */
bool phase_state_parse(const char *text, enum phase_state *out);

enum file_state { FILE_PENDING, FILE_DOWNLOADING, FILE_READY, FILE_UPLOADING, FILE_DONE, FILE_FAILED, FILE_STATE__MAX };
const char *file_state_name(enum file_state s); /* "pending" */
bool file_state_parse(const char *text, enum file_state *out);

/*
 * job_derive(download, upload): THE function from both phases to the status (design 3). The upload side shows only
 * after the last selected byte is verified.
 */
enum job_status job_derive(enum phase_state download, enum phase_state upload);

/* job_percent(part, total): 0..100; 0 when total is 0. */
double job_percent(int64_t part, int64_t total);

/*
 * Selection: does the file `path` belong to the selection `entry`, which is a file's path or a folder prefix, compared
 * without ASCII case and with \ as / (reference/behaviour 4.3).
 */
bool job_selects(const char *entry, const char *path);

/* job_remote_path(root, multi_file, path, out, size): "Root/sub/file" or "file"; false when it does not fit. */
bool job_remote_path(const char *root, bool multi_file, const char *path, char *out, size_t size);

#endif
