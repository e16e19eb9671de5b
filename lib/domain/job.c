#include "domain/job.h"

#include "base/encode.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define N_ELEMENTS(a) (sizeof(a) / sizeof((a)[0]))

static const struct job_status_info statuses[] = {
    /*                           name                 active failed retry  cancel cancellable */
    [JOB_QUEUED] = {"QUEUED", true, false, false, true, true},
    [JOB_DOWNLOADING] = {"DOWNLOADING", true, false, false, true, true},
    [JOB_PENDING_UPLOAD] = {"PENDING_UPLOAD", true, false, false, true, true},
    [JOB_UPLOADING] = {"UPLOADING", true, false, false, true, true},
    [JOB_TORRENT_DOWNLOAD_RETRY] = {"TORRENT_DOWNLOAD_RETRY", true, false, false, true, true},
    [JOB_UPLOAD_RETRY] = {"UPLOAD_RETRY", true, false, false, true, true},
    [JOB_COMPLETED] = {"COMPLETED", false, false, false, false, false},
    [JOB_FAILED] = {"FAILED", false, true, true, false, true},
    [JOB_CANCELLED] = {"CANCELLED", false, false, true, false, false},
    [JOB_TORRENT_FAILED] = {"TORRENT_FAILED", false, true, true, false, true},
    [JOB_UPLOAD_FAILED] = {"UPLOAD_FAILED", false, true, true, false, true},
    [JOB_GOOGLE_DRIVE_FAILED] = {"GOOGLE_DRIVE_FAILED", false, true, true, false, true},
};
_Static_assert(N_ELEMENTS(statuses) == JOB_STATUS__MAX, "a row for every status");

/* Short names, so that a row of the table below reads on one line. */
enum {
    NEW = JOB_STATUS_NONE,
    QUEUED = JOB_QUEUED,
    DOWN = JOB_DOWNLOADING,
    PENDING = JOB_PENDING_UPLOAD,
    UP = JOB_UPLOADING,
    DRETRY = JOB_TORRENT_DOWNLOAD_RETRY,
    URETRY = JOB_UPLOAD_RETRY,
    DONE = JOB_COMPLETED,
    FAILED = JOB_FAILED,
    CANCELLED = JOB_CANCELLED,
    DFAILED = JOB_TORRENT_FAILED,
    UFAILED = JOB_UPLOAD_FAILED,
    GFAILED = JOB_GOOGLE_DRIVE_FAILED
};

