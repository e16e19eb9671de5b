/* The names of objects. Two lines, two paths: a name is bounded, keeps to its job's folder and to whole characters, and
 * two paths never share one. A third is a template, and one for the name of the torrent: what passes the check keeps
 * the same. */
#include "domain/job.h"
#include "provider/s3_key.h"
#include "provider/s3_request.h"
#include "tests/fuzz/fuzz.h"

/* Long ones come cheap: a number in front repeats the path. */
static const char *path_of(struct fuzz *f)
{
    const char *line = fuzz_line(f);
    size_t digits = strspn(line, "0123456789");
    int64_t times = 1;
    if (digits == 0 || !parse_i64(arena_strndup(f->arena, line, digits), 1, 2000, &times))
        return line;
    struct buf b = BUF_INIT(BUF_MAX_URL);
    for (int64_t i = 0; i < times && b.len < 4000; i++)
        buf_adds(&b, line + digits);
    const char *path = arena_strdup(f->arena, buf_str(&b));
    buf_free(&b);
    return path;
}

static void must_be_a_key(const char *key)
{
    MUST(strlen(key) <= S3_KEY_MAX);
    for (const char *s = key;; s++) {
        size_t n = strcspn(s, "/");
        MUST(n > 0 && !(n == 1 && s[0] == '.') && !(n == 2 && s[0] == '.' && s[1] == '.'));
        s += n;
        if (!*s)
            return;
    }
}

static void template(struct fuzz *f, const char *path, const char *other)
{
    const char *text = fuzz_line(f);
    struct s3_key_job job = {.job_id = 1, .torrent_name = path_of(f), .info_hash = "0", .created_at = 1};
    struct err e = ERR_INIT;
    if (s3_key_check(text, &e)) {
        MUST(*e.msg && e.class == ERR_INPUT);
        return;
    }
    const char *key = s3_key_make(f->arena, text, &job, path);
    must_be_a_key(key);
    MUST(!strcmp(path, other) == !strcmp(key, s3_key_make(f->arena, text, &job, other)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz f = fuzz_open(data, size);
    const char *path = path_of(&f), *other = path_of(&f);
    struct s3_key_job job = {.job_id = INT32_MAX, .torrent_name = "", .info_hash = ""}, first = job;
    first.job_id = 1;
    const char *key = s3_key_make(f.arena, s3_key_template, &job, path);
    size_t n = strlen(key);
    must_be_a_key(key);
    MUST(!strncmp(key, "torrents/2147483647", 19) && (key[19] == '/' || key[19] == '~'));
    MUST(!fuzz_is_text(path) || fuzz_is_text(key));
    MUST((n > 20 && !strcmp(key + 20, path)) || strchr(key, '~'));
    MUST(!strcmp(key, s3_key_make(f.arena, s3_key_template, &job, path)));
    MUST(!strcmp(path, other) == !strcmp(key, s3_key_make(f.arena, s3_key_template, &job, other)));
    MUST(strcmp(key, s3_key_make(f.arena, s3_key_template, &first, path)) != 0);
    template(&f, path, other);
    char remote[128];
    if (job_remote_path("root", true, path, remote, sizeof remote))
        MUST(strlen(remote) == strlen(path) + 5 && !strncmp(remote, "root/", 5));
    else
        MUST(strlen(path) + 6 > sizeof remote);
    fuzz_close(&f);
    return 0;
}
