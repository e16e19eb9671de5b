#include "fcgi-app/manifest.h"

#include "base/encode.h"
#include "fcgi-app/services/job_service.h"
#include "store/job_store.h"

#include <string.h>

/* The length of what stands before the path in the remote key of a file, -1 when the key is made otherwise. */
static int folder_length(const struct job_file *f)
{
    size_t key = f->remote_key ? strlen(f->remote_key) : 0, path = strlen(f->path);
    if (key <= path || strcmp(f->remote_key + key - path, f->path) != 0 || f->remote_key[key - path - 1] != '/')
        return -1;
    return (int)(key - path - 1);
}

/* "bucket/torrents/7/Name": all files of a job lie in one folder, but keys that were too long are cut. */
static void destination(struct jsonw *w, const struct job_manifest *m)
{
    struct buf b = BUF_INIT(BUF_MAX_URL);
    buf_adds(&b, m->place);
    for (int i = 0; i < m->file_count; i++) {
        int n = folder_length(&m->files[i]);
        if (n < 0)
            continue;
        buf_addf(&b, "/%.*s", n, m->files[i].remote_key);
        break;
    }
    jsonw_str(w, "destination", buf_str(&b));
    buf_free(&b);
}

static bool complete(const struct job_manifest *m)
{
    for (int i = 0; i < m->file_count; i++)
        if (m->files[i].state != FILE_DONE)
            return false;
    return m->file_count > 0;
}

static void file(struct jsonw *w, const struct job_file *f)
{
    bool done = f->state == FILE_DONE;
    jsonw_object(w, NULL);
    jsonw_str(w, "path", f->path);
    jsonw_int(w, "size", f->size);
    jsonw_str(w, "state", file_state_name(f->state));
    jsonw_str(w, "sha256", f->sha256);
    jsonw_str(w, "md5", f->md5);
    jsonw_str(w, "remoteKey", f->remote_key);
    jsonw_str(w, "remoteId", f->remote_id);
    jsonw_str(w, "etag", f->remote_etag);
    jsonw_str(w, "method", done ? f->verified_by : NULL);
    jsonw_time(w, "verifiedAt", done ? f->done_at : 0);
    jsonw_str(w, "errorMessage", f->error_message);
    jsonw_end(w);
}

void manifest_json(struct jsonw *w, const struct job_manifest *m)
{
    const struct job *j = m->job;
    jsonw_object(w, NULL);
    jsonw_int(w, "jobId", j->id);
    jsonw_str(w, "torrentName", j->torrent_name);
    jsonw_str(w, "infoHash", j->info_hash);
    jsonw_str(w, "provider", provider_name(j->provider));
    jsonw_str(w, "profileName", j->profile_name);
    destination(w, m);
    jsonw_str(w, "status", job_status_info(j->status)->name);
    jsonw_bool(w, "complete", complete(m));
    jsonw_int(w, "fileCount", m->file_count);
    jsonw_int(w, "totalBytes", j->total_bytes);
    jsonw_time(w, "createdAt", j->created_at);
    jsonw_time(w, "completedAt", j->status == JOB_COMPLETED ? j->completed_at : 0);
    jsonw_array(w, "files");
    for (int i = 0; i < m->file_count; i++)
        file(w, &m->files[i]);
    jsonw_end(w);
    jsonw_end(w);
}

/* coreutils, "md5sum invocation": a line whose name needs it begins with a backslash, and \ LF CR become \\ \n \r. */
static void escaped(struct buf *b, const char *path)
{
    for (; *path; path++)
        switch (*path) {
        case '\\':
            buf_adds(b, "\\\\");
            break;
        case '\n':
            buf_adds(b, "\\n");
            break;
        case '\r':
            buf_adds(b, "\\r");
            break;
        default:
            buf_addc(b, *path);
        }
}

void manifest_sha256sum(struct buf *b, const struct job_manifest *m)
{
    for (int i = 0; i < m->file_count; i++) {
        const struct job_file *f = &m->files[i];
        if (f->state != FILE_DONE)
            continue;
        buf_addf(b, "%s%s  ", strpbrk(f->path, "\\\n\r") ? "\\" : "", f->sha256);
        escaped(b, f->path);
        buf_addc(b, '\n');
    }
}

const char *manifest_disposition(struct arena *a, const struct job_manifest *m, const char *ending)
{
    struct buf b = BUF_INIT(BUF_MAX_URL);
    const char *name = arena_printf(a, "%s%s", m->job->torrent_name, ending);
    buf_adds(&b, "attachment; filename=\"");
    for (const char *p = name; *p; p++)
        buf_addc(&b, *p >= 0x20 && *p < 0x7f && !strchr("\"\\/%", *p) ? *p : '_');
    buf_adds(&b, "\"; filename*=UTF-8''");
    encode_percent(&b, name, strlen(name), "");
    const char *text = buf_ok(&b) ? arena_strdup(a, buf_str(&b)) : "attachment";
    buf_free(&b);
    return text;
}