static const struct job_transition transitions[] = {
    {NEW, QUEUED, SOURCE_SYSTEM, "the job was created"},

    {QUEUED, DOWN, SOURCE_WORKER, "a worker claimed the download"},
    {DRETRY, DOWN, SOURCE_WORKER, "a worker claimed the download again"},
    {DOWN, PENDING, SOURCE_WORKER, "the last selected byte is verified and on disk"},
    {PENDING, UP, SOURCE_WORKER, "a worker claimed the upload"},
    {URETRY, UP, SOURCE_WORKER, "a worker claimed the upload again"},
    {UP, DONE, SOURCE_WORKER, "every file is verified at the destination"},

    {QUEUED, DRETRY, SOURCE_WORKER, "the download failed before it began and will be tried again"},
    {DOWN, DRETRY, SOURCE_WORKER, "the download failed and will be tried again"},
    {DRETRY, DRETRY, SOURCE_WORKER, "the download failed again"},
    {PENDING, URETRY, SOURCE_WORKER, "the upload failed before it began and will be tried again"},
    {UP, URETRY, SOURCE_WORKER, "the upload failed or waits, and will be tried again"},
    {URETRY, URETRY, SOURCE_WORKER, "the upload failed or waits again"},

    {QUEUED, DFAILED, SOURCE_WORKER, "the download cannot begin"},
    {DOWN, DFAILED, SOURCE_WORKER, "the download failed for good"},
    {DRETRY, DFAILED, SOURCE_WORKER, "the download's retries are used up"},
    {PENDING, UFAILED, SOURCE_WORKER, "the upload cannot begin"},
    {UP, UFAILED, SOURCE_WORKER, "the upload failed for good"},
    {URETRY, UFAILED, SOURCE_WORKER, "the upload's retries are used up"},

    {DOWN, QUEUED, SOURCE_SYSTEM, "the worker was stopped and gave the download back"},
    {DOWN, QUEUED, SOURCE_WORKER, "the download waits with a reason and frees its slot"},
    {UP, PENDING, SOURCE_SYSTEM, "the worker was stopped and gave the upload back"},
    {URETRY, PENDING, SOURCE_SYSTEM, "the worker was stopped and gave the upload back"},
    {URETRY, PENDING, SOURCE_RECOVERY, "the worker died; the upload goes on elsewhere"},
    {DOWN, QUEUED, SOURCE_RECOVERY, "the worker died; the download goes on elsewhere"},
    {UP, PENDING, SOURCE_RECOVERY, "the worker died; the upload goes on elsewhere"},
    {PENDING, QUEUED, SOURCE_RECOVERY, "the local bytes are gone; the download is done again"},
    {UP, QUEUED, SOURCE_RECOVERY, "the local bytes are gone; the download is done again"},
    {URETRY, QUEUED, SOURCE_RECOVERY, "the local bytes are gone; the download is done again"},
    {DOWN, FAILED, SOURCE_RECOVERY, "the download stopped the worker three times"},
    {QUEUED, FAILED, SOURCE_RECOVERY, "the job stopped the worker three times"},
    {UP, FAILED, SOURCE_RECOVERY, "the upload stopped the worker three times"},
    {PENDING, FAILED, SOURCE_RECOVERY, "the job stopped the worker three times"},
    {URETRY, FAILED, SOURCE_RECOVERY, "the upload stopped the worker three times"},

    {FAILED, QUEUED, SOURCE_USER, "retried by a person"},
    {DFAILED, QUEUED, SOURCE_USER, "retried by a person"},
    {CANCELLED, QUEUED, SOURCE_USER, "started again by a person"},
    {UFAILED, PENDING, SOURCE_USER, "the upload was retried by a person"},
    {GFAILED, PENDING, SOURCE_USER, "the upload was retried by a person"},
    {UFAILED, QUEUED, SOURCE_USER, "retried by a person; the local bytes are gone, so it downloads again"},
    {GFAILED, QUEUED, SOURCE_USER, "retried by a person; the local bytes are gone, so it downloads again"},

    {QUEUED, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {DOWN, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {PENDING, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {UP, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {DRETRY, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {URETRY, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {FAILED, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {DFAILED, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {UFAILED, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {GFAILED, CANCELLED, SOURCE_USER, "cancelled by a person"},
    {CANCELLED, CANCELLED, SOURCE_WORKER, "what was cleaned up after the cancel"},
    {DONE, DONE, SOURCE_WORKER, "the local files, kept for a while, were deleted"},
};

static const char *const sources[] = {
    [SOURCE_WORKER] = "Worker", [SOURCE_USER] = "User", [SOURCE_SYSTEM] = "System", [SOURCE_RECOVERY] = "Recovery"};
_Static_assert(N_ELEMENTS(sources) == SOURCE__MAX, "a name for every source");

static const char *const phase_states[] = {
    [PHASE_IDLE] = "idle", [PHASE_ACTIVE] = "active", [PHASE_RETRY] = "retry",         [PHASE_WAITING] = "waiting",
    [PHASE_DONE] = "done", [PHASE_FAILED] = "failed", [PHASE_CANCELLED] = "cancelled",
};
_Static_assert(N_ELEMENTS(phase_states) == PHASE_STATE__MAX, "a name for every phase state");

static const char *const file_states[] = {
    [FILE_PENDING] = "pending", [FILE_DOWNLOADING] = "downloading",
    [FILE_READY] = "ready",     [FILE_UPLOADING] = "uploading",
    [FILE_DONE] = "done",       [FILE_FAILED] = "failed",
};
_Static_assert(N_ELEMENTS(file_states) == FILE_STATE__MAX, "a name for every file state");

const struct job_status_info *job_status_info(enum job_status s)
{
    return &statuses[s];
}

bool job_status_parse(const char *text, bool any_case, enum job_status *out)
{
    int64_t number;
    if (any_case && parse_i64(text, 0, JOB_STATUS__MAX - 1, &number)) {
        *out = (enum job_status)number;
        return true;
    }
    for (int i = 0; i < JOB_STATUS__MAX; i++)
        if (any_case ? !strcasecmp(text, statuses[i].name) : !strcmp(text, statuses[i].name)) {
            *out = (enum job_status)i;
            return true;
        }
    return false;
}

const char *job_source_name(enum job_source s)
{
    return sources[s];
}

const struct job_transition *job_transitions(size_t *n)
{
    *n = N_ELEMENTS(transitions);
    return transitions;
}

bool job_may(enum job_status from, enum job_status to, enum job_source source)
{
    for (size_t i = 0; i < N_ELEMENTS(transitions); i++)
        if (transitions[i].from == from && transitions[i].to == to && transitions[i].source == source)
            return true;
    return false;
}

const char *job_phase_name(enum job_phase p)
{
    return p == PHASE_DOWNLOAD ? "download" : "upload";
}

static bool find(const char *const *names, size_t n, const char *text, int *out)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(names[i], text)) {
            *out = (int)i;
            return true;
        }
    return false;
}

const char *phase_state_name(enum phase_state s)
{
    return phase_states[s];
}

bool phase_state_parse(const char *text, enum phase_state *out)
{
    int i;
    if (!find(phase_states, N_ELEMENTS(phase_states), text, &i))
        return false;
    *out = (enum phase_state)i;
    return true;
}

const char *file_state_name(enum file_state s)
{
    return file_states[s];
}

bool file_state_parse(const char *text, enum file_state *out)
{
    int i;
    if (!find(file_states, N_ELEMENTS(file_states), text, &i))
        return false;
    *out = (enum file_state)i;
    return true;
}

enum job_status job_derive(enum phase_state download, enum phase_state upload)
{
    static const enum job_status by_download[] = {
        [PHASE_IDLE] = JOB_QUEUED,
        [PHASE_ACTIVE] = JOB_DOWNLOADING,
        [PHASE_RETRY] = JOB_TORRENT_DOWNLOAD_RETRY,
        [PHASE_WAITING] = JOB_QUEUED,
        [PHASE_DONE] = JOB_PENDING_UPLOAD, /* the upload decides, below */
        [PHASE_FAILED] = JOB_TORRENT_FAILED,
        [PHASE_CANCELLED] = JOB_CANCELLED,
    };
    static const enum job_status by_upload[] = {
        [PHASE_IDLE] = JOB_PENDING_UPLOAD,  [PHASE_ACTIVE] = JOB_UPLOADING, [PHASE_RETRY] = JOB_UPLOAD_RETRY,
        [PHASE_WAITING] = JOB_UPLOAD_RETRY, [PHASE_DONE] = JOB_COMPLETED,   [PHASE_FAILED] = JOB_UPLOAD_FAILED,
        [PHASE_CANCELLED] = JOB_CANCELLED,
    };
    _Static_assert(N_ELEMENTS(by_download) == PHASE_STATE__MAX && N_ELEMENTS(by_upload) == PHASE_STATE__MAX,
                   "a row for every phase state");
    return download == PHASE_DONE ? by_upload[upload] : by_download[download];
}

double job_percent(int64_t part, int64_t total)
{
    if (total <= 0 || part <= 0)
        return 0;
    return part >= total ? 100 : (double)part / (double)total * 100;
}

static char fold(char c)
{
    if (c == '\\')
        return '/';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool job_selects(const char *entry, const char *path)
{
    size_t n = strlen(entry);
    if (n == 0)
        return false;
    if (fold(entry[n - 1]) == '/') /* "folder/" and "folder" mean the same */
        n--;
    for (size_t i = 0; i < n; i++)
        if (path[i] == '\0' || fold(entry[i]) != fold(path[i]))
            return false;
    return path[n] == '\0' || fold(path[n]) == '/';
}

bool job_remote_path(const char *root, bool multi_file, const char *path, char *out, size_t size)
{
    int n = multi_file ? snprintf(out, size, "%s/%s", root, path) : snprintf(out, size, "%s", path);
    return n >= 0 && (size_t)n < size;
}
