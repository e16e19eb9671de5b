/*
 * Torrents. Whatever libtorrent made of the bytes, the paths that leave the shim are relative, in order, alone at their
 * place and inside the torrent, also behind the upload's prefix and in the object's key.
 */
#include "domain/job.h"
#include "provider/s3_key.h"
#include "provider/s3_request.h"
#include "tests/fuzz/fuzz.h"
#include "torrent/metainfo.h"

#include <strings.h>

/* Relative, without an empty segment, ".", ".." or a control byte, and text. */
static bool is_safe(const char *path)
{
    if (!*path || !fuzz_is_text(path))
        return false;
    for (const char *p = path; *p; p += strspn(p, "/")) {
        size_t n = strcspn(p, "/");
        if (n == 0 || n > 255 || (n == 1 && *p == '.') || (n == 2 && !memcmp(p, "..", 2)) || !strncmp(p + n, "//", 2))
            return false;
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)p[i] < 32 || p[i] == '\\')
                return false;
        p += n;
    }
    return path[strlen(path) - 1] != '/';
}

static void a_file(struct arena *a, const struct metainfo *mi, size_t i)
{
    const struct metainfo_file *file = &mi->files[i];
    char remote[METAINFO_MAX_PATH + 600];
    const struct s3_key_job job = {.job_id = 7, .torrent_name = mi->name, .info_hash = mi->info_hash};
    MUST(is_safe(file->path) && is_safe(file->disk_path) && strlen(file->disk_path) <= METAINFO_MAX_PATH);
    MUST(file->size >= 0 && file->offset >= 0 && file->size <= INT64_MAX - file->offset);
    MUST(file->engine_index >= i && (i == 0 || file->engine_index > file[-1].engine_index));
    MUST(i == 0 || file->offset >= file[-1].offset + file[-1].size);
    MUST(job_remote_path(mi->name, mi->is_multi_file, file->path, remote, sizeof remote));
    MUST(is_safe(remote) && !strcmp(remote, file->disk_path));
    const char *key = s3_key_make(a, s3_key_template, &job, remote);
    MUST(strlen(key) <= S3_KEY_MAX && is_safe(key) && !strncmp(key, "torrents/7/", 11));
    MUST(is_safe(s3_key_make(a, "{torrentName}/{infoHash}/{path}", &job, remote)));
    MUST(job_selects(file->path, file->path));
    for (size_t k = 0; k < i && i < 64; k++)
        MUST(strcmp(file->disk_path, mi->files[k].disk_path) != 0);
}

static void is_sound(struct arena *a, const struct metainfo *mi)
{
    int64_t total = 0;
    MUST(is_safe(mi->name) && !strchr(mi->name, '/'));
    MUST(strlen(mi->info_hash) == 40 || strlen(mi->info_hash_v2) == 64);
    MUST(mi->file_count > 0 && mi->file_count <= METAINFO_MAX_FILES);
    MUST(mi->piece_length > 0 && mi->piece_count > 0 && mi->piece_count <= METAINFO_MAX_PIECES);
    for (size_t i = 0; i < mi->file_count; i++) {
        a_file(a, mi, i);
        total += mi->files[i].size;
    }
    MUST(total == mi->total_size && total > 0);
    MUST(total <= mi->piece_length * mi->piece_count);
    MUST(mi->tracker_count <= METAINFO_MAX_TRACKERS);
    for (size_t i = 0; i < mi->tracker_count; i++) {
        const char *url = mi->trackers[i].url;
        MUST(fuzz_is_text(url) && !strpbrk(url, " \t\r\n"));
        MUST(!strncasecmp(url, "udp://", 6) || !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    struct err e = ERR_INIT;
    size_t n = f.left;
    struct metainfo *mi = metainfo_parse(fuzz_take(&f, n), n, f.arena, &e);
    if (mi)
        is_sound(f.arena, mi);
    else
        MUST(e.class == ERR_INPUT && !strcmp(e.code, "InvalidTorrent") && *e.msg && fuzz_is_text(e.msg));
    fuzz_close(&f);
    return 0;
}
